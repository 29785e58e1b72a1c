"""Person detectors that run once on the whole image.

All return detections from a low score on, best first, because a tracker continues a tracklet with a
lower score than it starts one with; `score_threshold` is the score from which to start one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from lighttrack.models.crop import letterbox, stretch
from lighttrack.models.decode import (
    boxes_scores_labels,
    suppress,
    yolov3_candidates,
    yolox_boxes,
)
from lighttrack.models.session import (
    IMAGENET,
    IMAGENET_BGR,
    Network,
    OneNetwork,
    PixelContract,
)
from lighttrack.structures import Boxes, Detections, Floats, Image

_STRIDE = 32
"""Sides of the inputs of these networks are multiples of it."""

_TO_ONE = PixelContract(deviation=(255.0, 255.0, 255.0))
"""RGB of values 0 to 1."""


class _OneShotDetector(OneNetwork):
    """Runs its network once on the whole image; subclasses read boxes and scores."""

    def __init__(
        self,
        path: Path,
        config: "_Config",
        outputs: Sequence[int] | None,
        threads: int | None,
    ) -> None:
        super().__init__(Network(path, config.pixels, outputs=outputs, threads=threads))
        self.score_threshold = config.score_threshold
        self._score_floor = config.score_floor
        side = config.input_size
        self._size = self._network.fixed_size or (side, side)

    def _letterboxed(self, image: Image, size: tuple[int, int]) -> tuple[list[Floats], np.float32]:
        """The outputs for the image in the top left of an input of `size` (width, height).

        Returns:
            The outputs, and pixels of the input per pixel of the image.
        """
        scale = 1.0

        def fill(_: int, pixels: Image) -> None:
            nonlocal scale
            scale = letterbox(image, pixels)

        outputs = self._network.one(size, fill)
        return outputs, np.float32(scale)

    def _size_for(self, image: Image, side: int) -> tuple[int, int]:
        """The network's own size, or the smallest whose longer side is `side` for this image."""
        if self._network.fixed_size is not None:
            return self._network.fixed_size
        height, width = image.shape[:2]
        scale = side / max(height, width)
        return _stride_up(round(width * scale)), _stride_up(round(height * scale))

    def _reported(self, boxes: Boxes, scores: Floats) -> Detections:
        """What scores above the floor, best first."""
        order = np.argsort(-scores, kind="stable")
        order = order[scores[order] >= self._score_floor]
        return Detections(boxes[order], scores[order].clip(0, 1))


@dataclass(frozen=True, slots=True)
class RTMDetConfig:
    """Numbers of an RTMDet export with non-maximum suppression inside."""

    pixels: PixelContract = IMAGENET_BGR
    input_size: int = 416
    """Pixels of the image's longer side as the network sees it, a multiple of 32; a file that
    fixes the size of its input overrides it."""

    score_threshold: float = 0.40
    """Score from which a detection is more likely right than wrong (best F1)."""

    score_floor: float = 0.10
    """Detections below this score are not reported at all."""


