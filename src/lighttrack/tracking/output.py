"""What of the tracklets is in the output of a frame."""

from dataclasses import replace

import numpy as np

from lighttrack.structures import Frame, Mask, boxes
from lighttrack.structures.tracks import TrackedFrame, TrackState
from lighttrack.tracking.config import Output
from lighttrack.tracking.tracklets import Tracklets


def emit(
    people: Tracklets,
    frame: Frame,
    is_keyframe: bool,
    config: Output,
    chosen: int | None = None,
) -> TrackedFrame:
    """Everybody who has an identity and is tracked, or was a moment ago.

    Args:
        people: N tracklets.
        frame: the frame that they are seen in.
        is_keyframe: whether the detector was called.
        config: who else is in the output, and how long a moment is.
        chosen: the identity that alone is of interest, and in the output even if lost.
    """
    has_id = people.identity.ids >= 0
    if chosen is not None:
        wanted = people.identity.ids == chosen
    elif config.include_unconfirmed:
        wanted = has_id | people.body.tracked
    elif people.all_tracked:
        wanted = has_id
    else:
        wanted = has_id & (people.body.tracked | _just_lost(people, frame, config))
    if not wanted.all():
        people = people[wanted]
    body, identity = people.body, people.identity
    states = np.full(len(people), TrackState.TRACKED, np.uint8)
    states[identity.reidentified] = TrackState.REIDENTIFIED
    states[identity.ids < 0] = TrackState.UNCONFIRMED
    poses = body.poses
    if not people.all_tracked:
        states[~body.tracked] = TrackState.LOST
        gone = np.broadcast_to(~body.tracked[:, None], poses.scores.shape)
        poses = replace(
            poses.without(gone), person_scores=np.where(body.tracked, poses.person_scores, 0)
        )
    return TrackedFrame(
        frame.index, frame.time, identity.ids, poses, body.boxes, is_keyframe, states
    )


def _just_lost(people: Tracklets, frame: Frame, config: Output) -> Mask:
    """`(N,)`: who was lost a moment ago inside the image: they are hidden, and have not left."""
    body = people.body
    lately = (body.lost_for < config.lost_for) & ~body.position_unknown
    inside = boxes.visible_share(body.boxes, frame.width, frame.height) >= 1
    return np.asarray(lately & inside)
