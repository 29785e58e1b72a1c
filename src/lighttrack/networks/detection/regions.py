"""The paper's detectors: Deformable FPN and Deformable R-FCN.

Both propose regions and judge them (Ren et al.: Faster R-CNN, NIPS 2015), with torchvision's
proposals and losses.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias

import torch
from torch import nn
from torchvision.models import resnet
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import FrozenBatchNorm2d, MultiScaleRoIAlign

from lighttrack.networks.detection.deformable import (
    deform_last_stage,
    deformably_pooled,
    pooled,
)
from lighttrack.networks.simple_baseline import residual_network

Normalisation: TypeAlias = Literal["frozen", "batch", "group"]
Targets: TypeAlias = list[dict[str, torch.Tensor]]

PERSON = 1
"""The label of people; 0 is the background."""
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
"""RGB mean and deviation of ImageNet, of values 0 to 1."""
_SHIFT = 0.1
"""γ of deformable pooling: the share of a box's side that an offset of 1 shifts a bin by."""
_LEVELS = 5


class RegionDetector(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Backbone, region proposals, and a head that judges them."""

    def __init__(
        self, backbone: nn.Module, proposals: RegionProposalNetwork, heads: RoIHeads
    ) -> None:
        """Put the parts together."""
        super().__init__()
        self.backbone, self.rpn, self.roi_heads = backbone, proposals, heads
        self.register_buffer("mean", torch.tensor(_MEAN)[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor(_DEVIATION)[:, None, None], persistent=False)

    def forward(
        self,
        images: torch.Tensor,
        sizes: Sequence[tuple[int, int]] | None = None,
        targets: Targets | None = None,
    ) -> Any:
        """Images to losses in training, to detections otherwise.

        Args:
            images: `(N, 3, H, W)` RGB of 0 to 1; H and W are multiples of 32.
            sizes: height and width of each image inside; the whole by default.
            targets: in training, of each image `boxes` `(M, 4)` and `labels` `(M,)`.

        Returns:
            Losses by name; or of each image `boxes` `(M, 4)`, `scores` and `labels` `(M,)`.
        """
        inside = [tuple(images.shape[-2:])] * images.shape[0] if sizes is None else list(sizes)
        features = self.backbone((images - self.mean) / self.deviation)
        proposals, first = self.rpn(ImageList(images, inside), features, targets)
        found, second = self.roi_heads(features, proposals, inside, targets)
        return {**first, **second} if self.training else found


class DeployedDetector(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """A detector for one image, as it is exported."""

    def __init__(self, network: RegionDetector) -> None:
        """Wrap a network."""
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """An image `(1, 3, H, W)` to boxes `(M, 4)`, scores `(M,)` and labels `(M,)`."""
        [found] = self.network(images)
        return found["boxes"], found["scores"], found["labels"]


def deformable_fpn(
    *,
    depth: int = 101,
    width: int = 256,
    hidden: int = 1024,
    normalisation: Normalisation = "frozen",
    smallest_anchor: int = 32,
    proposals: int = 1000,
    judged: int = 512,
    classes: int = 1,
) -> RegionDetector:
    """Faster R-CNN on a feature pyramid, the last stage of its ResNet deformable.

    Lin et al.: Feature Pyramid Networks for Object Detection, CVPR 2017; Dai et al.: Deformable
    Convolutional Networks, ICCV 2017. With depth 101 the paper's Deformable FPN-101.

    Args:
        depth: layers of the ResNet: 18, 34, 50, 101 or 152.
        width: channels of the pyramid.
        hidden: channels of the head's two fully connected layers.
        normalisation: `frozen` batch normalisation, for a backbone with given weights; `batch`;
            `group`, for training from random weights with small batches.
        smallest_anchor: pixels of the anchors of the finest level; each coarser one's are twice
            as large.
        proposals: regions that are judged in an image.
        judged: of them, those that the loss is taken of in training.
        classes: beside the background.

    Example:
        >>> network = deformable_fpn(depth=18, normalisation="group")
    """
    trunk = _trunk(depth, normalisation)
    deform_last_stage(trunk)
    layers = {f"layer{stage + 1}": str(stage) for stage in range(4)}
    widths = [_width_of(trunk) // 8 * 2**stage for stage in range(4)]
    backbone = BackboneWithFPN(trunk, layers, widths, width)
    anchors = AnchorGenerator(
        tuple((smallest_anchor * 2**level,) for level in range(_LEVELS)),
        ((0.5, 1.0, 2.0),) * _LEVELS,
    )
    pool = MultiScaleRoIAlign(["0", "1", "2", "3"], output_size=7, sampling_ratio=2)
    judges = TwoMLPHead(width * 7**2, hidden), FastRCNNPredictor(hidden, classes + 1)
    heads = _heads(pool, *judges, judged)
    return RegionDetector(backbone, _rpn(RegionProposalNetwork, anchors, width, proposals), heads)


def deformable_rfcn(
    *,
    depth: int = 101,
    width: int = 1024,
    bins: int = 7,
    normalisation: Normalisation = "frozen",
    smallest_anchor: int = 32,
    proposals: int = 300,
    judged: int = 128,
    classes: int = 1,
) -> RegionDetector:
    """R-FCN with deformable convolutions and deformable position-sensitive pooling.

    Dai et al.: R-FCN, NIPS 2016; Dai et al.: Deformable Convolutional Networks, ICCV 2017. With
    depth 101 the paper's Deformable R-FCN-101. Proposals are made from the fourth stage; the fifth
    keeps its resolution.

    Args:
        depth: layers of the ResNet: 18, 34, 50, 101 or 152.
        width: channels before the position-sensitive maps.
        bins: across and down a region.
        normalisation: as for `deformable_fpn`.
        smallest_anchor: pixels of the smallest anchors; there are five sizes, each twice the last.
        proposals: regions that are judged in an image.
        judged: of them, those that the loss is taken of in training.
        classes: beside the background.

    Example:
        >>> network = deformable_rfcn(depth=18, width=64, normalisation="group")
    """
    trunk = _trunk(depth, normalisation)
    deform_last_stage(trunk, dilated=True)
    channels = _width_of(trunk)
    body = IntermediateLayerGetter(trunk, {"layer3": "stage4", "layer4": "stage5"})
    anchors = AnchorGenerator(
        (tuple(smallest_anchor * 2**level for level in range(_LEVELS)),), ((0.5, 1.0, 2.0),)
    )
    pool = _PositionSensitive(channels, width, bins, classes + 1)
    heads = _heads(pool, nn.Identity(), nn.Identity(), judged)
    rpn = _rpn(_ProposalsOfStage4, anchors, channels // 2, proposals)
    return RegionDetector(_Body(body), rpn, heads)


FAMILIES: Mapping[str, Callable[..., RegionDetector]] = {
    "deformable-fpn": deformable_fpn,
    "deformable-rfcn": deformable_rfcn,
}


def detector_network(family: str, **sizes: Any) -> RegionDetector:
    """A detector with random weights.

    Args:
        family: `deformable-fpn` or `deformable-rfcn`.
        sizes: keywords of the family's function, such as `depth`.

    Raises:
        ValueError: if there is no such family, or it has no such sizes.

    Example:
        >>> network = detector_network("deformable-fpn", depth=18, normalisation="group")
    """
    if family not in FAMILIES:
        raise ValueError(f"no family of detectors {family!r}; known: {', '.join(FAMILIES)}")
    try:
        return FAMILIES[family](**sizes)
    except TypeError as error:
        raise ValueError(f"sizes of {family} do not fit: {error}") from error


class _Body(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """Gives a backbone's weights the place that they have in the pyramid's: `backbone.body`."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, images: torch.Tensor) -> "OrderedDict[str, torch.Tensor]":
        features: OrderedDict[str, torch.Tensor] = self.body(images)
        return features


class _ProposalsOfStage4(RegionProposalNetwork):  # type: ignore[misc]  # as above
    def forward(
        self, images: ImageList, features: dict[str, torch.Tensor], targets: Targets | None = None
    ) -> Any:
        return super().forward(images, {"stage4": features["stage4"]}, targets)


class _PositionSensitive(nn.Module):  # type: ignore[misc]  # as above
    """The head of R-FCN: maps for each bin, and the vote of a region's bins."""

    def __init__(self, inputs: int, width: int, bins: int, classes: int) -> None:
        super().__init__()
        self.bins, self.classes = bins, classes
        self.reduced = nn.Conv2d(inputs, width, 1)
        self.scores = nn.Conv2d(width, classes * bins**2, 1)
        self.boxes = nn.Conv2d(width, 4 * bins**2, 1)
        self.shifts = nn.Conv2d(width, 2 * bins**2, 1)
        nn.init.kaiming_normal_(self.reduced.weight, nonlinearity="relu")
        nn.init.zeros_(self.reduced.bias)
        for layer in (self.scores, self.boxes):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.shifts.weight)
        nn.init.zeros_(self.shifts.bias)

    def forward(
        self,
        features: dict[str, torch.Tensor],
        proposals: list[torch.Tensor],
        sizes: list[tuple[int, int]],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits `(R, classes)`, and the same four numbers of the box for every class."""
        maps = torch.relu(self.reduced(features["stage5"]))
        scale = 1 / 16
        shifts = _SHIFT * pooled(self.shifts(maps), proposals, self.bins, scale)
        votes = [
            deformably_pooled(layer(maps), proposals, self.bins, scale, shifts).mean(dim=(2, 3))
            for layer in (self.scores, self.boxes)
        ]
        return votes[0], votes[1].repeat(1, self.classes)


def _trunk(depth: int, normalisation: Normalisation) -> resnet.ResNet:
    layers: Mapping[str, Callable[[int], nn.Module]] = {
        "frozen": FrozenBatchNorm2d,
        "batch": nn.BatchNorm2d,
        "group": partial(nn.GroupNorm, 16),
    }
    if normalisation not in layers:
        raise ValueError(f"normalisation must be one of {', '.join(layers)}, got {normalisation!r}")
    return residual_network(depth, norm_layer=layers[normalisation])


def _width_of(trunk: resnet.ResNet) -> int:
    """Channels of the last stage."""
    return int(trunk.fc.in_features)


def _rpn(
    kind: Callable[..., RegionProposalNetwork],
    anchors: AnchorGenerator,
    width: int,
    proposals: int,
) -> RegionProposalNetwork:
    before = {"training": 2 * proposals, "testing": proposals}
    return kind(
        anchors,
        RPNHead(width, anchors.num_anchors_per_location()[0]),
        fg_iou_thresh=0.7,
        bg_iou_thresh=0.3,
        batch_size_per_image=256,
        positive_fraction=0.5,
        pre_nms_top_n=before,
        post_nms_top_n=before,
        nms_thresh=0.7,
    )


def _heads(pool: nn.Module, head: nn.Module, predictor: nn.Module, judged: int) -> RoIHeads:
    return RoIHeads(
        pool,
        head,
        predictor,
        fg_iou_thresh=0.5,
        bg_iou_thresh=0.5,
        batch_size_per_image=judged,
        positive_fraction=0.25,
        bbox_reg_weights=None,
        score_thresh=0.05,
        nms_thresh=0.5,
        detections_per_img=100,
    )
