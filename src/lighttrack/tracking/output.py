"""What the user sees of a frame."""

import numpy as np

from lighttrack.structures import Frame, Mask, Poses
from lighttrack.structures.tracks import TargetState, TrackedFrame
from lighttrack.tracking.tracklets import Tracklets


def shown(
    people: Tracklets, frame: Frame, is_keyframe: bool, *, everyone: bool, chosen: int | None = None
) -> TrackedFrame:
    """Everybody who is tracked and has an identity.

    Args:
        people: N tracklets.
        frame: the frame that they are seen in.
        is_keyframe: whether the detector was called.
        everyone: whether the lost and those without an identity yet (their id is -1) are shown.
        chosen: the identity that alone is of interest, and shown even if lost.
    """
    named = people.ids >= 0
    if chosen is not None:
        visible = people.ids == chosen
    else:
        visible = (named | people.tracked) if everyone else (named & people.tracked)
    if not visible.all():
        people, named = people[visible], named[visible]
    states = np.where(people.revived, TargetState.REVIVED, TargetState.TRACKED)
    states = np.where(named, states, TargetState.TENTATIVE)
    states = np.where(people.tracked, states, TargetState.LOST)
    poses = people.poses if people.tracked.all() else _unseen(people.poses, ~people.tracked)
    return TrackedFrame(
        frame.index, frame.time, people.ids, poses, people.boxes, is_keyframe, states
    )


def _unseen(poses: Poses, lost: Mask) -> Poses:
    """The poses less those of the `lost` `(N,)`: their keypoints are missing."""
    return Poses(
        poses.skeleton,
        np.where(lost[:, None, None], np.float32(np.nan), poses.keypoints),
        np.where(lost[:, None], np.float32(0), poses.scores),
        poses.boxes,
        np.where(lost, np.float32(0), poses.person_scores),
    )
