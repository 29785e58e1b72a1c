"""Colours of clothing, read along the limbs of poses."""

from functools import lru_cache

import numpy as np

from lighttrack.structures.skeletons import Skeleton
from lighttrack.structures.types import Floats, Image, Mask

_TRUNK = ((0, 0.15), (0, 0.3), (0, 0.45), (1, 0.6), (1, 0.75), (1, 0.9))
"""Part and share of the way from the shoulders to the hips of each row of samples."""

_LIMBS = (("hip", "knee", 2), ("knee", "ankle", 3), ("shoulder", "elbow", 4))
"""From which keypoint to which a limb goes, and its part."""

PARTS = 5
"""Upper and lower trunk, thighs, shins, arms."""

_OPPONENT = (
    np.array([[1 / 6, 0.7, 0.35], [1 / 6, -0.7, 0.35], [1 / 6, 0.0, -0.7]], np.float32) / 255
)
"""RGB to brightness and two opponent colours. Brightness changes with light and shade more than
hue does, so it counts half."""


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
    of_part = (np.arange(PARTS)[:, None] == parts).astype(np.float32)
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
