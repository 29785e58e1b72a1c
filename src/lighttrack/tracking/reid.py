"""Re-identification of lost people, and correction of exchanged identities.

`reassign` is the one function that alters which body has which identity.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lighttrack.structures import Boxes, Floats, Mask, boxes
from lighttrack.structures.protocols import PoseDistance
from lighttrack.structures.types import Indices
from lighttrack.tracking import lifecycle
from lighttrack.tracking.appearance import AppearanceMemory, Described, probability, within_reach
from lighttrack.tracking.association import Stage, associate, pose_distances
from lighttrack.tracking.config import Reidentification, TrackerConfig
from lighttrack.tracking.tracklets import Tracklets

_MOST, _LEAST = 4.0, 1e-3
"""Limits of the log-odds of one view, and of an identity's distance from 0 and 1."""

PersonStage = Callable[[Tracklets, Tracklets, tuple[int, int]], Stage]
"""A stage between T lost people and C unconfirmed ones in an image of a width and a height."""


def reassign(people: Tracklets, owner: Indices) -> Tracklets:
    """The people with bodies given to other identities.

    `owner` `(N,)` is a permutation: identity `i` goes on with the body of row `owner[i]`.
    """
    return Tracklets(people.body[owner], people.identity)


def identify(
    people: Tracklets,
    next_id: int,
    stages: Sequence[PersonStage],
    size: tuple[int, int],
    config: TrackerConfig,
    in_place: Mask | None = None,
) -> tuple[Tracklets, int]:
    """Give the unconfirmed the identity they had or, once they are confirmed, a new one.

    `next_id` is the first free identity, `stages` compare the lost with the unconfirmed, `size` is
    the image's width and height in pixels; the lost who were detected `in_place` `(N,)` are not
    compared with the unconfirmed.

    Returns:
        The people, and the first identity that is free now.
    """
    found = np.nonzero(people.is_unconfirmed)[0]
    if not len(found):
        return people, next_id
    lost = np.nonzero(people.is_lost if in_place is None else people.is_lost & ~in_place)[0]
    new = lifecycle.is_confirmed(people, config.lifecycle)[found]
    owner = np.full(len(found), -1, np.intp)
    made = [stage(people[lost], people[found], size) for stage in stages] if len(lost) else []
    if made:
        owner = associate(len(lost), len(found), made)
        for stage in made:
            new &= True if stage.decided is None else stage.decided
    new &= owner < 0
    ids, count = people.identity.ids.copy(), int(new.sum())
    ids[found[new]] = np.arange(next_id, next_id + count)
    people = people.with_identity(ids=ids)
    back = owner >= 0
    right = _certainty(made, owner[back], np.nonzero(back)[0], config.reidentification)
    return _return(people, lost[owner[back]], found[back], right), next_id + count


def _certainty(
    made: Sequence[Stage], lost: Indices, found: Indices, config: Reidentification
) -> Floats:
    """Probability `(M,)` that each of the `lost` is the one of `found` beside it.

    It grows with the margin of the pair's affinity over the next best of either of the two.
    """
    right = np.zeros(len(lost), np.float32)
    for stage in made if len(lost) else []:
        pair, others = stage.affinity[lost, found], stage.affinity.copy()
        others[lost, found] = stage.threshold
        rival = np.maximum(others[lost].max(axis=1), others[:, found].max(axis=0))
        margin = (pair - np.maximum(rival, stage.threshold)) / config.decision_scale
        right = np.maximum(right, probability(margin))
    return right


def _return(people: Tracklets, lost: Indices, found: Indices, right: Floats) -> Tracklets:
    """The tracklets after each of the `lost` turned out to be the one of `found` beside it.

    `right` `(M,)` are the probabilities that they are.
    """
    if not len(lost):
        return people
    owner = np.arange(len(people))
    owner[lost], owner[found] = found, lost
    seen = people[found].identity
    people = reassign(people, owner)
    known = people.identity
    appearances, views = known.appearances.copy(), known.views.copy()
    own = appearances[lost]
    appearances[lost] = np.where(np.isnan(own), seen.appearances, own)
    views[lost] = np.maximum(views[lost], seen.views)
    frames, back = known.frames_tracked.copy(), known.reidentified.copy()
    frames[lost] += 1
    back[lost] = True
    scores, targets = known.scores.copy(), known.targets.copy()
    scores[lost] *= right
    targets[lost] = np.where(targets[lost] < 0, seen.targets, targets[lost])
    people = people.with_identity(
        appearances=appearances,
        views=views,
        frames_tracked=frames,
        reidentified=back,
        scores=scores,
        targets=targets,
    )
    keep = np.ones(len(people), np.bool_)
    keep[found] = False
    return people[keep]


