"""Who is who after people were close: identities that changed bodies are changed back."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lighttrack.structures import Boxes, Floats, Image, Mask, Poses, Skeleton, boxes
from lighttrack.tracking.association import Indices, assign, closeness
from lighttrack.tracking.colours import difference, own_difference, remember, same_clothes, sample
from lighttrack.tracking.components import PoseMatcher
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.evidence import is_proven
from lighttrack.tracking.exclusion import overlapping_pairs
from lighttrack.tracking.propagation import CARRIED_FOR
from lighttrack.tracking.tracklets import Tracklets

_IN_ANOTHER_LIGHT = 0.15
"""Least likeness of clothes: colours can deceive."""

_A_MOMENT, _NOBODY_ELSE = 2.0, 0.3
"""Seconds for which, and likeness with which, somebody who turns up in the open is taken for the
one who was lost there, even if their clothes look otherwise: who else should it be?"""

_IN_NO_LIGHT = 0.16
"""Difference of colours that light and shade do not explain."""

_RUNNING = 2.5
"""Times the speed of somebody who walks."""

_FROM_BORDER = 0.3
"""Body heights from the border of the picture within which somebody may have come into it."""

_SURELY_ALIKE, _TORN_AWAY = 0.8, 0.5
"""Likeness of clothes without which a pose far from the expected place proves nothing, and what
such a pose is worth beside one at the place."""

_LEARNING = 0.2
"""Share of what people wear now in what is remembered of it; light changes as they walk."""

_PLAUSIBLE = 0.1
"""Closeness times likeness of clothes below which nobody is taken for a lost person."""

_SURE = 0.3
"""Affinity from which one look is enough."""

_RIVAL = 0.4
"""Share of the best affinity from which another lost person is a rival for it."""

_WAIT = 4
"""Times the frames of confirmation after which a choice is made without clear sight."""

_TRUNK_MARGIN = 0.05
"""In body heights: how far the trunk reaches beyond shoulders and hips on either side."""

_NEARBY = 2.5
"""Body heights within which two people can have been mistaken for one another."""

_BETTER = 0.05
"""How much better, as a difference of colours, an exchange must explain what is seen."""

_MATCHES = 0.05
"""Difference of colours up to which the other identity's memory counts as a match."""


def in_touch(people: Tracklets) -> Mask:
    """`(N,)`: who may be hidden by, or hide, the trunk of somebody else who is tracked."""
    touching = np.zeros(len(people), np.bool_)
    rows = np.nonzero(people.tracked)[0]
    first, second = overlapping_pairs(_columns(people[rows]))
    touching[rows[first]] = touching[rows[second]] = True
    return touching


def _columns(people: Tracklets) -> Boxes:
    """Boxes `(N, 4)` narrowed to the width of the trunk: swinging arms and legs hide little."""
    trunk = trunk_keypoints(people.poses.skeleton)
    seen = people.unseen[:, trunk] < CARRIED_FOR
    extent = boxes.of_points(people.body[:, trunk], seen)
    height = people.boxes[:, 3] - people.boxes[:, 1]
    narrowed = people.boxes.copy()
    known = seen.sum(axis=1) >= 3
    narrowed[known, 0] = (extent[:, 0] - _TRUNK_MARGIN * height)[known]
    narrowed[known, 2] = (extent[:, 2] + _TRUNK_MARGIN * height)[known]
    return narrowed


@lru_cache(maxsize=16)
def trunk_keypoints(skeleton: Skeleton) -> Indices:
    """Indices of the shoulders and hips."""
    names = [f"{side}_{part}" for part in ("shoulder", "hip") for side in ("left", "right")]
    return np.array([skeleton.index[name] for name in names if name in skeleton.index], np.intp)


def unfamiliar(people: Tracklets) -> bool:
    """Whether somebody is tracked of whom it is not known what they wear."""
    return bool((people.tracked & np.isnan(people.colours[:, :, 0]).all(axis=1)).any())


def is_lost(people: Tracklets) -> Mask:
    """`(N,)`: who has an identity and is out of sight."""
    return ~people.tracked & (people.ids >= 0)


def is_anonymous(people: Tracklets) -> Mask:
    """`(N,)`: who is in sight and has no identity yet."""
    return people.tracked & (people.ids < 0)


def anonymous(people: Tracklets) -> Tracklets:
    """The people as newcomers: whoever they are remains to be seen."""
    n = len(people)
    return people.updated(
        ids=np.full(n, -1, np.int64),
        tracked=np.ones(n, np.bool_),
        frames_tracked=np.ones(n, np.int64),
        colours=np.full_like(people.colours, np.nan),
        evidence=np.ones(n, np.float32),
        origins=boxes.centers(people.boxes),
        adrift=np.zeros(n, np.bool_),
        revived=np.zeros(n, np.bool_),
    )


