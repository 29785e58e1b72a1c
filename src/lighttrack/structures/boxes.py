"""Boxes: `(N, 4)` arrays of x0, y0, x1, y1 in pixels, and what is computed of them."""

import numpy as np

from lighttrack.structures.types import Boxes, Floats, Indices

EMPTY: Boxes = np.zeros((0, 4), np.float32)
EMPTY.flags.writeable = False

_NOWHERE = np.float32(np.nan)


def area(boxes: Boxes) -> Floats:
    """Areas `(N,)` in square pixels; a box turned inside out has area 0.

    Example:
        >>> area(np.array([[0, 0, 4, 5]], np.float32))
        array([20.], dtype=float32)
    """
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return np.asarray(size[:, 0] * size[:, 1], np.float32)


def intersection(first: Boxes, second: Boxes) -> Floats:
    """Common areas `(N, M)` of every box of `first` with every box of `second`."""
    # Coordinates first: NumPy goes along many boxes faster than along two coordinates of each.
    first, second = np.ascontiguousarray(first.T), np.ascontiguousarray(second.T)
    size = np.minimum(first[2:, :, None], second[2:, None, :])
    size -= np.maximum(first[:2, :, None], second[:2, None, :])
    np.maximum(size, 0, out=size)
    return np.asarray(size[0] * size[1], np.float32)


def iou(first: Boxes, second: Boxes) -> Floats:
    """Intersection over union `(N, M)`; 0 where both boxes are empty.

    Example:
        >>> iou(np.array([[0, 0, 2, 2]], np.float32), np.array([[0, 0, 2, 1]], np.float32))
        array([[0.5]], dtype=float32)
    """
    common = intersection(first, second)
    union = area(first)[:, None] + area(second)[None, :] - common
    return np.asarray(common / np.maximum(union, 1e-9), np.float32)


def centers(boxes: Boxes) -> Floats:
    """Centres `(N, 2)` as x, y."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, np.float32)


def enlarge(boxes: Boxes, fraction: float) -> Boxes:
    """Move each side outwards by `fraction` of the box's width or height.

    Example:
        >>> enlarge(np.array([[0, 0, 10, 20]], np.float32), 0.2)
        array([[-2., -4., 12., 24.]], dtype=float32)
    """
    return grow(boxes, (boxes[:, 2:] - boxes[:, :2]) * np.float32(fraction))


def grow(boxes: Boxes, margin: Floats) -> Boxes:
    """Move each side outwards by `margin` pixels: `(N, 1)`, or `(N, 2)` along x and y.

    Example:
        >>> grow(np.array([[0, 0, 10, 20]], np.float32), np.array([[5]], np.float32))
        array([[-5., -5., 15., 25.]], dtype=float32)
    """
    return np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)


def clip(boxes: Boxes, width: float, height: float) -> Boxes:
    """The part of each box that lies inside an image of `width` x `height` pixels."""
    limit = np.array([width, height, width, height], np.float32)
    return np.clip(boxes, 0, limit)


def from_xywh(boxes: Boxes) -> Boxes:
    """Boxes from left, top, width, height."""
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def to_xywh(boxes: Boxes) -> Boxes:
    """Boxes as left, top, width, height."""
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


def of_points(points: Floats, valid: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Boxes:
    """Smallest boxes `(N, 4)` around the valid ones of `points` `(N, K, 2)`; NaN where none is.

    Example:
        >>> points = np.array([[[1, 2], [3, 9], [50, 50]]], np.float32)
        >>> of_points(points, np.array([[True, True, False]]))
        array([[1., 2., 3., 9.]], dtype=float32)
    """
    there = points
    if np.count_nonzero(valid) < valid.size:
        there = np.where(valid[..., None], points, _NOWHERE)
    # Keypoints first, for speed, as above; fmin and fmax pass over NaN.
    there = np.ascontiguousarray(there.swapaxes(0, 1))
    lower = np.fmin.reduce(there, axis=0, initial=np.nan)
    upper = np.fmax.reduce(there, axis=0, initial=np.nan)
    return np.asarray(np.concatenate([lower, upper], axis=1), np.float32)


def at_least(boxes: Boxes, minimum: float) -> Boxes:
    """Boxes grown about their centres to `minimum` pixels on each side.

    Example:
        >>> at_least(np.array([[10, 10, 12, 40]], np.float32), 16)
        array([[ 3., 10., 19., 40.]], dtype=float32)
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    if np.count_nonzero(sides >= minimum) == sides.size:
        return boxes
    return grow(boxes, np.maximum(minimum - sides, 0) / 2)


def visible_share(boxes: Boxes, width: int, height: int) -> Floats:
    """Share `(N,)` of each box that lies inside an image of `width` times `height` pixels."""
    begin, right, bottom = boxes >= 0, boxes[:, 2] <= width, boxes[:, 3] <= height
    # Counting is much faster than `all`; all have NaN for outside.
    if sum(map(np.count_nonzero, (begin, right, bottom))) == 6 * len(boxes):
        return np.ones(len(boxes), np.float32)
    inside = area(clip(boxes, width, height))
    return np.asarray(inside / np.maximum(area(boxes), 1e-6), np.float32)


def overlapping_pairs(boxes: Boxes, share: float) -> tuple[Indices, Indices]:
    """Rows `(P,)`, `(P,)` of the pairs of boxes `(N, 4)` that have `share` of the smaller common.

    Example:
        >>> first, second = overlapping_pairs(np.array([[0, 0, 9, 9], [1, 1, 9, 9]]), 0.3)
        >>> first.tolist(), second.tolist()
        ([0], [1])
    """
    common = intersection(boxes, boxes)
    if np.count_nonzero(common) <= len(boxes):  # each overlaps with itself only
        none = np.zeros(0, np.intp)
        return none, none
    sizes = common.diagonal()
    close = common > share * np.minimum(sizes[:, None], sizes)
    first, second = np.nonzero(close)
    once = first < second
    return first[once], second[once]
