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
from lighttrack.evaluation.posetrack.people import K
from lighttrack.evaluation.posetrack.precision import THRESHOLD, with_mean
from lighttrack.evaluation.similarity import Reals

_Counts = NDArray[np.int64]


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
    counter = _Counter(frames, mode)
    for frame in frames[:-1] if mode == "official" else frames:
        if mode == "official" and not (len(frame.truth) and len(frame.predicted)):
            counter.add_placeholder()
        else:
            counter.add(frame)
    return counter.partial()


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
        self._objects, self._misses, self._switches, self._wrong = np.zeros((4, K), np.int64)
        self._distance = np.zeros(K)

    def partial(self) -> MotPartial:
        return MotPartial(self._objects, self._misses, self._switches, self._wrong, self._distance)

    def add_placeholder(self) -> None:
        """One person and one track of every joint that do not match."""
        self._objects += 1
        self._misses += 1
        self._wrong += 1

    def add(self, frame: ScoredFrame) -> None:
        people = np.searchsorted(self._people, frame.truth.ids)
        tracks = np.searchsorted(self._tracks, frame.predicted.ids)
        distance = np.moveaxis(frame.distance, 2, 0)
        with np.errstate(invalid="ignore"):
            allowed = distance <= THRESHOLD
        distance = np.where(allowed, distance, 0.0)
        kept = self._kept(allowed, people, tracks)
        free = allowed & ~kept.any(axis=2, keepdims=True) & ~kept.any(axis=1, keepdims=True)
        new = self._assigned(frame, distance, free)

        joint, _, column = np.nonzero(kept)
        self._seen[joint, tracks[column]] = True
        self._distance += np.where(kept, distance, 0.0).sum(axis=(1, 2))
        if self._mode == "official":
            self._distance += distance.sum(axis=(1, 2))
        self._note(distance, people, tracks, new)

        matched = kept.sum(axis=(1, 2)) + new.sum(axis=(1, 2))
        objects = frame.truth.present.sum(axis=0)
        self._objects += objects
        self._misses += objects - matched
        self._wrong += frame.predicted.present.sum(axis=0) - matched

    def _kept(
        self, allowed: NDArray[np.bool_], people: NDArray[np.intp], tracks: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """`(15, G, P)`: pairs that go on; two people who remember one track: the first has it."""
        kept: NDArray[np.bool_] = allowed & (self._track_of[:, people][:, :, None] == tracks)
        if kept.shape[1] > 1:
            kept &= np.cumsum(kept, axis=1) == 1
        return kept

    def _assigned(
        self, frame: ScoredFrame, distance: Reals, free: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """`(15, G, P)`: new pairs; a solver is asked only where several compete."""
        new = free.copy()
        several = (free.sum(axis=1) > 1).any(axis=1) | (free.sum(axis=2) > 1).any(axis=1)
        for joint in np.flatnonzero(several):
            # Only those who have the joint take part: the size of the problem decides ties.
            rows = np.flatnonzero(frame.truth.present[:, joint])
            columns = np.flatnonzero(frame.predicted.present[:, joint])
            cost = np.where(free[joint], distance[joint], np.nan)[np.ix_(rows, columns)]
            chosen = assign_nearest(cost)
            new[joint] = False
            new[joint, rows[chosen[0]], columns[chosen[1]]] = True
        return new

    def _note(
        self,
        distance: Reals,
        people: NDArray[np.intp],
        tracks: NDArray[np.intp],
        new: NDArray[np.bool_],
    ) -> None:
        """Enter the new pairs: switches, and what motmetrics logs of them beside the match."""
        joint, row, column = np.nonzero(new)
        if not len(joint):
            return
        person, track = people[row], tracks[column]
        before, owner = self._track_of[joint, person], self._person_of[joint, track]
        switched = (before >= 0) & (before != track)
        times = np.ones(len(joint), np.int64)
        if self._mode == "official":
            transferred = (owner >= 0) & (owner != person)
            times += switched & ~self._seen[joint, track]  # ASCEND: a track never matched before
            times += transferred  # TRANSFER: a track that another person had
            times += transferred & (before < 0)  # MIGRATE: ... given to a person never matched
        self._switches += np.bincount(joint[switched], minlength=K)
        self._distance += np.bincount(
            joint, weights=distance[joint, row, column] * times, minlength=K
        )
        self._seen[joint, track] = True
        self._track_of[joint, person] = track
        self._person_of[joint, track] = person
