"""SimpleBaseline, the paper's MSRA152: a ResNet and three transposed convolutions.

Xiao, Wu, Wei: Simple Baselines for Human Pose Estimation and Tracking, ECCV 2018, section 2.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torchvision.models import resnet

from lighttrack.networks.layers import deconvolutions, final_layer


def residual_network(depth: int, **options: Any) -> resnet.ResNet:
    """A ResNet (torchvision's) of 18, 34, 50, 101 or 152 layers with random weights.

    Args:
        depth: layers.
        options: keywords of torchvision's.

    Raises:
        ValueError: for another depth.
    """
    depths = (18, 34, 50, 101, 152)
    if depth not in depths:
        raise ValueError(f"a ResNet has {', '.join(map(str, depths))} layers, got {depth}")
    return getattr(resnet, f"resnet{depth}")(weights=None, **options)


class SimpleBaseline(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Maps at a quarter of the input's size; names of the parameters as in the authors' files."""

    def __init__(
        self,
        keypoints: int,
        *,
        depth: int = 152,
        widths: Sequence[int] = (256, 256, 256),
        stride_first: bool = False,
    ) -> None:
        """Make the network with random weights.

        Args:
            keypoints: maps to give.
            depth: layers of the ResNet: 18, 34, 50, 101 or 152.
            widths: channels of the transposed convolutions.
            stride_first: whether a bottleneck's stride is on its first convolution, as in
                backbones from Caffe, not on its second, as in torchvision's.
        """
        super().__init__()
        trunk = residual_network(depth)
        self.conv1, self.bn1, self.maxpool = trunk.conv1, trunk.bn1, trunk.maxpool
        self.layer1, self.layer2 = trunk.layer1, trunk.layer2
        self.layer3, self.layer4 = trunk.layer3, trunk.layer4
        if stride_first:
            _stride_first(self)
        self.deconv_layers = deconvolutions(trunk.fc.in_features, widths)
        self.final_layer = final_layer(widths[-1], keypoints)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Images `(N, 3, h, w)` to maps `(N, keypoints, h/4, w/4)`, the only output."""
        features = self.maxpool(torch.relu(self.bn1(self.conv1(images))))
        features = self.layer4(self.layer3(self.layer2(self.layer1(features))))
        return (self.final_layer(self.deconv_layers(features)),)


def _stride_first(network: nn.Module) -> None:
    for block in network.modules():
        if isinstance(block, resnet.Bottleneck):
            block.conv1.stride, block.conv2.stride = block.conv2.stride, block.conv1.stride
