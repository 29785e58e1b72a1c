"""What is remembered of how people look, by any number of appearance models.

The paper (section 4.6) names visual appearance as an extension. A colour descriptor and an
embedding network are two models of one kind; their evidence, in log-odds, is summed up. What is
kept of a person is the mean of the clear views, or the last usable one where there is none yet.
"""

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from lighttrack.structures import Floats, Image, Mask, Poses, boxes
from lighttrack.structures.protocols import AppearanceModel
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.occlusion import Visibility
from lighttrack.tracking.tracklets import Tracklets


@dataclass(frozen=True, slots=True)
class Described:
    """What the models see of N people in one frame."""

    descriptors: Floats
    """`(N, D)`: of all models side by side; NaN where somebody was not described."""
    by: Mask
    """`(N, M)`: who was described by which model."""
    clear: Mask
    """`(N,)`: who is in plain view."""


@dataclass(frozen=True, slots=True)
class AppearanceMemory:
    """Asks the appearance models, and keeps what they say with the tracklets."""

    models: tuple[AppearanceModel, ...]
    config: TrackerConfig

    @property
    def dimensions(self) -> int:
        """D, the numbers of all descriptors together."""
        return sum(model.dimensions for model in self.models)

    def log_odds(self, known: Floats, seen: Floats) -> Floats:
        """Log-odds `(T, C)` that descriptors `(T, D)` and `(C, D)` are of one person."""
        total = np.zeros((len(known), len(seen)), np.float32)
        for model, part in zip(self.models, self._parts(), strict=True):
            total += model.log_odds(known[:, part], seen[:, part])
        return total

    def likeness(self, known: Floats, seen: Floats, prior: Floats) -> Floats:
        """Probability `(T, C)` that descriptors are of one person; 1 without any model.

        `prior` `(T, C)` are the log-odds before anything was seen.
        """
        if not self.models:
            return np.ones((len(known), len(seen)), np.float32)
        return probability(self.log_odds(known, seen) + prior)

    def belief(self, people: Tracklets, seen: Poses, image: Image) -> Floats:
        """How far each pose `(N,)` is believed to be the person's it was estimated for."""
        belief = np.where(people.body.tracked, np.float32(1), np.float32(0.5))
        known = people.identity.appearances
        for model, part in zip(self.models, self._parts(), strict=True):
            if model.of_poses:  # two people who claim one keypoint have nearly the same box
                looks = model.describe(image, seen.boxes, seen)
                belief = belief * probability(model.log_odds(known[:, part], looks).diagonal())
        return belief

    def is_in_doubt(self, people: Tracklets) -> bool:
        """Whether anybody is lost, unconfirmed, or has never been described clearly."""
        identity = people.identity
        return not (
            people.all_tracked
            and np.count_nonzero(identity.ids >= 0) == len(people)
            and np.count_nonzero(identity.views) == identity.views.size
        )

    def describe(
        self, people: Tracklets, image: Image, view: Visibility, *, everybody: bool
    ) -> Described:
        """What the models see of the people.

        Unless `everybody` is described, those in doubt are: who is not known yet, and who is near
        somebody who was just lost.
        """
        n = len(people)
        descriptors = np.full((n, self.dimensions), np.nan, np.float32)
        by = np.zeros((n, len(self.models)), np.bool_)
        near_lost = None if everybody else self._near_the_lost(people)
        for m, (model, part) in enumerate(zip(self.models, self._parts(), strict=True)):
            unknown = people.identity.views[:, m] == 0
            wanted = view.usable & (view.clear | unknown)
            if near_lost is not None:
                never = np.isnan(people.identity.appearances[:, part]).all(axis=1)
                wanted &= never | (unknown & (people.identity.ids < 0)) | near_lost
            rows = np.nonzero(wanted)[0]
            if len(rows):
                seen = model.describe(image, people.body.boxes[rows], people.body.poses[rows])
                descriptors[rows, part] = seen
                by[rows, m] = True
        return Described(descriptors, by, view.clear)

    def remember(self, people: Tracklets, seen: Described) -> Tracklets:
        """The tracklets with what was just seen of them.

        A clear view that is very likely another person's is not learnt: one may stand behind the
        other for a moment.
        """
        if not seen.by.any():
            return people
        known, views = people.identity.appearances.copy(), people.identity.views.copy()
        for m, (model, part) in enumerate(zip(self.models, self._parts(), strict=True)):
            rows = np.nonzero(seen.by[:, m])[0]
            if not len(rows):
                continue
            old, new, count = known[rows, part], seen.descriptors[rows, part], views[rows, m]
            least = self.config.appearance.min_log_odds
            alike = model.log_odds(old, new).diagonal() >= least
            learnt = seen.clear[rows] & ((count == 0) | alike)
            gain = np.maximum(1 / (count + 1), self.config.appearance.learning_rate)
            mixed = old + gain[:, None].astype(np.float32) * (new - old)
            mixed = np.where(np.isnan(new), old, np.where(np.isnan(old), new, mixed))
            taken = learnt | (count == 0)
            known[rows, part] = np.where(taken[:, None], mixed, old)
            views[rows, m] = count + (learnt & ~np.isnan(mixed).all(axis=1))
        return people.with_identity(appearances=known, views=views)

    def _near_the_lost(self, people: Tracklets) -> Mask | None:
        """`(N,)`: who is where somebody was just lost: they may be mistaken for one another."""
        config = self.config.reidentification
        lately = people.is_lost & (people.body.lost_for <= config.reacquire_time)
        if not lately.any():
            return np.zeros(len(people), np.bool_)
        body = people.body.boxes
        gap = boxes.centers(body)[:, None] - boxes.centers(body[lately])[None]
        reach = config.switch_distance * (body[:, 3:] - body[:, 1:2])
        return np.asarray((np.hypot(gap[..., 0], gap[..., 1]) < reach).any(axis=1))

    def _parts(self) -> list[slice]:
        ends = list(accumulate((model.dimensions for model in self.models), initial=0))
        return [slice(a, b) for a, b in pairwise(ends)]


def probability(log_odds: Floats) -> Floats:
    """The probability that log-odds stand for."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -20, 20))), np.float32)
