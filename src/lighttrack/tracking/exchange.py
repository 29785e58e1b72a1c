"""Poses that slid onto a neighbour: identities that changed bodies are changed back.

While people cross, the pose estimator follows the one in front. Whoever looks afterwards like
somebody nearby was remembered, and not like themselves, has that person's identity.
"""

from functools import lru_cache

import numpy as np

from lighttrack.structures import Boxes, Floats, Mask, Skeleton, boxes
from lighttrack.structures.protocols import AppearanceEstimator
from lighttrack.structures.types import Indices
from lighttrack.tracking.colours import difference
from lighttrack.tracking.exclusion import overlapping_pairs
from lighttrack.tracking.looks import distances
from lighttrack.tracking.propagation import CARRIED_FOR
from lighttrack.tracking.tracklets import Tracklets

_TRUNK_MARGIN = 0.05
"""In body heights: how far the trunk reaches beyond shoulders and hips on either side."""

_NEARBY = 2.5
"""Body heights within which two people can have been mistaken for one another."""

_MATCHES, _BETTER = 0.05, 0.05
"""Difference of colours up to which the other identity's memory counts as a match, and how much
better, as such a difference, an exchange must explain what is seen."""

_LOOKS_MATCH, _LOOKS_BETTER = -2.0, 4.0
"""The same for looks, in log-odds against one person: 0 is as likely as not."""


def in_touch(people: Tracklets) -> Mask:
    """`(N,)`: who may be hidden by, or hide, the trunk of somebody else who is tracked."""
    touching = np.zeros(len(people), np.bool_)
    rows = np.nonzero(people.tracked)[0]
    first, second = overlapping_pairs(_columns(people)[rows])
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
    np.copyto(narrowed[:, 0], extent[:, 0] - _TRUNK_MARGIN * height, where=known)
    np.copyto(narrowed[:, 2], extent[:, 2] + _TRUNK_MARGIN * height, where=known)
    return narrowed


@lru_cache(maxsize=16)
def trunk_keypoints(skeleton: Skeleton) -> Indices:
    """Indices of the shoulders and hips."""
    names = [f"{side}_{part}" for part in ("shoulder", "hip") for side in ("left", "right")]
    return np.array([skeleton.index[name] for name in names if name in skeleton.index], np.intp)


def by_clothes(people: Tracklets, clear: Indices, worn: Floats) -> list[tuple[int, int]]:
    """Pairs of rows whose identities fit better the other way round, by what they wear.

    Args:
        people: N tracklets with what they are remembered to wear.
        clear: `(M,)` rows of those who are seen clearly in this frame.
        worn: `(M, PARTS, 3)` what those wear now.
    """
    apart = difference(worn, people.colours)
    own = apart[np.arange(len(clear)), clear]
    likely = (apart < _MATCHES) & (own[:, None] - apart > _BETTER / 2)
    return _chosen(people, clear, apart, likely, (_MATCHES, _BETTER))


def by_looks(
    people: Tracklets, clear: Indices, seen: Floats, appearance: AppearanceEstimator
) -> list[tuple[int, int]]:
    """Pairs of rows whose identities fit better the other way round, by what they look like.

    Args:
        people: N tracklets with their remembered looks.
        clear: `(M,)` rows of those who are seen clearly in this frame.
        seen: `(M, D)` embeddings of those now.
        appearance: says how likely two looks are of one person.
    """
    same = np.clip(appearance.probability(distances(seen, people.looks)), 1e-6, 1 - 1e-6)
    apart = np.log(1 / same - 1)
    own = apart[np.arange(len(clear)), clear]
    likely = (apart < _LOOKS_MATCH) & (own[:, None] > 0)
    return _chosen(people, clear, apart, likely, (_LOOKS_MATCH, _LOOKS_BETTER))


def _chosen(
    people: Tracklets, clear: Indices, apart: Floats, likely: Mask, limits: tuple[float, float]
) -> list[tuple[int, int]]:
    """The best exchanges, each of two rows that are in no other.

    Args:
        people: N tracklets.
        clear: `(M,)` rows of those who are seen clearly.
        apart: `(M, N)` how far what is seen of them is from what is remembered of each.
        likely: `(M, N)` which exchanges are to be thought of.
        limits: how far apart a match may be, and how much nearer an exchange must be on the whole.
    """
    matches, better = limits
    likely = likely & (people.ids >= 0)
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
        gain = float(apart[i, row] - apart[i, other])
        if other in position:
            j = position[other]
            if other < row or not apart[j, row] < matches:
                continue  # seen from the other side, or the other one does not fit here
            gain += float(apart[j, other] - apart[j, row])
        elif people.tracked[other]:
            continue
        if gain > better:
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
        looks=people.looks[order],
        looks_taken=people.looks_taken[order],
        frames_tracked=people.frames_tracked[order],
    )


def near_the_lost(people: Tracklets, seconds: float) -> Mask:
    """`(N,)`: who is where somebody was lost within the last `seconds`: they may be mistaken."""
    lost = people.boxes[~people.tracked & (people.lost_for <= seconds) & (people.ids >= 0)]
    gap = boxes.centers(people.boxes)[:, None] - boxes.centers(lost)[None]
    height = people.boxes[:, 3:] - people.boxes[:, 1:2]
    return np.asarray((np.hypot(gap[..., 0], gap[..., 1]) < _NEARBY * height).any(axis=1))
