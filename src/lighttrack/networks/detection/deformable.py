"""Deformable convolutions and deformable position-sensitive pooling.

Dai et al.: Deformable Convolutional Networks, ICCV 2017. Neither torchvision's `deform_conv2d` nor
its `ps_roi_align` can be written as ONNX, and the latter gives no gradient to the places it reads
at; where that matters the same is computed here by sampling the maps.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional
from torchvision.models import resnet
from torchvision.ops import deform_conv2d, ps_roi_align

_SAMPLES = 2
"""Points that a bin is read at, each way."""


class DeformableConvolution(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """A convolution whose kernel's cells are shifted by offsets that it learns (eq. 2 there).

    `weight` has the name and shape of the plain convolution's; `offsets` begin at 0, so that it
    begins as that.
    """

    def __init__(self, plain: nn.Conv2d) -> None:
        """Take the place, kernel and weights of a convolution without bias."""
        super().__init__()
        self.weight = nn.Parameter(plain.weight.detach().clone())
        self.stride, self.padding, self.dilation = plain.stride, plain.padding, plain.dilation
        rows, columns = plain.kernel_size
        self.offsets = nn.Conv2d(
            plain.in_channels,
            2 * rows * columns,
            plain.kernel_size,
            stride=plain.stride,
            padding=plain.padding,
            dilation=plain.dilation,
        )
        nn.init.zeros_(self.offsets.weight)
        nn.init.zeros_(self.offsets.bias)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features `(N, inputs, h, w)` to `(N, outputs, h / stride, w / stride)`."""
        offsets = self.offsets(features)
        if torch.jit.is_tracing():
            return self.sampled(features, offsets)
        return deform_conv2d(
            features,
            offsets,
            self.weight,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
        )

    def sampled(self, features: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """What `deform_conv2d` computes, by operations that ONNX has."""
        n, _, height, width = features.shape
        rows, columns = offsets.shape[2:]
        kernel_rows, kernel_columns = self.offsets.kernel_size
        cells = kernel_rows * kernel_columns
        shifts = offsets.reshape(n, kernel_rows, kernel_columns, 2, rows, columns)
        y = _starts(rows, kernel_rows, self.stride[0], self.padding[0], self.dilation[0], offsets)
        x = _starts(
            columns, kernel_columns, self.stride[1], self.padding[1], self.dilation[1], offsets
        )
        places = torch.stack(
            [
                _shares(x[None, :, None, :] + shifts[:, :, :, 1], width),
                _shares(y[:, None, :, None] + shifts[:, :, :, 0], height),
            ],
            dim=-1,
        )
        read = functional.grid_sample(
            features, places.reshape(n, cells * rows, columns, 2), align_corners=False
        )
        kernels = self.weight.flatten(1)
        read = read.reshape(n, cells * self.offsets.in_channels, rows * columns)
        return (kernels @ read).reshape(n, -1, rows, columns)


def deform_last_stage(network: resnet.ResNet, *, dilated: bool = False) -> None:
    """Make the 3x3 convolutions of a ResNet's last stage deformable, the second of each block.

    Args:
        network: is changed.
        dilated: whether the last stage keeps the resolution of the one before (R-FCN); its
            convolutions then read every second cell.
    """
    if dilated:
        for module in network.layer4.modules():
            if isinstance(module, nn.Conv2d):
                module.stride = (1, 1)
    for block in network.layer4:
        if dilated:
            block.conv2.dilation = block.conv2.padding = (2, 2)
        block.conv2 = DeformableConvolution(block.conv2)


def pooled(
    maps: torch.Tensor, boxes: Sequence[torch.Tensor], bins: int, scale: float
) -> torch.Tensor:
    """Position-sensitive pooling (Dai et al.: R-FCN, NIPS 2016, eq. 1).

    Args:
        maps: `(N, C * bins * bins, h, w)`, of each of the C kinds a map for every bin.
        boxes: of each image `(R, 4)`, in its pixels.
        bins: across and down.
        scale: cells of the maps per pixel.

    Returns:
        `(sum of R, C, bins, bins)`.
    """
    if torch.jit.is_tracing():
        return deformably_pooled(maps, boxes, bins, scale, None)
    return ps_roi_align(maps, list(boxes), bins, scale, _SAMPLES)


def deformably_pooled(
    maps: torch.Tensor,
    boxes: Sequence[torch.Tensor],
    bins: int,
    scale: float,
    shifts: torch.Tensor | None,
) -> torch.Tensor:
    """Position-sensitive pooling with bins that are shifted (eq. 5 there, and section 2.2).

    Args:
        maps: as for `pooled`.
        boxes: as for `pooled`.
        bins: across and down.
        scale: cells of the maps per pixel.
        shifts: `(sum of R, 2, bins, bins)`: down and across, in sides of the box; None for none.
    """
    parts = []
    begin = 0
    for image, around in zip(maps, boxes, strict=True):
        end = begin + around.shape[0]
        own = None if shifts is None else shifts[begin:end]
        parts.append(_pooled_in_one(image, around * scale, bins, own))
        begin = end
    return torch.cat(parts)


def _pooled_in_one(
    maps: torch.Tensor, boxes: torch.Tensor, bins: int, shifts: torch.Tensor | None
) -> torch.Tensor:
    channels, height, width = maps.shape
    kinds = channels // (bins * bins)
    sides = boxes[:, 2:] - boxes[:, :2]
    steps = (torch.arange(bins * _SAMPLES, device=maps.device) + 0.5) / (bins * _SAMPLES)
    inside = steps.reshape(bins, _SAMPLES).to(maps.dtype)
    count = boxes.shape[0]
    x = boxes[:, 0, None, None] + sides[:, 0, None, None] * inside
    y = boxes[:, 1, None, None] + sides[:, 1, None, None] * inside
    # R, bins down, bins across, points down, points across.
    x = x[:, None, :, None, :].expand(count, bins, bins, _SAMPLES, _SAMPLES)
    y = y[:, :, None, :, None].expand(count, bins, bins, _SAMPLES, _SAMPLES)
    if shifts is not None:
        x = x + (shifts[:, 1] * sides[:, 0, None, None])[..., None, None]
        y = y + (shifts[:, 0] * sides[:, 1, None, None])[..., None, None]
    # A cell's value lies in its middle.
    places = torch.stack([_shares(x - 0.5, width), _shares(y - 0.5, height)], dim=-1)
    points = _SAMPLES * _SAMPLES
    places = places.reshape(count, bins * bins, points, 2).transpose(0, 1)
    by_bin = maps.reshape(kinds, bins * bins, height, width).transpose(0, 1)
    read = functional.grid_sample(
        by_bin, places.to(maps.dtype), padding_mode="border", align_corners=False
    )
    return read.mean(dim=3).permute(2, 1, 0).reshape(count, kinds, bins, bins)


def _starts(
    count: int, kernel: int, stride: int, padding: int, dilation: int, like: torch.Tensor
) -> torch.Tensor:
    """`(kernel, count)`: the cell that each cell of a kernel reads for each output."""
    outputs = torch.arange(count, device=like.device, dtype=like.dtype) * stride - padding
    return torch.arange(kernel, device=like.device)[:, None] * dilation + outputs


def _shares(cells: torch.Tensor, side: int) -> torch.Tensor:
    """Places in cells as `grid_sample` takes them: -1 and 1 are the edges of the map."""
    return (2 * cells + 1) / side - 1
