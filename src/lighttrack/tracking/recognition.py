"""Who is who, by place, clothes, looks and pose."""

from dataclasses import dataclass

import numpy as np

from lighttrack.structures import Floats, Image, Mask, Poses
from lighttrack.structures.protocols import AppearanceModel, PoseDistance
from lighttrack.tracking import exchange, looks
from lighttrack.tracking.colours import difference, own_difference, remember, same_clothes, sample
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.returning import (
    from_nowhere,
    identify,
    is_anonymous,
    is_lost,
    nearness,
)
from lighttrack.tracking.tracklets import Tracklets

_AT_ONCE, _FADING = 0.7, 0.8
"""Least likeness of whoever turns up where somebody was just lost, and seconds of absence in which
it falls to 1/e: light deceives, and what half hides somebody hides or lends colours."""

_IN_ANOTHER_LIGHT = 0.15
"""The same where the colours differ by more than light and shade explain."""

_A_MOMENT, _NOBODY_ELSE = 2.0, 0.3
"""Seconds for which, and likeness with which, somebody who turns up in the open is taken for the
one who was lost there, even if their clothes look otherwise: who else should it be?"""

_IN_NO_LIGHT = 0.16
"""Difference of colours that light and shade do not explain."""

_SOMEBODY_ELSE = 0.1
"""Probability of one person below which a clear look tells two people."""

_RUNNING = 2.5
"""Times the speed of somebody who walks."""

_SURELY_ALIKE, _TORN_AWAY = 0.8, 0.5
"""Likeness without which a pose far from the expected place proves nothing, and what such a pose is
worth beside one at the place."""

