"""Who is where in every frame of a PoseTrack sequence, those without labels included.

PoseTrack'18 labels 30 frames in the middle of a validation sequence and every fourth elsewhere. The
tracker sees all of them, so the truth in place of a detector or an estimator is needed in all.
"""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from lighttrack.formats.posetrack.annotations import JOINTS, NO_PEOPLE, AnnotatedFrame, People
from lighttrack.structures import Poses, boxes
from lighttrack.structures.skeletons import POSETRACK_15

ENLARGEMENT = 0.1
"""Section 4.3: the extent of the keypoints, enlarged by 20 % both ways: a tenth on each side."""

_ORDER = [JOINTS.index(name) for name in POSETRACK_15.keypoints]


def is_labelled(frame: AnnotatedFrame) -> bool:
    """Whether the file says who is in a frame: it says so, or lists people."""
    return frame.annotated or frame.labelled is True


def people_of_frames(frames: Sequence[AnnotatedFrame], times: Sequence[float]) -> list[People]:
    """The people of every frame.

    In a frame without labels they are those of the nearest frame that has some, the earlier of two
    as near. Joints that a person has in the labelled frames on both sides are interpolated.

    Args:
        frames: of one sequence.
        times: of the frames, ascending, in any unit.

    Example:
        >>> frame = AnnotatedFrame("0.jpg", NO_PEOPLE, False, True)
        >>> people_of_frames([frame], [0.0])[0].ids.tolist()
        []
    """
    known = [index for index, frame in enumerate(frames) if is_labelled(frame)]
    found = []
    for index, frame in enumerate(frames):
        place = bisect_left(known, index)
        before = known[place - 1] if place > 0 else None
        after = known[place] if place < len(known) else None
        if after == index:
            found.append(frame.people)
        elif before is None or after is None:
            nearest = after if before is None else before
            found.append(NO_PEOPLE if nearest is None else frames[nearest].people)
        else:
            share = (times[index] - times[before]) / (times[after] - times[before])
            found.append(_between(frames[before].people, frames[after].people, share))
    return found


def _between(before: People, after: People, share: float) -> People:
    """The people at `share`, 0 to 1, of the way from one frame to another."""
    nearer, other = (before, after) if share <= 0.5 else (after, before)
    weight = min(share, 1 - share)
    points = nearer.points.copy()
    rows = {int(identity): row for row, identity in enumerate(other.ids)}
    for row, identity in enumerate(nearer.ids.tolist()):
        if identity in rows:
            there = other.points[rows[identity]]
            moved = (1 - weight) * points[row] + weight * there
            points[row] = np.where(np.isfinite(there), moved, points[row])
    return People(nearer.ids, points, nearer.scores, nearer.heads)


def poses_of(people: People) -> Poses:
    """The poses of the people who have a joint, and their boxes as the paper makes them."""
    points = people.points[:, _ORDER].astype(np.float32)
    labelled = np.isfinite(points[..., 0])
    some = labelled.any(axis=1)
    points, labelled = points[some], labelled[some]
    return Poses(
        POSETRACK_15,
        points,
        labelled.astype(np.float32),
        boxes.enlarge(boxes.of_points(points, labelled), ENLARGEMENT),
        np.ones(len(points), np.float32),
    )
