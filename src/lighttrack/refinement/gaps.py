"""Short gaps in tracks, filled by straight lines between what was seen before and after."""

import numpy as np
from numpy.typing import NDArray

from lighttrack.refinement.sightings import Rows, Sightings
from lighttrack.structures import Floats, Poses, TrackState

_DOUBT = 0.5
"""What is left of a score: that of a filled-in keypoint is half the weaker of its two ends'."""

_FASTEST = 5.0
"""Sizes per second: nobody runs faster. Whoever would have had to was not there in between: the
picture has jumped."""


def fill_gaps(people: Sightings, times: NDArray[np.float64], longest: float) -> Sightings:
    """The people who are missing in frames between two in which they were seen.

    Their state is `LOST` (nobody saw them there) and their scores are lowered. A keypoint is there
    if it was seen on both sides.

    Args:
        people: everybody who was seen.
        times: `(F,)` seconds, of all frames of the video.
        longest: seconds that a gap may take, from the frame before it to the frame after it.

    Returns:
        The filled-in people alone.
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
    scores = _DOUBT * np.minimum(one.scores, other.scores)
    scores[~np.isfinite(keypoints).all(axis=2)] = 0.0
    poses = Poses(
        one.skeleton,
        keypoints,
        np.asarray(scores, np.float32),
        _between(one.boxes, other.boxes, share),
        np.asarray(_DOUBT * np.minimum(one.person_scores, other.person_scores), np.float32),
    )
    return Sightings(
        frames,
        times[frames],
        people.ids[before],
        poses,
        _between(people.boxes[before], people.boxes[after], share),
        np.full(len(frames), TrackState.LOST, np.uint8),
    )


def _sides(people: Sightings, longest: float) -> tuple[Rows, Rows]:
    """The rows before and after each gap that may be filled."""
    order = np.lexsort((people.frames, people.ids))
    before, after = order[:-1], order[1:]
    elapsed = people.times[after] - people.times[before]
    centers = (people.boxes[:, :2] + people.boxes[:, 2:]) / 2
    way = np.linalg.norm(centers[after] - centers[before], axis=1)
    sizes = people.sizes()
    # Not `>`: where boxes are not known nothing speaks against it.
    too_fast = way / np.maximum(sizes[before], sizes[after]) > _FASTEST * elapsed
    is_gap = (people.ids[before] == people.ids[after]) & (elapsed <= longest) & ~too_fast
    is_gap &= people.frames[after] - people.frames[before] > 1
    return before[is_gap], after[is_gap]


def _between(one: Floats, other: Floats, share: NDArray[np.float64]) -> Floats:
    """What lies a share `(N,)` of the way from one to the other."""
    share = share.reshape(-1, *[1] * (one.ndim - 1))
    return np.asarray(one + (other - one) * share, np.float32)
