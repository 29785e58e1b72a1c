"""Short gaps in tracks, filled by linear interpolation."""

import numpy as np
from numpy.typing import NDArray

from lighttrack.refinement.track_table import Rows, TrackTable
from lighttrack.structures import Floats, Poses, TrackState

_DISCOUNT = 0.5
"""Factor of interpolated scores: a keypoint's is half the lower of those before and after."""

_FASTEST = 5.0
"""Sizes per second: faster than people run. A gap that would need a higher speed is not filled: the
camera has jumped."""


def fill_gaps(people: TrackTable, times: NDArray[np.float64], longest: float) -> TrackTable:
    """Interpolate people in the frames of a gap between two observations.

    Their state is `LOST` (they were not observed there) and their scores are lowered. A keypoint is
    interpolated if it was observed on both sides.

    Args:
        people: all who were observed.
        times: `(F,)` seconds, of all frames of the video.
        longest: seconds that a gap may take, from the frame before it to the frame after it.

    Returns:
        The interpolated people alone.
    """
    before, after = _sides(people, longest)
    lengths = people.frames[after] - people.frames[before] - 1
    nth = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    frames = np.repeat(people.frames[before], lengths) + 1 + nth
    before, after = np.repeat(before, lengths), np.repeat(after, lengths)
    begin, end = people.times[before], people.times[after]
    share = (times[frames] - begin) / np.maximum(end - begin, 1e-9)
    one, other = people.poses[before], people.poses[after]
    keypoints = _between(one.keypoints, other.keypoints, share)
    scores = _DISCOUNT * np.minimum(one.scores, other.scores)
    scores[~np.isfinite(keypoints).all(axis=2)] = 0.0
    poses = Poses(
        one.skeleton,
        keypoints,
        np.asarray(scores, np.float32),
        _between(one.boxes, other.boxes, share),
        np.asarray(_DISCOUNT * np.minimum(one.person_scores, other.person_scores), np.float32),
    )
    return TrackTable(
        frames,
        times[frames],
        people.ids[before],
        poses,
        _between(people.boxes[before], people.boxes[after], share),
        np.full(len(frames), TrackState.LOST, np.uint8),
        np.full(len(frames), np.nan, np.float32),
    )


def _sides(people: TrackTable, longest: float) -> tuple[Rows, Rows]:
    """The rows before and after each gap that may be filled."""
    order = np.lexsort((people.frames, people.ids))
    before, after = order[:-1], order[1:]
    elapsed = people.times[after] - people.times[before]
    centers = (people.boxes[:, :2] + people.boxes[:, 2:]) / 2
    way = np.linalg.norm(centers[after] - centers[before], axis=1)
    sizes = people.sizes()
    # With unknown boxes (NaN) the comparison is false, and the gap is filled.
    too_fast = way / np.maximum(sizes[before], sizes[after]) > _FASTEST * elapsed
    is_gap = (people.ids[before] == people.ids[after]) & (elapsed <= longest) & ~too_fast
    is_gap &= people.frames[after] - people.frames[before] > 1
    return before[is_gap], after[is_gap]


def _between(one: Floats, other: Floats, share: NDArray[np.float64]) -> Floats:
    """Linear interpolation: a share `(N,)` of the way from one to the other."""
    share = share.reshape(-1, *[1] * (one.ndim - 1))
    return np.asarray(one + (other - one) * share, np.float32)
