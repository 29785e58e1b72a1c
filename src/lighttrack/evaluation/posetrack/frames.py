"""From two files to what is scored: which frames count, and what ignore regions take away."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.similarity import head_normalized_distance
from lighttrack.formats.posetrack.annotations import AnnotatedFrame, People, SequenceFile
from lighttrack.structures.types import Reals

Mode = Literal["official", "strict"]

HEAD_SHARE = 0.6
"""Head size as a share of the diagonal of the head box."""


@dataclass(frozen=True, slots=True)
class ScoredFrame:
    """One frame that counts."""

    name: str
    truth: People
    predicted: People
    distance: Reals
    """`(G, P, 15)`: in head sizes; NaN where either side lacks the joint."""


def frames_to_score(
    truth: SequenceFile, predicted: SequenceFile, mode: Mode
) -> tuple[ScoredFrame, ...]:
    """The frames that count, with ignore regions applied to both sides.

    `official` keeps the frames in which the truth lists a person; `strict` keeps the frames that
    are labelled, by `is_labeled` where the file says it.
    """
    return tuple(
        _scored(known, seen)
        for known, seen in zip(truth.frames, predicted.frames, strict=True)
        if counts(known, mode)
    )


def counts(frame: AnnotatedFrame, mode: Mode) -> bool:
    """Whether a frame of the truth is scored."""
    if mode == "official" or frame.labelled is None:
        return frame.annotated
    return frame.labelled


def _scored(known: AnnotatedFrame, seen: AnnotatedFrame) -> ScoredFrame:
    truth, predicted = known.people, seen.people
    if known.regions and (len(truth) or len(predicted)):
        points = np.concatenate([truth.points, predicted.points])
        points[contains(known.regions, points.reshape(-1, 2)).reshape(points.shape[:2])] = np.nan
        of_truth, of_predicted = points[: len(truth)], points[len(truth) :]
        truth = _without_joints(truth, of_truth)
        predicted = _without_joints(predicted, of_predicted)
    sizes = head_sizes(truth.heads)
    distance = head_normalized_distance(truth.points, predicted.points, sizes)
    return ScoredFrame(known.name, truth, predicted, distance)


def head_sizes(heads: Reals) -> Reals:
    """Head sizes `(N,)` in pixels of head boxes `(N, 4)`; NaN without a head box."""
    diagonal = heads[:, 2:] - heads[:, :2]
    squared = np.matmul(diagonal[:, None, :], diagonal[:, :, None])[:, 0, 0]
    return np.asarray(HEAD_SHARE * np.sqrt(squared))


def _without_joints(people: People, points: Reals) -> People:
    """The people with the joints left to them, without those who have none left."""
    left = np.isfinite(points[..., 0]).any(axis=1)
    kept = People(people.ids, points, people.scores, people.heads)
    return kept if left.all() else kept[left]


def contains(polygons: Sequence[Reals], points: Reals) -> NDArray[np.bool_]:
    """Which of `points (M, 2)` lie strictly inside any of `polygons (V, 2)`, by the even-odd rule.

    A point on an edge is outside. Where rounding could decide, the arithmetic is exact.

    Example:
        >>> square = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], np.float64)
        >>> contains([square], np.array([[1, 1], [4, 2], [5, 5]], np.float64)).tolist()
        [True, False, False]
    """
    # The edges of all polygons go through one computation, which is what makes small ones fast.
    first = np.cumsum([0, *(len(polygon) for polygon in polygons[:-1])])
    start = np.concatenate(polygons)[:, None]
    end = np.concatenate([np.roll(polygon, -1, axis=0) for polygon in polygons])[:, None]
    side = _side(start, end, points[None])
    low, high = np.minimum(start, end), np.maximum(start, end)
    on_edge = (side == 0) & ((points >= low) & (points <= high)).all(axis=2)
    y = points[None, :, 1]
    crosses = (start[..., 1] > y) != (end[..., 1] > y)
    crosses &= np.where(end[..., 1] > start[..., 1], side > 0, side < 0)
    inside = np.logical_xor.reduceat(crosses, first) & ~np.logical_or.reduceat(on_edge, first)
    return np.asarray(inside.any(axis=0))


def _side(start: Reals, end: Reals, points: Reals) -> Reals:
    """`(V, M)`: positive to the left of each directed edge, negative to its right, 0 on it.

    `start` and `end` are `(V, 1, 2)`, `points` `(1, M, 2)`.
    """
    along = end - start
    offset = points - start
    first, second = along[..., 0] * offset[..., 1], along[..., 1] * offset[..., 0]
    side = first - second
    # Unsure where the difference is within the rounding of the two products and differences.
    unsure = np.abs(side) <= 1e-14 * (np.abs(first) + np.abs(second))
    for edge, point in zip(*np.nonzero(unsure), strict=True):
        side[edge, point] = _exact_side(start[edge, 0], end[edge, 0], points[0, point])
    return np.asarray(side)


def _exact_side(start: Reals, end: Reals, point: Reals) -> float:
    ax, ay, bx, by, px, py = (Fraction(float(value)) for value in (*start, *end, *point))
    side = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    return float((side > 0) - (side < 0))
