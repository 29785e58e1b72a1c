"""Pose matching: does a distance between poses separate the same person from others?

The figures are functions of distances alone, so that any matcher can be judged: pairs of poses of
one person some frames apart are positives, pairs of two people are negatives. Negatives are hard
where the two people's boxes overlap, which is where tracking needs the answer.
"""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lighttrack.evaluation.figures import Column, Figures
from lighttrack.formats.pairs import PairTable, read_pairs
from lighttrack.structures.types import Reals

COLUMNS: tuple[Column, ...] = (
    ("Pairs", "pairs", 1), ("Positives", "positives", 1), ("Accuracy", "accuracy", 100.0),
    ("ROC area", "roc_area", 100.0),
)  # fmt: skip

_Bools = NDArray[np.bool_]


def roc_area(distances: ArrayLike, same: ArrayLike) -> float:
    """Area under the ROC curve: how often a positive pair is nearer than a negative one.

    Ties count half. NaN if there are no positives or no negatives.

    Example:
        >>> roc_area([0.1, 0.4, 0.3, 0.9], [True, True, False, False])
        0.75
    """
    distance, positive = _pairs(distances, same)
    count = int(positive.sum())
    others = len(positive) - count
    if not count or not others:
        return float("nan")
    _, code, times = np.unique(distance, return_inverse=True, return_counts=True)
    rank = np.cumsum(times) - (times - 1) / 2  # mean rank of equal distances
    nearer = rank[code.reshape(-1)][positive].sum() - count * (count + 1) / 2
    return float(1 - nearer / (count * others))


def balanced_accuracy(distances: ArrayLike, same: ArrayLike, *, threshold: float) -> float:
    """Mean of the shares of positives and of negatives on the right side of `threshold`.

    A pair counts as the same person where its distance is less than `threshold`. NaN if there are
    no positives or no negatives.

    Example:
        >>> balanced_accuracy([0.1, 0.4, 0.3, 0.9], [True, True, False, False], threshold=0.35)
        0.5
    """
    distance, positive = _pairs(distances, same)
    if positive.all() or not positive.any():
        return float("nan")
    near = distance < threshold
    return float((near[positive].mean() + (~near[~positive]).mean()) / 2)


def best_threshold(distances: ArrayLike, same: ArrayLike) -> float:
    """The threshold of the best balanced accuracy; choose it on data that is not scored.

    Example:
        >>> best_threshold([0.1, 0.4, 0.6, 0.9], [True, True, False, False])
        0.5
    """
    distance, positive = _pairs(distances, same)
    if positive.all() or not positive.any():
        raise ValueError("a threshold needs pairs of the same person and pairs of different people")
    order = np.argsort(distance, kind="stable")
    value, right = distance[order], positive[order]
    gain = np.cumsum(right / right.sum() - ~right / (~right).sum())
    ends = np.append(np.diff(value) > 0, True)
    best = np.flatnonzero(ends)[np.argmax(gain[ends])]
    above = value[min(best + 1, len(value) - 1)]
    return float((value[best] + above) / 2 if above > value[best] else np.nextafter(above, np.inf))


def rank_one(distances: ArrayLike, known: ArrayLike, seen: ArrayLike) -> tuple[int, int]:
    """How many of the people known are nearest to themselves, and how many could be.

    Args:
        distances: `(T, C)` between the people of one moment and those of a later one.
        known: ids `(T,)`.
        seen: ids `(C,)`; who is not among them again is not asked for.

    Returns:
        Right answers and questions; sum both over many moments. A tie is no right answer.

    Example:
        >>> rank_one([[0.1, 0.5], [0.2, 0.4]], [1, 2], [1, 2])
        (1, 2)
    """
    table = np.asarray(distances, np.float64)
    first, second = np.asarray(known), np.asarray(seen)
    right = asked = 0
    for row, identity in enumerate(first):
        match = np.flatnonzero(second == identity)
        if len(match):
            others = np.delete(table[row], match[0])
            asked += 1
            right += bool(table[row, match[0]] < others.min(initial=np.inf))
    return right, asked