@dataclass(frozen=True, slots=True)
class ReidentificationStage:
    """A person found is the lost person whose position and appearance fit best.

    The affinity is the spatial affinity times the likeness. Where there are rivals, the stage
    waits for a clear view.
    """

    memory: AppearanceMemory
    matcher: PoseDistance | None
    config: TrackerConfig

    def __call__(self, lost: Tracklets, found: Tracklets, size: tuple[int, int]) -> Stage:
        """The stage between T lost people and C unconfirmed ones; `size` is width and height."""
        config = self.config.reidentification
        affinity = self._affinity(lost, found, size)
        decided = self._decided(affinity, found)
        return Stage("re-identification", affinity, config.min_affinity, decided=decided)

    def _affinity(self, lost: Tracklets, found: Tracklets, size: tuple[int, int]) -> Floats:
        config = self.config.reidentification
        # A tracklet may have waited for a clear view: the gap ends when the person appeared.
        gap = np.maximum(lost.body.lost_for[:, None] - found.body.ages, 0)
        prior = config.return_log_odds * np.exp(-gap / max(config.reacquire_time, 1e-3))
        known, seen = lost.identity.appearances, found.identity.appearances
        alike = self.memory.likeness(known, seen, prior)
        near = spatial_affinity(lost, found.body.boxes, size, config)
        affinity = near * alike
        unknown = lost.body.position_unknown
        if not unknown.any():
            return np.asarray(affinity, np.float32)
        # After a cut people keep their appearance and, if only the camera jumped, their pose.
        anywhere = 0.5 * np.maximum(self._same_pose(lost, found), 0.5) * alike
        anywhere = np.where(alike > config.min_likeness_elsewhere, anywhere, 0)
        return np.asarray(np.where(unknown[:, None], anywhere, affinity), np.float32)

    def _same_pose(self, lost: Tracklets, found: Tracklets) -> Floats:
        """How alike `(T, C)` two groups of poses are: 1 the same, 0 different."""
        if self.matcher is None:
            return np.zeros((len(lost), len(found)), np.float32)
        distance = pose_distances(lost, found, self.matcher)
        same = np.clip(1 - distance / (2 * self.matcher.threshold), 0, 1)
        return np.asarray(same, np.float32)

    def _decided(self, affinity: Floats, found: Tracklets) -> Mask:
        """`(C,)`: for whom there is no rival, or has been a clear view or the longest wait."""
        config, confirmation = self.config.reidentification, self.config.lifecycle.confirmation
        frames = found.identity.frames_tracked
        best = affinity.max(axis=0, initial=0)
        plausible = affinity > np.maximum(config.min_affinity, config.rival_share * best)
        rivals = np.maximum(
            plausible.sum(axis=0),
            (plausible * plausible.sum(axis=1, keepdims=True)).max(axis=0, initial=0),
        )
        confirmed = frames >= confirmation
        sure = (rivals <= 1) & ((best > config.sure_affinity) | confirmed)
        seen_clearly = found.identity.views.any(axis=1) & confirmed
        return np.asarray(sure | seen_clearly | (frames >= config.max_wait * confirmation))


def spatial_affinity(
    lost: Tracklets, found: Boxes, size: tuple[int, int], config: Reidentification
) -> Floats:
    """How near `(T, C)` people appeared to where the lost are expected: 1 there, 0 too far.

    The position of a lost person becomes uncertain by a walking person's speed. A person who has
    left the image is expected at its border within `reentry_distance`, having been outside for most
    of the time.

    `lost` are T people where they are expected now, `found` `(C, 4)` the boxes of those in sight,
    `size` the image's width and height in pixels.
    """
    body = lost.body
    width, height = size
    outside = boxes.visible_share(body.boxes, width, height) < config.min_inside
    centre = boxes.centers(body.boxes)
    back = np.clip(centre, 0, np.array([width, height], np.float32)) - centre
    expected = np.where(outside[:, None], body.boxes + np.tile(back, 2), body.boxes)
    furthest = np.where(outside, config.reentry_distance, config.max_distance)
    tall = np.maximum(expected[:, 3] - expected[:, 1], 1.0)
    walked = config.position_uncertainty + config.speed * body.lost_for
    reach = tall * np.minimum(walked, furthest)
    apart = boxes.centers(expected)[:, None] - boxes.centers(found)[None]
    ratio = np.maximum(found[:, 3] - found[:, 1], 1.0)[None] / tall[:, None]
    near = np.maximum(1 - np.sqrt((apart**2).sum(axis=2)) / reach[:, None], 0)
    fits = np.abs(np.log(ratio)) < np.log(config.max_height_ratio)
    return np.asarray(np.where(fits, near, 0.0), np.float32)


