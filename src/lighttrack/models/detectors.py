"""Person detectors that run once on the whole image.

All return detections from a low score on, best first, because a tracker continues a tracklet with a
lower score than it starts one with; `score_threshold` is the score from which to start one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lighttrack.models.crop import letterbox, stretch
from lighttrack.models.decode import suppress, yolox_boxes
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


class _OneShotDetector(OneNetwork):
    """Runs its network once on the whole image; subclasses read boxes and scores."""

    def __init__(
        self,
        path: Path,
        config: "RTMDetConfig | YOLOXConfig | PicoDetConfig",
        outputs: Sequence[int] | None,
        threads: int | None,
    ) -> None:
        super().__init__(Network(path, config.pixels, outputs=outputs, threads=threads))
        self.score_threshold = config.score_threshold
        self._score_floor = config.score_floor
        side = config.input_size
        self._size = self._network.fixed_size or (side, side)

    def _letterboxed(self, image: Image, size: tuple[int, int]) -> tuple[Floats, float]:
        """The first output for the image in the top left of an input of `size` (width, height).

        Returns:
            The output, and pixels of the input per pixel of the image.
        """
        scale = 1.0

        def fill(_: int, pixels: Image) -> None:
            nonlocal scale
            scale = letterbox(image, pixels)

        [output] = self._network.one(size, fill)
        return output, scale

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
        if self.config.input_size < _STRIDE or self.config.input_size % _STRIDE:
            raise ValueError(
                f"input_size must be a multiple of {_STRIDE}, got {self.config.input_size}"
            )
        super().__init__(path, self.config, [0], threads)

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`, best first."""
        size = self._network.fixed_size or self._size_for(image)
        found, scale = self._letterboxed(image, size)
        return self._reported(found[0, :, :4] / np.float32(scale), found[0, :, 4])

    def _size_for(self, image: Image) -> tuple[int, int]:
        """The smallest input that holds the image, without needless padding."""
        height, width = image.shape[:2]
        scale = self.config.input_size / max(height, width)
        return _stride_up(round(width * scale)), _stride_up(round(height * scale))


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
        [raw], scale = self._letterboxed(image, self._size)
        scores = raw[:, 4] * raw[:, 5 + self.config.person_class]
        boxes = yolox_boxes(raw[:, :4], self._size) / np.float32(scale)
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


def _stride_up(side: int) -> int:
    """The next multiple of the stride."""
    return max(1, -(-side // _STRIDE)) * _STRIDE
