"""Appearance: embeddings of people that are similar for the same person.

The paper (section 4.6) names visual appearance as an extension, for cases that pose and place leave
ambiguous. The networks are those of person re-identification.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lighttrack.models.crop import check_boxes, crop_region
from lighttrack.models.session import Network, OneNetwork, PixelContract
from lighttrack.structures import Boxes, Floats, Image, Poses
from lighttrack.structures.boxes import area, clip
from lighttrack.structures.protocols import AppearanceModel, Detector


@dataclass(frozen=True, slots=True)
class ReidentificationConfig:
    """Numbers of a network that gives one vector per person.

    The defaults are those of Open Model Zoo's `person-reidentification-retail` networks.
    """

    pixels: PixelContract = PixelContract(channels="BGR")  # noqa: RUF009 - frozen
    input_size: tuple[int, int] = (128, 256)
    """Width and height; a file that fixes them overrides it."""

    threshold: float = 0.6
    """Cosine distance at which two images are as likely of one person as of two."""

    spread: float = 0.05
    """Difference in cosine distance by which the odds of one person change by a factor of e."""


class ReidentificationNetwork(OneNetwork):
    """A re-identification network: embeddings `(1, D)` as first output, compared by cosine.

    Example:
        >>> path = Path("reid-retail-0288.onnx")
        >>> appearance = ReidentificationNetwork(path, threads=2)  # doctest: +SKIP
        >>> known = appearance.describe(image, known_boxes, None)  # doctest: +SKIP
        >>> seen = appearance.describe(later, boxes, None)  # doctest: +SKIP
        >>> same = appearance.log_odds(known, seen) > 0  # doctest: +SKIP
    """

    def __init__(
        self,
        path: Path,
        config: ReidentificationConfig | None = None,
        *,
        threads: int | None = None,
    ) -> None:
        self.config = config or ReidentificationConfig()
        if self.config.spread <= 0:
            raise ValueError(f"spread must be above 0, got {self.config.spread}")
        self.threshold = self.config.threshold
        super().__init__(Network(path, self.config.pixels, outputs=[0], threads=threads))
        self._size = self._network.fixed_size or self.config.input_size
        length = self._network.vector_length
        if length is None:
            raise ValueError(f"{path.name} must fix the length of its embeddings")
        self.dimensions = length
        """D, the length of an embedding."""

    of_poses: ClassVar[bool] = False
    """The embedding is of the box as a whole."""

    def __call__(self, image: Image, boxes: Boxes, /) -> Floats:
        """Embeddings `(N, D)` of the people in `boxes` `(N, 4)`, each of length 1, in their order.

        Each box is stretched to the network's input, as these networks were trained; what lies
        outside the image is left out first.
        """
        regions = _inside(check_boxes(boxes), image)
        if not len(regions):
            return np.zeros((0, self.dimensions), np.float32)
        [vectors] = self._network.many(
            self._size, len(regions), lambda i, pixels: crop_region(image, regions[i], pixels)
        )
        vectors = vectors.reshape(len(regions), -1)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)

    def describe(self, image: Image, boxes: Boxes, poses: Poses | None, /) -> Floats:
        """Embeddings `(N, D)` of the people in `boxes` `(N, 4)`; their poses are not needed."""
        return self(image, boxes)

    def log_odds(self, known: Floats, seen: Floats, /) -> Floats:
        """Log-odds `(T, C)` that embeddings are of one person; 0 where one is unknown (NaN)."""
        first, second = (
            each / np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-9)
            for each in (known, seen)
        )
        apart = 1 - first @ second.T
        odds = (self.threshold - np.nan_to_num(apart, nan=self.threshold)) / self.config.spread
        return np.asarray(np.clip(odds, -30, 30), np.float32)

    def probability(self, distances: Floats, /) -> Floats:
        """Probability that two images at these cosine distances are of the same person.

        A logistic curve with a prior of one half, which is the result where the distance is NaN
        because a person has no embedding yet.
        """
        apart = np.nan_to_num(distances, nan=self.threshold) - self.threshold
        odds = np.exp(np.clip(apart / self.config.spread, -30, 30))
        return np.asarray(1 / (1 + odds), np.float32)


def describe(image: Image, detector: Detector, appearance: AppearanceModel) -> Floats:
    """Embedding `(D,)` of the person whom an image shows.

    That is the largest one detected above the detector's threshold. Without such a detection it is
    the whole image: a crop of one person may be too narrow for the detector.

    Args:
        image: `(H, W, 3)` RGB.
        detector: Detects people.
        appearance: Embeds people in boxes.

    Example:
        >>> from lighttrack.models import build_appearance, build_detector
        >>> detector = build_detector("rtmdet-nano-person")  # doctest: +SKIP
        >>> appearance = build_appearance("reid-retail-0288")  # doctest: +SKIP
        >>> wanted = describe(image, detector, appearance)  # doctest: +SKIP
    """
    found = detector(image)
    people = found.boxes[found.scores >= detector.score_threshold]
    if not len(people):
        height, width = image.shape[:2]
        people = np.array([[0, 0, width, height]], np.float32)
    largest = int(area(clip(people, image.shape[1], image.shape[0])).argmax())
    vector: Floats = appearance.describe(image, people[largest : largest + 1], None)[0]
    return vector


_SMALLEST_SIDE = 1.0
"""Pixels; a region narrower or lower than this is grown to it."""


def _inside(people: Boxes, image: Image) -> Boxes:
    """The parts `(N, 4)` of boxes that lie in the image."""
    height, width = image.shape[:2]
    inside = clip(people, width, height)
    lacking = np.maximum(_SMALLEST_SIDE - (inside[:, 2:] - inside[:, :2]), 0) / 2
    return np.concatenate([inside[:, :2] - lacking, inside[:, 2:] + lacking], axis=1)
