"""How a tracklet begins, is confirmed, is taken for a false positive, and ends."""

import numpy as np

from lighttrack.structures import Boxes, Detections, Floats, Mask, Poses
from lighttrack.structures.types import Indices
from lighttrack.tracking import propagation
from lighttrack.tracking.config import Lifecycle, Propagation, Reidentification
from lighttrack.tracking.occlusion import Visibility
from lighttrack.tracking.tracklets import Bodies, Tracklets, unknown_identities


def init_tracklets(
    poses: Poses, confident: Mask, detected: Boxes, like: Tracklets, config: Propagation
) -> Tracklets:
    """Unconfirmed tracklets of people found for the first time.

    `confident` `(N, K)` says which keypoints of the N `poses` count, `detected` are the boxes in
    which they were detected, `like` says how wide the records are.
    """
    n = len(poses)
    ages = np.where(confident, np.float32(0), np.float32(np.inf))
    margins = np.broadcast_to(propagation.usual_margins(poses.skeleton), (n, 4))
    gain = config.margin_gain
    margins = propagation.learn_margins(margins, poses.keypoints, confident, detected, gain)
    body = Bodies(
        poses=poses,
        tracked=np.ones(n, np.bool_),
        keypoints=poses.keypoints,
        keypoint_ages=ages,
        boxes=propagation.propagate(poses.keypoints, ages, confident, margins, config),
        margins=margins,
        velocities=np.zeros((n, 2), np.float32),
        ages=np.zeros(n, np.float32),
        lost_for=np.zeros(n, np.float32),
        position_unknown=np.zeros(n, np.bool_),
        missed_detections=np.zeros(n, np.int64),
        confident=np.zeros(n, np.bool_),
    )
    return Tracklets(body, unknown_identities(n, like.identity))


def start_tracklets(
    people: Tracklets,
    seen: Poses,
    confident: Mask,
    found: Detections,
    threshold: float,
    config: Lifecycle,
    boxes: Propagation,
) -> Tracklets:
    """The people with an unconfirmed tracklet for each detection that is of nobody known.

    `seen` are the C poses estimated in the detections `found`, `confident` `(C, K)` says which of
    their keypoints count, and `threshold` is the score from which a detection starts a tracklet.
    """
    room = len(seen)
    if config.max_people is not None:
        room = max(config.max_people - int(people.body.tracked.sum()), 0)
    best = np.argsort(-found.scores, kind="stable")[:room]
    best = best[found.scores[best] >= threshold]
    if not len(best):
        return people
    new = init_tracklets(seen[best], confident[best], found.boxes[best], people, boxes)
    new = new.with_body(confident=is_confident(found.scores[best], threshold, config))
    return Tracklets.concatenate([people, new])


def reacquired(people: Tracklets, rows: Indices, found: Tracklets) -> Tracklets:
    """The people with new, unconfirmed tracklets where `rows` of them were lost.

    Where one lost person was expected another may have come into view: those `found` have no
    identity until it is clear whose it is.
    """
    n = len(rows)
    zeros = np.zeros(n, np.float32)
    new = Tracklets(
        found.with_body(
            ages=zeros, missed_detections=np.zeros(n, np.int64), confident=np.zeros(n, np.bool_)
        ).body,
        unknown_identities(n, people.identity),
    )
    return Tracklets.concatenate([people, new])


def is_confident(scores: Floats, threshold: float, config: Lifecycle) -> Mask:
    """`(M,)`: which detections confirm a person at once.

    Example:
        >>> is_confident(np.array([0.7, 0.5]), 0.4, Lifecycle()).tolist()
        [True, False]
    """
    return np.asarray(scores >= threshold + config.confident_detection * (1 - threshold))


def record_detections(
    people: Tracklets, rows: Indices, scores: Floats, threshold: float, config: Lifecycle
) -> Tracklets:
    """The people after detections with `scores` `(M,)` of `rows` `(M,)` of them."""
    body = people.body
    confident, missed = body.confident.copy(), body.missed_detections.copy()
    confident[rows] |= is_confident(scores, threshold, config)
    missed[rows] = 0
    return people.with_body(missed_detections=missed, confident=confident)


def count_missed_detections(people: Tracklets, was_detected: Mask, view: Visibility) -> Tracklets:
    """The people after a detector call over the whole image; it counts for nobody who is hidden."""
    missed = people.body.tracked & ~was_detected & ~view.hidden
    return people.with_body(missed_detections=people.body.missed_detections + missed)


def confirm(people: Tracklets, view: Visibility, config: Lifecycle) -> Tracklets:
    """The people after a confident detection in plain view has confirmed those new.

    Part of somebody who is followed may look like another person for a moment: whoever is partly
    hidden has to be tracked for `confirmation` frames.
    """
    frames = people.identity.frames_tracked
    at_once = people.is_unconfirmed & people.body.confident & ~view.hidden
    if not (at_once & (frames < config.confirmation)).any():
        return people
    least = np.where(at_once, config.confirmation, 0)
    return people.with_identity(frames_tracked=np.maximum(frames, least))


def is_confirmed(people: Tracklets, config: Lifecycle) -> Mask:
    """`(N,)`: who may be given a new identity."""
    return (people.identity.frames_tracked >= config.confirmation) & ~is_false_positive(
        people, config
    )


def is_false_positive(people: Tracklets, config: Lifecycle) -> Mask:
    """`(N,)`: who is tracked in plain view though the detector no longer finds them."""
    missed = people.body.missed_detections >= config.max_missed_detections
    return np.asarray(people.body.tracked & missed)


def delete(
    people: Tracklets,
    *,
    is_keyframe: bool,
    chosen: int | None,
    config: Lifecycle,
    reidentification: Reidentification,
) -> Tracklets:
    """The people less false positives, the unconfirmed who are lost, and those lost too long.

    The lost are deleted at key frames only, and the identity that the user has `chosen` never.
    """
    false = is_false_positive(people, config)
    gone = false | (~people.body.tracked & (people.identity.ids < 0))
    if is_keyframe and not people.all_tracked:
        gone |= ~people.body.tracked & (people.body.lost_for >= reidentification.max_lost_time)
    if chosen is not None:
        kept = people.identity.ids == chosen
        people = people.with_body(tracked=people.body.tracked & ~(false & kept))
        gone &= ~kept
    return people[~gone] if gone.any() else people
