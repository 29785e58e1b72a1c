"""The colours of clothes, read along the limbs: an appearance model that needs no network.

The paper (section 4.6) names visual appearance as an extension. Clothes are read where the
keypoints say they are, so the descriptor does not depend on pose or place, and a pose that was
estimated on a neighbour is noticed at once.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from lighttrack.structures import Boxes, Floats, Image, Mask, Poses, Skeleton

_TRUNK = ((0, 0.15), (0, 0.3), (0, 0.45), (1, 0.6), (1, 0.75), (1, 0.9))
"""Part and share of the way from the shoulders to the hips of each row of samples."""

_LIMBS = (("hip", "knee", 2), ("knee", "ankle", 3), ("shoulder", "elbow", 4))
"""From which keypoint to which a limb goes, and its part."""

_PARTS = 5

_OPPONENT = (
    np.array([[1 / 6, 0.7, 0.35], [1 / 6, -0.7, 0.35], [1 / 6, 0.0, -0.7]], np.float32) / 255
)
"""RGB to brightness and two opponent colours. Brightness changes with light and shade more than
hue does, so it counts half."""

_ALIKE, _SPREAD, _MOST = 0.05, 0.012, 4.0
"""Calibration: half-way between one person's colours seconds apart (some 0.02) and two people's
(some 0.08); the scale on which the log-odds fall; and the most that clothes can say, for people
wear alike, and light and shade change what is seen."""


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
        return 3 * _PARTS

    def describe(self, image: Image, boxes: Boxes, poses: Poses | None, /) -> Floats:
        """Colours `(N, D)` of each person's clothes; NaN for parts that cannot be seen."""
        if poses is None:
            return np.full((len(boxes), self.dimensions), np.nan, np.float32)
        confident = poses.scores >= self.keypoint_threshold
        sampled = sample(image, poses.keypoints, np.asarray(confident), poses.skeleton)
        return sampled.reshape(len(poses), self.dimensions)

    def log_odds(self, known: Floats, seen: Floats, /) -> Floats:
        """Log-odds `(T, C)` that two descriptors are of one person; 0 where no part is in both."""
        first, second = (each.reshape(len(each), _PARTS, 3) for each in (known, seen))
        apart = first[:, None] - second[None]
        distance = np.sqrt(np.einsum("...i,...i->...", apart, apart))
        both = distance == distance  # false for NaN
        total = np.where(both, distance, 0).sum(axis=-1)
        shared = both.sum(axis=-1)
        mean = total / np.maximum(shared, 1)
        odds = np.clip((_ALIKE - mean) / _SPREAD, -_MOST, _MOST)
        return np.asarray(np.where(shared > 0, odds, 0), np.float32)


@lru_cache(maxsize=16)
def _samples(skeleton: Skeleton) -> tuple[Floats, Floats, Floats]:
    """Mixtures `(S, K)`; 1 for the keypoints `(K, S)` and the samples `(P, S)` they are of."""
    mixtures: list[tuple[int, dict[str, float]]] = []
    for part, down in _TRUNK:
        for across in (0.3, 0.5, 0.7):
            mixtures.append((part, {
                "left_shoulder": (1 - down) * across, "right_shoulder": (1 - down) * (1 - across),
                "left_hip": down * across, "right_hip": down * (1 - across),
            }))  # fmt: skip
    for upper, lower, part in _LIMBS:
        for side in ("left_", "right_"):
            mixtures.extend(
                (part, {side + upper: 1 - along, side + lower: along})
                for along in (0.25, 0.5, 0.75)
            )
    mixtures = [(part, mix) for part, mix in mixtures if all(k in skeleton.index for k in mix)]
    weights = np.zeros((len(mixtures), len(skeleton)), np.float32)
    for row, (_, mix) in enumerate(mixtures):
        for name, weight in mix.items():
            weights[row, skeleton.index[name]] = weight
    parts = np.array([part for part, _ in mixtures], np.intp)
    of_part = (np.arange(_PARTS)[:, None] == parts).astype(np.float32)
    return weights, (weights.T != 0).astype(np.float32), of_part


def sample(image: Image, keypoints: Floats, confident: Mask, skeleton: Skeleton) -> Floats:
    """Colours `(N, P, 3)` of each person's parts; NaN where a part cannot be seen.

    `confident` `(N, K)` says which of the `keypoints` `(N, K, 2)`, in pixels, may be relied on.
    """
    weights, needed, of_part = _samples(skeleton)
    points = weights @ np.where(confident[..., None], keypoints, np.float32(0))
    x, y = points[..., 0].astype(np.intp), points[..., 1].astype(np.intp)
    height, width = image.shape[:2]
    missing = (~confident).astype(np.float32) @ needed
    valid = (missing == 0) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
    pixels = image[np.where(valid, y, 0), np.where(valid, x, 0)].astype(np.float32) @ _OPPONENT
    total = of_part @ (pixels * valid[..., None])
    count = valid.astype(np.float32) @ of_part.T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / count[..., None], np.float32)
