"""BlazePose: the landmark network as a pose estimator (Bazarevsky et al. 2020)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.models.crop import boxes_of, crop_region, crop_regions, to_image_points
from lighttrack.models.session import Network, PixelContract
from lighttrack.structures import Boxes, Floats, Image, Poses, Regions, Skeleton
from lighttrack.structures.skeletons import BLAZEPOSE_33, COCO_17

_SIDE = 256
_PIXELS = PixelContract(deviation=(255.0, 255.0, 255.0), layout="NHWC")
_BODY = len(BLAZEPOSE_33)
_AXIS = slice(_BODY, _BODY + 2)
"""The auxiliary landmarks: the middle of the hips, and the point that gives size and turn."""

_REACH = 4
"""Cells of a heat map on each side of a landmark that it is refined from."""

_SURE = 0.5
"""Height of a heat map from which a landmark is refined from it."""


_SLOPE, _EVEN = np.float32(9.5), np.float32(0.5)
"""Of the height of a heat map: the logistic function of it that says how often keypoints lie within
a tenth of the body's height of those of `balanced`."""


@dataclass(frozen=True, slots=True)
class BlazePoseConfig:
    """Numbers of BlazePose as a pose estimator."""

    skeleton: Skeleton = COCO_17
    """BLAZEPOSE_33 gives all landmarks, another those of its keypoints that are among them."""

    padding: float = 1.4
    """Side of the square crop in units of the box's longer side.

    At 1.25 of a box that cuts off a third of the body, the network squeezes the keypoints into the
    crop, and a tracker that continues from there never recovers the rest; at 1.4 and more it finds
    the whole body. Larger factors reduce the resolution of small people.
    """

    tracked_threshold: float = 0.35
    """Mean score above which a skeleton is a person's: of those in which most keypoints are right,
    95 % score higher, of wrong ones 12 % (benchmarks/quality/calibrate_blazepose.py)."""

    keypoint_threshold: float = 0.25


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What the landmark network finds in N regions."""

    keypoints: Floats
    """`(N, 33, 2)`: in pixels of the image."""

    peaks: Floats
    """`(N, 33)`: height of the heat map near the keypoint, 0 to 1."""

    axes: Floats
    """`(N, 2, 2)`: the middle of the hips, and a point on the circle around the upright body's
    head; in pixels of the image."""

    def __len__(self) -> int:
        return len(self.peaks)

    def __getitem__(self, index: Any) -> "Landmarks":
        """The people that a mask, a slice or an array of indices selects."""
        return Landmarks(self.keypoints[index], self.peaks[index], self.axes[index])

    @property
    def scores(self) -> Floats:
        """`(N, 33)`: probability that each keypoint is right.

        It follows the height of the heat map. The network's own person flag, visibility and
        presence tell wrong skeletons from right ones far less well: areas under the ROC curve .87,
        .76 and .70 against .97 (benchmarks/quality/calibrate_blazepose.py).
        """
        return sigmoid(_SLOPE * (self.peaks - _EVEN))

    @property
    def angles(self) -> Floats:
        """`(N,)` radians, clockwise in the image: how far the people are turned from upright."""
        return angles_of(self.axes)


class LandmarkNetwork:
    """BlazePose's landmark network: 33 keypoints, what they are worth, and the body's axis."""

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        # The others (the person flag, a mask, and landmarks in metres) are not needed here.
        self.network = Network(path, _PIXELS, outputs=[0, 3], threads=threads)

    def __call__(self, image: Image, regions: Boxes, angles: Floats) -> Landmarks:
        """Run on square `regions` `(N, 4)` of the image, turned by `angles` `(N,)`; N at least 1.

        The crop shows a person upright who is turned by the angle, as the network expects people.
        """

        def fill(number: int, pixels: Image) -> None:
            angle = float(angles[number])
            crop_region(image, regions[number], pixels, angle=angle, replicate=True)

        raw, maps = self.network.many((_SIDE, _SIDE), len(regions), fill)
        found = raw.reshape(len(regions), -1, 5)
        points, peaks = refined(found[..., :2] / np.float32(_SIDE), maps)
        points = to_image_points(points * _SIDE, regions, (_SIDE, _SIDE), angles)
        return Landmarks(points[:, :_BODY], peaks[:, :_BODY], points[:, _AXIS])


def refined(points: Floats, maps: Floats) -> tuple[Floats, Floats]:
    """Landmarks moved to the centre of mass of their heat maps, and the maps' heights there.

    As in mediapipe's graph: the cells up to four from the landmark are weighted with the logistic
    function of the map; a landmark whose map stays below a half keeps its place.

    Args:
        points: `(N, K, 2)` as shares of the crop's sides.
        maps: `(N, H, W, K)` logits.

    Returns:
        The points `(N, K, 2)`, and the highest of the cells `(N, K)`, 0 to 1.
    """
    n, k = points.shape[:2]
    height, width = maps.shape[1:3]
    size = np.array([width, height], np.float32)
    cells = np.clip(np.floor(points * size), -1, size).astype(np.intp)
    reach = np.arange(-_REACH, _REACH + 1)
    columns, rows = cells[..., 0, None] + reach, cells[..., 1, None] + reach
    inside = ((rows >= 0) & (rows < height))[..., :, None]
    inside = inside & ((columns >= 0) & (columns < width))[..., None, :]
    inside &= ((cells >= 0) & (cells < size)).all(axis=2)[..., None, None]
    which = (np.arange(n)[:, None, None, None], np.arange(k)[None, :, None, None])
    down, across = rows.clip(0, height - 1), columns.clip(0, width - 1)
    found = maps[which[0], down[..., :, None], across[..., None, :], which[1]]
    weights = np.where(inside, sigmoid(found), np.float32(0))
    peaks = weights.max(axis=(2, 3))
    total = np.maximum(weights.sum(axis=(2, 3)), np.float32(1e-9))
    x = (weights.sum(axis=2) * columns).sum(axis=2) / total
    y = (weights.sum(axis=3) * rows).sum(axis=2) / total
    moved = np.stack([x, y], axis=2) / size
    return np.asarray(np.where((peaks >= _SURE)[..., None], moved, points), np.float32), peaks


def sigmoid(logits: Floats) -> Floats:
    """Logistic function, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(logits / 2)), np.float32)


