"""A pose network as the pose estimators expect it: pixels in, heat maps of heights 0 to 1 out."""

import math
from typing import Literal

import torch
from torch import nn

MEAN = (123.675, 116.28, 103.53)
DEVIATION = (58.395, 57.12, 57.375)
"""RGB mean and deviation of ImageNet, as torchvision has them, of values 0 to 255."""


class HeatMaps(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """The last output of a network as heat maps, from normalised or from 8-bit pixels."""

    def __init__(
        self, network: nn.Module, *, loss: Literal["mse", "cross-entropy"], sigma: float
    ) -> None:
        """Wrap a network.

        Args:
            network: gives a tuple of maps, coarse to fine.
            loss: what it is trained with; with `cross-entropy` its maps are logits over the cells.
            sigma: standard deviation of the targets of its last output, in cells.
        """
        super().__init__()
        self.network = network
        # A Gaussian that sums to 1 has this height; divided by it, a perfect map peaks at 1.
        self.height = 1 / (2 * math.pi * sigma**2) if loss == "cross-entropy" else None

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Images `(N, 3, h, w)` normalised, or `(N, h, w, 3)` of bytes, to `(N, K, h/4, w/4)`."""
        if images.dtype == torch.uint8:
            images = normalised(images)
        maps = self.network(images)[-1]
        if self.height is None:
            return maps
        shares = torch.softmax(maps.flatten(2), dim=2).reshape(maps.shape)
        return (shares / self.height).clamp(max=1.0)


def normalised(pixels: torch.Tensor) -> torch.Tensor:
    """Pixels `(N, h, w, 3)` RGB, 0 to 255, to a network's input `(N, 3, h, w)`."""
    mean = torch.tensor(MEAN, device=pixels.device)
    deviation = torch.tensor(DEVIATION, device=pixels.device)
    return ((pixels.float() - mean) / deviation).permute(0, 3, 1, 2)
