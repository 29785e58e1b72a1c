"""The moments of a result at which it is least sure who is who: what to look at first."""

from dataclasses import dataclass, field
from heapq import nsmallest

import numpy as np

from lighttrack.structures import TrackedFrame

SHOWN = 20
"""Moments in the summary of a run."""

SURE = 0.9
"""Identity score from which nothing has to be looked at."""

_FALL = 0.02
"""By how much a score falls from one frame to the next where something happened."""


@dataclass(slots=True)
class Moment:
    """A time during which the identity of one person became unsure."""

    id: int
    first: int
    """Frame, from 0."""
    last: int
    time: float
    """Seconds: of the first frame."""
    score: float
    """The lowest in it."""

    def as_dict(self) -> dict[str, float | int]:
        """The moment as a summary has it."""
        return {
            "id": self.id,
            "frame": self.first,
            "last_frame": self.last,
            "time": round(self.time, 3),
            "identity_score": round(self.score, 4),
        }


@dataclass(slots=True)
class UnsureMoments:
    """Collects, frame by frame, the moments at which identity scores fall.

    A score that stays low after it has fallen is no further moment: what happened, happened then.
    """

    moments: list[Moment] = field(default_factory=list)
    _open: dict[int, Moment] = field(default_factory=dict)
    _before: dict[int, float] = field(default_factory=dict)

    def add(self, tracked: TrackedFrame) -> None:
        """Take in one more frame."""
        for identity, value in zip(
            tracked.ids.tolist(), tracked.identity_scores.tolist(), strict=True
        ):
            if identity < 0 or np.isnan(value):
                continue
            falls = value < self._before.get(identity, 1.0) - _FALL * 1e-3
            if value < SURE and falls:
                self._extend(identity, tracked, value)
            elif identity in self._open and value > self._open[identity].score + _FALL:
                del self._open[identity]
            self._before[identity] = value

    def least_sure(self, most: int = SHOWN) -> list[Moment]:
        """The moments with the lowest scores, the lowest first."""
        return nsmallest(most, self.moments, key=lambda moment: (moment.score, moment.first))

    def _extend(self, identity: int, tracked: TrackedFrame, value: float) -> None:
        moment = self._open.get(identity)
        if moment is None:
            moment = Moment(identity, tracked.index, tracked.index, tracked.time, value)
            self._open[identity] = moment
            self.moments.append(moment)
        moment.last, moment.score = tracked.index, min(moment.score, value)
