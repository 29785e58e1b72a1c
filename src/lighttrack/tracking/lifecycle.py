"""Tracklets: start, confirmation, false positives, deletion."""

import numpy as np

from lighttrack.structures import Boxes, Detections, Floats, Mask, Poses
from lighttrack.structures.types import Indices
from lighttrack.tracking import propagation
from lighttrack.tracking.config import Lifecycle, Propagation, Reidentification, TrackerConfig
from lighttrack.tracking.occlusion import Visibility
from lighttrack.tracking.tracklets import Tracklets

HISTORY = ("velocities", "ages", "missed_detections", "confident")
"""Fields of a body that do not follow from its pose."""


def init_tracklets(
    poses: Poses, confident: Mask, detected: Boxes, like: Tracklets, config: Propagation
) -> Tracklets:
    """Unconfirmed tracklets of people found for the first time.

    `confident` `(N, K)` says which keypoints of the N `poses` count, `detected` are the boxes in
    which they were detected, `like` says how wide the records are.
    """
    ages = np.where(confident, np.float32(0), np.float32(np.inf))
    margins = np.broadcast_to(propagation.usual_margins(poses.skeleton), (len(poses), 4))
    gain = config.margin_gain
    margins = propagation.learn_margins(margins, poses.keypoints, confident, detected, gain)
    boxes = propagation.propagate(poses.keypoints, ages, confident, margins, config)
    return like.more(poses).with_body(keypoint_ages=ages, margins=margins, boxes=boxes)


def start_tracklets(
    people: Tracklets,
    seen: Poses,
    confident: Mask,
    found: Detections,
    threshold: float,
    config: TrackerConfig,
) -> Tracklets:
    """The people with an unconfirmed tracklet for each detection of no known person.

    `seen` are the C poses estimated in the detections `found`, `confident` `(C, K)` says which of
    their keypoints count, and `threshold` is the score from which a detection starts a tracklet.
    """
    room = len(seen)
    if (limit := config.lifecycle.max_people) is not None:
        room = max(limit - int(people.body.tracked.sum()), 0)
    best = np.argsort(-found.scores, kind="stable")[:room]
    best = best[found.scores[best] >= threshold]
    if not len(best):
        return people
    new = init_tracklets(seen[best], confident[best], found.boxes[best], people, config.propagation)
    new = new.with_body(confident=is_confident(found.scores[best], threshold, config.lifecycle))
    return Tracklets.concatenate([people, new])


def reacquired(people: Tracklets, found: Tracklets) -> Tracklets:
    """The people with new, unconfirmed tracklets of those `found` where lost people were expected.

    Another person may have come into view there: they have no identity until it is clear whose it
    is.
    """
    new = people.more(found.body.poses)
    fresh = {name: getattr(new.body, name) for name in ("ages", "missed_detections", "confident")}
    new = Tracklets(found.body.changed(**fresh), new.identity)
    return Tracklets.concatenate([people, new])


def is_looked_for(people: Tracklets, config: Reidentification) -> Mask:
    """`(N,)`: who is tracked, or was within `reacquire_time` at a known position."""
    body = people.body
    if people.all_tracked:
        return body.tracked
    lately = body.lost_for <= config.reacquire_time
    return np.asarray(body.tracked | (lately & ~body.position_unknown))


def is_confident(scores: Floats, threshold: float, config: Lifecycle) -> Mask:
    """`(M,)`: which detections confirm a person at once.

    Example:
        >>> is_confident(np.array([0.7, 0.5]), 0.4, Lifecycle()).tolist()
        [True, False]
    """
    return np.asarray(scores >= threshold + config.confident_detection * (1 - threshold))


def record_detections(
    people: Tracklets, rows: Indices, found: Detections, threshold: float, config: TrackerConfig
) -> Tracklets:
    """The people after detections, `found`, of `rows` `(M,)` of them."""
    people = propagation.correct_boxes(people, rows, found.boxes, config.propagation)
    body = people.body
    confident, missed = body.confident.copy(), body.missed_detections.copy()
    confident[rows] |= is_confident(found.scores, threshold, config.lifecycle)
    missed[rows] = 0
    return people.with_body(missed_detections=missed, confident=confident)


def count_missed_detections(people: Tracklets, was_detected: Mask, view: Visibility) -> Tracklets:
    """The people after a scheduled detector call; misses count only for those not hidden."""
    missed = people.body.tracked & ~was_detected & ~view.hidden
    return people.with_body(missed_detections=people.body.missed_detections + missed)


def confirm(people: Tracklets, view: Visibility, config: Lifecycle) -> Tracklets:
    """The people after confident detections in plain view have confirmed new ones.

    Part of a tracked person may be detected as another, so a new person who is partly hidden has to
    be tracked for `confirmation` frames.
    """
    frames = people.identity.frames_tracked
    at_once = people.is_unconfirmed & people.body.confident & ~view.hidden
    if not (at_once & (frames < config.confirmation)).any():
        return people
    least = np.where(at_once, config.confirmation, 0)
    return people.with_identity(frames_tracked=np.maximum(frames, least))


def confirm_all(people: Tracklets, config: Lifecycle) -> Tracklets:
    """The people of a last frame, in which each that is tracked counts as confirmed."""
    least = np.where(people.body.tracked, config.confirmation, 0)
    return people.with_identity(frames_tracked=np.maximum(people.identity.frames_tracked, least))


def is_confirmed(people: Tracklets, config: Lifecycle) -> Mask:
    """`(N,)`: who may be given a new identity."""
    return (people.identity.frames_tracked >= config.confirmation) & ~is_false_positive(
        people, config
    )


def is_false_positive(people: Tracklets, config: Lifecycle) -> Mask:
    """`(N,)`: who is tracked in plain view though the detector no longer finds them."""
    missed = people.body.missed_detections >= config.max_missed_detections
    return np.asarray(people.body.tracked & missed)


def delete(people: Tracklets, *, is_scheduled: bool, config: TrackerConfig) -> Tracklets:
    """The people less false positives, the unconfirmed who are lost, and those lost too long.

    The lost are deleted at scheduled key frames only, targets never. The position of a person kept
    for longer than `max_lost_time` is unknown.
    """
    false = is_false_positive(people, config.lifecycle)
    if people.all_tracked and not np.count_nonzero(false):
        return people
    gone = false | (~people.body.tracked & (people.identity.ids < 0))
    if is_scheduled and not people.all_tracked:
        body, memory = people.body, config.reidentification
        away = ~body.tracked & (body.lost_for >= memory.max_lost_time)
        gone |= away & (body.lost_for >= memory.remember_time)
        people = people.with_body(position_unknown=body.position_unknown | away)
    kept = people.identity.is_target
    if np.count_nonzero(false & kept):
        people = people.with_body(tracked=people.body.tracked & ~(false & kept))
    gone &= ~kept
    return people[~gone] if gone.any() else people
