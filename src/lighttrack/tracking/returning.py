"""Who comes back: newcomers get the identity that they had, or a new one."""

import numpy as np

from lighttrack.structures import Floats, Image, Mask, boxes
from lighttrack.structures.types import Indices
from lighttrack.tracking import looks, propagation
from lighttrack.tracking.association import REACH_AT_MOST, assign, closeness
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.evidence import is_proven
from lighttrack.tracking.tracklets import Tracklets

_GONE, _BACK_IN = 0.3, 1.0
"""Share of a box in the picture below which its person has left it, and body heights from there
within which they may be when they are found again."""

_FROM_BORDER = 0.3
"""Body heights from the border of the picture, or from others, within which somebody may have come
from there."""

_PLAUSIBLE = 0.1
"""Closeness times likeness below which nobody is taken for a lost person."""

_SURE = 0.3
"""Affinity from which one look is enough."""

_RIVAL = 0.4
"""Share of the best affinity from which another lost person is a rival for it."""

_WAIT = 4
"""Times the frames of confirmation after which a choice is made without clear sight."""


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
        seen_for=np.zeros(n, np.float32),
        frames_tracked=np.ones(n, np.int64),
        colours=np.full_like(people.colours, np.nan),
        looks=np.full_like(people.looks, np.nan),
        looks_taken=np.zeros(n, np.int64),
        evidence=np.ones(n, np.float32),
        origins=boxes.centers(people.boxes),
        adrift=np.zeros(n, np.bool_),
        revived=np.zeros(n, np.bool_),
    )


def nearness(lost: Tracklets, found: Tracklets, image: Image, *, speed: float = 1.0) -> Floats:
    """How near `(T, C)` people turned up to where the lost are expected; see `closeness`.

    Whoever has left the picture is expected at its border, and not far from it: they have been out
    for most of the time.
    """
    height, width = image.shape[:2]
    gone = propagation.visible_share(lost.boxes, width, height) < _GONE
    centre = boxes.centers(lost.boxes)
    back = np.clip(centre, 0, np.array([width, height], np.float32)) - centre
    place = np.where(gone[:, None], lost.boxes + np.tile(back, 2), lost.boxes)
    at_most = np.where(gone, _BACK_IN, REACH_AT_MOST)
    return closeness(place, lost.lost_for, found.boxes, at_most=at_most, speed=speed)


def from_nowhere(people: Tracklets, found: Tracklets, image: Image) -> Mask:
    """`(C,)`: who of the found turned up in the open, where nobody can come from.

    People come into the picture at its border, or from behind others.
    """
    far = _FROM_BORDER * (found.boxes[:, 3:] - found.boxes[:, 1:2])
    size = np.array(image.shape[1::-1], np.float32)
    in_the_open = ((found.boxes[:, :2] > far) & (size - found.boxes[:, 2:] > far)).all(axis=1)
    others = people[people.tracked & (people.ids >= 0)]
    around = boxes.grow(found.boxes, far)
    behind = boxes.intersection(around, others.boxes).max(axis=1, initial=0) > 0
    return np.asarray(in_the_open & ~behind)


def identify(
    people: Tracklets, affinity: Floats, next_id: int, config: TrackerConfig
) -> tuple[Tracklets, int]:
    """Give the anonymous the identity they had, or, once they are confirmed, a new one.

    Whoever can only be one lost person is recognised at once. Where there is a choice, the decision
    waits until the clothes can be seen, or a network has looked, for a while.

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
    clear = ~np.isnan(people.colours[found]).all(axis=(1, 2)) | (people.looks_taken[found] > 0)
    sure = (rivals <= 1) & ((best > _SURE) | (frames >= config.confirmation))
    seen_well = clear & (frames >= config.confirmation)
    decided = sure | seen_well | (frames >= _WAIT * config.confirmation)
    # Those who still wait take part: nobody takes from them whom they resemble more.
    rows, columns = assign(affinity, _PLAUSIBLE)
    rows, columns = rows[decided[columns]], columns[decided[columns]]

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
    remembered, taken = looks.merged(known, seen)
    back = seen.updated(
        ids=known.ids,
        colours=np.where(np.isnan(known.colours), seen.colours, known.colours),
        looks=remembered,
        looks_taken=taken,
        frames_tracked=known.frames_tracked + 1,
        evidence=np.maximum(known.evidence, seen.evidence),
        origins=known.origins,
        revived=np.ones(len(lost), np.bool_),
    )
    keep = np.ones(len(people), np.bool_)
    keep[found] = False
    return people.replaced(lost, back)[keep]
