"""From keypoints to the next frame's box, and from one frame's body to where it will be.

Paper, section 3.1: the box of a person in the coming frame is inferred from the keypoints of the
current one. `keypoint_boxes` is that rule; `body_boxes` learns from the person's detections how
far the body reaches beyond its keypoints, and carries hidden keypoints along.
"""

import math
from functools import lru_cache

import numpy as np

from lighttrack.structures import Boxes, Floats, Mask, Skeleton, boxes

MINIMUM_SIZE = 16.0
"""Pixels: a box smaller than this on a side is grown to it; no estimator sees a smaller person."""

CARRIED_FOR = 2.0
"""Seconds for which a keypoint that is no longer confident is carried along with its body."""

_STRIDE = 0.4
"""Seconds over which the size of a box is smoothed: limbs swing with each stride, bodies do not."""

_SLOWEST = 0.7
"""Seconds in which the velocity of a lost person falls to 1/e: nobody walks on unseen for ever."""

_REACTION = 0.15
"""Seconds in which a velocity follows a change of pace: keypoint jitter is faster than that."""

# How steadily a keypoint moves with its body: hands and feet swing, the trunk does not.
_STEADINESS = {
    "elbow": 0.4,
    "knee": 0.4,
    **dict.fromkeys(("wrist", "pinky", "index", "thumb"), 0.1),
    **dict.fromkeys(("ankle", "heel", "foot_index", "small_toe"), 0.1),
}

_LEAST_WEIGHT = np.float32(min(_STEADINESS.values()))

# How far whole bodies reach beyond the extent of their keypoints, as a share of the extent's longer
# side: left, top, right, bottom. Medians over annotated people; detections refine them per person.
_REACH_SIDE, _REACH_BOTTOM = 0.045, 0.07
_REACH_TOP_FROM_FACE, _REACH_TOP_FROM_CROWN = 0.09, 0.01


@lru_cache(maxsize=16)
def steadiness(skeleton: Skeleton) -> Floats:
    """Weights `(K,)` of the keypoints when the motion of the body is estimated from theirs."""
    parts = [name.removeprefix("left_").removeprefix("right_") for name in skeleton.keypoints]
    return np.array([_STEADINESS.get(part, 1.0) for part in parts], np.float32)


@lru_cache(maxsize=16)
def usual_margins(skeleton: Skeleton) -> Floats:
    """Margins `(4,)` of a person who has not been detected yet; see `body_boxes`."""
    crowned = "head_top" in skeleton.index
    top = _REACH_TOP_FROM_CROWN if crowned else _REACH_TOP_FROM_FACE
    return np.array([_REACH_SIDE, top, _REACH_SIDE, _REACH_BOTTOM], np.float32)


def keypoint_boxes(keypoints: Floats, confident: Mask, enlargement: float) -> Boxes:
    """The paper's rule: extent of the confident keypoints, enlarged on each side.

    Args:
        keypoints: `(N, K, 2)` pixels.
        confident: `(N, K)`.
        enlargement: share of the extent's width and height that is added on each side.

    Returns:
        Boxes `(N, 4)`, NaN where no keypoint is confident.

    Example:
        >>> points = np.array([[[0, 0], [100, 200]]], np.float32)
        >>> keypoint_boxes(points, np.ones((1, 2), bool), 0.2)
        array([[-20., -40., 120., 240.]], dtype=float32)
    """
    return at_least(boxes.enlarge(boxes.of_points(keypoints, confident), enlargement))


def body_boxes(keypoints: Floats, known: Mask, margins: Floats) -> Boxes:
    """Extent of the known keypoints plus each person's own margins.

    Args:
        keypoints: `(N, K, 2)` pixels.
        known: `(N, K)`: seen now, or lately and carried along.
        margins: `(N, 4)`: outwards on the left, top, right and bottom, per pixel of the extent's
            longer side.
    """
    extent = boxes.of_points(keypoints, known)
    return at_least(extent + margins * _OUTWARDS * _size(extent))


