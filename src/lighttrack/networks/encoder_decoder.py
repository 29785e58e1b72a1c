"""A small residual encoder-decoder with skips, which trains in minutes on two cores."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from lighttrack.networks.layers import ResidualBlock, convolution, final_layer, upsampled


class EncoderDecoder(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Maps at a quarter of the input's size.

    The encoder halves the size at each width, the decoder adds what the encoder had at each size
    to what comes from below, as in U-Net and the hourglass; the blocks are ResNet's.
    """

    def __init__(
        self, keypoints: int, *, widths: Sequence[int] = (24, 48, 96, 192), inputs: int = 3
    ) -> None:
        """Make the network with random weights.

        Args:
            keypoints: maps to give.
            widths: channels at a quarter of the input's size, an eighth and so on.
            inputs: channels of the input.
        """
        super().__init__()
        self.stem = convolution(inputs, widths[0] // 4 * 3, stride=2)
        before = [widths[0] // 4 * 3, *widths[:-1]]
        self.encoder = nn.ModuleList(
            nn.Sequential(convolution(narrow, width, stride=2), ResidualBlock(width))
            for narrow, width in zip(before, widths, strict=True)
        )
        self.reductions = nn.ModuleList(
            convolution(wide, width, kernel=1) for width, wide in pairwise(widths)
        )
        self.decoder = nn.ModuleList(ResidualBlock(width) for width in widths[:-1])
        self.final_layer = final_layer(widths[0], keypoints)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Images `(N, inputs, h, w)` to maps `(N, keypoints, h/4, w/4)`, the only output."""
        features = self.stem(images)
        skips = []
        for stage in self.encoder:
            features = stage(features)
            skips.append(features)
        for level in reversed(range(len(self.decoder))):
            below = upsampled(self.reductions[level](features), skips[level])
            features = self.decoder[level](skips[level] + below)
        return (self.final_layer(features),)
