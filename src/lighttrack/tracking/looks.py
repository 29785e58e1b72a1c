"""What people look like to a re-identification network: whose look counts, and what is kept of it.

The paper (section 4.6) names visual appearance as an extension. A look is the embedding of one
person in one frame. What is remembered of a person is the mean of the looks that showed them
clearly; whoever has not been seen clearly yet has the last look of what could be seen.
"""

import numpy as np

from lighttrack.structures import Floats, Image, Mask, boxes
from lighttrack.structures.types import Indices
from lighttrack.tracking.propagation import visible_share
from lighttrack.tracking.tracklets import Tracklets

_CLEAR, _COMPARABLE = 0.3, 0.6
"""Share of a person that others hide up to which a look of them is learnt, and compared."""

_INSIDE, _HALF_INSIDE = 0.7, 0.5
"""Share of a person inside the picture from which a look of them is learnt, and compared."""

_LEAST_GAIN = 0.15
"""Share of a new look in the mean, however many have been taken: light changes as people walk."""


def views(people: Tracklets, image: Image) -> tuple[Mask, Mask]:
    """`(N,)`, `(N,)`: who is seen well enough to be looked at, and who of them clearly."""
    hidden = _hidden_share(people)
    height, width = image.shape[:2]
    inside = visible_share(people.boxes, width, height)
    comparable = people.tracked & (hidden < _COMPARABLE) & (inside > _HALF_INSIDE)
    return comparable, comparable & (hidden < _CLEAR) & (inside > _INSIDE)


def _hidden_share(people: Tracklets) -> Floats:
    """`(N,)`: the greatest share of anybody's box in that of one person before them.

    Of two people who stand on one ground, the one whose feet are lower in the picture is nearer.
    """
    shared = boxes.intersection(people.boxes, people.boxes)
    feet = people.boxes[:, 3]
    before = people.tracked[None] & (feet[None] > feet[:, None])
    area = np.maximum(boxes.area(people.boxes), 1)
    return np.asarray(np.where(before, shared, 0).max(axis=1, initial=0) / area, np.float32)


def distances(seen: Floats, known: Floats) -> Floats:
    """Cosine distances `(M, N)` of embeddings of length 1; NaN where somebody was never seen."""
    return np.asarray(1 - seen @ known.T, np.float32)


def remember(
    people: Tracklets, rows: Indices, seen: Floats, clear: Mask, threshold: float
) -> Tracklets:
    """The tracklets with what was just seen of `rows` of them.

    Args:
        people: N tracklets.
        rows: `(M,)` who was looked at.
        seen: `(M, D)` their embeddings.
        clear: `(M,)` who of them was seen clearly.
        threshold: cosine distance above which a look is more likely somebody else's. Such a look
            is not learnt: the person may be behind another for a moment.
    """
    known, taken = people.looks[rows], people.looks_taken[rows]
    with np.errstate(invalid="ignore"):
        unlike = np.einsum("md,md->m", known, seen) < 1 - threshold
    learnt = clear & ((taken == 0) | ~unlike)
    gain = np.maximum(1 / (taken + 1), _LEAST_GAIN)[:, None]
    mixed = np.where(taken[:, None] > 0, known + gain * (seen - known), seen)
    mixed = mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-9)
    looks, counts = people.looks.copy(), people.looks_taken.copy()
    looks[rows] = np.where((learnt | (taken == 0))[:, None], mixed, known)
    counts[rows] = taken + learnt
    return people.updated(looks=looks, looks_taken=counts)


def merged(known: Tracklets, seen: Tracklets) -> tuple[Floats, Indices]:
    """What is remembered of N people, and from how many looks, of whom there are two tracklets.

    Where the `known` one has no clear look, it is what was `seen`.
    """
    unclear = known.looks_taken == 0
    unseen = np.isnan(seen.looks)
    looks = np.where(unclear[:, None] & ~unseen, seen.looks, known.looks)
    return looks, np.where(unclear, seen.looks_taken, known.looks_taken)
