"""Training batches: scenes of people at a few moments, and the pairs in them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lighttrack.matching.pairs import HARD_IOU
from lighttrack.structures import Boxes, Floats, Mask
from lighttrack.structures.boxes import iou

MINIMUM_KEYPOINTS = 4
"""Poses of fewer keypoints are not trained on."""


@dataclass(frozen=True, slots=True)
class Batch:
    """B scenes of P people at T moments; pairs are made within a scene."""

    keypoints: Floats
    """`(B, P, T, K, 2)`: pixels; NaN where missing."""
    boxes: Boxes
    """`(B, P, T, 4)`: pixels."""
    moments: Floats
    """`(B, T)`: frames of 1/30 s; the known pose at 0, later poses after."""


class BatchSource(Protocol):
    """Draws batches without end; the same step and state of the generator give the same batch."""

    def __call__(self, rng: np.random.Generator, /, step: int = 0) -> Batch:
        """The batch of a step, from 0."""
        ...


@dataclass(frozen=True, slots=True)
class PairMasks:
    """Which pairs of poses are of which kind; all of one shape."""

    positive: Mask
    """One person at two moments."""
    hard: Mask
    """Two people whose boxes overlap."""
    other: Mask
    """Two people whose boxes do not."""


def draw_moments(rng: np.random.Generator, scenes: int, later: int, longest: int) -> Floats:
    """Moments `(B, T)`: the first at 0, then `later` ones up to `longest` frames on.

    Short gaps are drawn more often: their logarithm is uniform.
    """
    steps = np.floor(np.exp(rng.uniform(0, np.log(longest + 1), (scenes, later))))
    return np.concatenate([np.zeros((scenes, 1)), steps], axis=1).astype(np.float32)


def pairs_within(batch: Batch) -> PairMasks:
    """All pairs of poses: masks `(B, P·T, P·T)`, each pair once.

    Two people of one moment are a negative too; one person's poses of one moment are no pair.
    """
    scenes, people, moments = batch.keypoints.shape[:3]
    n = people * moments
    usable = usable_poses(batch.keypoints).reshape(scenes, n)
    when = np.tile(batch.moments, people)
    once = np.triu(np.ones((n, n), np.bool_), 1)
    person = np.repeat(np.arange(people), moments)
    same = person[:, None] == person
    pair = usable[:, :, None] & usable[:, None] & once
    pair &= ~same | (when[:, :, None] != when[:, None])
    boxes = batch.boxes.reshape(scenes, n, 4)
    return _masks(pair, same, boxes, boxes)


def usable_poses(keypoints: Floats) -> Mask:
    """Which poses `(..., K, 2)` have enough keypoints to be trained on."""
    count = np.isfinite(keypoints[..., 0]).sum(axis=-1)
    return np.asarray(count >= MINIMUM_KEYPOINTS)


def _masks(pair: Mask, same: Mask, first: Boxes, second: Boxes) -> PairMasks:
    overlaps = [iou(a, b) > HARD_IOU for a, b in zip(first, second, strict=True)]
    overlapping = np.stack(overlaps)
    return PairMasks(pair & same, pair & ~same & overlapping, pair & ~same & ~overlapping)
