"""BlazePose as a detector of several people, of any size, anywhere in the image.

Its detection network was made for one person who fills the image: it detects people taller than
about half of its input. So it runs on overlapping tiles of several sizes, and its detections are
proposals. The landmark network verifies them in two passes: in the proposed region, then in the
region around the body that it found in the first pass. A person is reported only if both passes
find one, in the same pose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from lighttrack.models.blazepose import (
    LandmarkNetwork,
    Landmarks,
    angles_of,
    regions_of,
    sigmoid,
)
from lighttrack.models.crop import crop_region, crop_regions
from lighttrack.models.decode import suppress
from lighttrack.models.session import Network, PixelContract
from lighttrack.structures import Boxes, Detections, Floats, Image, Poses, keypoint_similarity, oks
from lighttrack.structures.boxes import iou
from lighttrack.structures.skeletons import BLAZEPOSE_33, sigmas_of

_SIDE = 224
_PIXELS = PixelContract(mean=(127.5,) * 3, deviation=(127.5,) * 3, layout="NHWC")
_GRIDS = ((28, 2), (14, 2), (7, 6))
"""Cells along a side, and anchors in each cell."""


@dataclass(frozen=True, slots=True)
class BlazePoseDetectorConfig:
    """Numbers of BlazePose as a detector."""

    divisions: tuple[int, int, int] = (1, 2, 4)
    """Sides of the tiles: the image's shorter side divided by each; besides, the whole image.

    Each size finds people from half to all of its height, so steps of two leave no size out.
    """

    overlap: float = 1 / 3
    """Part of its side by which a tile overlaps the next, at least."""

    smallest_tile: int = 96
    """Pixels; smaller tiles would only be enlarged, without more detail."""

    proposal_threshold: float = 0.4
    """Score of the detection network from which the landmark network verifies a proposal."""

    proposal_overlap: float = 0.5
    """IoU of two proposed regions above which the lower-scored one is dropped."""

    same_region: float = 0.4
    """IoU with the region of a tracked person from which a proposal is dropped."""

    padding: float = 1.25
    """Side of a region in units of the body's."""

    duplicate_similarity: float = 0.5
    """OKS above which two detections are one person."""

    first_score: float = 0.25
    """Mean keypoint score from which a first pass is worth a second one."""

    score_threshold: float = 0.40
    score_floor: float = 0.20


class BlazePoseDetector:
    """Tiles, proposals, and two passes over each; a `ScanningDetector`.

    A score is the mean score of the keypoints of the second pass times the root of the similarity
    (OKS) of the poses of both passes.
    """

    def __init__(
        self,
        detection: Path,
        landmarks: Path,
        config: BlazePoseDetectorConfig | None = None,
        *,
        threads: int | None = None,
    ) -> None:
        self.config = config or BlazePoseDetectorConfig()
        self.score_threshold = self.config.score_threshold
        self._proposals = Network(detection, _PIXELS, outputs=[0, 1], threads=threads)
        self._landmarks = LandmarkNetwork(landmarks, threads=threads)

    @property
    def networks(self) -> Mapping[str, str]:
        """File names and sha256."""
        both = (self._proposals, self._landmarks.network)
        return {network.path.name: network.sha256 for network in both}

    def __call__(self, image: Image, /) -> Detections:
        """People in all tiles of `image`, best first."""
        no_boxes = np.zeros((0, 4), np.float32)
        found = self._find(image, self.tiles(image.shape[1], image.shape[0]), no_boxes)
        return found[found.scores > 0]

    def tiles(self, width: int, height: int, /) -> Boxes:
        """The tiles `(T, 4)` of an image of this size, the largest first."""
        sides = [min(width, height) / division for division in self.config.divisions]
        sides = [side for side in sides if side >= self.config.smallest_tile]
        return tiles(width, height, (max(width, height), *sides), self.config.overlap)

    def scan(self, image: Image, areas: Boxes, known: Boxes, /) -> Detections:
        """People in some tiles, the best first, then with score 0 what was refused.

        Args:
            image: `(H, W, 3)` RGB.
            areas: `(T, 4)`: some of `tiles`.
            known: `(N, 4)` boxes of people who are followed, and of places where what looked like
                a person was refused: proposals around them are dropped.
        """
        return self._find(image, areas, known)

    def _find(self, image: Image, areas: Boxes, known: Boxes) -> Detections:
        if not len(areas):
            return Detections.empty()
        axes = self._propose(image, areas)
        if len(known):
            proposed = regions_of(axes, 1.0)
            axes = axes[iou(_squares(known), proposed).max(axis=0) < self.config.same_region]
        if not len(axes):
            return Detections.empty()
        first = self._first_pass(image, axes)
        found = Detections.empty()
        if len(first):
            found = self._agreed(first, self._look(image, first.axes))
        places = regions_of(axes, 1.0)
        refused = places[
            iou(places, _squares(found.boxes)).max(axis=1, initial=0) < self.config.same_region
        ]
        nothing = Detections(refused, np.zeros(len(refused), np.float32))
        return Detections.concatenate([found, nothing])

    def _propose(self, image: Image, areas: Boxes) -> Floats:
        """What the detection network takes for bodies, as `Landmarks.axes` `(N, 2, 2)`."""
        raw, logits = self._proposals.many(
            (_SIDE, _SIDE), len(areas), lambda i, pixels: crop_region(image, areas[i], pixels)
        )
        scores = sigmoid(logits[..., 0])
        tile, anchor = np.nonzero(scores >= self.config.proposal_threshold)
        # Of the four points: the middle of the hips, and one on the circle around the body.
        points = raw[tile, anchor, 4:8].reshape(-1, 2, 2) + anchors()[anchor][:, None]
        scale = (areas[tile, 2] - areas[tile, 0]) / _SIDE
        points = points * scale[:, None, None] + areas[tile, None, :2]
        regions = regions_of(points, 1.0)
        keep = suppress(regions, scores[tile, anchor], threshold=self.config.proposal_overlap)
        return np.asarray(points[keep], np.float32)

    def _look(self, image: Image, axes: Floats) -> Landmarks:
        """What the landmark network finds about these axes, in crops that are turned along them."""
        regions = regions_of(axes, self.config.padding)
        return self._landmarks(image, regions, angles_of(axes))

    def _first_pass(self, image: Image, axes: Floats) -> Landmarks:
        """The people that the landmark network finds about the axes, without duplicates."""
        found = self._look(image, axes)
        poses = _poses(found)
        likely = np.flatnonzero(poses.person_scores >= self.config.first_score)
        poses = poses[likely]
        return found[likely[self._once(poses, poses.person_scores)]]

    def _agreed(self, first: Landmarks, second: Landmarks) -> Detections:
        """People found in both passes; the box is the mean of the two."""
        before, after = _poses(first), _poses(second)
        # The errors of the passes are independent: the mean is nearer to the body (measured).
        boxes = (before.boxes + after.boxes) / np.float32(2)
        size = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        similarity = keypoint_similarity(
            first.keypoints, second.keypoints, size, sigmas_of(BLAZEPOSE_33)
        )
        scores = after.person_scores * np.sqrt(similarity)
        likely = scores >= self.config.score_floor
        found = Detections(boxes, scores, second.angles)[likely]
        return found[self._once(after[likely], found.scores)]

    def _once(self, found: Poses, scores: Floats) -> list[int]:
        """Rows of `found` without duplicates, best first."""
        similarity = oks(found, found)
        kept: list[int] = []
        for row in np.argsort(-scores, kind="stable").tolist():
            if not (similarity[row, kept] > self.config.duplicate_similarity).any():
                kept.append(row)
        return kept


