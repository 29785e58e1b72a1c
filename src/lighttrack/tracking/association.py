"""Identities at key frames: stages of affinity, threshold and one-to-one assignment.

Paper, section 3.1: spatial consistency first, eq. (2), then pose matching among what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from lighttrack.structures import Boxes, Floats, Mask, boxes
from lighttrack.structures.types import Indices


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of association: who may take part, how alike they are, how alike they must be."""

    name: str

    affinity: Floats
    """`(T, C)` of all known with all seen; larger is more alike."""

    threshold: float
    """Pairs whose affinity is not above it are never made."""

    known: Mask | None = None
    """`(T,)`: the known who take part; None: all."""


def assign(affinity: Floats, threshold: float) -> tuple[Indices, Indices]:
    """The one-to-one pairs above `threshold` whose affinities sum up to the most.

    Args:
        affinity: `(T, C)`, larger is more alike; -inf forbids.
        threshold: pairs that are not above it are forbidden before the assignment is solved.

    Returns:
        Rows and columns of the pairs.

    Example:
        >>> rows, columns = assign(np.array([[0.9, 0.8], [0.8, 0.1]]), 0.2)
        >>> list(zip(rows.tolist(), columns.tolist()))
        [(0, 1), (1, 0)]
    """
    allowed = affinity > threshold
    nothing = np.zeros(0, np.intp)
    if not allowed.any():
        return nothing, nothing
    # A pair above the threshold is worth making even if it costs a little elsewhere: forbidden
    # pairs gain nothing, so the optimum uses one only where no allowed pair is left.
    gain = np.where(allowed, affinity - threshold + 1e-6, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    made = allowed[rows, columns]
    return rows[made], columns[made]


def associate(n_known: int, n_seen: int, stages: Sequence[Stage]) -> Indices:
    """Run the stages in order, each on what the stages before have left.

    Returns:
        For each of the seen the index of the known it belongs to, or -1 `(C,)`.
    """
    owner = np.full(n_seen, -1, np.intp)
    free = np.ones(n_known, np.bool_)
    for stage in stages:
        known = np.nonzero(free if stage.known is None else free & stage.known)[0]
        seen = np.nonzero(owner < 0)[0]
        if not len(known) or not len(seen):
            continue
        rows, columns = assign(stage.affinity[known[:, None], seen], stage.threshold)
        owner[seen[columns]] = known[rows]
        free[known[rows]] = False
    return owner


_REACH_AT_ONCE, _REACH_PER_SECOND, REACH_AT_MOST = 0.4, 0.9, 2.0
"""In body heights: how far from the expected place a lost person may turn up. People walk at some
0.9 heights a second, so the place of somebody unseen becomes uncertain by as much."""

_LARGEST_RATIO = 1.6
"""Of two heights of one person a few seconds apart."""


def closeness(
    expected: Boxes,
    lost_for: Floats,
    found: Boxes,
    *,
    at_most: Floats | float = REACH_AT_MOST,
    speed: float = 1.0,
) -> Floats:
    """How near `(T, C)` people turned up to where they were expected: 1 at the place, 0 too far.

    Args:
        expected: `(T, 4)` boxes where motion has led the lost people.
        lost_for: `(T,)` seconds for which each has been out of sight.
        found: `(C, 4)` boxes of the people found.
        at_most: `(T,)` body heights beyond which each cannot have come in any time.
        speed: times that of somebody who walks.
    """
    height = np.maximum(expected[:, 3] - expected[:, 1], 1.0)
    walked = np.minimum(_REACH_AT_ONCE + _REACH_PER_SECOND * lost_for, at_most)
    reach = speed * height * walked
    apart = boxes.centers(expected)[:, None] - boxes.centers(found)[None]
    ratio = np.maximum(found[:, 3] - found[:, 1], 1.0)[None] / height[:, None]
    near = 1 - np.sqrt((apart**2).sum(axis=2)) / reach[:, None]
    fits = np.abs(np.log(ratio)) < np.log(_LARGEST_RATIO)
    return np.asarray(np.where(fits, near, 0.0), np.float32)
