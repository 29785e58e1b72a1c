"""The Siamese graph convolution network in torch (section 3.2 of the paper), for training.

Inference does not need torch: `lighttrack.matching` computes the same in NumPy.
"""

import torch
from torch import nn


class GraphConvolution(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Eq. (5): every keypoint gathers from its neighbours, one weight matrix per subset."""

    def __init__(
        self, adjacency: torch.Tensor, inputs: int, outputs: int, *, edge_weights: bool = True
    ) -> None:
        """Make the layer with random weights.

        Args:
            adjacency: `(S, K, K)`: the weight with which keypoint i gathers from neighbour j of
                subset s.
            inputs: channels of each keypoint that comes in.
            outputs: channels of each keypoint that goes out.
            edge_weights: whether each edge has a learnable weight; they begin at 1.
        """
        super().__init__()
        self.register_buffer("adjacency", adjacency)
        self.importance = nn.Parameter(torch.ones_like(adjacency), requires_grad=edge_weights)
        subsets = len(adjacency)
        self.mix = nn.Linear(subsets * inputs, outputs)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features `(K, N, inputs)` to `(K, N, outputs)`."""
        k, n, channels = features.shape
        subsets = len(self.adjacency)
        # Sizes are written out: of an empty batch -1 cannot be inferred.
        weights = (self.adjacency * self.importance).reshape(subsets * k, k)
        gathered = (weights @ features.reshape(k, n * channels)).reshape(subsets, k, n, channels)
        mixed = self.mix(gathered.permute(1, 2, 0, 3).reshape(k, n, subsets * channels))
        return torch.as_tensor(mixed)


class SGCN(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Two graph convolutions and a convolution over the whole graph, to one unit vector.

    The last convolution's kernel covers all keypoints, so that it is kept which keypoint a feature
    belongs to; an average over the graph would lose it.

    Example:
        >>> import torch  # doctest: +SKIP
        >>> SGCN(torch.eye(15)[None], channels=3)(torch.rand(8, 15, 3)).shape  # doctest: +SKIP
        torch.Size([8, 128])
    """

    def __init__(
        self,
        adjacency: torch.Tensor,
        *,
        channels: int,
        width: int = 64,
        dimensions: int = 128,
        edge_weights: bool = True,
    ) -> None:
        """Make the network with random weights.

        Args:
            adjacency: `(S, K, K)`: S subsets of the neighbours of K keypoints, as
                `lighttrack.matching.graph.adjacency` makes them.
            channels: features of each keypoint.
            width: channels of both graph convolutions.
            dimensions: length of the embedding.
            edge_weights: whether each edge has a learnable weight.
        """
        super().__init__()
        k = adjacency.shape[1]
        self.first = GraphConvolution(adjacency, channels, width, edge_weights=edge_weights)
        self.second = GraphConvolution(adjacency, width, width, edge_weights=edge_weights)
        self.last = nn.Linear(k * width, dimensions)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features `(N, K, channels)` to embeddings `(N, dimensions)` of length 1."""
        # Keypoints first: gathering is then one matrix product for all poses.
        hidden = torch.relu(self.first(features.transpose(0, 1).contiguous()))
        hidden = torch.relu(self.second(hidden))
        return nn.functional.normalize(self.last(hidden.transpose(0, 1).flatten(1)), dim=1)
