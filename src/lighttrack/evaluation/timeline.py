"""Who was matched with whom in every frame, and where that changed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.clear import Convention, matchings
from lighttrack.evaluation.sequence import EvaluationSequence


@dataclass(frozen=True, slots=True)
class Timeline:
    """Who was matched with whom in every frame of a sequence."""

    sequence: EvaluationSequence
    followed: NDArray[np.intp]
    """`(I, F)`: code of the track that each person had; -1 missed, -2 not there."""
    tracks: NDArray[np.intp]
    """`(J, F)`: code of the person that each track had; -1 no person, -2 not there."""
    switches: NDArray[np.bool_]
    """`(I, F)`."""

    def errors(self) -> NDArray[np.int64]:
        """`(F,)`: misses, false positives and switches of each frame."""
        wrong = (self.followed == -1).sum(axis=0) + (self.tracks == -1).sum(axis=0)
        return np.asarray(wrong + self.switches.sum(axis=0), np.int64)


def make_timeline(
    sequence: EvaluationSequence,
    *,
    threshold: float = 0.5,
    convention: Convention = "trackeval",
) -> Timeline:
    """Match a sequence as CLEAR MOT does and note who had whom.

    Example:
        >>> from lighttrack.evaluation.sequence import make_sequence
        >>> walk = make_sequence([[0]] * 3, [[5], [6], []], [[[1.0]], [[1.0]], []])
        >>> timeline = make_timeline(walk)
        >>> timeline.followed.tolist(), timeline.errors().tolist()
        ([[0, 1, -1]], [0, 1, 1])
    """
    shape = (len(sequence.truth_ids), len(sequence))
    followed = np.full(shape, -2, np.intp)
    tracks = np.full((len(sequence.track_ids), len(sequence)), -2, np.intp)
    switches = np.zeros(shape, bool)
    last = np.full(shape[0], -1, np.intp)
    pairs = matchings(sequence, threshold=threshold, convention=convention)
    for index, (frame, (rows, columns)) in enumerate(zip(sequence.frames, pairs, strict=True)):
        people, seen = frame.truth[rows], frame.tracks[columns]
        followed[frame.truth, index] = -1
        tracks[frame.tracks, index] = -1
        followed[people, index] = seen
        tracks[seen, index] = people
        switches[people, index] = (last[people] >= 0) & (last[people] != seen)
        last[people] = seen
    return Timeline(sequence, followed, tracks, switches)
