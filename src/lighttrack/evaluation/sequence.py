"""What every tracking metric sees of a video: ids of the truth, ids of the tracker, similarities.

As in TrackEval, similarity belongs to the data and not to the metric: the same metrics run on boxes
(IoU) and on poses (OKS, PCKh).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lighttrack.structures import Ids
from lighttrack.structures.types import Reals


@dataclass(frozen=True, slots=True)
class SequenceFrame:
    """One frame; ids are codes from 0 without gaps, valid within the sequence."""

    truth: NDArray[np.intp]
    """`(G,)`: codes of the people of the ground truth."""

    tracks: NDArray[np.intp]
    """`(T,)`: codes of the tracks."""

    similarity: Reals
    """`(G, T)`: 0 to 1, larger = more similar."""


@dataclass(frozen=True, slots=True)
class EvaluationSequence:
    """One video, ready for any tracking metric. Build it with `make_sequence`."""

    frames: tuple[SequenceFrame, ...]
    truth_ids: Ids
    """`(I,)`: the id behind each code of the ground truth."""
    track_ids: Ids
    """`(J,)`: the id behind each code of the tracks."""
    truth_counts: NDArray[np.int64]
    """`(I,)`: in how many frames each person of the truth is present."""
    track_counts: NDArray[np.int64]
    """`(J,)`: in how many frames each track is present."""
    name: str = ""

    def __len__(self) -> int:
        return len(self.frames)


def make_sequence(
    truth: Sequence[ArrayLike],
    tracks: Sequence[ArrayLike],
    similarity: Sequence[ArrayLike],
    *,
    name: str = "",
) -> EvaluationSequence:
    """A sequence from ids and similarities, frame by frame.

    Args:
        truth: for each frame the ids `(G,)` of the ground truth.
        tracks: for each frame the ids `(T,)` of the tracker.
        similarity: for each frame `(G, T)`.
        name: for reports and messages.

    Raises:
        ValueError: if the numbers of frames or the shapes disagree, or an id stands twice in a
            frame.

    Example:
        >>> sequence = make_sequence([[7]], [[3, 4]], [[[0.9, 0.1]]])
        >>> len(sequence), sequence.truth_ids.tolist(), sequence.track_ids.tolist()
        (1, [7], [3, 4])
    """
    if not len(truth) == len(tracks) == len(similarity):
        raise ValueError(
            f"{_in(name)}truth has {len(truth)} frames, the tracks {len(tracks)} and "
            f"the similarities {len(similarity)}; they must agree"
        )
    truth_ids, truth_codes, truth_counts = _code(truth)
    track_ids, track_codes, track_counts = _code(tracks)
    frames = []
    for index, (g, t, values) in enumerate(zip(truth_codes, track_codes, similarity, strict=True)):
        for side, codes, ids in (("truth", g, truth_ids), ("tracks", t, track_ids)):
            if len(np.unique(codes)) < len(codes):
                twice = ids[np.bincount(codes).argmax()]
                raise ValueError(f"{_in(name)}frame {index}: id {twice} stands twice in the {side}")
        matrix = np.asarray(values, np.float64)
        if matrix.size == 0:
            matrix = matrix.reshape(len(g), len(t))
        if matrix.shape != (len(g), len(t)):
            raise ValueError(
                f"{_in(name)}frame {index}: similarity must have shape ({len(g)}, {len(t)}), "
                f"got {matrix.shape}"
            )
        frames.append(SequenceFrame(g, t, matrix))
    return EvaluationSequence(tuple(frames), truth_ids, track_ids, truth_counts, track_counts, name)


def _code(
    ids: Sequence[ArrayLike],
) -> tuple[Ids, list[NDArray[np.intp]], NDArray[np.int64]]:
    """The ids that occur, their codes frame by frame, and how often each occurs."""
    arrays = [np.asarray(part, np.int64).reshape(-1) for part in ids]
    if not arrays:
        return np.zeros(0, np.int64), [], np.zeros(0, np.int64)
    known, codes, counts = np.unique(
        np.concatenate(arrays), return_inverse=True, return_counts=True
    )
    ends = np.cumsum([len(part) for part in arrays])[:-1]
    return known, np.split(codes.reshape(-1), ends), counts.astype(np.int64)


def _in(name: str) -> str:
    return f"{name}: " if name else ""