def undo_switches(
    people: Tracklets, seen: Described, memory: AppearanceMemory, config: Reidentification
) -> Tracklets:
    """The people after identity switches are corrected by appearance.

    While people cross, the pose estimator follows the one in front. Two people nearby whose
    descriptors fit better with their identities exchanged are exchanged. A clear view also updates
    the score of an identity by how much better it fits than those of others nearby.
    """
    known = people.identity.views.any(axis=1)  # a new person has no descriptor to compare
    clear = np.nonzero(seen.clear & seen.by.any(axis=1) & known)[0]
    if not len(clear):
        return people
    fit = memory.log_odds(seen.descriptors[clear], people.identity.appearances)
    near = within_reach(people, config)
    scores = _informed(people, clear, np.where(near[clear], fit, -np.inf), config)
    owner = np.arange(len(people))
    for gain, first, second in _switches(people, clear, fit, near, config):
        owner[[first, second]] = second, first
        scores[[first, second]] = probability(np.array(config.evidence_share * gain / 2))
    return reassign(people.with_identity(scores=scores), owner)


def _informed(people: Tracklets, clear: Indices, fit: Floats, config: Reidentification) -> Floats:
    """Scores `(N,)` of the identities after clear views of the rows `clear` `(M,)`.

    `fit` `(M, N)` are the log-odds that their descriptors are of each of the people, -inf for
    people out of reach.
    """
    scores, rows = people.identity.scores.copy(), np.arange(len(clear))
    others = np.where(people.identity.ids >= 0, fit, -np.inf)
    others[rows, clear] = 0  # a new person, of whom there is no descriptor
    evidence = np.clip(fit[rows, clear] - others.max(axis=1), -_MOST, _MOST)
    before = np.clip(scores[clear], _LEAST, 1 - _LEAST)
    odds = np.log(before / (1 - before)) + config.evidence_share * evidence
    scores[clear] = probability(odds)
    return scores


def unsure_in_contact(people: Tracklets, elapsed: float, config: TrackerConfig) -> Tracklets:
    """The people `elapsed` seconds later, with lower identity scores where they overlap."""
    pairs = boxes.overlapping_pairs(people.body.boxes, config.occlusion.clear)
    if not len(pairs[0]):
        return people
    settings = config.reidentification
    rows, scores = np.concatenate(pairs), people.identity.scores.copy()
    rates = np.where(people.body.tracked[rows], settings.contact_rate, settings.hidden_rate)
    scores[rows] *= np.exp(-elapsed * rates)
    return people.with_identity(scores=scores)


def _switches(
    people: Tracklets, clear: Indices, fit: Floats, near: Mask, config: Reidentification
) -> list[tuple[float, int, int]]:
    """The best exchanges: what each gains, and two rows that are in no other.

    `fit` `(M, N)` are the log-odds that the descriptors of the rows `clear` `(M,)` are of each of
    the people, `near` `(N, N)` says which pairs may be exchanged.
    """
    own = fit[np.arange(len(clear)), clear]
    better = fit - own[:, None] > config.switch_log_odds / 2
    likely = (fit > 0) & better & near[clear] & (people.identity.ids >= 0)
    position = {int(row): i for i, row in enumerate(clear)}
    pairs: list[tuple[float, int, int]] = []
    for i, other in zip(*(index.tolist() for index in np.nonzero(likely)), strict=True):
        row = int(clear[i])
        gain = float(fit[i, other] - own[i])
        if other in position:
            j = position[other]
            if other < row or not fit[j, row] > 0:
                continue  # counted from the other row, or the other person does not fit here
            gain += float(fit[j, row] - own[j])
        elif people.body.tracked[other]:
            continue
        if gain > config.switch_log_odds:
            pairs.append((gain, row, other))
    used: set[int] = set()
    chosen: list[tuple[float, int, int]] = []
    for gain, row, other in sorted(pairs, reverse=True):
        if row not in used and other not in used:
            chosen.append((gain, row, other))
            used |= {row, other}
    return chosen
