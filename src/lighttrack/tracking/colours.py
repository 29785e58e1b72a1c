"""The colour descriptor, sampled along the limbs: an appearance model that needs no network.

The paper (section 4.6) names visual appearance as an extension. Sampling at the keypoints makes the
descriptor independent of pose and place, and shows when a pose was estimated on a neighbour.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lighttrack.structures import Boxes, Floats, Image, Poses
from lighttrack.structures.colours import PARTS, sample

_ALIKE, _SPREAD, _MOST = 0.05, 0.012, 4.0
"""Calibration: half-way between one person's colours seconds apart (some 0.02) and two people's
(some 0.08); the scale on which the log-odds fall; and their limit, for people dress alike, and
lighting changes colours."""


@dataclass(frozen=True, slots=True)
class ColourDescriptor:
    """An `AppearanceModel` by the mean colours of upper and lower trunk, thighs, shins and arms.

    Example:
        >>> grey = np.zeros((1, 15), np.float32)
        >>> bool(ColourDescriptor(keypoint_threshold=0.3).log_odds(grey, grey)[0, 0] > 3)
        True
    """

    keypoint_threshold: float
    """Score from which a keypoint is relied on."""
    of_poses: ClassVar[bool] = True
    """The descriptor is read along the keypoints."""

    @property
    def dimensions(self) -> int:
        """Numbers of a descriptor: three for each part."""
        return 3 * PARTS

    def describe(self, image: Image, boxes: Boxes, poses: Poses | None, /) -> Floats:
        """Mean colours `(N, D)` of each person's parts; NaN for parts that are not visible."""
        if poses is None:
            return np.full((len(boxes), self.dimensions), np.nan, np.float32)
        confident = poses.scores >= self.keypoint_threshold
        sampled = sample(image, poses.keypoints, np.asarray(confident), poses.skeleton)
        return sampled.reshape(len(poses), self.dimensions)

    def log_odds(self, known: Floats, seen: Floats, /) -> Floats:
        """Log-odds `(T, C)` that two descriptors are of one person; 0 where no part is in both."""
        first, second = (each.reshape(len(each), PARTS, 3) for each in (known, seen))
        apart = first[:, None] - second[None]
        distance = np.sqrt(np.einsum("...i,...i->...", apart, apart))
        both = distance == distance  # false for NaN
        total = np.where(both, distance, 0).sum(axis=-1)
        shared = both.sum(axis=-1)
        mean = total / np.maximum(shared, 1)
        odds = np.clip((_ALIKE - mean) / _SPREAD, -_MOST, _MOST)
        return np.asarray(np.where(shared > 0, odds, 0), np.float32)
