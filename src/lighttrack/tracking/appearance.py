"""Appearance descriptors of people, by any number of appearance models.

The paper (section 4.6) names visual appearance as an extension. A colour descriptor and an
embedding network are two models of one kind; their log-odds are summed. The descriptor kept of a
person is the mean of the clear views, or the last usable one where there is none yet.
"""

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from lighttrack.structures import Floats, Image, Mask, Poses, boxes
from lighttrack.structures.protocols import AppearanceModel
from lighttrack.tracking.config import Reidentification, TrackerConfig
from lighttrack.tracking.occlusion import Visibility
from lighttrack.tracking.tracklets import Tracklets


@dataclass(frozen=True, slots=True)
class Described:
    """What the models see of N people in one frame."""

    descriptors: Floats
    """`(N, D)`: of all models side by side; NaN where a person was not described."""
    by: Mask
    """`(N, M)`: who was described by which model."""
    clear: Mask
    """`(N,)`: who is in plain view."""


@dataclass(frozen=True, slots=True)
class AppearanceMemory:
    """Calls the appearance models and keeps their descriptors with the tracklets."""

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
        """`(N,)`, 0 to 1: how likely each pose is of the person it was estimated for."""
        belief = np.where(people.body.tracked, np.float32(1), np.float32(0.5))
        known = people.identity.appearances
        for model, part in zip(self.models, self._parts(), strict=True):
            if model.of_poses:  # two people who claim one keypoint have nearly the same box
                described = model.describe(image, seen.boxes, seen)
                odds = model.log_odds(known[:, part], described).diagonal()
                belief = belief * probability(odds)
        return belief

    def is_in_doubt(self, people: Tracklets) -> bool:
        """Whether a person is lost, unconfirmed, or has never been described clearly."""
        identity = people.identity
        return not (
            people.all_tracked
            and np.count_nonzero(identity.ids >= 0) == len(people)
            and np.count_nonzero(identity.views) == identity.views.size
        )

    def describe(
        self, people: Tracklets, image: Image, view: Visibility, *, all_people: bool
    ) -> Described:
        """What the models see of the people.

        Unless `all_people` are described, only those without a clear view and those near a person
        who was just lost are.
        """
        n = len(people)
        descriptors = np.full((n, self.dimensions), np.nan, np.float32)
        by = np.zeros((n, len(self.models)), np.bool_)
        near_lost = None if all_people else self._near_the_lost(people)
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
        """The tracklets with the descriptors of this frame.

        A clear view that is very likely of another person, who stands in front, is not learnt.
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

    def _near_the_lost(self, people: Tracklets) -> Mask:
        """`(N,)`: who is near a person just lost: the two may be confused."""
        config = self.config.reidentification
        lately = people.is_lost & (people.body.lost_for <= config.reacquire_time)
        return np.asarray(within_reach(people, config)[:, lately].any(axis=1))

    def _parts(self) -> list[slice]:
        ends = list(accumulate((model.dimensions for model in self.models), initial=0))
        return [slice(a, b) for a, b in pairwise(ends)]


def within_reach(people: Tracklets, config: Reidentification) -> Mask:
    """`(N, N)`: which pairs are within `switch_distance`, by the height of the first."""
    body = people.body
    gap = boxes.centers(body.boxes)[:, None] - boxes.centers(body.boxes)[None]
    reach = config.switch_distance * (body.boxes[:, 3:] - body.boxes[:, 1:2])
    return np.asarray(np.hypot(gap[..., 0], gap[..., 1]) <= reach)


def probability(log_odds: Floats) -> Floats:
    """The probability that log-odds stand for."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -20, 20))), np.float32)