def evaluate_pairs(
    distances: ArrayLike,
    same: ArrayLike,
    *,
    gaps: ArrayLike,
    hard: ArrayLike,
    threshold: float,
) -> dict[str, Any]:
    """Accuracy and ROC area over pairs of poses, as a whole, by frame gap and by kind of negative.

    Args:
        distances: `(P,)` of each pair.
        same: `(P,)`: whether the pair shows one person.
        gaps: `(P,)`: frames between the two poses.
        hard: `(P,)`: whether the two boxes overlap; asked of negatives only.
        threshold: a pair counts as the same person where its distance is less.

    Returns:
        `all`, `hard_negatives` and `other_negatives` (each against all positives), and `by_gap`;
        each with `pairs`, `positives`, `accuracy` (balanced) and `roc_area`.

    Example:
        >>> report = evaluate_pairs([0.1, 0.9], [True, False], gaps=[1, 1], hard=[False, True],
        ...                         threshold=0.5)
        >>> report["all"]["accuracy"], report["hard_negatives"]["roc_area"]
        (1.0, 1.0)
    """
    distance, positive = _pairs(distances, same)
    overlapping = np.asarray(hard, bool).reshape(-1)
    gap = np.asarray(gaps, np.int64).reshape(-1)
    for name, values in (("gaps", gap), ("hard", overlapping)):
        if len(values) != len(distance):
            raise ValueError(
                f"{name} must have one entry per pair, {len(distance)}, got {len(values)}"
            )

    def over(chosen: _Bools) -> Mapping[str, float]:
        part, right = distance[chosen], positive[chosen]
        return {
            "pairs": len(part),
            "positives": int(right.sum()),
            "accuracy": balanced_accuracy(part, right, threshold=threshold),
            "roc_area": roc_area(part, right),
        }

    return {
        "threshold": threshold,
        "all": over(np.ones(len(distance), bool)),
        "hard_negatives": over(positive | overlapping),
        "other_negatives": over(positive | ~overlapping),
        "by_gap": {int(g): over(gap == g) for g in np.unique(gap)},
    }


def evaluate_matching(
    pairs: str | os.PathLike[str] | PairTable, *, threshold: float | None = None
) -> Figures:
    """Score a pose matcher from a table of pairs: accuracy and ROC area by gap and by negatives.

    Args:
        pairs: CSV with the columns `distance`, `same`, `gap` and `hard`, or what was read of it.
        threshold: a pair counts as one person where its distance is less; by default the best one
            for these very pairs, which flatters the matcher.

    Returns:
        What `evaluate_pairs` returns.

    Raises:
        ValueError: if the table cannot be read, or has pairs of one kind only and no threshold is
            given.

    Example:
        >>> from lighttrack.formats.pairs import PairTable
        >>> yes, no = np.array([True, False]), np.array([False, False])
        >>> table = PairTable(np.array([0.1, 0.9]), yes, np.array([1, 1]), no)
        >>> evaluate_matching(table)["all"]["accuracy"]
        1.0
    """
    table = pairs if isinstance(pairs, PairTable) else read_pairs(pairs)
    if threshold is None:
        threshold = best_threshold(table.distances, table.same)
    figures = evaluate_pairs(
        table.distances, table.same, gaps=table.gaps, hard=table.hard, threshold=threshold
    )
    rows = {
        "all": figures["all"],
        "hard negatives": figures["hard_negatives"],
        "other negatives": figures["other_negatives"],
        **{f"gap {gap}": part for gap, part in figures["by_gap"].items()},
    }
    return Figures(figures, rows, COLUMNS, first="Pairs of poses")


def _pairs(distances: ArrayLike, same: ArrayLike) -> tuple[Reals, _Bools]:
    distance = np.asarray(distances, np.float64).reshape(-1)
    positive = np.asarray(same, bool).reshape(-1)
    if len(distance) != len(positive):
        raise ValueError(f"{len(distance)} distances were given and {len(positive)} answers")
    if np.isnan(distance).any():
        raise ValueError("distances must be numbers (infinite where nothing compares), got NaN")
    return distance, positive
