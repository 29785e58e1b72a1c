"""Following chosen people (paper, section 4.6, "Flexibility"): the cost falls with the number.

Poses between key frames are estimated only of the targets and of people close enough to be confused
with them; while a target is lost, of every person found. Each target is found, lost and
re-identified on its own; two targets are two people.
"""

from dataclasses import dataclass

import numpy as np

from lighttrack.structures import Boxes, Detections, Frame, Mask
from lighttrack.structures.protocols import AppearanceModel
from lighttrack.structures.target import Target
from lighttrack.structures.types import Indices
from lighttrack.tracking.tracklets import Tracklets


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects the detections and people that matter to the targets; all without targets."""

    targets: tuple[Target, ...]
    appearance: AppearanceModel | None
    max_lost_time: float
    """Seconds after which a target that is lost may appear anywhere."""

    def starts_at(self, time: float) -> bool:
        """Whether a person is to be followed at a time, in seconds."""
        return not self.targets or any(time >= target.time for target in self.targets)

    def begins(self, before: float | None, time: float) -> bool:
        """Whether one more target is to be found from `time` on, and was not `before`, in s."""
        return before is not None and any(before < each.time <= time for each in self.targets)

    def wants(self, people: Tracklets, owner: Indices, found: Detections, frame: Frame) -> Mask:
        """`(M,)`: which detections matter.

        Those near the targets and those of targets that are not found yet; all while one is lost.
        `owner` `(M,)` is the row of the person that each detection is of, -1 if unknown.
        """
        wanted = np.ones(len(found), np.bool_)
        identity, body = people.identity, people.body
        if not self.targets or (identity.is_target & ~body.tracked).any():
            return wanted
        wanted = self._near(people, found.boxes)
        free = np.nonzero((owner < 0) | (identity.targets[owner] < 0 if len(people) else True))[0]
        for _, target in self._sought(people, frame.time):
            chosen = free[target.choose(found[free], frame, self.appearance)]
            wanted[chosen] = True
            free = np.setdiff1d(free, chosen)
        return wanted

    def mark(self, people: Tracklets, frame: Frame) -> Tracklets:
        """The people after a detector call in whose boxes targets may have been found."""
        for number, target in self._sought(people, frame.time):
            free = np.nonzero(people.body.tracked & (people.identity.targets < 0))[0]
            found = Detections(people.body.poses.boxes[free], np.ones(len(free), np.float32))
            targets = people.identity.targets.copy()
            targets[free[target.choose(found, frame, self.appearance)]] = number
            people = people.with_identity(targets=targets)
        return people

    def is_complete(self, people: Tracklets) -> bool:
        """Whether every target is tracked."""
        tracked = people.identity.is_target & people.body.tracked
        return 0 < len(self.targets) == np.count_nonzero(tracked)

    def keep(self, people: Tracklets) -> Tracklets:
        """The targets and the people near them; all people while a target is lost.

        People already known as others are not matched with a lost target.
        """
        body, target = people.body, people.identity.is_target
        if not target.any():
            return people
        lost = target & ~body.tracked
        if lost.any():
            unknown = body.position_unknown | (lost & (body.lost_for > self.max_lost_time))
            return people.with_body(position_unknown=unknown)
        marked = people.identity.targets >= 0
        others = body.boxes.copy()
        others[marked] = np.nan  # a target is not its own neighbour
        return people[marked | self._near(people, others)]

    def _sought(self, people: Tracklets, time: float) -> list[tuple[int, Target]]:
        """The targets that are not found yet, with their numbers."""
        known = set(people.identity.targets.tolist())
        numbered = enumerate(self.targets)
        return [(i, target) for i, target in numbered if target.time <= time and i not in known]

    def _near(self, people: Tracklets, found: Boxes) -> Mask:
        """`(M,)`: which boxes `(M, 4)` come close to a target that is tracked: a few of each."""
        near = np.zeros(len(found), np.bool_)
        for row in np.nonzero(people.identity.is_target & people.body.tracked)[0]:
            target = self.targets[people.identity.targets[row]]
            near |= target.near(found, people.body.boxes[row][None])
        return near
