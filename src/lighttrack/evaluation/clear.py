"""CLEAR MOT: misses, false positives, switches of identity, fragmentations.

Bernardin and Stiefelhagen, "Evaluating multiple object tracking performance", 2008. Two conventions
of matching and counting are in use and both are here, named after the tools whose figures they
reproduce; `docs/evaluation.md` lists where they differ.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.sequence import EvaluationSequence, SequenceFrame
from lighttrack.structures.types import Reals

Convention = Literal["trackeval", "motmetrics"]

_EPSILON = float(np.finfo(np.float64).eps)
_Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, slots=True)
class ClearPartial:
    """Counts of one or several sequences; add them up with `combine`."""

    frames: int = 0
    truths: int = 0
    """People of the truth, counted in every frame."""
    detections: int = 0
    """People of the tracker, counted in every frame."""
    matches: int = 0
    """True positives, those at a switch included."""
    switches: int = 0
    fragmentations: int = 0
    similarity: float = 0.0
    """Sum over the matches."""
    identities: int = 0
    mostly_tracked: int = 0
    partly_tracked: int = 0
    mostly_lost: int = 0


def evaluate(
    sequence: EvaluationSequence,
    *,
    threshold: float = 0.5,
    convention: Convention = "trackeval",
) -> ClearPartial:
    """Count over one sequence; pairs less similar than `threshold` cannot match.

    Example:
        >>> from lighttrack.evaluation.sequence import make_sequence
        >>> walk = make_sequence([[0]] * 4, [[5], [5], [6], [6]], [[[1.0]]] * 4)
        >>> evaluate(walk).switches
        1
    """
    count = len(sequence.truth_ids)
    last = np.full(count, -1, np.intp)
    matched = np.zeros(count, np.int64)
    history = _History(count)
    total = switches = 0
    similarity = 0.0
    pairs = _matchings(sequence, threshold, convention)
    for frame, (rows, columns) in zip(sequence.frames, pairs, strict=True):
        people, tracks = frame.truth[rows], frame.tracks[columns]
        switches += int(((last[people] >= 0) & (last[people] != tracks)).sum())
        last[people] = tracks
        matched[people] += 1
        total += len(people)
        similarity += float(frame.similarity[rows, columns].sum())
        history.add(frame, people)
    ratio = matched / np.maximum(sequence.truth_counts, 1)
    mostly = ratio > 0.8 if convention == "trackeval" else ratio >= 0.8
    lost = ratio < 0.2
    return ClearPartial(
        frames=len(sequence),
        truths=int(sequence.truth_counts.sum()),
        detections=int(sequence.track_counts.sum()),
        matches=total,
        switches=switches,
        fragmentations=history.fragmentations(convention),
        similarity=similarity,
        identities=count,
        mostly_tracked=int(mostly.sum()),
        partly_tracked=int((~mostly & ~lost).sum()),
        mostly_lost=int(lost.sum()),
    )


def combine(partials: Iterable[ClearPartial]) -> ClearPartial:
    """The counts of several sequences together."""
    rows = [[getattr(part, f.name) for f in fields(ClearPartial)] for part in partials]
    return ClearPartial(*(sum(column) for column in zip(*rows, strict=True)))


def summarize(partial: ClearPartial) -> dict[str, float]:
    """Rates as fractions (1 = perfect) and counts; `motp` is the mean similarity of the matches."""
    misses = partial.truths - partial.matches
    false_positives = partial.detections - partial.matches
    truths = max(1, partial.truths)
    return {
        "mota": (partial.matches - false_positives - partial.switches) / truths,
        "motp": partial.similarity / max(1, partial.matches),
        "precision": partial.matches / max(1, partial.detections),
        "recall": partial.matches / truths,
        "switches": partial.switches,
        "fragmentations": partial.fragmentations,
        "matches": partial.matches,
        "misses": misses,
        "false_positives": false_positives,
        "mostly_tracked": partial.mostly_tracked,
        "partly_tracked": partial.partly_tracked,
        "mostly_lost": partial.mostly_lost,
        "identities": partial.identities,
        "frames": partial.frames,
        "truths": partial.truths,
        "detections": partial.detections,
    }


def matchings(
    sequence: EvaluationSequence, *, threshold: float = 0.5, convention: Convention = "trackeval"
) -> list[_Pairs]:
    """For each frame, which rows of the truth were matched with which columns of the tracks."""
    return list(_matchings(sequence, threshold, convention))


def _matchings(
    sequence: EvaluationSequence, threshold: float, convention: Convention
) -> Iterator[_Pairs]:
    if convention == "trackeval":
        return _matched_by_the_frame_before(sequence, threshold)
    if convention == "motmetrics":
        return _matched_by_memory(sequence, threshold)
    raise ValueError(f"convention must be 'trackeval' or 'motmetrics', got {convention!r}")


def _matched_by_the_frame_before(
    sequence: EvaluationSequence, threshold: float
) -> Iterator[_Pairs]:
    """TrackEval: one assignment per frame that favours the pairs of the frame before.

    A frame where either side is empty does not count as "the frame before".
    """
    from scipy.optimize import linear_sum_assignment

    before = np.full(len(sequence.truth_ids), -1, np.intp)
    for frame in sequence.frames:
        if not frame.similarity.size:
            yield _nobody()
            continue
        value = 1000.0 * (frame.tracks[None] == before[frame.truth][:, None]) + frame.similarity
        value[frame.similarity < threshold - _EPSILON] = 0.0
        rows, columns = linear_sum_assignment(-value)
        good = value[rows, columns] > _EPSILON
        rows, columns = rows[good], columns[good]
        before[:] = -1
        before[frame.truth[rows]] = frame.tracks[columns]
        yield rows, columns


def _matched_by_memory(sequence: EvaluationSequence, threshold: float) -> Iterator[_Pairs]:
    """motmetrics: each person keeps its last track while allowed; the rest are assigned."""
    memory = np.full(len(sequence.truth_ids), -1, np.intp)
    for frame in sequence.frames:
        distance = 1.0 - frame.similarity
        distance[distance > 1.0 - threshold] = np.nan
        kept = memory[frame.truth][:, None] == frame.tracks[None]
        rows, columns = np.nonzero(kept & np.isfinite(distance))
        # Two people can remember the same track; the first in the frame gets it.
        columns, first = np.unique(columns, return_index=True)
        rows = rows[first]
        distance[rows] = np.nan
        distance[:, columns] = np.nan
        new_rows, new_columns = assign_nearest(distance)
        rows, columns = np.concatenate([rows, new_rows]), np.concatenate([columns, new_columns])
        memory[frame.truth[rows]] = frame.tracks[columns]
        yield rows, columns


def assign_nearest(distance: Reals) -> _Pairs:
    """As many pairs as possible, then the least total distance; NaN forbids a pair.

    The forbidden pairs get motmetrics' large constant, so that equally good solutions are resolved
    alike.
    """
    allowed = np.isfinite(distance)
    if not allowed.any():
        return _nobody()
    rows, columns = np.nonzero(allowed)
    if allowed.sum(axis=0).max() <= 1 and allowed.sum(axis=1).max() <= 1:
        return rows, columns  # nothing competes: the common case, and no solver is needed
    from scipy.optimize import linear_sum_assignment

    largest = np.abs(distance[allowed]).max() + 1.0
    cost = np.where(allowed, distance, 2 * min(distance.shape) * largest + 1.0)
    rows, columns = linear_sum_assignment(cost)
    good = allowed[rows, columns]
    return rows[good], columns[good]


def _nobody() -> _Pairs:
    return np.zeros(0, np.intp), np.zeros(0, np.intp)


class _History:
    """Counts interruptions of people's tracks, in both conventions at once."""

    def __init__(self, count: int) -> None:
        self._was_tracked = np.zeros(count, bool)
        self._starts = np.zeros(count, np.int64)
        self._ever = np.zeros(count, bool)
        self._missing = np.zeros(count, bool)
        self._resumed = np.zeros(count, np.int64)

    def add(self, frame: SequenceFrame, matched: NDArray[np.intp]) -> None:
        """Note which people of the truth were matched in a frame."""
        missed = np.setdiff1d(frame.truth, matched, assume_unique=True)
        self._resumed[matched] += self._missing[matched]
        self._missing[matched] = False
        self._missing[missed] = self._ever[missed]
        self._ever[matched] = True
        if frame.similarity.size:
            self._starts[matched] += ~self._was_tracked[matched]
            self._was_tracked[:] = False
            self._was_tracked[matched] = True

    def fragmentations(self, convention: Convention) -> int:
        """TrackEval: every new start, also after an absence; motmetrics: gaps that end."""
        if convention == "trackeval":
            return int(np.maximum(self._starts - 1, 0).sum())
        return int(self._resumed.sum())
