"""Layers that the pose networks share."""

from collections.abc import Sequence

import torch
from torch import nn


def convolution(
    inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU; the size is kept but for the stride."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def deconvolutions(inputs: int, widths: Sequence[int]) -> nn.Sequential:
    """Transposed convolutions 4x4 of stride 2 with batch normalisation and ReLU, one per width.

    The head of SimpleBaseline (Xiao et al., ECCV 2018, section 2), which doubles the map at each.
    """
    layers: list[nn.Module] = []
    for width in widths:
        deconvolution = nn.ConvTranspose2d(inputs, width, 4, stride=2, padding=1, bias=False)
        nn.init.normal_(deconvolution.weight, std=0.001)
        layers += [deconvolution, nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        inputs = width
    return nn.Sequential(*layers)


def final_layer(inputs: int, keypoints: int) -> nn.Conv2d:
    """The 1x1 convolution to one map per keypoint."""
    layer = nn.Conv2d(inputs, keypoints, 1)
    nn.init.normal_(layer.weight, std=0.001)
    nn.init.zeros_(layer.bias)
    return layer


class ResidualBlock(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Two 3x3 convolutions beside the identity (He et al., CVPR 2016, figure 2)."""

    def __init__(self, width: int) -> None:
        """A block of `width` channels in and out."""
        super().__init__()
        self.first = convolution(width, width)
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features `(N, width, h, w)` to the same shape."""
        return torch.relu(features + self.second(self.first(features)))


def upsampled(features: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Features at the height and width of `like`, bilinear."""
    return nn.functional.interpolate(
        features, size=like.shape[2:], mode="bilinear", align_corners=False
    )
