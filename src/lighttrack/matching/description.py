"""What is kept of a pose to compare it: its embedding, and the keypoints that a pair aligns."""

import numpy as np

from lighttrack.matching.alignment import aligned_distances, combine
from lighttrack.structures import Floats
from lighttrack.structures.types import AnyArray

POSE_WEIGHT = 0.5
"""Weight of common keypoints beside embeddings of single poses: half as much.

The best mean over frame gaps and spoilt input, on motion capture held out and on annotated videos
that are not tested on; more helps at short gaps and with missing keypoints, less at long gaps.
"""

_SOON = 2.0
"""Their weight beside what a history expects in the next frame."""


def history_weight(gap: AnyArray) -> AnyArray:
    """Weight of common keypoints `gap` frames of 1/30 s after the newest pose of a history.

    Keypoints tell where the pose was, a history where it is going: they say less as time passes.
    """
    return _SOON / np.maximum(gap, 1)


def describe(embeddings: Floats, features: Floats, weight: float | AnyArray) -> Floats:
    """Put together descriptions `(N, D + 2 K + 1)`.

    Args:
        embeddings: `(N, D)`; NaN where nobody is.
        features: `(N, K, 3 ...)`: what the network saw, the newest pose first: x, y, whether there.
        weight: of the keypoints beside the embedding, one number or `(N,)`.

    Returns:
        The embedding, the keypoints in turn (NaN where missing), and the weight.
    """
    n, k, _ = features.shape
    points = np.where(features[..., 2:3] > 0, features[..., :2], np.float32(np.nan))
    weights = np.broadcast_to(np.asarray(weight, np.float32), (n,))
    joined = [embeddings, points.reshape(n, 2 * k), weights[:, None]]
    return np.concatenate(joined, axis=1, dtype=np.float32)


def compare_descriptions(known: Floats, seen: Floats, keypoints: int) -> Floats:
    """Distances `(..., T, C)`, 0 to 2, of descriptions; infinite where too little is common.

    Args:
        known: `(..., T, D + 2 K + 1)`, whose weights of keypoints hold.
        seen: `(..., C, D + 2 K + 1)`.
        keypoints: K.
    """
    end = known.shape[-1] - 2 * keypoints - 1
    likeness = known[..., :end] @ np.swapaxes(seen[..., :end], -1, -2)
    aligned, shared = aligned_distances(_points(known, keypoints), _points(seen, keypoints))
    return combine(np.maximum(2 - 2 * likeness, 0), aligned, shared, known[..., -1][..., None])


def _points(described: Floats, keypoints: int) -> Floats:
    kept = described[..., -2 * keypoints - 1 : -1]
    return kept.reshape(*kept.shape[:-1], keypoints, 2)