_LEARNING = 0.2
"""Share of what people wear now in what is remembered of it; light changes as they walk."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Says who is who by place, clothes, looks and pose."""

    config: TrackerConfig

    keypoint_threshold: float
    """The score from which a keypoint is confident."""

    matcher: PoseDistance | None

    appearance: AppearanceModel | None = None

    def identify(self, people: Tracklets, next_id: int, image: Image) -> tuple[Tracklets, int]:
        """Give the anonymous an identity: the one they had, or a new one once confirmed.

        Args:
            people: N tracklets.
            next_id: the first identity that is free.
            image: the picture, `(H, W, 3)`.

        Returns:
            The people, and the first identity that is free now.
        """
        if not is_anonymous(people).any():
            return people, next_id
        people = self._embedded(people)
        return identify(people, self._resemblance(people, image), next_id, self.config)

    def _embedded(self, people: Tracklets) -> Tracklets:
        """The people with an embedding of the pose in which each of the lost was last seen."""
        new = is_lost(people) & np.isnan(people.embeddings).all(axis=1)
        if self.matcher is None or not new.any():
            return people
        embeddings = people.embeddings.copy()
        embeddings[new] = self.matcher.embed(people.poses[new])
        return people.updated(embeddings=embeddings)

    def belief(self, people: Tracklets, seen: Poses, confident: Mask, image: Image) -> Floats:
        """How far each pose `(N,)` is believed to be the person's it was estimated for."""
        belief = np.where(people.tracked, np.float32(1), np.float32(0.5))
        if self.config.colours:
            worn = sample(image, seen.keypoints, confident, seen.skeleton)
            belief *= same_clothes(own_difference(people.colours, worn))
        return belief

    def knows_too_little(self, people: Tracklets) -> bool:
        """Whether somebody is tracked of whom it is not known what they wear or look like."""
        unknown = self._unseen(people)
        if self.config.colours:
            unknown |= people.tracked & np.isnan(people.colours[:, :, 0]).all(axis=1)
        return bool(unknown.any())

    def check(self, people: Tracklets, image: Image, *, everybody: bool) -> Tracklets:
        """Check that all are who they were, and remember what they wear and look like.

        Poses that slid onto a neighbour while people crossed are given back their identities.

        Args:
            people: N tracklets.
            image: the picture, `(H, W, 3)`.
            everybody: whether the appearance network looks at all, or at those in doubt only: who
                has just come, and who is where somebody was just lost.
        """
        if self.config.colours:
            people = self._check_clothes(people, image)
        if self.appearance is not None:
            people = self._check_looks(people, image, everybody, self.appearance)
        return people

    def _check_clothes(self, people: Tracklets, image: Image) -> Tracklets:
        clear = np.nonzero(people.tracked & ~exchange.in_touch(people))[0]
        if not len(clear):
            return people
        poses = people.poses[clear]
        confident = poses.scores >= self.keypoint_threshold
        worn = sample(image, poses.keypoints, confident, poses.skeleton)
        if self.appearance is None:  # a network knows better
            people = exchange.exchanged(people, exchange.by_clothes(people, clear, worn))
        colours = people.colours.copy()
        colours[clear] = remember(colours[clear], worn, _LEARNING)
        return people.updated(colours=colours)

    def _check_looks(
        self, people: Tracklets, image: Image, everybody: bool, appearance: AppearanceModel
    ) -> Tracklets:
        comparable, clear = looks.views(people, image)
        if not everybody:
            comparable &= self._unseen(people) | exchange.near_the_lost(people, self.config.search)
        # Whoever has been seen clearly is not looked at in less than a clear view.
        rows = np.nonzero(comparable & (clear | (people.looks_taken == 0)))[0]
        if not len(rows):
            return people
        seen, clearly = appearance(image, people.boxes[rows]), clear[rows]
        pairs = exchange.by_looks(people, rows[clearly], seen[clearly], appearance)
        people = exchange.exchanged(people, pairs)
        return looks.remember(people, rows, seen, clearly, appearance.threshold)

    def _unseen(self, people: Tracklets) -> Mask:
        """`(N,)`: who is tracked, and has to be looked at before it is clear who they are."""
        if self.appearance is None:
            return np.zeros(len(people), np.bool_)
        never = np.isnan(people.looks).all(axis=1)
        unclear = (people.looks_taken == 0) & (people.ids < 0)
        return np.asarray(people.tracked & (never | unclear))

    def _resemblance(self, people: Tracklets, image: Image) -> Floats:
        """Affinity `(T, C)` of the lost with the anonymous: place, looks and, at need, pose."""
        missing, unnamed = is_lost(people), is_anonymous(people)
        if self.config.memory == 0 or not missing.any() or not unnamed.any():
            return np.zeros((int(missing.sum()), int(unnamed.sum())), np.float32)
        lost, found = people[missing], people[unnamed]
        near = nearness(lost, found, image)
        near[lost.adrift] = 0
        if not self.config.colours and self.appearance is None:
            return near
        # A newcomer may have waited for a clear sight: what counts is when they turned up.
        gap = np.maximum(lost.lost_for[:, None] - found.seen_for, 0)
        recent = gap <= self.config.search
        apart = difference(lost.colours, found.colours)
        alike, looked = self._likeness(lost, found, apart)
        unlike = np.where(recent, _IN_ANOTHER_LIGHT, 0)
        least = np.where(apart > _IN_NO_LIGHT, unlike, _AT_ONCE * np.exp(-gap / _FADING))
        affinity = near * np.maximum(alike, np.where(looked, 0, least))
        lately = (lost.lost_for <= _A_MOMENT)[:, None] & from_nowhere(people, found, image)
        lately &= ~np.where(looked, alike < _SOMEBODY_ELSE, apart > _IN_NO_LIGHT)
        if lately.any():
            near = nearness(lost, found, image, speed=_RUNNING)
            lately &= (near > 0).sum(axis=0) == 1  # of several it could be any
            affinity = np.maximum(affinity, np.where(lately, near * _NOBODY_ELSE, 0))
        # Torn from their place by the camera, people keep their clothes and, in a jump, their pose.
        pose = self._same_pose(lost, found)
        kept = np.where(lost.adrift[:, None], np.maximum(pose, 0.5), np.where(recent, pose, 0))
        torn = alike > _SURELY_ALIKE
        affinity = np.maximum(affinity, np.where(torn, _TORN_AWAY * kept * alike, 0))
        return np.asarray(affinity, np.float32)

    def _likeness(self, lost: Tracklets, found: Tracklets, apart: Floats) -> tuple[Floats, Mask]:
        """Likeness `(T, C)` of two groups of people, and `(T, C)` where clear looks tell it.

        Elsewhere their clothes do, which are `apart` `(T, C)`. Of somebody who was partly hidden
        only the likeness counts: what differs may be a neighbour.
        """
        clothes = same_clothes(apart)
        if self.appearance is None:
            return clothes, np.zeros(apart.shape, np.bool_)
        distances = looks.distances(lost.looks, found.looks)
        same = self.appearance.probability(distances)
        looked = (lost.looks_taken > 0)[:, None] & (found.looks_taken > 0)
        unclear = np.where(np.isnan(distances), clothes, np.maximum(clothes, same))
        return np.where(looked, same, unclear), looked

    def _same_pose(self, lost: Tracklets, found: Tracklets) -> Floats:
        """How alike `(T, C)` two groups of people hold themselves: 1 the same, 0 quite another."""
        if self.matcher is None:
            return np.zeros((len(lost), len(found)), np.float32)
        distance = self.matcher.compare(lost.embeddings, self.matcher.embed(found.poses))
        same = np.clip(1 - distance / (2 * self.matcher.threshold), 0, 1)
        return np.asarray(same, np.float32)
