"""HRNet: branches of several resolutions side by side that exchange what they found.

Sun et al.: Deep High-Resolution Representation Learning for Human Pose Estimation, CVPR 2019,
section 3. The parameters have the names of the authors' files.
"""

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from lighttrack.networks.layers import convolution, final_layer

_STEM = 64
"""Channels of the stem and of the bottlenecks of the first stage."""
_BLOCKS = 4
"""Residual blocks of each branch of a module."""


class _Module(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Branches `widths[i]` wide at 1/2^i of the size, then sums of all at the size of each."""

    def __init__(self, widths: list[int], outputs: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(*(BasicBlock(width, width) for _ in range(_BLOCKS))) for width in widths
        )
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(_exchange(widths, source, target) for source in range(len(widths)))
            for target in range(outputs)
        )

    def forward(self, features: list[torch.Tensor]) -> list[torch.Tensor]:
        found = [branch(each) for branch, each in zip(self.branches, features, strict=True)]
        fused = []
        for exchanges in self.fuse_layers:
            parts = [exchange(each) for exchange, each in zip(exchanges, found, strict=True)]
            fused.append(torch.relu(torch.stack(parts).sum(dim=0)))
        return fused


class HRNet(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Maps at a quarter of the input's size."""

    def __init__(
        self, keypoints: int, *, width: int = 32, modules: tuple[int, int, int] = (1, 4, 3)
    ) -> None:
        """Make the network with random weights.

        Args:
            keypoints: maps to give.
            width: channels of the finest branch: 32 and 48 in the paper.
            modules: modules of the stages with two, three and four branches.
        """
        super().__init__()
        self.conv1 = nn.Conv2d(3, _STEM, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(_STEM)
        self.conv2 = nn.Conv2d(_STEM, _STEM, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(_STEM)
        wide = _STEM * Bottleneck.expansion
        shortcut = nn.Sequential(nn.Conv2d(_STEM, wide, 1, bias=False), nn.BatchNorm2d(wide))
        self.layer1 = nn.Sequential(
            Bottleneck(_STEM, _STEM, downsample=shortcut),
            *(Bottleneck(wide, _STEM) for _ in range(_BLOCKS - 1)),
        )
        widths = [width * 2**branch for branch in range(4)]
        self.transition1 = _transition([wide], widths[:2])
        self.stage2 = _stage(widths[:2], modules[0])
        self.transition2 = _transition(widths[:2], widths[:3])
        self.stage3 = _stage(widths[:3], modules[1])
        self.transition3 = _transition(widths[:3], widths)
        self.stage4 = _stage(widths, modules[2], only_finest=True)
        self.final_layer = final_layer(width, keypoints)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Images `(N, 3, h, w)` to maps `(N, keypoints, h/4, w/4)`, the only output."""
        stem = torch.relu(self.bn1(self.conv1(images)))
        stem = torch.relu(self.bn2(self.conv2(stem)))
        features = [self.layer1(stem)]
        for transition, stage in (
            (self.transition1, self.stage2),
            (self.transition2, self.stage3),
            (self.transition3, self.stage4),
        ):
            # A new branch begins from the coarsest one so far.
            features = [
                layer(features[min(branch, len(features) - 1)])
                for branch, layer in enumerate(transition)
            ]
            for module in stage:
                features = module(features)
        return (self.final_layer(features[0]),)


def _stage(widths: list[int], modules: int, *, only_finest: bool = False) -> nn.Sequential:
    """Modules of one stage; of the last stage only the finest branch is used in the end."""
    last = modules - 1
    return nn.Sequential(
        *(
            _Module(widths, 1 if only_finest and number == last else len(widths))
            for number in range(modules)
        )
    )


def _transition(before: list[int], after: list[int]) -> nn.ModuleList:
    layers: list[nn.Module] = []
    for branch, width in enumerate(after):
        if branch >= len(before):
            # Nested as in the authors' files, whose networks may skip a resolution here.
            layers.append(nn.Sequential(convolution(before[-1], width, stride=2)))
        elif before[branch] == width:
            layers.append(nn.Identity())
        else:
            layers.append(convolution(before[branch], width))
    return nn.ModuleList(layers)


def _exchange(widths: list[int], source: int, target: int) -> nn.Module:
    """Features of one branch at the size and width of another (figure 3)."""
    if source == target:
        return nn.Identity()
    if source > target:
        return nn.Sequential(
            nn.Conv2d(widths[source], widths[target], 1, bias=False),
            nn.BatchNorm2d(widths[target]),
            nn.Upsample(scale_factor=2 ** (source - target), mode="nearest"),
        )
    halvings: list[nn.Module] = [
        convolution(widths[source], widths[source], stride=2) for _ in range(target - source - 1)
    ]
    last = convolution(widths[source], widths[target], stride=2)[:2]  # no ReLU before the sum
    return nn.Sequential(*halvings, last)
