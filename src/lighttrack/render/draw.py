"""Draws the people of one frame: skeletons in the colours of their identities, with their ids.

Every size follows the image's height and the person's, so that drawings are legible from
360p to 4K.
"""

from dataclasses import dataclass

import numpy as np

from lighttrack.render.canvas import LIGHT, Canvas, Joint, Limb
from lighttrack.render.colors import identity_color
from lighttrack.structures import Boxes, Floats, Image, TrackedFrame, TrackState
from lighttrack.structures.boxes import of_points

_FAINT = {TrackState.LOST: 0.35, TrackState.UNCONFIRMED: 0.6}
"""Opacity of people who are predicted only, or not confirmed yet."""


_Field = tuple[float, float, float, float]
"""A part of the image: x0, y0, x1, y1 in pixels."""

_FINE_SIGMA = 0.05
"""Keypoints that annotators place more exactly than this (the face's) are drawn finer."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Sizes in pixels for one person."""

    line: int
    rim: int
    joint: float
    text: int

    @classmethod
    def of(cls, image_height: int, person_height: float) -> "_Scale":
        line = float(np.clip(person_height / 75, image_height / 400, image_height / 180))
        text = float(np.clip(person_height / 12, image_height / 50, image_height / 34))
        return cls(
            line=max(round(line), 1),
            rim=max(round(line / 2), 1),
            joint=0.9 * line + 0.3,
            text=max(round(text), 8),
        )


def draw(
    image: Image,
    people: TrackedFrame,
    *,
    keypoint_threshold: float = 0.3,
    boxes: bool = False,
    labels: bool = True,
) -> Image:
    """A copy of `image` with the skeleton and the id of every person in `people` drawn on it.

    Limbs and joints fade with their confidence: opaque from twice `keypoint_threshold`, gone below
    half of it. Lost and unconfirmed people are faint and in a dashed box. A small dot in the upper
    right corner marks a key frame.

    Args:
        image: `(H, W, 3)` RGB.
        people: who to draw, in pixels of `image`.
        keypoint_threshold: the score from which the estimator is confident of a keypoint
            (`PoseEstimator.keypoint_threshold`).
        boxes: whether to outline every person's box too.
        labels: whether to write the ids.

    Returns:
        `(H, W, 3)` RGB, new.

    Example:
        >>> from lighttrack.structures import Poses
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> empty = TrackedFrame(0, 0.0, [], Poses.empty(COCO_17), np.zeros((0, 4)), False, [])
        >>> draw(np.zeros((90, 160, 3), np.uint8), empty).shape
        (90, 160, 3)
    """
    canvas = Canvas(image)
    extents = _extents(people)
    heights = np.nan_to_num(extents[:, 3] - extents[:, 1], nan=canvas.height / 3)
    scales = [_Scale.of(canvas.height, float(height)) for height in heights]
    opacities = _opacities(people, keypoint_threshold)
    # Newer identities first, so that the older ones are on top.
    for row in np.argsort(-people.ids).tolist():
        _draw_pose(canvas, people, row, opacities[row], scales[row])
        _draw_box(canvas, people, row, boxes, scales[row])
    if labels:
        _draw_labels(canvas, people, extents, scales)
    if people.is_keyframe:
        radius = max(canvas.height / 120, 2.0)
        corner = (canvas.width - 3 * radius, 3 * radius)
        canvas.joints([(0.8, corner, radius)], LIGHT, max(round(radius / 2), 1))
    return canvas.image


def _extents(people: TrackedFrame) -> Boxes:
    """`(N, 4)`: each person's box; without one, that of their keypoints; NaN without both."""
    points = people.poses.keypoints
    around = of_points(points, np.asarray(np.isfinite(points).all(axis=2)))
    known = np.isfinite(people.boxes).all(axis=1, keepdims=True)
    return np.asarray(np.where(known, people.boxes, around), np.float32)


def _opacities(people: TrackedFrame, threshold: float) -> Floats:
    """`(N, K)`: 0 at half the threshold, 1 at twice the threshold, linear between."""
    low, high = threshold / 2, max(threshold * 2, 1e-6)
    opacity = np.clip((people.poses.scores - low) / (high - low), 0, 1)
    opacity *= np.isfinite(people.poses.keypoints).all(axis=2)
    opacity *= np.array([_FAINT.get(TrackState(int(s)), 1.0) for s in people.states])[:, None]
    return np.asarray(opacity, np.float32)