class RTMDet(_OneShotDetector):
    """RTMDet (Lyu et al. 2022), exported with boxes and scores `(1, K, 5)` as first output.

    Example:
        >>> detector = RTMDet(Path("rtmdet-nano-person.onnx"), threads=2)  # doctest: +SKIP
        >>> people = detector(image)  # doctest: +SKIP
    """

    def __init__(
        self, path: Path, config: RTMDetConfig | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or RTMDetConfig()
        _require_stride(self.config.input_size)
        super().__init__(path, self.config, [0], threads)

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`, best first."""
        [found], scale = self._letterboxed(image, self._size_for(image, self.config.input_size))
        return self._reported(found[0, :, :4] / scale, found[0, :, 4])


@dataclass(frozen=True, slots=True)
class YOLOXConfig:
    """Numbers of a YOLOX export whose output is not decoded."""

    pixels: PixelContract = PixelContract(channels="BGR")  # noqa: RUF009 - frozen
    input_size: int = 416
    """As for RTMDet."""

    person_class: int = 0
    """Which of the network's classes are people."""

    overlap: float = 0.65
    """IoU above which the lower-scored of two detections is suppressed."""

    score_threshold: float = 0.55
    score_floor: float = 0.10


class YOLOX(_OneShotDetector):
    """YOLOX (Ge et al. 2021), output `(1, A, 5 + classes)` as it leaves the network."""

    def __init__(
        self, path: Path, config: YOLOXConfig | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or YOLOXConfig()
        super().__init__(path, self.config, [0], threads)

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`, best first."""
        [[raw]], scale = self._letterboxed(image, self._size)
        scores = raw[:, 4] * raw[:, 5 + self.config.person_class]
        boxes = yolox_boxes(raw[:, :4], self._size) / scale
        found = self._reported(boxes, scores)
        return found[suppress(found.boxes, found.scores, threshold=self.config.overlap)]


@dataclass(frozen=True, slots=True)
class PicoDetConfig:
    """Numbers of a PicoDet export with the suppression left outside."""

    pixels: PixelContract = IMAGENET
    input_size: int = 416
    """Both sides of the input, to which the image is stretched; a file that fixes it overrides
    it."""

    overlap: float = 0.60
    """IoU above which the lower-scored of two detections is suppressed."""

    score_threshold: float = 0.55
    score_floor: float = 0.10


class PicoDet(_OneShotDetector):
    """PicoDet (Yu et al. 2021) with one class: boxes `(1, A, 4)` and scores `(1, 1, A)`."""

    def __init__(
        self, path: Path, config: PicoDetConfig | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or PicoDetConfig()
        super().__init__(path, self.config, None, threads)

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`, best first."""
        outputs = self._network.one(self._size, lambda _, pixels: stretch(image, pixels))
        # The order of the two differs between exports; their shapes do not.
        boxes, scores = sorted(outputs, key=lambda output: output.shape[-1] != 4)
        height, width = image.shape[:2]
        scale = np.array([width / self._size[0], height / self._size[1]] * 2, np.float32)
        found = self._reported(boxes.reshape(-1, 4) * scale, scores.reshape(-1))
        return found[suppress(found.boxes, found.scores, threshold=self.config.overlap)]


@dataclass(frozen=True, slots=True)
class YOLOv3Config:
    """Numbers of a YOLOv3 export whose heads are not decoded."""

    pixels: PixelContract = _TO_ONE
    input_size: int = 416
    """As for RTMDet."""

    anchors: tuple[float, ...] = field(
        default=(10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119, 116, 90, 156, 198, 373, 326),
        metadata={"multiple": 2},
    )
    """Width and height of each in pixels of the input, those of the finest head first, as many for
    each head; by default those of the paper for COCO."""

    person_class: int = 0
    """Which of the network's classes are people."""

    overlap: float = 0.45
    """IoU above which the lower-scored of two detections is suppressed."""

    score_threshold: float = 0.50
    score_floor: float = 0.10


class YOLOv3(_OneShotDetector):
    """YOLOv3 (Redmon, Farhadi 2018): raw heads `(1, A * (5 + classes), h, w)`, in any order.

    `lighttrack.networks.detection` makes such a file of Darknet's `.cfg` and `.weights`.
    """

    def __init__(
        self, path: Path, config: YOLOv3Config | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or YOLOv3Config()
        _require_stride(self.config.input_size)
        super().__init__(path, self.config, None, threads)
        self._anchors = np.array(self.config.anchors, np.float32).reshape(-1, 2)

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`, best first."""
        size = self._size_for(image, self.config.input_size)
        heads, scale = self._letterboxed(image, size)
        boxes, scores = yolov3_candidates(
            [head[0] for head in heads], self._anchors, size, self.config.person_class
        )
        found = self._reported(boxes / scale, scores)
        return found[suppress(found.boxes, found.scores, threshold=self.config.overlap)]


@dataclass(frozen=True, slots=True)
class BoxesScoresLabelsConfig:
    """Numbers of an export with non-maximum suppression inside and the class of each box."""

    pixels: PixelContract = _TO_ONE
    input_size: int = 640
    """As for RTMDet."""

    person_class: int = 1
    """Which label people have; 1 in torchvision's networks."""

    score_threshold: float = 0.50
    score_floor: float = 0.10


class BoxesScoresLabels(_OneShotDetector):
    """Any network that gives boxes in pixels of its input, scores and labels.

    Faster R-CNN and others as torchvision exports them (with one image `(3, H, W)` or a batch of
    one), the detectors trained here, and exports with `dets` `(1, N, 5)` and `labels`.
    """

    def __init__(
        self,
        path: Path,
        config: BoxesScoresLabelsConfig | None = None,
        *,
        threads: int | None = None,
    ) -> None:
        self.config = config or BoxesScoresLabelsConfig()
        _require_stride(self.config.input_size)
        super().__init__(path, self.config, None, threads)

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`, best first."""
        size = self._size_for(image, self.config.input_size)
        outputs, scale = self._letterboxed(image, size)
        boxes, scores, labels = boxes_scores_labels(outputs)
        people = labels == self.config.person_class
        height, width = image.shape[:2]
        edges = np.array([width, height] * 2, np.float32)
        return self._reported((boxes[people] / scale).clip(0, edges), scores[people])


_Config: TypeAlias = (
    RTMDetConfig | YOLOXConfig | PicoDetConfig | YOLOv3Config | BoxesScoresLabelsConfig
)


def _require_stride(side: int) -> None:
    if side < _STRIDE or side % _STRIDE:
        raise ValueError(f"input_size must be a multiple of {_STRIDE}, got {side}")


def _stride_up(side: int) -> int:
    """The next multiple of the stride."""
    return max(1, -(-side // _STRIDE)) * _STRIDE
