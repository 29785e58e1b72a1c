"""Where everybody should be in the next frame: the camera's motion, then their own."""

import numpy as np

from lighttrack.structures import CameraMotion
from lighttrack.tracking import evidence, propagation
from lighttrack.tracking.tracklets import Tracklets


def carried_along(people: Tracklets, motion: CameraMotion) -> Tracklets:
    """The people where the camera's motion puts them in the new picture.

    After a cut nothing says where they are: they are lost, and only their looks can tell them.
    """
    if motion.is_still or not len(people):
        return people
    if motion.cut:
        everybody = np.ones(len(people), np.bool_)
        return people.updated(tracked=~everybody, adrift=everybody)
    return people.updated(
        body=motion.points(people.body),
        boxes=motion.boxes(people.boxes),
        origins=motion.points(people.origins),
        velocities=people.velocities @ motion.transform[:, :2].T,
    )


def expected(people: Tracklets, elapsed: float, *, motion: bool) -> Tracklets:
    """The people after `elapsed` seconds more; with `motion`, where their velocities lead them."""
    seconds = np.float32(elapsed)
    unseen, seen_for = people.unseen + seconds, people.seen_for + seconds
    lost_for, velocities = people.lost_for, people.velocities
    if not people.all_tracked:
        lost_for = np.where(people.tracked, np.float32(0), lost_for + seconds)
        slower = propagation.slow_down(velocities, elapsed)
        velocities = np.where(people.tracked[:, None], velocities, slower)
    if not motion:
        return people.updated(lost_for=lost_for, unseen=unseen, seen_for=seen_for)
    step = velocities * seconds
    return people.updated(
        lost_for=lost_for,
        unseen=unseen,
        seen_for=seen_for,
        velocities=velocities,
        origins=evidence.drawn_along(people, elapsed),
        body=people.body + step[:, None],
        boxes=people.boxes + np.concatenate([step, step], axis=1),
    )
