"""The output of a frame."""

from dataclasses import replace

import numpy as np

from lighttrack.structures import Boxes, Frame, Mask, boxes
from lighttrack.structures.tracks import TrackedFrame, TrackState
from lighttrack.tracking import propagation
from lighttrack.tracking.config import Output, TrackerConfig
from lighttrack.tracking.tracklets import Tracklets


def emit(
    people: Tracklets,
    frame: Frame,
    is_keyframe: bool,
    config: TrackerConfig,
    *,
    targets_only: bool = False,
) -> TrackedFrame:
    """The people who have an identity and are tracked, or were within `lost_for`.

    With `targets_only` the targets alone are in the output, even if lost.
    """
    has_id = people.identity.ids >= 0
    if targets_only:
        wanted = people.identity.is_target
    elif config.output.include_unconfirmed:
        wanted = has_id | people.body.tracked
    elif people.all_tracked:
        wanted = has_id
    else:
        wanted = has_id & (people.body.tracked | _just_lost(people, frame, config.output))
    if np.count_nonzero(wanted) < len(people):
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
    shown = _output_boxes(people, config)
    return TrackedFrame(
        frame.index, frame.time, identity.ids, poses, shown, is_keyframe, states, identity.scores
    )


def _output_boxes(people: Tracklets, config: TrackerConfig) -> Boxes:
    """Boxes `(N, 4)` between the smoothed ones and those of this frame's keypoints.

    A smoothed box changes its size slowly; a box of one frame's keypoints has their jitter.
    """
    body, share = people.body, np.float32(config.output.smoothing)
    if config.propagation.box != "body" or share == 1:
        return body.boxes
    known = body.keypoint_ages < config.propagation.keypoint_max_age
    now = propagation.body_boxes(body.keypoints, known, body.margins, config.propagation.min_size)
    usable = body.tracked[:, None] & np.isfinite(now)
    return np.where(usable, share * body.boxes + (1 - share) * now, body.boxes)


def _just_lost(people: Tracklets, frame: Frame, config: Output) -> Mask:
    """`(N,)`: who was lost within `lost_for` inside the image: hidden, not left."""
    body = people.body
    lately = (body.lost_for < config.lost_for) & ~body.position_unknown
    inside = boxes.visible_share(body.boxes, frame.width, frame.height) >= 1
    return np.asarray(lately & inside)
