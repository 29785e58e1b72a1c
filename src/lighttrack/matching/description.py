"""Descriptors of poses, and of predicted poses, that are compared with those of observed ones."""

import numpy as np

from lighttrack.matching.alignment import aligned_distances, combine
from lighttrack.structures import Floats
from lighttrack.structures.types import AnyArray


def history_weight(gap: AnyArray) -> AnyArray:
    """Weight of common keypoints beside the embedding predicted for `gap` frames of 1/30 s ahead.

    Keypoints describe the last pose, a history predicts the next: their weight falls with time.
    """
    return 1 / np.maximum(gap, 1)


def describe(embeddings: Floats, features: Floats, weight: float | AnyArray = 0.0) -> Floats:
    """Put together descriptors `(N, D + 2 K + 1)`.

    Args:
        embeddings: `(N, D)`; NaN for a pose without enough keypoints.
        features: `(N, K, 3 ...)`: the network's input, newest pose first: x, y, whether present.
        weight: of the keypoints beside the embedding in a comparison, one number or `(N,)`;
            0 leaves the embedding alone.

    Returns:
        The embedding, the keypoints in turn (NaN where missing), and the weight.
    """
    n, k, _ = features.shape
    points = np.where(features[..., 2:3] > 0, features[..., :2], np.float32(np.nan))
    weights = np.broadcast_to(np.asarray(weight, np.float32), (n,))
    joined = [embeddings, points.reshape(n, 2 * k), weights[:, None]]
    return np.concatenate(joined, axis=1, dtype=np.float32)


def compare_descriptors(known: Floats, seen: Floats, keypoints: int) -> Floats:
    """Distances `(..., T, C)`, 0 to 2, of descriptors; infinite where they cannot be compared.

    Args:
        known: `(..., T, D + 2 K + 1)`: of poses or of predictions; their weights apply.
        seen: `(..., C, D + 2 K + 1)`: of poses.
        keypoints: K.
    """
    end = known.shape[-1] - 2 * keypoints - 1
    squared = 2 - 2 * (known[..., :end] @ np.swapaxes(seen[..., :end], -1, -2))
    squared = np.where(np.isnan(squared), np.inf, np.maximum(squared, 0))
    weight = known[..., -1:]
    if not weight.any():
        return np.asarray(np.sqrt(squared), np.float32)
    aligned, shared = aligned_distances(_points(known, keypoints), _points(seen, keypoints))
    together = combine(squared, aligned, shared, weight)
    return np.asarray(np.where(weight > 0, together, np.sqrt(squared)), np.float32)


def _points(described: Floats, keypoints: int) -> Floats:
    kept = described[..., -2 * keypoints - 1 : -1]
    return kept.reshape(*kept.shape[:-1], keypoints, 2)
