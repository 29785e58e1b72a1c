"""Prediction by the camera's motion and by velocities; the update by a new pose."""

import math

import numpy as np

from lighttrack.structures import CameraMotion, Floats, Mask, Poses
from lighttrack.structures.boxes import smooth_boxes
from lighttrack.structures.poses import displacement
from lighttrack.structures.types import Indices
from lighttrack.tracking import propagation
from lighttrack.tracking.config import Motion, TrackerConfig
from lighttrack.tracking.tracklets import Tracklets


def compensate_camera(people: Tracklets, camera: CameraMotion) -> Tracklets:
    """The people where the camera's motion puts them in the new image.

    After a cut every person is lost, at an unknown position.
    """
    if camera.is_still or not len(people):
        return people
    body = people.body
    if camera.cut:
        yes = np.ones(len(people), np.bool_)
        return people.with_body(tracked=~yes, position_unknown=yes)
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
    all_rows = len(rows) == len(people)  # rows are then 0 to N - 1: no need to copy them
    selected = slice(None) if all_rows else rows
    body = people.body if all_rows else people.body[rows]
    ages = np.where(confident, np.float32(0), body.keypoint_ages)
    common = confident & np.isfinite(body.keypoint_ages)
    moved = displacement(body.keypoints, poses.keypoints, common, poses.skeleton)
    keypoints = np.where(confident[..., None], poses.keypoints, body.keypoints + moved[:, None])
    measured = propagation.propagate(keypoints, ages, confident, body.margins, config.propagation)
    velocities, settings = body.velocities, config.motion
    if settings.predict:
        # `moved` is relative to the predicted position, so it corrects the velocity.
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
    if not all_rows:
        bodies = people.body.replaced(rows, bodies)
    frames, again = people.identity.frames_tracked.copy(), people.identity.reidentified.copy()
    frames[selected] += 1
    again[selected] = body.lost_for > 0
    return Tracklets(bodies, people.identity.changed(frames_tracked=frames, reidentified=again))


def update_velocities(
    velocities: Floats, unexpected: Floats, elapsed: float, reaction_time: float
) -> Floats:
    """Velocities `(N, 2)`, pixels/s, of bodies found `unexpected` pixels from the prediction.

    `elapsed` are the seconds since the frame before, `reaction_time` is the time constant.
    """
    gain = np.float32((1 - math.exp(-elapsed / reaction_time)) / max(elapsed, 1e-6))
    return velocities + gain * unexpected
