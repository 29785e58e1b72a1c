"""CPN, the paper's CPN101: a ResNet, GlobalNet and RefineNet.

Chen et al.: Cascaded Pyramid Network for Multi-Person Pose Estimation, CVPR 2018, section 3.2 and
figure 1; written from the paper.
"""

import torch
from torch import nn
from torchvision.models import resnet

from lighttrack.networks.layers import convolution, upsampled
from lighttrack.networks.simple_baseline import residual_network

_LEVELS = 4
"""Stages of the ResNet that give features: C2 to C5."""


class GlobalNet(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """A feature pyramid with a 1x1 convolution before each sum, and maps from every level."""

    def __init__(self, inputs: tuple[int, ...], keypoints: int, width: int) -> None:
        """Make it for features of `inputs` channels, finest first."""
        super().__init__()
        self.laterals = nn.ModuleList(convolution(each, width, kernel=1) for each in inputs)
        self.ups = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width))
            for _ in inputs[1:]
        )
        self.predictions = nn.ModuleList(_prediction(width, keypoints) for _ in inputs)

    def forward(
        self, features: list[torch.Tensor]
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """The pyramid, and the maps of each level at the finest level's size; finest first."""
        pyramid = [self.laterals[-1](features[-1])]
        for level in reversed(range(len(features) - 1)):
            lateral = self.laterals[level](features[level])
            pyramid.insert(0, lateral + self.ups[level](upsampled(pyramid[0], lateral)))
        maps = [
            upsampled(predict(each), pyramid[0])
            for predict, each in zip(self.predictions, pyramid, strict=True)
        ]
        return pyramid, maps


class RefineNet(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Bottlenecks, more of them the coarser the level, then all levels at one size together."""

    def __init__(self, keypoints: int, width: int) -> None:
        """Make it for a pyramid of `width` channels."""
        super().__init__()
        self.levels = nn.ModuleList(
            nn.Sequential(*(resnet.Bottleneck(width, width // 4) for _ in range(level)))
            for level in range(_LEVELS)
        )
        together = _LEVELS * width
        shortcut = nn.Sequential(nn.Conv2d(together, width, 1, bias=False), nn.BatchNorm2d(width))
        self.last = resnet.Bottleneck(together, width // 4, downsample=shortcut)
        self.predict = _prediction(width, keypoints)

    def forward(self, pyramid: list[torch.Tensor]) -> torch.Tensor:
        """A pyramid, finest first, to maps of the finest level's size."""
        refined = [
            upsampled(blocks(each), pyramid[0])
            for blocks, each in zip(self.levels, pyramid, strict=True)
        ]
        return self.predict(self.last(torch.cat(refined, dim=1)))


class CPN(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Maps at a quarter of the input's size: those of each level of GlobalNet, then RefineNet's."""

    def __init__(self, keypoints: int, *, depth: int = 101, width: int = 256) -> None:
        """Make the network with random weights.

        Args:
            keypoints: maps to give.
            depth: layers of the ResNet: 18, 34, 50, 101 or 152.
            width: channels of the pyramid, a multiple of 4.
        """
        super().__init__()
        trunk = residual_network(depth)
        self.channels = tuple(trunk.fc.in_features // 2**power for power in (3, 2, 1, 0))
        del trunk.fc, trunk.avgpool
        self.resnet = trunk
        self.global_net = GlobalNet(self.channels, keypoints, width)
        self.refine_net = RefineNet(keypoints, width)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Images `(N, 3, h, w)` to five maps `(N, keypoints, h/4, w/4)`: coarse to fine."""
        trunk = self.resnet
        features = [trunk.layer1(trunk.maxpool(torch.relu(trunk.bn1(trunk.conv1(images)))))]
        for stage in (trunk.layer2, trunk.layer3, trunk.layer4):
            features.append(stage(features[-1]))
        pyramid, maps = self.global_net(features)
        return (*reversed(maps), self.refine_net(pyramid))


def _prediction(width: int, keypoints: int) -> nn.Sequential:
    return nn.Sequential(
        *convolution(width, width, kernel=1), nn.Conv2d(width, keypoints, 3, padding=1)
    )
