"""Planar angles of joints and segments, in degrees, defined as Sports2D and Pose2Sim define them.

A joint's angle is between two segments, turned so that flexion, or dorsiflexion of the ankle, is
positive and a straight limb is 0; a segment's is to the horizontal, counter-clockwise positive. The
person is taken to face right; where they face left, x is mirrored first.

Definitions: D. Pagnon, H. Kim: "Sports2D: Compute 2D human pose and angles from a video or a
webcam", Journal of Open Source Software 9(101), 2024. They follow the signs of the International
Society of Biomechanics where a planar angle has a counterpart.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lighttrack.analysis.body import BODY, Body
from lighttrack.structures.types import AnyArray

Facing = Literal["auto", "right", "left"]


@dataclass(frozen=True, slots=True)
class Angle:
    """How an angle is measured."""

    name: str
    keypoints: tuple[str, ...]
    """Of a segment: its far and its near end. Of a joint, three: the angle at the second, from the
    first to the third; four: from the segment first-second to the segment third-fourth."""
    offset: float
    """Degrees added."""
    sign: int
    """By which the sum is multiplied."""
    half_turn: bool = False
    """Whether the ends cannot be told apart, so that angles lie in (-90, 90]."""

    @property
    def is_segment(self) -> bool:
        """Whether it is measured to the horizontal."""
        return len(self.keypoints) == 2


def _sides(name: str, keypoints: str, offset: float, sign: int) -> list[Angle]:
    """The angle of both sides of the body; `*` in a keypoint stands for the side."""
    return [
        Angle(f"{side}_{name}", tuple(keypoints.replace("*", side).split()), offset, sign)
        for side in ("right", "left")
    ]


ANGLES: tuple[Angle, ...] = (
    *_sides("ankle", "*_knee *_ankle *_foot_index *_heel", 90, 1),
    *_sides("knee", "*_ankle *_knee *_hip", -180, 1),
    *_sides("hip", "*_knee *_hip mid_hip neck", 0, -1),
    *_sides("shoulder", "*_elbow *_shoulder mid_hip neck", 0, -1),
    *_sides("elbow", "*_wrist *_elbow *_shoulder", 180, -1),
    *_sides("wrist", "*_elbow *_wrist *_index", -180, 1),
    *_sides("foot", "*_foot_index *_heel", 0, -1),
    *_sides("shank", "*_ankle *_knee", 0, -1),
    *_sides("thigh", "*_knee *_hip", 0, -1),
    Angle("pelvis", ("left_hip", "right_hip"), 0, -1, half_turn=True),
    Angle("trunk", ("neck", "mid_hip"), 0, -1),
    Angle("shoulders", ("left_shoulder", "right_shoulder"), 0, -1, half_turn=True),
    Angle("head", ("head_top", "neck"), 0, -1),
    *_sides("arm", "*_elbow *_shoulder", 0, -1),
    *_sides("forearm", "*_wrist *_elbow", 0, -1),
    *_sides("hand", "*_index *_wrist", 0, -1),
)
"""Every angle, joints first. Sports2D lists the points of its left wrist in another order than
those of the right one; here both sides are measured alike."""


def angles_of(body: Body, *, facing: Facing = "auto") -> dict[str, AnyArray]:
    """Every angle of a person.

    Args:
        body: the person.
        facing: which way they face in the image; `auto`: in each frame where their toes point, to
            the right where feet are not seen.

    Returns:
        For each name degrees `(T,)`, NaN where a keypoint is missing.

    Raises:
        ValueError: if there is no such side.

    Example:
        >>> angles_of(body)["right_knee"].max()  # doctest: +SKIP
        63.1
    """
    if facing not in ("auto", "right", "left"):
        raise ValueError(f"facing must be auto, right or left, got {facing!r}")
    points = body.points.copy()
    mirrored = faces_left(body) if facing == "auto" else np.full(len(points), facing == "left")
    points[mirrored, :, 0] *= -1
    return {angle.name: measure(angle, points) for angle in ANGLES}


def faces_left(body: Body) -> AnyArray:
    """`(T,)`: where the toes point to the left of the heels."""
    ahead = [
        body[f"{side}_foot_index"][:, 0] - body[f"{side}_heel"][:, 0] for side in ("left", "right")
    ]
    return np.asarray(ahead[0] + ahead[1] < 0)


def measure(angle: Angle, points: AnyArray) -> AnyArray:
    """One angle `(T,)` in degrees, in [-180, 180), or [-90, 90).

    Args:
        angle: what to measure.
        points: `(T, K, 2)` of `BODY`, y down, of people who face right.
    """
    ends = [points[:, BODY.index[name]] for name in angle.keypoints]
    if len(ends) == 2:
        first, second = np.array([1.0, 0.0]), ends[0] - ends[1]
    elif len(ends) == 3:
        first, second = ends[2] - ends[1], ends[0] - ends[1]
    else:
        first, second = ends[3] - ends[2], ends[1] - ends[0]
    cross = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    dot = (first * second).sum(axis=-1)
    degrees = (np.degrees(np.arctan2(cross, dot)) + angle.offset) * angle.sign
    half = 90.0 if angle.half_turn else 180.0
    return np.asarray((degrees + half) % (2 * half) - half)
