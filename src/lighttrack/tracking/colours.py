"""What people wear: colours sampled along the body, an appearance cue that costs no network.

The paper (section 4.6) names visual appearance as an extension. Clothes are read where the
keypoints say they are, so the description does not depend on pose or place, and a pose that slid
onto a neighbour shows at once.
"""

from functools import lru_cache

import numpy as np

from lighttrack.structures import Floats, Image, Mask, Skeleton

# Points on the trunk and the legs as mixtures of keypoints, and the garment each belongs to.
_LEFT, _RIGHT = "left_", "right_"
_ACROSS = (0.3, 0.5, 0.7)
_TRUNK = ((0, 0.15), (0, 0.3), (0, 0.45), (1, 0.6), (1, 0.75), (1, 0.9))
_LIMBS = (("hip", "knee", 2), ("knee", "ankle", 3), ("shoulder", "elbow", 4))
_ALONG = (0.25, 0.5, 0.75)
PARTS = 5

# Brightness changes with light and shade more than hue does, so it counts half.
_OPPONENT = (
    np.array([[1 / 6, 0.7, 0.35], [1 / 6, -0.7, 0.35], [1 / 6, 0.0, -0.7]], np.float32) / 255
)


@lru_cache(maxsize=16)
def _samples(skeleton: Skeleton) -> tuple[Floats, Floats, Floats]:
    """Mixtures `(S, K)`; 1 for the keypoints `(K, S)` and the samples `(PARTS, S)` they are of."""
    mixtures: list[tuple[int, dict[str, float]]] = []
    for part, down in _TRUNK:
        for across in _ACROSS:
            mixtures.append((part, {
                "left_shoulder": (1 - down) * across, "right_shoulder": (1 - down) * (1 - across),
                "left_hip": down * across, "right_hip": down * (1 - across),
            }))  # fmt: skip
    for upper, lower, part in _LIMBS:
        for side in (_LEFT, _RIGHT):
            mixtures.extend(
                (part, {side + upper: 1 - along, side + lower: along}) for along in _ALONG
            )
    mixtures = [(part, mix) for part, mix in mixtures if all(k in skeleton.index for k in mix)]
    weights = np.zeros((len(mixtures), len(skeleton)), np.float32)
    for row, (_, mix) in enumerate(mixtures):
        for name, weight in mix.items():
            weights[row, skeleton.index[name]] = weight
    parts = np.array([part for part, _ in mixtures], np.intp)
    of_part = (np.arange(PARTS)[:, None] == parts).astype(np.float32)
    return weights, (weights.T != 0).astype(np.float32), of_part


def sample(image: Image, keypoints: Floats, confident: Mask, skeleton: Skeleton) -> Floats:
    """Colours `(N, PARTS, 3)` of each person's garments; NaN where a part cannot be seen.

    Args:
        image: `(H, W, 3)` RGB.
        keypoints: `(N, K, 2)` pixels.
        confident: `(N, K)` which keypoints may be relied on.
        skeleton: names the keypoints.
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


def difference(first: Floats, second: Floats) -> Floats:
    """Mean distance `(N, M)` of the parts that both show; NaN where there is none."""
    return _mean_distance(first[:, None], second[None])


def own_difference(memory: Floats, seen: Floats) -> Floats:
    """Difference `(N,)` of each person's memory with what was seen of the same person."""
    return _mean_distance(memory, seen)


def _mean_distance(first: Floats, second: Floats) -> Floats:
    apart = first - second
    distance = np.sqrt(np.einsum("...i,...i->...", apart, apart))
    both = distance == distance  # false for NaN
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(both, distance, 0).sum(axis=-1) / both.sum(axis=-1), np.float32)


_ALIKE, _SPREAD = 0.05, 0.012
"""Half-way between one person's colours seconds apart (some 0.02) and two people's (some 0.08)."""


def same_clothes(apart: Floats) -> Floats:
    """Probability that a colour `difference` is within one person; 0.5 where it is unknown.

    Example:
        >>> same_clothes(np.array([0.02, 0.08, np.nan], np.float32)).round(1)
        array([0.9, 0.1, 0.5], dtype=float32)
    """
    known = np.where(np.isnan(apart), _ALIKE, apart)
    odds = np.exp(np.clip((known - _ALIKE) / _SPREAD, -20, 20))
    return np.asarray(1 / (1 + odds), np.float32)


def remember(memory: Floats, seen: Floats, gain: float) -> Floats:
    """Memory `(N, PARTS, 3)` moved towards what was seen; a part seen first is taken over."""
    mixed = memory + np.float32(gain) * (seen - memory)
    return np.where(np.isnan(seen), memory, np.where(np.isnan(memory), seen, mixed))