def angles_of(axes: Floats) -> Floats:
    """Angles `(N,)` of people from upright, in radians clockwise, from two points `(N, 2, 2)` each.

    The first is the middle of the hips; the second lies from there where the head is.
    """
    x, y = (axes[:, 1] - axes[:, 0]).T
    return np.asarray(np.arctan2(x, -y), np.float32)


def regions_of(axes: Floats, padding: float) -> Boxes:
    """Squares `(N, 4)` about the middle of the hips, whose half side is the distance of two points.

    Args:
        axes: `(N, 2, 2)`: the middle of the hips, and a point on the circle around the body.
        padding: Factor by which the squares grow.
    """
    center = axes[:, 0]
    radius = np.linalg.norm(axes[:, 1] - center, axis=1)[:, None] * np.float32(padding)
    return np.asarray(np.concatenate([center - radius, center + radius], axis=1), np.float32)


class BlazePose:
    """BlazePose's landmark network as a pose estimator."""

    def __init__(
        self, path: Path, config: BlazePoseConfig | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or BlazePoseConfig()
        self.skeleton = self.config.skeleton
        self.tracked_threshold = self.config.tracked_threshold
        self.keypoint_threshold = self.config.keypoint_threshold
        self._landmarks = LandmarkNetwork(path, threads=threads)

    @property
    def networks(self) -> Mapping[str, str]:
        """File name and sha256."""
        network = self._landmarks.network
        return {network.path.name: network.sha256}

    @property
    def network_seconds(self) -> float:
        """Spent on inference so far, without preparing images and reading outputs."""
        return self._landmarks.network.seconds

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`, in their order; crops are turned by their angles."""
        boxes = boxes_of(regions)
        if not len(boxes):
            return Poses.empty(self.skeleton)
        crops = crop_regions(boxes, aspect=1.0, padding=self.config.padding)
        found = self._landmarks(image, crops, regions.angles)
        scores = found.scores
        person = scores.mean(axis=1)
        poses = Poses(BLAZEPOSE_33, found.keypoints, scores, boxes, person, found.angles)
        return poses.to(self.skeleton)
