"""Losses of pairs of unit vectors."""

from typing import Literal

import torch
from torch import nn

Loss = Literal["contrastive", "logistic"]


def squared_distances(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Squared distances `(B, n, m)` of unit vectors `(B, n, D)` to unit vectors `(B, m, D)`."""
    return (2 - 2 * torch.bmm(first, second.transpose(1, 2))).clamp(min=0)


def margin_contrastive(squared: torch.Tensor, same: torch.Tensor, margin: float) -> torch.Tensor:
    """Loss of each pair, eq. (3) of the paper: y D² / 2 + (1 - y) max(0, ε - D²) / 2.

    It is stable as written: the paper squares the distance, so no square root is taken.

    Args:
        squared: squared distances D² of any shape.
        same: 1 where a pair shows one person, 0 elsewhere; of the same shape.
        margin: ε, between 0 and 4 for unit vectors.
    """
    return 0.5 * (same * squared + (1 - same) * torch.relu(margin - squared))


class PairLogistic(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Minus the log likelihood of "same person" given the squared distance.

    The log odds are s (b - D²); scale s and boundary b are learnt, so there is no margin to choose,
    and pairs far from the boundary go on pulling a little, which eq. (3) lets go of.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(10.0))
        self.boundary = nn.Parameter(torch.tensor(0.4))

    def forward(self, squared: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        """Loss of each pair; both arguments have one shape."""
        odds = self.scale * (self.boundary - squared)
        return nn.functional.softplus(torch.where(same > 0, -odds, odds))
