"""Tracking accuracy of keypoints: CLEAR MOT per joint, as PoseTrack's evaluator computes it.

Every joint is tracked for itself, whatever pose it belongs to, by motmetrics' rules: a joint keeps
its last track for as long as that is near enough; the rest are assigned by distance. All joints of
a frame are counted at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.clear import assign_nearest
from lighttrack.evaluation.posetrack.frames import Mode, ScoredFrame
from lighttrack.evaluation.posetrack.precision import THRESHOLD, with_mean
from lighttrack.formats.posetrack.annotations import K, stack
from lighttrack.structures.types import Reals

_Counts = NDArray[np.int64]
_Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class MotPartial:
    """Counts `(15,)` of one or several sequences; add them up with `combine`."""

    objects: _Counts
    misses: _Counts
    switches: _Counts
    false_positives: _Counts
    distance: Reals
    """Sum that MOTP is made of."""


def evaluate(frames: Sequence[ScoredFrame], mode: Mode) -> MotPartial:
    """Count over one sequence.

    `official` leaves out the last frame, takes a frame in which either side is empty for one miss
    and one false positive of every joint, and adds to MOTP every allowed pair on top of the
    matched ones. `strict` counts what is there, once.
    """
    counted, placeholders = frames, 0
    if mode == "official":
        counted = [f for f in frames[:-1] if len(f.truth) and len(f.predicted)]
        placeholders = len(frames[:-1]) - len(counted)
    counter = _Counter(counted, mode)
    for frame in counted:
        counter.add(frame)
    objects = stack([frame.truth for frame in counted]).present.sum(axis=0)
    answers = stack([frame.predicted for frame in counted]).present.sum(axis=0)
    return MotPartial(
        objects + placeholders,
        objects - counter.matches + placeholders,
        counter.switches,
        answers - counter.matches + placeholders,
        counter.distance,
    )


def combine(partials: Iterable[MotPartial]) -> MotPartial:
    """The counts of several sequences together."""
    none = np.zeros(K, np.int64)
    parts = [MotPartial(none, none, none, none, np.zeros(K)), *partials]
    return MotPartial(
        *(np.sum([getattr(part, f.name) for part in parts], axis=0) for f in fields(MotPartial))
    )


def summarize(partial: MotPartial, mode: Mode) -> dict[str, Reals]:
    """`mota`, `motp`, `pre` and `rec` `(16,)` in percent: the 15 joints and their mean.

    MOTP is 100 x (1 - mean distance in head sizes). A joint that is never annotated is left out of
    the means, except that `official` averages in 0 as the MOTP of a joint without matches and does
    average the precision of a joint that is predicted but never annotated.
    """
    objects = partial.objects.astype(np.float64)
    objects[objects == 0] = np.nan
    found = partial.objects - partial.misses
    predicted = (found + partial.false_positives).astype(np.float64)
    predicted[predicted == 0] = np.nan
    errors = partial.misses + partial.switches + partial.false_positives
    with np.errstate(divide="ignore", invalid="ignore"):
        motp = 100 * (1 - partial.distance / found)
    motp[found == 0] = 0.0 if mode == "official" else np.nan
    if mode == "strict":
        predicted[np.isnan(objects)] = np.nan
    return {
        "mota": with_mean(100 * (1 - errors / objects)),
        "motp": with_mean(motp),
        "pre": with_mean(100 * found / predicted),
        "rec": with_mean(100 * found / objects),
    }


class _Counter:
    """motmetrics' accumulator for the 15 joints of one sequence side by side."""

    def __init__(self, frames: Sequence[ScoredFrame], mode: Mode) -> None:
        self._mode = mode
        self._people = np.unique(np.concatenate([[0], *(f.truth.ids for f in frames)]))
        self._tracks = np.unique(np.concatenate([[0], *(f.predicted.ids for f in frames)]))
        self._track_of = np.full((K, len(self._people)), -1, np.intp)
        self._person_of = np.full((K, len(self._tracks)), -1, np.intp)
        self._seen = np.zeros((K, len(self._tracks)), bool)
        self._matched: list[_Codes] = [np.zeros(0, np.intp)]
        self._switched: list[_Codes] = [np.zeros(0, np.intp)]
        self._near: list[tuple[_Codes, Reals]] = [(np.zeros(0, np.intp), np.zeros(0))]

    @property
    def matches(self) -> _Counts:
        """`(15,)`."""
        return np.bincount(np.concatenate(self._matched), minlength=K)

    @property
    def switches(self) -> _Counts:
        """`(15,)`."""
        return np.bincount(np.concatenate(self._switched), minlength=K)

    @property
    def distance(self) -> Reals:
        """`(15,)`: what MOTP is made of."""
        joints, distances = (np.concatenate(parts) for parts in zip(*self._near, strict=True))
        return np.bincount(joints, weights=distances, minlength=K).astype(np.float64)

    def add(self, frame: ScoredFrame) -> None:
        """Match one frame, all joints at once."""
        pairs = _Pairs.near(frame)
        people = np.searchsorted(self._people, frame.truth.ids)[pairs.row]
        tracks = np.searchsorted(self._tracks, frame.predicted.ids)[pairs.column]
        kept = self._kept(pairs, people, tracks)
        new = np.flatnonzero(pairs.untouched_by(kept))
        if len(new):
            new = _assigned(frame, pairs, new)

        joint = pairs.joint[kept]
        self._seen[joint, tracks[kept]] = True
        self._matched += [joint, pairs.joint[new]]
        self._near.append((joint, pairs.distance[kept]))
        if self._mode == "official":
            self._near.append((pairs.joint, pairs.distance))
        if len(new):
            self._note(pairs.joint[new], people[new], tracks[new], pairs.distance[new])

    def _kept(self, pairs: "_Pairs", people: _Codes, tracks: _Codes) -> _Codes:
        """Which pairs go on as before; of two people who remember one track the first has it."""
        kept = np.flatnonzero(self._track_of[pairs.joint, people] == tracks)
        slot = pairs.joint[kept] * pairs.shape[1] + pairs.column[kept]
        if len(kept) and np.bincount(slot).max() > 1:
            kept = kept[np.sort(np.unique(slot, return_index=True)[1])]
        return kept

    def _note(self, joint: _Codes, person: _Codes, track: _Codes, distance: Reals) -> None:
        """Enter new pairs: switches, and what motmetrics logs of them beside the match."""
        before, owner = self._track_of[joint, person], self._person_of[joint, track]
        switched = (before >= 0) & (before != track)
        times = np.ones(len(joint), np.int64)
        if self._mode == "official":
            transferred = (owner >= 0) & (owner != person)
            times += switched & ~self._seen[joint, track]  # ASCEND: a track never matched before
            times += transferred  # TRANSFER: a track that another person had
            times += transferred & (before < 0)  # MIGRATE: ... given to a person never matched
        self._switched.append(joint[switched])
        self._near.append((joint, distance * times))
        self._seen[joint, track] = True
        self._track_of[joint, person] = track
        self._person_of[joint, track] = person


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The joints of one frame that are near enough to match, person by person."""

    shape: tuple[int, int]
    """People of the truth, poses predicted."""
    row: _Codes
    column: _Codes
    joint: _Codes
    distance: Reals

    @classmethod
    def near(cls, frame: ScoredFrame) -> "_Pairs":
        row, column, joint = np.nonzero(frame.distance <= THRESHOLD)
        shape = len(frame.truth), len(frame.predicted)
        return cls(shape, row, column, joint, frame.distance[row, column, joint])

    def untouched_by(self, kept: _Codes) -> NDArray[np.bool_]:
        """Which pairs have neither side in one of the `kept` pairs."""
        taken_rows, taken_columns = (np.zeros((K, size), bool) for size in self.shape)
        taken_rows[self.joint[kept], self.row[kept]] = True
        taken_columns[self.joint[kept], self.column[kept]] = True
        return ~(taken_rows[self.joint, self.row] | taken_columns[self.joint, self.column])


def _assigned(frame: ScoredFrame, pairs: _Pairs, free: _Codes) -> _Codes:
    """Which of the `free` pairs become matches.

    A solver is asked only for joints where that matters: where several compete for several, or two
    are equally near.
    """
    joint, distance = pairs.joint[free], pairs.distance[free]
    by_row = joint * pairs.shape[0] + pairs.row[free]
    by_column = joint * pairs.shape[1] + pairs.column[free]
    for_row, for_column = np.bincount(by_row)[by_row], np.bincount(by_column)[by_column]
    if for_row.max() == 1 and for_column.max() == 1:
        return free
    # Where several compete for one, the nearest has it.
    best_of_row, tied_in_row = _nearest(by_row, distance)
    best_of_column, tied_in_column = _nearest(by_column, distance)
    hard = ((for_row > 1) & (for_column > 1)) | tied_in_row | tied_in_column
    if not hard.any():
        return free[best_of_row & best_of_column]
    solved = np.zeros(K, bool)
    solved[joint[hard]] = True
    chosen = [free[best_of_row & best_of_column & ~solved[joint]]]
    chosen += [_solved(frame, pairs, free[joint == number]) for number in np.flatnonzero(solved)]
    return np.concatenate(chosen)


def _nearest(slot: _Codes, distance: Reals) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which entries are the least of their slot, and which of these are hardly less than others."""
    least = np.full(slot.max() + 1, np.inf)
    np.minimum.at(least, slot, distance)
    above = distance - least[slot]
    close = above < _TIE
    tied = close & (np.bincount(slot, weights=close)[slot] > 1)
    return above == 0, tied


def _solved(frame: ScoredFrame, pairs: _Pairs, of_joint: _Codes) -> _Codes:
    """The pairs of one joint that the assignment chooses."""
    number = pairs.joint[of_joint[0]]
    # Only those who have the joint take part: the size of the problem decides ties.
    rows = np.flatnonzero(frame.truth.present[:, number])
    columns = np.flatnonzero(frame.predicted.present[:, number])
    row = np.searchsorted(rows, pairs.row[of_joint])
    column = np.searchsorted(columns, pairs.column[of_joint])
    cost = np.full((len(rows), len(columns)), np.nan)
    cost[row, column] = pairs.distance[of_joint]
    match = np.full(len(rows), -1)
    first, second = assign_nearest(cost)
    match[first] = second
    return np.asarray(of_joint[match[row] == column])


_TIE = 1e-9
"""Head sizes between two distances that are left to the solver, which rounds."""
