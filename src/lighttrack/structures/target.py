"""Whom to follow: a person chosen by a place, by size, or by appearance."""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from lighttrack.structures import boxes
from lighttrack.structures.detections import Detections
from lighttrack.structures.protocols import AppearanceModel
from lighttrack.structures.types import Boxes, Floats, Mask
from lighttrack.structures.video import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Whom to follow.

    Example:
        >>> Target.at(640, 360, time=2.5).where
        (640.0, 360.0)
    """

    how: Literal["largest", "central", "point", "box", "appearance"]

    where: tuple[float, ...] = ()
    """Pixels: x, y of a point, or x0, y0, x1, y1 of a box."""
    time: float = 0.0
    """Seconds: when the person is chosen; no person is followed before."""
    appearance: Floats | None = None
    """`(D,)`: embedding of an image of the person."""
    margin: float = 0.4
    """Body heights around the target within which others are followed, too: they may cover the
    target before the next key frame."""
    neighbours: int = 2
    """At most so many of them, the nearest: in a crowd the cost must not grow with it."""
    grace: float = 1.0
    """Seconds after the time of a click in which the person may still be found there."""
    min_overlap: float = 0.3
    """IoU from which a detection is what a box was drawn around."""

    @classmethod
    def largest(cls, time: float = 0.0) -> Self:
        """The person who fills most of the image."""
        return cls("largest", time=time)

    @classmethod
    def central(cls, time: float = 0.0) -> Self:
        """The person who is nearest to the middle of the image."""
        return cls("central", time=time)

    @classmethod
    def at(cls, x: float, y: float, time: float = 0.0) -> Self:
        """The person who is at a point, in pixels."""
        return cls("point", (float(x), float(y)), time)

    @classmethod
    def within(cls, box: tuple[float, float, float, float], time: float = 0.0) -> Self:
        """The person who is in a box, x0, y0, x1, y1 in pixels.

        Raises:
            ValueError: if the box is empty.
        """
        x0, y0, x1, y1 = (float(value) for value in box)
        if not (x1 > x0 and y1 > y0):
            raise ValueError(
                f"a box must have x0 < x1 and y0 < y1, got {x0:g},{y0:g},{x1:g},{y1:g}"
            )
        return cls("box", (x0, y0, x1, y1), time)

    @classmethod
    def looking_like(cls, appearance: Floats) -> Self:
        """The person who looks like the person whom an `AppearanceModel` described `(D,)`."""
        return cls("appearance", appearance=appearance)

    def choose(self, found: Detections, frame: Frame, appearance: AppearanceModel | None) -> Mask:
        """`(M,)`: the one of the detections that is the target, if any is."""
        chosen = np.zeros(len(found), np.bool_)
        affinity = self._affinity(found, frame, appearance)
        if len(found) and affinity.max() > 0:
            chosen[affinity.argmax()] = True
        return chosen

    def _affinity(
        self, found: Detections, frame: Frame, appearance: AppearanceModel | None
    ) -> Floats:
        """How likely `(M,)` each detection is the target; 0: not at all."""
        if self.how == "appearance":
            if appearance is None or self.appearance is None:
                raise ValueError("a target chosen by appearance needs an appearance network")
            seen = appearance.describe(frame.image, found.boxes, None)
            odds = appearance.log_odds(self.appearance[None], seen)[0]
            return np.where(odds > 0, odds, np.float32(0))
        if self.how == "largest":
            return boxes.area(boxes.clip(found.boxes, frame.width, frame.height))
        if self.how == "central":
            middle = np.array([frame.width, frame.height], np.float32) / 2
            return np.asarray(
                1 / (1 + np.linalg.norm(boxes.centers(found.boxes) - middle, axis=1)), np.float32
            )
        if frame.time > self.time + self.grace:
            return np.zeros(len(found), np.float32)
        if self.how == "box":
            wanted = np.array([self.where], np.float32)
            overlap = boxes.iou(found.boxes, wanted)[:, 0]
            return np.where(overlap > self.min_overlap, overlap, np.float32(0))
        x, y = self.where
        low, high = found.boxes[:, :2] <= [x, y], found.boxes[:, 2:] >= [x, y]
        # Of several people at a point the nearest is seen there: their feet are lowest.
        return np.where(low.all(axis=1) & high.all(axis=1), found.boxes[:, 3], np.float32(0))

    def near(self, found: Boxes, own: Boxes) -> Mask:
        """`(M,)`: which boxes `(M, 4)` come close to the target's own `(1, 4)`: a few at most."""
        margin = self.margin * (own[:, 3:] - own[:, 1:2])
        near = boxes.intersection(found, boxes.grow(own, margin))[:, 0] > 0
        apart = np.linalg.norm(boxes.centers(found) - boxes.centers(own), axis=1)
        apart[~near] = np.inf
        near[np.argsort(apart)[self.neighbours :]] = False
        return np.asarray(near)