def from_nowhere(people: Tracklets, found: Tracklets, image: Image) -> Mask:
    """`(C,)`: who of the found turned up in the open, where nobody can come from.

    People come into the picture at its border, or from behind others.
    """
    far = _FROM_BORDER * (found.boxes[:, 3:] - found.boxes[:, 1:2])
    size = np.array(image.shape[1::-1], np.float32)
    in_the_open = ((found.boxes[:, :2] > far) & (size - found.boxes[:, 2:] > far)).all(axis=1)
    others = people[people.tracked & (people.ids >= 0)]
    behind = boxes.intersection(found.boxes, others.boxes).max(axis=1, initial=0) > 0
    return np.asarray(in_the_open & ~behind)


def identify(
    people: Tracklets, affinity: Floats, next_id: int, config: TrackerConfig
) -> tuple[Tracklets, int]:
    """Give the anonymous the identity they had, or, once they are confirmed, a new one.

    Whoever can only be one lost person is recognised at once. Where there is a choice, the decision
    waits until the clothes can be seen, for a while.

    Args:
        people: N tracklets.
        affinity: `(T, C)` of the lost with the anonymous, in their order.
        next_id: the first identity that is free.
        config: what it takes to be confirmed.

    Returns:
        The people, and the first identity that is free now.
    """
    lost, found = np.nonzero(is_lost(people))[0], np.nonzero(is_anonymous(people))[0]
    if not len(found):
        return people, next_id
    frames = people.frames_tracked[found]
    best = affinity.max(axis=0, initial=0)
    plausible = affinity > np.maximum(_PLAUSIBLE, _RIVAL * best)
    rivals = np.maximum(
        plausible.sum(axis=0),
        (plausible * plausible.sum(axis=1, keepdims=True)).max(axis=0, initial=0),
    )
    clear = ~np.isnan(people.colours[found]).all(axis=(1, 2))
    sure = (rivals <= 1) & ((best > _SURE) | (frames >= config.confirmation))
    seen_well = clear & (frames >= config.confirmation)
    decided = sure | seen_well | (frames >= _WAIT * config.confirmation)
    rows, columns = assign(np.where(decided, affinity, -np.inf), _PLAUSIBLE)

    new = decided & (frames >= config.confirmation) & is_proven(people[found])
    new[columns] = False
    ids = people.ids.copy()
    ids[found[new]] = np.arange(next_id, next_id + int(new.sum()))
    next_id += int(new.sum())
    return _returned(people.updated(ids=ids), lost[rows], found[columns]), next_id


def _returned(people: Tracklets, lost: Indices, found: Indices) -> Tracklets:
    """The tracklets after each of the `lost` turned out to be the one of `found` beside it."""
    if not len(lost):
        return people
    known, seen = people[lost], people[found]
    back = seen.updated(
        ids=known.ids,
        colours=np.where(np.isnan(known.colours), seen.colours, known.colours),
        frames_tracked=known.frames_tracked + 1,
        evidence=np.maximum(known.evidence, seen.evidence),
        origins=known.origins,
        revived=np.ones(len(lost), np.bool_),
    )
    keep = np.ones(len(people), np.bool_)
    keep[found] = False
    return people.replaced(lost, back)[keep]


def mistaken(people: Tracklets, clear: Indices, worn: Floats) -> list[tuple[int, int]]:
    """Pairs of rows whose identities fit better the other way round.

    Args:
        people: N tracklets with what they are remembered to wear.
        clear: `(M,)` rows of those who are seen clearly in this frame.
        worn: `(M, PARTS, 3)` what those wear now.
    """
    own = own_difference(people.colours[clear], worn)
    cross = difference(worn, people.colours)
    likely = (cross < _MATCHES) & (own[:, None] - cross > _BETTER / 2) & (people.ids >= 0)
    if not likely.any():
        return []
    centre = boxes.centers(people.boxes)
    height = people.boxes[:, 3] - people.boxes[:, 1]
    position = {int(row): i for i, row in enumerate(clear)}
    pairs: list[tuple[float, int, int]] = []
    for i, other in zip(*(index.tolist() for index in np.nonzero(likely)), strict=True):
        row = int(clear[i])
        if np.hypot(*(centre[other] - centre[row])) > _NEARBY * height[row]:
            continue
        gain = float(own[i] - cross[i, other])
        if other in position:
            j = position[other]
            if other < row or not cross[j, row] < _MATCHES:
                continue  # seen from the other side, or the other one does not fit here
            gain += float(own[j] - cross[j, row])
        elif people.tracked[other]:
            continue
        if gain > _BETTER:
            pairs.append((gain, row, other))
    used: set[int] = set()
    chosen: list[tuple[int, int]] = []
    for _, row, other in sorted(pairs, reverse=True):
        if row not in used and other not in used:
            chosen.append((row, other))
            used |= {row, other}
    return chosen


