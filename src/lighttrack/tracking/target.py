"""Following one chosen person (paper, section 4.6, "Flexibility"): the cost falls with the number.

Only the chosen one, and whoever comes so close that they could be mistaken for them, has a pose
estimated between key frames. When the chosen one is lost, everybody found is looked at.
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from lighttrack.structures import Boxes, Detections, Floats, Frame, Mask, boxes
from lighttrack.structures.protocols import AppearanceModel
from lighttrack.tracking.tracklets import Tracklets

_NEAR = 0.4
"""Body heights around the chosen person within which others are followed, too: they may walk into
the picture of the chosen one before the next key frame."""

_RIVALS = 2
"""At most so many of them, the nearest: in a crowd the cost must not grow with it."""

_GRACE = 1.0
"""Seconds after the time of a click in which the person may still be found there."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Whom to follow.

    Example:
        >>> Target.at(640, 360, time=2.5).where
        (640.0, 360.0)
    """

    how: Literal["largest", "central", "point", "box", "looks"]

    where: tuple[float, ...] = ()
    """Pixels: x, y of a point, or x0, y0, x1, y1 of a box."""

    time: float = 0.0
    """Seconds: when the person is chosen; nobody is followed before."""

    looks: Floats | None = None
    """`(D,)`: embedding of a picture of the person."""

    @classmethod
    def largest(cls, time: float = 0.0) -> Self:
        """Whoever fills most of the picture."""
        return cls("largest", time=time)

    @classmethod
    def central(cls, time: float = 0.0) -> Self:
        """Whoever is nearest to the middle of the picture."""
        return cls("central", time=time)

    @classmethod
    def at(cls, x: float, y: float, time: float = 0.0) -> Self:
        """Whoever is at a point, in pixels."""
        return cls("point", (float(x), float(y)), time)

    @classmethod
    def within(cls, box: tuple[float, float, float, float], time: float = 0.0) -> Self:
        """Whoever is in a box, x0, y0, x1, y1 in pixels.

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
    def looking_like(cls, looks: Floats) -> Self:
        """Whoever looks like the person whom an `AppearanceModel` described `(D,)`."""
        return cls("looks", looks=looks)

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
        if self.how == "looks":
            return self._likeness(found, frame, appearance)
        if self.how == "largest":
            return boxes.area(boxes.clip(found.boxes, frame.width, frame.height))
        if self.how == "central":
            middle = np.array([frame.width, frame.height], np.float32) / 2
            return np.asarray(
                1 / (1 + np.linalg.norm(boxes.centers(found.boxes) - middle, axis=1)), np.float32
            )
        if frame.time > self.time + _GRACE:
            return np.zeros(len(found), np.float32)
        if self.how == "box":
            wanted = np.array([self.where], np.float32)
            overlap = boxes.iou(found.boxes, wanted)[:, 0]
            return np.where(overlap > _SAME_BOX, overlap, np.float32(0))
        x, y = self.where
        low, high = found.boxes[:, :2] <= [x, y], found.boxes[:, 2:] >= [x, y]
        # Of several people at a point the nearest is seen there: their feet are lowest.
        return np.where(low.all(axis=1) & high.all(axis=1), found.boxes[:, 3], np.float32(0))

    def _likeness(
        self, found: Detections, frame: Frame, appearance: AppearanceModel | None
    ) -> Floats:
        if appearance is None or self.looks is None:
            raise ValueError("a target chosen by looks needs an appearance network")
        distances = 1 - appearance(frame.image, found.boxes) @ self.looks
        probability = appearance.probability(distances)
        return np.where(probability > 0.5, probability, np.float32(0))


_SAME_BOX = 0.3
"""Overlap from which a detection is what somebody drew a box around."""


def worth_a_look(people: Tracklets, chosen: int, found: Boxes) -> Mask:
    """`(M,)`: which detections `(M, 4)` matter to whoever follows one person.

    While that person is seen, those who are near; once they are lost, all.
    """
    seen = people[people.tracked & (people.ids == chosen)]
    return _near(found, seen.boxes) if len(seen) else np.ones(len(found), np.bool_)


def _near(found: Boxes, target: Boxes) -> Mask:
    """`(M,)`: which boxes `(M, 4)` come so close to that of the target `(1, 4)`: a few at most."""
    margin = _NEAR * (target[:, 3:] - target[:, 1:2])
    near = boxes.intersection(found, boxes.grow(target, margin))[:, 0] > 0
    apart = np.linalg.norm(boxes.centers(found) - boxes.centers(target), axis=1)
    apart[~near] = np.inf
    near[np.argsort(apart)[_RIVALS:]] = False
    return np.asarray(near)


def narrowed(people: Tracklets, chosen: int | None, memory: float) -> tuple[Tracklets, int | None]:
    """The chosen person with whoever is near them; with everybody while they are lost.

    Those who are known as others cannot be taken for the one who is missing.

    Somebody who is lost for longer than `memory` seconds may turn up anywhere.

    Returns:
        The people, and who is chosen: the first who was given an identity.
    """
    if chosen is None:
        named = people.ids[people.ids >= 0]
        return people, int(named[0]) if len(named) else None
    target = people.ids == chosen
    people = people.updated(adrift=people.adrift | (target & (people.lost_for > memory)))
    if (target & people.tracked).any():
        others = people.boxes.copy()
        others[target] = np.nan  # nobody is their own rival
        return people[target | _near(others, people.boxes[target])], chosen
    return people, chosen