def _draw_pose(
    canvas: Canvas, people: TrackedFrame, row: int, opacity: Floats, scale: _Scale
) -> None:
    color = identity_color(int(people.ids[row]))
    points = [(x, y) for x, y in people.poses.keypoints[row].tolist()]
    seen = opacity.tolist()
    fine = [sigma < _FINE_SIGMA for sigma in people.poses.skeleton.sigmas]
    thin = max(round(0.6 * scale.line), 1)
    limbs: list[Limb] = [
        (min(seen[a], seen[b]), points[a], points[b], thin if fine[a] and fine[b] else scale.line)
        for a, b in people.poses.skeleton.edges
        if min(seen[a], seen[b]) > 0
    ]
    joints: list[Joint] = [
        (alpha, point, scale.joint * (0.6 if small else 1.0))
        for alpha, point, small in zip(seen, points, fine, strict=True)
        if alpha > 0
    ]
    canvas.limbs(limbs, color, scale.rim)
    canvas.joints(joints, color, scale.rim)


def _draw_box(canvas: Canvas, people: TrackedFrame, row: int, always: bool, scale: _Scale) -> None:
    dashed = TrackState(int(people.states[row])) in _FAINT
    if (always or dashed) and np.isfinite(people.boxes[row]).all():
        x0, y0, x1, y1 = people.boxes[row].tolist()
        color = identity_color(int(people.ids[row]))
        canvas.box((x0, y0, x1, y1), color, max(scale.line // 2, 1), 4 * scale.line * dashed)


def _draw_labels(
    canvas: Canvas, people: TrackedFrame, extents: Boxes, scales: list[_Scale]
) -> None:
    """Ids at the heads; where labels would cover one another the newer one moves aside."""
    taken: list[_Field] = []
    for row in np.argsort(people.ids).tolist():
        if not np.isfinite(extents[row]).all():
            continue
        text, height = str(int(people.ids[row])), scales[row].text
        field = _label_place(canvas, _head(people, extents, row), text, height, taken)
        taken.append(field)
        opacity = 0.5 + 0.5 * _FAINT.get(TrackState(int(people.states[row])), 1.0)
        color = identity_color(int(people.ids[row]))
        canvas.pill(text, field[0], field[1], height, color, opacity)


def _head(people: TrackedFrame, extents: Boxes, row: int) -> _Field:
    """About where the head is: at the upper side of the box, in the middle of its keypoints."""
    x0, y0, x1, y1 = extents[row].tolist()
    skeleton, points = people.poses.skeleton, people.poses.keypoints[row]
    named = [
        name == "head_top" or sigma < _FINE_SIGMA
        for name, sigma in zip(skeleton.keypoints, skeleton.sigmas, strict=True)
    ]
    face = points[named, 0]
    face = face[np.isfinite(face)]
    middle = float(face.mean()) if len(face) else (x0 + x1) / 2
    middle = min(max(middle, x0), x1)
    radius = (y1 - y0) / 12
    top = max(y0, 0.0)
    return middle - radius, top, middle + radius, top + 2 * radius


def _label_place(
    canvas: Canvas, head: _Field, text: str, height: int, taken: list[_Field]
) -> _Field:
    """The place above or beside the head, inside the image, that covers it and `taken` least."""
    x0, y0, x1, _ = head
    width, tall = canvas.pill_size(text, height)
    gap = height / 3
    above, left, right = y0 - tall - gap, x0 - width - gap, x1 + gap
    center = (x0 + x1 - width) / 2
    places = [(center, above), (left, above), (right, above), (right, y0), (left, y0)]
    best, least = (0.0, 0.0, 0.0, 0.0), float("inf")
    for x, y in places:
        x = min(max(x, 1.0), max(canvas.width - width - 1.0, 1.0))
        y = min(max(y, 1.0), max(canvas.height - tall - 1.0, 1.0))
        field = (x, y, x + width, y + tall)
        covered = sum(_common_area(field, other) for other in taken) + _common_area(field, head)
        # Small overlaps are allowed, because labels that jump are harder to read.
        if (covered := max(covered - 0.15 * width * tall, 0.0)) < least:
            best, least = field, covered
    return best


def _common_area(first: _Field, second: _Field) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0.0) * max(height, 0.0)