@lru_cache(maxsize=1)
def anchors() -> Floats:
    """Centres `(2254, 2)` of the detection network's anchors, in pixels of its input."""
    grids = []
    for cells, repeats in _GRIDS:
        steps = (np.arange(cells, dtype=np.float32) + 0.5) * (_SIDE / cells)
        x, y = np.meshgrid(steps, steps)
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), repeats, axis=0))
    return np.concatenate(grids)


def tiles(width: int, height: int, sides: tuple[float, ...], overlap: float) -> Boxes:
    """Squares `(T, 4)` that cover an image, size by size, each row by row.

    Args:
        width: Pixels of the image.
        height: Pixels of the image.
        sides: Sides of the squares in pixels; one longer than the image is centred on it.
        overlap: Part of its side by which a square overlaps the next, at least.

    Example:
        >>> tiles(640, 480, (480,), 1 / 3).tolist()
        [[0.0, 0.0, 480.0, 480.0], [160.0, 0.0, 640.0, 480.0]]
    """
    squares = [
        (x, y, x + side, y + side)
        for side in sides
        for y in _starts(height, side, overlap)
        for x in _starts(width, side, overlap)
    ]
    return np.array(squares, np.float32).reshape(-1, 4)


def _starts(length: int, side: float, overlap: float) -> Floats:
    if side >= length:
        return np.array([(length - side) / 2], np.float32)
    steps = int(np.ceil((length - side) / (side * (1 - overlap)) - 1e-6))
    return np.linspace(0, length - side, steps + 1, dtype=np.float32)


def body_boxes(keypoints: Floats, angles: Floats) -> Boxes:
    """Boxes `(N, 4)` of whole bodies from BlazePose's 33 landmarks `(N, 33, 2)`.

    The landmarks end at the eyes, at the wrists' skin and at the soles, the body does not. What is
    added, in units of the longer side of the landmarks' extent, is the mean difference to
    ground-truth boxes of three clips (110 people of TUD-Campus, PETS09-S2L1 and TownCentre: 0.10
    beyond the head, 0.045 beyond the feet, 0.025 at each side); `angles` `(N,)` radians,
    clockwise, say where the head is.
    """
    lower, upper = keypoints.min(axis=1), keypoints.max(axis=1)
    size = (upper - lower).max(axis=1, keepdims=True)
    # How far the left, top, right and bottom of the image lie towards the head of each person.
    sides = np.array([-np.pi / 2, 0, np.pi / 2, np.pi], np.float32)
    headwards = np.cos(sides - angles[:, None])
    towards = np.where(headwards > 0, np.float32(0.10), np.float32(0.045))
    margin = size * (0.025 + (towards - 0.025) * headwards**2)
    return np.concatenate([lower - margin[:, :2], upper + margin[:, 2:]], axis=1).astype(np.float32)


def _squares(boxes: Boxes) -> Boxes:
    return crop_regions(boxes, aspect=1.0, padding=1.0)


def _poses(found: Landmarks) -> Poses:
    boxes = body_boxes(found.keypoints, found.angles)
    scores = found.scores
    person = scores.mean(axis=1)
    return Poses(BLAZEPOSE_33, found.keypoints, scores, boxes, person, found.angles)
