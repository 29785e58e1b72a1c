"""Losses of pairs of unit vectors."""

from typing import Literal

import torch
from torch import nn

Loss = Literal["contrastive", "logistic"]

_TINY = 1e-6


def squared_distances(embeddings: torch.Tensor) -> torch.Tensor:
    """Squared distances `(B, n, n)` between the unit vectors `(B, n, D)` of each scene.

    From the inner products, cut off at 0: the square root of what rounding leaves below it has no
    slope.
    """
    inner = torch.bmm(embeddings, embeddings.transpose(1, 2))
    return (2 - 2 * inner).clamp(min=0)


def margin_contrastive(squared: torch.Tensor, same: torch.Tensor, margin: float) -> torch.Tensor:
    """Loss of each pair, eq. (3) of the paper: y D² / 2 + (1 - y) max(0, ε - D²) / 2.

    It is stable as written: the paper squares the distance, so no square root is taken.

    Args:
        squared: squared distances D² of any shape.
        same: 1 where a pair shows one person, 0 elsewhere; of the same shape.
        margin: ε, between 0 and 4 for unit vectors.
    """
    return 0.5 * (same * squared + (1 - same) * torch.relu(margin - squared))


class PairLogistic(nn.Module):
    """Minus the log likelihood of "same person", given the distance and the time between.

    The log odds are s(g) (b(g) - D), where the scale s and the boundary b depend on the logarithm
    of the gap g: an adjacent frame asks for a closer likeness than one half a second later. All
    four numbers are learnt, so there is no margin to choose.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([2.0, 0.0]))
        self.boundary = nn.Parameter(torch.tensor([0.5, 0.0]))

    def forward(
        self, squared: torch.Tensor, same: torch.Tensor, log_gap: torch.Tensor
    ) -> torch.Tensor:
        """Loss of each pair; all arguments have one shape."""
        scale = torch.exp(self.scale[0] + self.scale[1] * log_gap)
        boundary = self.boundary[0] + self.boundary[1] * log_gap
        odds = scale * (boundary - torch.sqrt(squared + _TINY))
        return nn.functional.softplus(torch.where(same > 0, -odds, odds))
