"""What a drawn video can show besides people: blurred heads, trails, the video beside it."""

from collections import deque

import cv2
import numpy as np

from lighttrack.render.canvas import Canvas
from lighttrack.render.colors import identity_color
from lighttrack.structures import Image, TrackedFrame
from lighttrack.structures.types import AnyArray

_FACE = ("nose", "eye", "ear", "mouth", "eye_inner", "eye_outer")
_HEAD = 0.095
"""Half of a head as a share of a person's height: no face is blurred less widely."""
_BLOCKS = 6
"""Squares across a face that are left: too few to tell one from another."""


def anonymize(image: Image, people: TrackedFrame) -> Image:
    """A copy of an image `(H, W, 3)` in which the heads of all people are blurred.

    Where the keypoints of a head are missing, the upper end of the box is blurred. A face that
    belongs to no person of `people` stays as it is.
    """
    blurred = image.copy()
    for row in range(len(people)):
        if (place := _head(people, row)) is not None:
            _blur(blurred, *place)
    return blurred


def _head(people: TrackedFrame, row: int) -> tuple[float, float, float] | None:
    """Centre and radius of a head in pixels; None where nothing is known of it."""
    skeleton, points = people.poses.skeleton, people.poses.keypoints[row]
    names = [name.removeprefix("left_").removeprefix("right_") for name in skeleton.keypoints]
    face = points[[name in _FACE for name in names]]
    face = face[np.isfinite(face).all(axis=1)]
    known = points[np.isfinite(points).all(axis=1)]
    box = people.boxes[row]
    tall = float(box[3] - box[1]) if np.isfinite(box).all() else 0.0
    if len(known):
        tall = max(tall, float(np.ptp(known[:, 1])))
    if len(face):
        x, y = face.mean(axis=0).tolist()
        spread = float(np.linalg.norm(face - (x, y), axis=1).max())
        return x, y, max(1.6 * spread, _HEAD * tall)
    if not np.isfinite(box).all():
        return None
    radius = 1.2 * _HEAD * tall
    return (
        float(box[0] + box[2]) / 2,
        float(box[1]) + radius,
        max(radius, 0.25 * float(box[2] - box[0])),
    )


def _blur(image: Image, x: float, y: float, radius: float) -> None:
    """Coarse squares, smoothed, in a circle."""
    height, width = image.shape[:2]
    left, top = max(round(x - radius), 0), max(round(y - radius), 0)
    right, bottom = min(round(x + radius) + 1, width), min(round(y + radius) + 1, height)
    if right <= left or bottom <= top:
        return
    part = image[top:bottom, left:right]
    size = (right - left, bottom - top)
    few = cv2.resize(part, (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(few, size, interpolation=cv2.INTER_LINEAR)
    mask = np.zeros(part.shape[:2], np.uint8)
    center = (round(x) - left, round(y) - top)
    cv2.circle(mask, center, max(round(radius), 1), 255, cv2.FILLED)
    part[mask > 0] = coarse[mask > 0]


class Trails:
    """Where people have come from: the paths of their feet over the last seconds.

    Args:
        seconds: that a trail lasts.
    """

    def __init__(self, seconds: float) -> None:
        if not seconds > 0:
            raise ValueError(f"a trail must last more than 0 seconds, got {seconds:g}")
        self._seconds = seconds
        self._paths: dict[int, deque[tuple[float, float, float]]] = {}

    def draw(self, image: Image, people: TrackedFrame) -> Image:
        """A copy of the image with the trails up to this frame; call it frame by frame."""
        for identity, box in zip(people.ids.tolist(), people.boxes, strict=True):
            if identity >= 0 and np.isfinite(box).all():
                place = (people.time, float(box[0] + box[2]) / 2, float(box[3]))
                self._paths.setdefault(identity, deque()).append(place)
        canvas = Canvas(image)
        width = max(round(canvas.height / 240), 1)
        for identity, path in list(self._paths.items()):
            while path and path[0][0] < people.time - self._seconds:
                path.popleft()
            if not path:
                del self._paths[identity]
                continue
            for points in _without_jumps(np.array(path)):
                canvas.path(points, identity_color(identity), width)
        return canvas.image


def _without_jumps(path: AnyArray) -> list[AnyArray]:
    """A path `(N, 3)` of times and places, in pieces where the person was away for a while."""
    gaps = np.flatnonzero(np.diff(path[:, 0]) > 0.5) + 1
    return [piece[:, 1:] for piece in np.split(path, gaps) if len(piece) > 1]


def black(image: Image) -> Image:
    """A black image of the same size."""
    return np.zeros_like(image)


def side_by_side(left: Image, right: Image) -> Image:
    """Two images `(H, W, 3)` of one size beside one another, `(H, 2 W, 3)`.

    Example:
        >>> side_by_side(np.zeros((9, 16, 3), np.uint8), np.ones((9, 16, 3), np.uint8)).shape
        (9, 32, 3)
    """
    return np.concatenate([left, right], axis=1)
