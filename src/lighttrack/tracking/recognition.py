"""Who is who after people were close: identities that changed bodies are changed back."""

import numpy as np

from lighttrack.structures import Floats, Mask, boxes
from lighttrack.tracking.association import Indices
from lighttrack.tracking.colours import difference, own_difference
from lighttrack.tracking.exclusion import overlapping_pairs
from lighttrack.tracking.tracklets import Tracklets

_NEARBY = 2.5
"""Body heights within which two people can have been mistaken for one another."""

_BETTER = 0.05
"""How much better, as a difference of colours, an exchange must explain what is seen."""

_MATCHES = 0.05
"""Difference of colours up to which the other identity's memory counts as a match."""


def in_touch(people: Tracklets) -> Mask:
    """`(N,)`: whose box overlaps that of somebody who is tracked, so that either may be hidden."""
    touching = np.zeros(len(people), np.bool_)
    rows = np.nonzero(people.tracked)[0]
    first, second = overlapping_pairs(people.boxes[rows])
    touching[rows[first]] = touching[rows[second]] = True
    return touching


def mistaken(people: Tracklets, clear: Indices, worn: Floats) -> list[tuple[int, int]]:
    """Pairs of rows whose identities fit better the other way round.

    Args:
        people: N tracklets with what they are remembered to wear.
        clear: `(M,)` rows of those who are seen clearly in this frame.
        worn: `(M, PARTS, 3)` what those wear now.
    """
    own = own_difference(people.colours[clear], worn)
    cross = difference(worn, people.colours)
    centre = boxes.centers(people.boxes)
    height = people.boxes[:, 3] - people.boxes[:, 1]
    position = {int(row): i for i, row in enumerate(clear)}
    pairs: list[tuple[float, int, int]] = []
    for i, row in enumerate(clear.tolist()):
        near = np.hypot(*(centre - centre[row]).T) < _NEARBY * height[row]
        for other in np.nonzero(near & (cross[i] < _MATCHES) & (people.ids >= 0))[0].tolist():
            gain = float(own[i] - cross[i, other])
            if other in position and other > row:
                j = position[other]
                gain += float(own[j] - cross[j, row])
                if not cross[j, row] < _MATCHES:
                    continue
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
