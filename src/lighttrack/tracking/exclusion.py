"""No two identities on one person: who owns a keypoint that two people claim.

While people overlap, both boxes hold both bodies, and a pose estimator follows the person in front.
A keypoint found at one place for two people belongs to the one who was expected there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lighttrack.structures import Boxes, Floats, Mask, Poses, Skeleton, boxes
from lighttrack.structures.poses import keypoint_similarity
from lighttrack.structures.skeletons import sigmas_of
from lighttrack.structures.types import Indices

_NEAR = 0.3
"""Share of the smaller box that two boxes have in common from which their poses are compared."""

_SAME_PLACE = 0.6
"""Keypoint similarity from which two keypoints are one piece of evidence."""

_CLEARLY = 0.1
"""Difference in agreement below which the older identity is believed."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What people lose to others who claim the same evidence."""

    stolen: Mask
    """`(N, K)`: keypoints that belong to somebody else."""

    duplicates: Mask
    """`(N,)`: people whose whole pose is somebody else's."""


def overlapping_pairs(people: Boxes) -> tuple[Indices, Indices]:
    """Rows `(P,)`, `(P,)` of the pairs of boxes that share much of the smaller one."""
    common = boxes.intersection(people, people)
    if np.count_nonzero(common) <= len(people):  # everybody overlaps with themselves only
        nobody = np.zeros(0, np.intp)
        return nobody, nobody
    sizes = common.diagonal()
    close = common > _NEAR * np.minimum(sizes[:, None], sizes)
    first, second = np.nonzero(close)
    once = first < second
    return first[once], second[once]


def settle_claims(
    seen: Poses,
    confident: Mask,
    expected: Floats,
    belief: Callable[[], Floats],
    pairs: tuple[Indices, Indices],
    duplicate_oks: float,
) -> Claims:
    """Decide for every pair of overlapping people whose the evidence is.

    Args:
        seen: N poses found in this frame, the oldest person first.
        confident: `(N, K)` which of their keypoints count.
        expected: `(N, K, 2)` where each person's keypoints were expected; NaN where unknown.
        belief: tells `(N,)`, 0 to 1, how far each pose is believed to be that person's for other
            reasons; asked only if anything is claimed twice, for that takes its time.
        pairs: rows of the people whose boxes overlap; see `overlapping_pairs`.
        duplicate_oks: poses more alike than this are one person seen twice.
    """
    stolen = np.zeros(confident.shape, np.bool_)
    duplicates = np.zeros(len(seen), np.bool_)
    first, second = pairs
    sigmas = sigmas_of(seen.skeleton)
    variance = (8.0 * sigmas * sigmas) * np.maximum(boxes.area(seen.boxes), 1.0)[:, None]
    apart = seen.keypoints[first] - seen.keypoints[second]
    alike = np.exp(-(apart**2).sum(axis=2) / np.minimum(variance[first], variance[second]))
    both = confident[first] & confident[second]
    contested = both & (alike > _SAME_PLACE)
    if not contested.any():
        return Claims(stolen, duplicates)

    # Agreement of what was found with what was expected: 1 is perfect, 0 is elsewhere.
    missed_by = ((seen.keypoints - expected) ** 2).sum(axis=2)
    agreement = np.where(missed_by == missed_by, np.exp(-missed_by / (4 * variance)), 0.0)
    agreement *= belief()[:, None]

    for a, b, same, claimed, shared in zip(first, second, alike, contested, both, strict=True):
        if duplicates[a] or duplicates[b] or not claimed.any():
            continue
        if same[shared].mean() > duplicate_oks:
            younger = agreement[b][shared].mean() < agreement[a][shared].mean() + _CLEARLY
            duplicates[b if younger else a] = True
            continue
        to_second = claimed & (agreement[b] > agreement[a] + _CLEARLY)
        stolen[a] |= to_second
        stolen[b] |= claimed & ~to_second
    return Claims(stolen, duplicates)


def without(poses: Poses, stolen: Mask) -> Poses:
    """The poses less the keypoints `(N, K)` that belong to somebody else: those are missing."""
    if not stolen.any():
        return poses
    return Poses(
        poses.skeleton,
        np.where(stolen[..., None], np.float32(np.nan), poses.keypoints),
        np.where(stolen, np.float32(0), poses.scores),
        poses.boxes,
        poses.person_scores,
    )


def repeats(
    seen: Floats,
    confident: Mask,
    known: Floats,
    known_confident: Mask,
    known_boxes: Boxes,
    skeleton: Skeleton,
) -> Floats:
    """OKS `(N, M)` of poses seen with known ones, over the keypoints confident in both."""
    first = np.where(confident[..., None], seen, np.nan)
    second = np.where(known_confident[..., None], known, np.nan)
    areas = np.broadcast_to(boxes.area(known_boxes), (len(seen), len(known)))
    return keypoint_similarity(first[:, None], second[None], areas, sigmas_of(skeleton))
