"""The Siamese graph convolution network in torch: what is trained (section 3.2 of the paper).

Inference needs none of this: `matcher` computes the same in NumPy.
"""

import torch
from torch import nn

from lighttrack.matching.graph import NetworkConfig


class GraphConvolution(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Eq. (5): every keypoint gathers from its neighbours, one weight matrix per subset."""

    def __init__(
        self, adjacency: torch.Tensor, inputs: int, outputs: int, *, edge_weights: bool
    ) -> None:
        super().__init__()
        self.register_buffer("adjacency", adjacency)
        self.importance = nn.Parameter(torch.ones_like(adjacency), requires_grad=edge_weights)
        subsets = len(adjacency)
        self.mix = nn.Linear(subsets * inputs, outputs)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features `(K, N, inputs)` to `(K, N, outputs)`."""
        k, n, channels = features.shape
        weights = (self.adjacency * self.importance).reshape(-1, k)
        gathered = (weights @ features.reshape(k, -1)).reshape(-1, k, n, channels)
        mixed = self.mix(gathered.permute(1, 2, 0, 3).reshape(k, n, -1))
        return torch.as_tensor(mixed)


class SGCN(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Two graph convolutions and a convolution over the whole graph, to one unit vector.

    The last convolution's kernel covers all keypoints, so that which keypoint says what is kept;
    an average over the graph would forget it.
    """

    def __init__(self, adjacency: torch.Tensor, config: NetworkConfig, *, channels: int) -> None:
        super().__init__()
        k, width, edges = adjacency.shape[1], config.width, config.edge_weights
        self.first = GraphConvolution(adjacency, channels, width, edge_weights=edges)
        self.second = GraphConvolution(adjacency, width, width, edge_weights=edges)
        self.last = nn.Linear(k * width, config.dimensions)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features `(N, K, channels)` to embeddings `(N, dimensions)` of length 1."""
        # Keypoints first: gathering is then one matrix product for all poses.
        hidden = torch.relu(self.first(features.transpose(0, 1).contiguous()))
        hidden = torch.relu(self.second(hidden))
        return nn.functional.normalize(self.last(hidden.transpose(0, 1).flatten(1)), dim=1)
