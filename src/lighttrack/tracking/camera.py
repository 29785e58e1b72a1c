"""What the camera's motion does to what is known of people."""

import numpy as np

from lighttrack.structures import CameraMotion
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
