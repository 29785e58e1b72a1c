"""Person detectors that look at the whole picture once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lighttrack.models.crop import letterbox
from lighttrack.models.session import IMAGENET_BGR, Network
from lighttrack.structures import Detections, Image


@dataclass(frozen=True, slots=True)
class RTMDetConfig:
    """Numbers of an RTMDet export with non-maximum suppression inside."""

    input_size: int = 416
    """Pixels of the picture's longer side as the network sees it; a multiple of 32. A file that
    fixes its input size overrides it."""

    score_threshold: float = 0.40
    """Score from which a detection is more likely right than wrong (best F1 at 416)."""

    score_floor: float = 0.10
    """Detections below this score are not even reported."""


class RTMDet:
    """RTMDet (Lyu et al. 2022), exported with `dets` `(1, K, 5)` as first output.

    Detections are given from a low score on, because a tracker goes on with a weaker detection
    than it starts with; `score_threshold` is the score from which to trust one by itself.
    """

    _STRIDE = 32

    def __init__(
        self, path: Path, config: RTMDetConfig | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or RTMDetConfig()
        if self.config.input_size % self._STRIDE:
            raise ValueError(
                f"input_size must be a multiple of {self._STRIDE}, got {self.config.input_size}"
            )
        self.score_threshold = self.config.score_threshold
        self._network = Network(path, IMAGENET_BGR, outputs=[0], threads=threads)

    @property
    def networks(self) -> Mapping[str, str]:
        """File name and sha256."""
        return {self._network.path.name: self._network.sha256}

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`, best first."""
        scale = 1.0

        def fill(_: int, pixels: Image) -> None:
            nonlocal scale
            scale = letterbox(image, pixels)

        size = self._network.fixed_size or self._size_for(image)
        [found] = self._network.one(size, fill)
        boxes, scores = found[0, :, :4] / np.float32(scale), found[0, :, 4]
        return Detections(boxes, scores)[scores >= self.config.score_floor]

    def _size_for(self, image: Image) -> tuple[int, int]:
        """The smallest input that holds the picture: padding that is not there costs nothing."""
        height, width = image.shape[:2]
        scale = self.config.input_size / max(height, width)
        return self._up(round(width * scale)), self._up(round(height * scale))

    def _up(self, side: int) -> int:
        """The next multiple of the stride."""
        return max(1, -(-side // self._STRIDE)) * self._STRIDE
