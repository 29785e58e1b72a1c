"""Overlapping people: how much of each is in view, and to whom a contested keypoint belongs.

While people overlap, both boxes hold both bodies, and a pose estimator finds the person in front
twice. A keypoint found at one place for two people is given to the one predicted there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lighttrack.structures import Floats, Mask, Poses, boxes
from lighttrack.structures.skeletons import sigmas_of
from lighttrack.structures.types import Indices
from lighttrack.tracking.config import Occlusion
from lighttrack.tracking.tracklets import Tracklets


@dataclass(frozen=True, slots=True)
class Visibility:
    """How well N people can be seen in a frame; computed once a frame."""

    inside: Floats
    """`(N,)`: share of each body's box inside the image."""
    hidden: Mask
    """`(N,)`: whose share behind one tracked person exceeds `Occlusion.clear`."""
    clear: Mask
    """`(N,)`: who is tracked and in plain view, so that their descriptor is kept."""
    usable: Mask
    """`(N,)`: who is tracked and seen well enough to be compared."""


def visibility(people: Tracklets, width: int, height: int, config: Occlusion) -> Visibility:
    """How much of each of the people is in view.

    Of two people on one ground, the one whose feet are lower in the image is nearer. `width` and
    `height` are the image's, in pixels.
    """
    body = people.body
    inside = boxes.visible_share(body.boxes, width, height)
    hidden = np.zeros(len(people), np.float32)
    common = boxes.intersection(body.boxes, body.boxes)
    if np.count_nonzero(common) > len(people):  # otherwise no two people overlap
        feet = body.boxes[:, 3]
        behind = body.tracked[None] & (feet[None] > feet[:, None])
        area = np.maximum(boxes.area(body.boxes), 1)
        hidden = np.asarray(np.where(behind, common, 0).max(axis=1, initial=0) / area, np.float32)
    out_of_view = np.maximum(hidden, 1 - inside)
    return Visibility(
        inside,
        hidden > config.clear,
        body.tracked & (out_of_view < config.clear),
        body.tracked & (out_of_view < config.usable),
    )


def resolve_contested(
    seen: Poses,
    confident: Mask,
    expected: Floats,
    belief: Callable[[], Floats],
    pairs: tuple[Indices, Indices],
    config: Occlusion,
) -> tuple[Mask, Mask]:
    """Decide for every pair of overlapping people to whom contested keypoints belong.

    Args:
        seen: N poses found in this frame, the oldest person first.
        confident: `(N, K)` which of their keypoints count.
        expected: `(N, K, 2)` where each person's keypoints were expected; NaN where unknown.
        belief: gives `(N,)`, 0 to 1, how likely each pose is that person's by appearance; called
            only if a keypoint is contested.
        pairs: rows of the people whose boxes overlap; see `boxes.overlapping_pairs`.
        config: from which similarity two people claim one keypoint.

    Returns:
        `(N, K)`: keypoints that belong to another person; `(N,)`: poses that do as a whole.
    """
    lost = np.zeros(confident.shape, np.bool_)
    duplicates = np.zeros(len(seen), np.bool_)
    first, second = pairs
    sigmas = sigmas_of(seen.skeleton)
    variance = (8.0 * sigmas * sigmas) * np.maximum(boxes.area(seen.boxes), 1.0)[:, None]
    apart = seen.keypoints[first] - seen.keypoints[second]
    alike = np.exp(-(apart**2).sum(axis=2) / np.minimum(variance[first], variance[second]))
    both = confident[first] & confident[second]
    contested = both & (alike > config.contested_similarity)
    if not contested.any():
        return lost, duplicates

    # Similarity of the found keypoints with the predicted ones: 1 is perfect, 0 is elsewhere.
    missed_by = ((seen.keypoints - expected) ** 2).sum(axis=2)
    agreement = np.where(missed_by == missed_by, np.exp(-missed_by / (4 * variance)), 0.0)
    agreement *= belief()[:, None]

    margin = config.contested_margin
    for a, b, same, claimed, shared in zip(first, second, alike, contested, both, strict=True):
        if duplicates[a] or duplicates[b] or not claimed.any():
            continue
        if same[shared].mean() > config.duplicate_oks:
            younger = agreement[b][shared].mean() < agreement[a][shared].mean() + margin
            duplicates[b if younger else a] = True
            continue
        to_second = claimed & (agreement[b] > agreement[a] + margin)
        lost[a] |= to_second
        lost[b] |= claimed & ~to_second
    return lost, duplicates