def exchanged(people: Tracklets, pairs: list[tuple[int, int]]) -> Tracklets:
    """The tracklets with the identities of each pair of rows exchanged."""
    if not pairs:
        return people
    order = np.arange(len(people))
    for first, second in pairs:
        order[[first, second]] = second, first
    return people.updated(
        ids=people.ids[order],
        colours=people.colours[order],
        frames_tracked=people.frames_tracked[order],
    )


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Says who is who by place, clothes and pose."""

    config: TrackerConfig

    keypoint_threshold: float
    """The score from which a keypoint is confident."""

    matcher: PoseMatcher | None

    def identify(self, people: Tracklets, next_id: int, image: Image) -> tuple[Tracklets, int]:
        """Give the anonymous an identity: the one they had, or a new one once confirmed.

        Args:
            people: N tracklets.
            next_id: the first identity that is free.
            image: the picture, `(H, W, 3)`.

        Returns:
            The people, and the first identity that is free now.
        """
        return identify(people, self._resemblance(people, image), next_id, self.config)

    def _worn(self, poses: Poses, image: Image) -> Floats:
        """What people wear `(N, PARTS, 3)`, read where their confident keypoints are."""
        confident = poses.scores >= self.keypoint_threshold
        return sample(image, poses.keypoints, confident, poses.skeleton)

    def belief(self, people: Tracklets, seen: Poses, confident: Mask, image: Image) -> Floats:
        """How far each pose `(N,)` is believed to be the person's it was estimated for."""
        belief = np.where(people.tracked, np.float32(1), np.float32(0.5))
        if self.config.colours:
            worn = sample(image, seen.keypoints, confident, seen.skeleton)
            belief *= same_clothes(own_difference(people.colours, worn))
        return belief

    def check(self, people: Tracklets, image: Image) -> Tracklets:
        """Check that everybody wears what they wore, and remember it.

        Poses that slid onto a neighbour while people crossed are given back their identities.
        """
        clear = np.nonzero(people.tracked & ~in_touch(people))[0]
        if not len(clear):
            return people
        worn = self._worn(people.poses[clear], image)
        people = exchanged(people, mistaken(people, clear, worn))
        colours = people.colours.copy()
        colours[clear] = remember(colours[clear], worn, _LEARNING)
        return people.updated(colours=colours)

    def _resemblance(self, people: Tracklets, image: Image) -> Floats:
        """Affinity `(T, C)` of the lost with the anonymous: place, clothes and, at need, pose."""
        missing, unnamed = is_lost(people), is_anonymous(people)
        if self.config.memory == 0 or not missing.any() or not unnamed.any():
            return np.zeros((int(missing.sum()), int(unnamed.sum())), np.float32)
        lost, found = people[missing], people[unnamed]
        near = closeness(lost.boxes, lost.lost_for, found.boxes)
        near[lost.adrift] = 0
        if not self.config.colours:
            return near
        recent = (lost.lost_for <= self.config.search)[:, None]
        apart = difference(lost.colours, found.colours)
        alike = same_clothes(apart)
        # Whoever turns up at once where somebody is expected may be them in another light.
        affinity = near * np.maximum(alike, np.where(recent, _IN_ANOTHER_LIGHT, 0))
        lately = (lost.lost_for <= _A_MOMENT)[:, None] & from_nowhere(people, found, image)
        lately &= ~(apart > _IN_NO_LIGHT)
        if lately.any():
            near = closeness(lost.boxes, lost.lost_for, found.boxes, _RUNNING)
            affinity = np.maximum(affinity, np.where(lately, near * _NOBODY_ELSE, 0))
        # Torn from their place by the camera, people keep their clothes and, in a jump, their pose.
        pose = self._same_pose(lost, found)
        kept = np.where(lost.adrift[:, None], np.maximum(pose, 0.5), np.where(recent, pose, 0))
        torn = alike > _SURELY_ALIKE
        affinity = np.maximum(affinity, np.where(torn, _TORN_AWAY * kept * alike, 0))
        return np.asarray(affinity, np.float32)

    def _same_pose(self, lost: Tracklets, found: Tracklets) -> Floats:
        """How alike `(T, C)` two groups of people hold themselves: 1 the same, 0 quite another."""
        if self.matcher is None:
            return np.zeros((len(lost), len(found)), np.float32)
        embed = self.matcher.embed
        distance = self.matcher.compare(embed(lost.poses), embed(found.poses))
        same = np.clip(1 - distance / (2 * self.matcher.threshold), 0, 1)
        return np.asarray(same, np.float32)
