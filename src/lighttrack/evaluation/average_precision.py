"""Precision and recall as the threshold of a score falls, and the area under the curve."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures.types import Reals


def precision_recall(
    scores: Reals,
    hits: NDArray[np.bool_],
    truths: int,
    *,
    ties: Literal["together", "as_sorted"] = "together",
) -> tuple[Reals, Reals]:
    """Precision and recall, a point for each threshold that a score can be compared with.

    Args:
        scores: `(P,)`.
        hits: `(P,)`: which are right.
        truths: how many there are to be found; without any, recall is NaN.
        ties: equal scores come in `together`, so that nothing depends on the order of the input;
            or one by one in the order that NumPy's `argsort` leaves them in, as in PoseTrack's
            evaluator.

    Example:
        >>> precision_recall(np.array([0.9, 0.8, 0.8]), np.array([True, False, True]), 2)
        (array([1.        , 0.66666667]), array([0.5, 1. ]))
    """
    order = scores.argsort()[::-1]
    found = np.cumsum(hits[order]).astype(np.float64)
    precision = found / np.arange(1, len(order) + 1)
    if ties == "together":
        ends = np.append(np.diff(scores[order]) != 0, True)[: len(order)]
        precision, found = precision[ends], found[ends]
    recall = found / truths if truths else np.full(len(found), np.nan)
    return precision, recall


def area_under(precision: Reals, recall: Reals) -> float:
    """Area under the curve made monotone, over all points (Pascal VOC since 2010).

    Example:
        >>> area_under(np.array([1.0, 0.5]), np.array([0.5, 0.5]))
        0.5
    """
    height = np.concatenate([[0.0], precision, [0.0]])
    height = np.maximum.accumulate(height[::-1])[::-1]
    along = np.concatenate([[0.0], recall, [1.0]])
    step = np.flatnonzero(along[1:] != along[:-1]) + 1
    return float(np.sum((along[step] - along[step - 1]) * height[step]))
