"""Joining fragments of one track: one that ends, and one that begins soon after at its prediction.

The end of a track is extrapolated forwards in time and the beginning of another backwards; both
predictions must hold, and size and pose must agree. The limits were chosen on
annotated people of PoseTrack (training split) whose tracks were cut, with 2 % of jitter: 53 % of
the fragments that belong together are within them, and 0.4 % of the fragments of different people
less than a size apart (validation split: 55 % and 0.1 %). A wrong join spoils two tracks, a missed
one leaves them as they were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.refinement.track_table import Rows, TrackTable
from lighttrack.structures import Floats

_PACE = 0.5
"""Seconds of a track from which its velocity is taken."""

_SLOWEST = 0.7
"""Seconds in which a predicted velocity falls to 1/e, since people may stop unobserved. Of 0.35,
0.7, 1.5 seconds and no slowing down, the value that predicts best over gaps of up to 2 seconds."""

_JITTER, _DRIFT, _FARTHEST = 0.1, 0.25, 0.35
"""Sizes; sizes per second of the gap; sizes: how far a prediction may be off."""

_GROWTH = 1.25
"""By what factor the size of a person may change over a gap."""

_BEND = 0.2
"""Sizes: by how much the keypoints may differ in the mean, once the centroids are aligned."""

_LIMIT = 0.5
"""Largest distance: the sum of the squares of the differences in place, size and pose, each as a
share of its limit above. So a poor prediction needs the better agreement in size and pose."""

_RIVALRY = 0.25
"""By how much the distance of every other candidate must be larger for two tracks to be joined."""


@dataclass(frozen=True, slots=True)
class _Ends:
    """One end of each of T tracks."""

    times: NDArray[np.float64]
    """`(T,)`: seconds."""

    places: NDArray[np.float64]
    """`(T, 2)`: the middle of the box, in pixels."""

    velocities: NDArray[np.float64]
    """`(T, 2)`: pixels per second."""

    sizes: NDArray[np.float64]
    """`(T,)`: pixels; NaN where no box is known, which joins nothing."""

    keypoints: Floats
    """`(T, K, 2)`: pixels."""


def find_joins(people: TrackTable, longest: float) -> dict[int, int]:
    """For each id that continues an earlier one, the earlier one.

    A track may be continued by one other only (Hungarian assignment over all of them), so that
    fragments form chains. Where two candidates are about as likely, neither is joined.

    Args:
        people: all who were observed, without predictions.
        longest: seconds that may lie between two fragments.
    """
    tracks = list(people.tracks())
    ids = [identity for identity, _ in tracks]
    last = _ends(people, [rows for _, rows in tracks], at_end=True)
    first = _ends(people, [rows for _, rows in tracks], at_end=False)
    distances = _distances(last, first, longest)
    return {ids[second]: ids[one] for one, second in _assigned(distances)}


def chained(joins: Mapping[int, int]) -> dict[int, int]:
    """For each id that continues another, the id of the first fragment of the chain.

    Example:
        >>> chained({3: 2, 2: 1})
        {3: 1, 2: 1}
    """
    roots: dict[int, int] = {}
    for fragment, root in joins.items():
        while root in joins:
            root = joins[root]
        roots[fragment] = root
    return roots


def _ends(people: TrackTable, tracks: Sequence[Rows], *, at_end: bool) -> _Ends:
    """The last moments of each track, or the first."""
    count = len(tracks)
    times, sizes = np.zeros(count), np.full(count, np.nan)
    places, velocities = np.zeros((count, 2)), np.zeros((count, 2))
    tips = np.zeros(count, np.intp)
    centers = (people.boxes[:, :2] + people.boxes[:, 2:]).astype(np.float64) / 2
    for number, rows in enumerate(tracks):
        tips[number] = tip = rows[-1 if at_end else 0]
        times[number] = people.times[tip]
        near = rows[np.abs(people.times[rows] - times[number]) <= _PACE]
        near = near[np.isfinite(centers[near]).all(axis=1)]
        if len(near):
            away = people.times[near] - times[number]
            places[number], velocities[number] = _line(away, centers[near])
            sizes[number] = max(float(np.median(people.sizes()[near])), 1.0)
    return _Ends(times, places, velocities, sizes, people.poses.keypoints[tips])


def _line(
    times: NDArray[np.float64], places: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place at time 0 and velocity of the straight line through `places` `(N, 2)`, least squares.

    From fewer than three places no velocity is taken: it would be all jitter.
    """
    middle, center = times.mean(), places.mean(axis=0)
    spread = ((times - middle) ** 2).sum()
    if len(times) < 3 or spread == 0:
        return places[np.abs(times).argmin()], np.zeros(2)
    velocity = ((times - middle)[:, None] * (places - center)).sum(axis=0) / spread
    return center - velocity * middle, velocity


def _distances(last: _Ends, first: _Ends, longest: float) -> NDArray[np.float64]:
    """`(T, T)`: distances of ends (rows) and beginnings (columns); infinite beyond the limit."""
    gap = first.times[None, :] - last.times[:, None]
    later = (gap > 0) & (gap <= longest)
    gap = np.where(later, gap, 0.0)
    size = (last.sizes[:, None] + first.sizes[None]) / 2
    way = _SLOWEST * (1 - np.exp(-gap / _SLOWEST))[..., None]
    offset = first.places[None] - last.places[:, None]
    forwards = np.linalg.norm(offset - last.velocities[:, None] * way, axis=2)
    backwards = np.linalg.norm(offset - first.velocities[None] * way, axis=2)
    allowed = np.minimum(_JITTER + _DRIFT * gap, _FARTHEST)
    place = (forwards + backwards) / 2 / size / allowed
    growth = np.log(first.sizes[None] / last.sizes[:, None]) / np.log(_GROWTH)
    distances = np.where(later, place**2 + growth**2, np.inf)
    # A size that is not known compares as false.
    for one, second in np.argwhere(distances <= _LIMIT).tolist():
        bend = _bend(last.keypoints[one], first.keypoints[second]) / size[one, second]
        distances[one, second] += (bend / _BEND) ** 2
    return np.where(distances <= _LIMIT, distances, np.inf)


def _bend(one: Floats, other: Floats) -> float:
    """Mean distance in pixels of the keypoints of two poses `(K, 2)`, with their centroids aligned.

    0 where they have fewer than two keypoints in common.
    """
    common = np.isfinite(one).all(axis=1) & np.isfinite(other).all(axis=1)
    if common.sum() < 2:
        return 0.0
    one, other = one[common], other[common]
    offset = (one - one.mean(axis=0)) - (other - other.mean(axis=0))
    return float(np.linalg.norm(offset, axis=1).mean())


def _assigned(distances: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs (end, beginning), one to one and closest in sum, without close rivals."""
    from scipy.optimize import linear_sum_assignment

    # One pair more is worth more than any distance: those not allowed cost more than all others.
    allowed = np.isfinite(distances)
    costs = np.where(allowed, distances, 1.0 + len(distances))
    pairs = zip(*(side.tolist() for side in linear_sum_assignment(costs)), strict=True)
    return [pair for pair in pairs if allowed[pair] and _has_no_rival(distances, *pair)]


def _has_no_rival(distances: NDArray[np.float64], one: int, second: int) -> bool:
    rivals = np.append(np.delete(distances[one], second), np.delete(distances[:, second], one))
    return bool((rivals >= distances[one, second] + _RIVALRY).all())