def learn_margins(margins: Floats, keypoints: Floats, known: Mask, detected: Boxes) -> Floats:
    """Margins `(N, 4)` moved half-way to what the people's detections `(N, 4)` show."""
    extent = boxes.of_points(keypoints, known)
    shown = (detected - extent) * _OUTWARDS / _size(extent)
    # A detection that cuts a body in two, or holds a neighbour too, must not spoil the box.
    learnt = np.clip(margins + 0.5 * (shown - margins), -0.05, 0.3)
    return np.where(np.isfinite(learnt), learnt, margins).astype(np.float32)


def _size(extent: Boxes) -> Floats:
    sides = extent[:, 2:] - extent[:, :2]
    return np.asarray(np.maximum(np.maximum(sides[:, :1], sides[:, 1:]), 1.0), np.float32)


_OUTWARDS = np.array([-1, -1, 1, 1], np.float32)


def at_least(people: Boxes, minimum: float = MINIMUM_SIZE) -> Boxes:
    """Boxes grown about their centres to `minimum` pixels on each side.

    Example:
        >>> at_least(np.array([[10, 10, 12, 40]], np.float32), 16)
        array([[ 3., 10., 19., 40.]], dtype=float32)
    """
    sides = people[:, 2:] - people[:, :2]
    if (sides >= minimum).all():
        return people
    return boxes.grow(people, np.maximum(minimum - sides, 0) / 2)


def visible_share(people: Boxes, width: int, height: int) -> Floats:
    """Share `(N,)` of each box that lies inside the picture."""
    right, bottom = people[:, 2].max(initial=0), people[:, 3].max(initial=0)
    if people.min(initial=0) >= 0 and right <= width and bottom <= height:
        return np.ones(len(people), np.float32)
    inside = boxes.area(boxes.clip(people, width, height))
    return np.asarray(inside / np.maximum(boxes.area(people), 1e-6), np.float32)


def displacement(before: Floats, now: Floats, both: Mask, skeleton: Skeleton) -> Floats:
    """Motion `(N, 2)` of bodies between two frames: the mean motion of the keypoints in both.

    0 where no keypoint is in both: nothing says that the body moved.
    """
    weights = both * steadiness(skeleton)
    moved = np.where(both[..., None], now - before, np.float32(0))
    total = np.maximum(weights.sum(axis=1, keepdims=True), _LEAST_WEIGHT)
    return np.asarray(np.einsum("nk,nki->ni", weights, moved) / total, np.float32)


def follow(velocities: Floats, unexpected: Floats, elapsed: float) -> Floats:
    """Velocities `(N, 2)` after bodies were seen `unexpected` pixels from where they led.

    Args:
        velocities: `(N, 2)` pixels a second.
        unexpected: `(N, 2)` pixels between where the bodies were expected and seen.
        elapsed: seconds since the frame before.
    """
    gain = np.float32((1 - math.exp(-elapsed / _REACTION)) / max(elapsed, 1e-6))
    return velocities + gain * unexpected


def steady(expected: Boxes, moved: Floats, measured: Boxes, elapsed: float) -> Boxes:
    """Boxes `(N, 4)` that go with the body at once and take on a new size gradually.

    Args:
        expected: `(N, 4)` where the boxes were expected.
        moved: `(N, 2)` how far the bodies were from there.
        measured: `(N, 4)` boxes of this frame's keypoints alone.
        elapsed: seconds since the frame before.
    """
    gain = np.float32(1 - math.exp(-elapsed / _STRIDE))
    gone_along = expected + np.concatenate([moved, moved], axis=1)
    return np.asarray(gone_along + gain * (measured - gone_along), np.float32)


def slow_down(velocities: Floats, elapsed: float) -> Floats:
    """Velocities `(N, 2)` of people who have been out of sight for `elapsed` seconds more."""
    return velocities * np.float32(math.exp(-elapsed / _SLOWEST))
