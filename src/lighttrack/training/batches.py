"""What training eats: scenes of people at a few moments, as normalised poses, and their pairs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.matching.normalize import normalize
from lighttrack.structures import Boxes, Floats, Mask
from lighttrack.structures.boxes import iou

HARD_IOU = 0.2
"""Boxes of two people that overlap by more make a hard negative, as in the original code."""

_MINIMUM_KEYPOINTS = 4


@dataclass(frozen=True, slots=True)
class Batch:
    """Poses of B scenes, n poses each; pairs are made within a scene."""

    keypoints: Floats
    """`(B, n, K, 2)`: pixels; NaN where missing."""
    boxes: Boxes
    """`(B, n, 4)`."""
    person: NDArray[np.int64]
    """`(B, n)`: who it is; equal only within a scene."""
    moment: Floats
    """`(B, n)`: when it is, in frames of 1/30 s."""


BatchSource = Callable[[np.random.Generator], Batch]
"""Draws a batch; the same generator state gives the same batch."""


@dataclass(frozen=True, slots=True)
class PairMasks:
    """Which two poses of a scene make a pair, `(B, n, n)` each, above the diagonal."""

    positive: Mask
    """One person at two moments."""
    hard: Mask
    """Two people whose boxes overlap."""
    other: Mask
    """Two people whose boxes do not."""
    log_gap: Floats
    """Logarithm of the frames between; 0 for an adjacent frame or less."""


def draw_offsets(rng: np.random.Generator, shape: tuple[int, int], longest: int) -> Floats:
    """Moments `(B, T)`: 0 first, then whole frames up to `longest`, short gaps more often."""
    steps = np.exp(rng.uniform(0, np.log(longest + 1), (shape[0], shape[1] - 1)))
    return np.concatenate([np.zeros((shape[0], 1)), np.floor(steps)], axis=1).astype(np.float32)


def features(keypoints: Floats) -> Floats:
    """Input of the network `(..., K, 3)`: normalised x and y and whether the keypoint is there."""
    points, valid = normalize(keypoints)
    return np.concatenate([points, valid[..., None]], axis=-1, dtype=np.float32)


def pairs_of(batch: Batch) -> PairMasks:
    """All pairs of poses of different moments, within each scene."""
    usable = np.isfinite(batch.keypoints[..., 0]).sum(axis=-1) >= _MINIMUM_KEYPOINTS
    gap = np.abs(batch.moment[:, :, None] - batch.moment[:, None])
    n = gap.shape[1]
    pair = usable[:, :, None] & usable[:, None] & np.triu(np.ones((n, n), np.bool_), 1) & (gap > 0)
    same = batch.person[:, :, None] == batch.person[:, None]
    overlapping = np.stack([iou(boxes, boxes) for boxes in batch.boxes]) > HARD_IOU
    return PairMasks(
        positive=pair & same,
        hard=pair & ~same & overlapping,
        other=pair & ~same & ~overlapping,
        log_gap=np.log(np.maximum(gap, 1)).astype(np.float32),
    )
