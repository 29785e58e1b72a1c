"""What the user sees of a frame."""

import numpy as np

from lighttrack.structures import Boxes, Frame, Mask, Poses
from lighttrack.structures.tracks import TrackedFrame, TrackState
from lighttrack.tracking import propagation
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.tracklets import Tracklets


def shown(
    people: Tracklets,
    frame: Frame,
    is_keyframe: bool,
    config: TrackerConfig,
    chosen: int | None = None,
) -> TrackedFrame:
    """Everybody who has an identity and is tracked, or was a moment ago.

    Args:
        people: N tracklets.
        frame: the frame that they are seen in.
        is_keyframe: whether the detector was called.
        config: who else is shown (`everyone`), and how long a moment is (`coast`).
        chosen: the identity that alone is of interest, and shown even if lost.
    """
    named = people.ids >= 0
    if chosen is not None:
        visible = people.ids == chosen
    elif config.everyone:
        visible = named | people.tracked
    elif people.all_tracked:
        visible = named
    else:
        visible = named & (people.tracked | _coasting(people, frame, config))
    if not visible.all():
        people, named = people[visible], named[visible]
    states = np.full(len(people), TrackState.TRACKED, np.uint8)
    states[people.revived] = TrackState.REIDENTIFIED
    states[~named] = TrackState.UNCONFIRMED
    poses = people.poses
    if not people.all_tracked:
        lost = ~people.tracked
        states[lost] = TrackState.LOST
        poses = _unseen(poses, lost)
    bodies = _bodies(people, config)
    return TrackedFrame(frame.index, frame.time, people.ids, poses, bodies, is_keyframe, states)


def _coasting(people: Tracklets, frame: Frame, config: TrackerConfig) -> Mask:
    """`(N,)`: who was lost a moment ago inside the picture: they are hidden, and not gone."""
    lately = (people.lost_for < config.coast) & ~people.adrift
    inside = propagation.visible_share(people.boxes, frame.width, frame.height) >= 1
    return np.asarray(lately & inside)


def _bodies(people: Tracklets, config: TrackerConfig) -> Boxes:
    """Boxes `(N, 4)` of the bodies as they are now.

    The box in which a person is looked for next takes on a new size slowly, that of this frame's
    keypoints trembles with them: half-way between them an arm flung out shows at once.
    """
    if config.box != "body" or not config.motion:
        return people.boxes
    known = people.unseen < propagation.CARRIED_FOR
    now = propagation.body_boxes(people.body, known, people.margins)
    seen = people.tracked[:, None] & np.isfinite(now)
    return np.where(seen, (people.boxes + now) / 2, people.boxes)


def _unseen(poses: Poses, lost: Mask) -> Poses:
    """The poses less those of the `lost` `(N,)`: their keypoints are missing."""
    return Poses(
        poses.skeleton,
        np.where(lost[:, None, None], np.float32(np.nan), poses.keypoints),
        np.where(lost[:, None], np.float32(0), poses.scores),
        poses.boxes,
        np.where(lost, np.float32(0), poses.person_scores),
    )
