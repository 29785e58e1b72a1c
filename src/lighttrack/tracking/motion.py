"""Where people are expected: the camera's motion, then their own; and what a new pose changes."""

import math
from functools import lru_cache

import numpy as np

from lighttrack.structures import Boxes, CameraMotion, Floats, Mask, Poses, Skeleton
from lighttrack.structures.types import Indices
from lighttrack.tracking import propagation
from lighttrack.tracking.config import Motion, TrackerConfig
from lighttrack.tracking.tracklets import Tracklets

_SWING = {
    "elbow": 0.4,
    "knee": 0.4,
    **dict.fromkeys(("wrist", "pinky", "index", "thumb"), 0.1),
    **dict.fromkeys(("ankle", "heel", "foot_index", "small_toe"), 0.1),
}
"""Weights of keypoints that swing with each step when the motion of the body is estimated from
them; 1 for all others."""


def compensate_camera(people: Tracklets, camera: CameraMotion) -> Tracklets:
    """The people where the camera's motion puts them in the new image.

    After a cut nothing says where they are: everybody is lost.
    """
    if camera.is_still or not len(people):
        return people
    body = people.body
    if camera.cut:
        everybody = np.ones(len(people), np.bool_)
        return people.with_body(tracked=~everybody, position_unknown=everybody)
    return people.with_body(
        keypoints=camera.points(body.keypoints),
        boxes=camera.boxes(body.boxes),
        velocities=body.velocities @ camera.transform[:, :2].T,
    )


def predict(people: Tracklets, elapsed: float, config: Motion) -> Tracklets:
    """The people `elapsed` seconds later, where their velocities lead them."""
    body, seconds = people.body, np.float32(elapsed)
    lost_for, velocities = body.lost_for, body.velocities
    keypoints, boxes = body.keypoints, body.boxes
    if not people.all_tracked:
        lost_for = np.where(body.tracked, np.float32(0), lost_for + seconds)
    if config.predict:
        slower = velocities * np.float32(math.exp(-elapsed / config.stop_time))
        velocities = np.where(body.tracked[:, None], velocities, slower)
        step = velocities * seconds
        keypoints = keypoints + step[:, None]
        boxes = boxes + np.concatenate([step, step], axis=1)
    return people.with_body(
        lost_for=lost_for,
        keypoint_ages=body.keypoint_ages + seconds,
        ages=body.ages + seconds,
        velocities=velocities,
        keypoints=keypoints,
        boxes=boxes,
    )


def update(
    people: Tracklets,
    rows: Indices,
    poses: Poses,
    confident: Mask,
    elapsed: float,
    config: TrackerConfig,
) -> Tracklets:
    """The tracklets after `rows` of them were found.

    `poses` and `confident` `(M, K)`, which of their keypoints count, are in the order of `rows`;
    `elapsed` are the seconds since the frame before.
    """
    if not len(rows):
        return people
    everybody = len(rows) == len(people)  # rows are then 0 to N - 1: no need to copy them
    selected = slice(None) if everybody else rows
    body = people.body if everybody else people.body[rows]
    ages = np.where(confident, np.float32(0), body.keypoint_ages)
    common = confident & np.isfinite(body.keypoint_ages)
    moved = displacement(body.keypoints, poses.keypoints, common, poses.skeleton)
    keypoints = np.where(confident[..., None], poses.keypoints, body.keypoints + moved[:, None])
    measured = propagation.propagate(keypoints, ages, confident, body.margins, config.propagation)
    velocities, settings = body.velocities, config.motion
    if settings.predict:
        # The body was expected where its velocity led it: what it moved beyond that is the change.
        velocities = update_velocities(velocities, moved, elapsed, settings.reaction_time)
        measured = smooth_boxes(body.boxes, moved, measured, elapsed, settings.size_time)
    n = len(rows)
    bodies = body.changed(
        poses=poses,
        tracked=np.ones(n, np.bool_),
        keypoints=keypoints,
        keypoint_ages=ages,
        boxes=measured,
        velocities=velocities,
        lost_for=np.zeros(n, np.float32),
        position_unknown=np.zeros(n, np.bool_),
    )
    if not everybody:
        bodies = people.body.replaced(rows, bodies)
    frames, again = people.identity.frames_tracked.copy(), people.identity.reidentified.copy()
    frames[selected] += 1
    again[selected] = body.lost_for > 0
    return Tracklets(bodies, people.identity.changed(frames_tracked=frames, reidentified=again))


@lru_cache(maxsize=16)
def motion_weights(skeleton: Skeleton) -> Floats:
    """Weights `(K,)` of the keypoints when the motion of the body is estimated from theirs."""
    parts = [name.removeprefix("left_").removeprefix("right_") for name in skeleton.keypoints]
    return np.array([_SWING.get(part, 1.0) for part in parts], np.float32)


def displacement(before: Floats, now: Floats, both: Mask, skeleton: Skeleton) -> Floats:
    """Motion `(N, 2)` of bodies between two frames: the mean motion of the keypoints in both.

    0 where no keypoint is in both: nothing says that the body moved. `before` and `now` are
    `(N, K, 2)` in pixels, `both` `(N, K)` says which keypoints are known in both.
    """
    weights = both * motion_weights(skeleton)
    moved = np.where(both[..., None], now - before, np.float32(0))
    total = np.maximum(weights.sum(axis=1, keepdims=True), np.float32(min(_SWING.values())))
    return np.asarray(np.einsum("nk,nki->ni", weights, moved) / total, np.float32)


def update_velocities(
    velocities: Floats, unexpected: Floats, elapsed: float, reaction_time: float
) -> Floats:
    """Velocities `(N, 2)`, pixels/s, of bodies found `unexpected` pixels from where they led.

    `elapsed` are the seconds since the frame before, `reaction_time` is the time constant.
    """
    gain = np.float32((1 - math.exp(-elapsed / reaction_time)) / max(elapsed, 1e-6))
    return velocities + gain * unexpected


def smooth_boxes(
    expected: Boxes, moved: Floats, measured: Boxes, elapsed: float, size_time: float
) -> Boxes:
    """Boxes `(N, 4)` that move with the body at once and take on a new size gradually.

    The bodies have `moved` `(N, 2)` from where they were `expected` `(N, 4)`; `measured` are the
    boxes of this frame's keypoints alone. `size_time` is the time constant, in seconds: limbs
    swing with each step, bodies do not.
    """
    gain = np.float32(1 - math.exp(-elapsed / size_time))
    moved_along = expected + np.concatenate([moved, moved], axis=1)
    return np.asarray(moved_along + gain * (measured - moved_along), np.float32)
