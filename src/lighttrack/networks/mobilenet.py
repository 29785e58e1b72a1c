"""MobileNetV1 and three transposed convolutions, the paper's fast pose estimator.

Howard et al.: MobileNets, 2017, table 1; the head is SimpleBaseline's.
"""

from collections.abc import Sequence

import torch
from torch import nn

from lighttrack.networks.layers import convolution, deconvolutions, final_layer

_STAGES = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5,
           (1024, 2), (1024, 1))  # fmt: skip
"""Channels and stride of each depthwise separable convolution (table 1)."""


class MobileNetPose(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Maps at a quarter of the input's size."""

    def __init__(
        self, keypoints: int, *, width: float = 1.0, widths: Sequence[int] = (256, 256, 256)
    ) -> None:
        """Make the network with random weights.

        Args:
            keypoints: maps to give.
            width: the width multiplier of section 3.3: a factor of every layer's channels.
            widths: channels of the transposed convolutions.
        """
        super().__init__()
        channels = _scaled(32, width)
        layers = [convolution(3, channels, stride=2)]
        for base, stride in _STAGES:
            outputs = _scaled(base, width)
            layers.append(
                nn.Sequential(
                    *convolution(channels, channels, stride=stride, groups=channels),
                    *convolution(channels, outputs, kernel=1),
                )
            )
            channels = outputs
        self.features = nn.Sequential(*layers)
        self.deconv_layers = deconvolutions(channels, widths)
        self.final_layer = final_layer(widths[-1], keypoints)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Images `(N, 3, h, w)` to maps `(N, keypoints, h/4, w/4)`, the only output."""
        return (self.final_layer(self.deconv_layers(self.features(images))),)


def _scaled(channels: int, width: float) -> int:
    return max(8, round(channels * width / 8) * 8)
