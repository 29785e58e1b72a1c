"""What is kept of a pose to compare it: its embedding, and its keypoints.

An embedding is made before it is known what it will be compared with, and which keypoints a pose
lacks moves it: two poses that lack different ones lie apart although what both show is alike. Only
the pair knows what is common, so pairs that lack different keypoints are compared once more by what
they have in common.
"""

import numpy as np

from lighttrack.matching.alignment import aligned_distances, combine
from lighttrack.matching.network import GraphNetwork, pose_features
from lighttrack.matching.normalize import MINIMUM_KEYPOINTS
from lighttrack.structures import Floats
from lighttrack.structures.types import AnyArray

_FAR = 0.6
"""Squared distance of embeddings beyond which nothing common makes two poses one person's."""


def history_weight(gap: AnyArray) -> AnyArray:
    """Weight of common keypoints beside what a history expects after `gap` frames of 1/30 s.

    Keypoints tell where the pose was, a history where it is going: they say less as time passes.
    """
    return 1 / np.maximum(gap, 1)


def describe(embeddings: Floats, features: Floats, weight: float | AnyArray = 0.0) -> Floats:
    """Put together descriptions `(N, D + 2 K + 1)`.

    Args:
        embeddings: `(N, D)`; NaN where nobody is.
        features: `(N, K, 3 ...)`: what the network saw, the newest pose first: x, y, whether there.
        weight: of the keypoints beside an expected embedding, one number or `(N,)`; 0 says that
            the embedding is that of these keypoints.

    Returns:
        The embedding, the keypoints in turn (NaN where missing), and the weight.
    """
    n, k, _ = features.shape
    points = np.where(features[..., 2:3] > 0, features[..., :2], np.float32(np.nan))
    weights = np.broadcast_to(np.asarray(weight, np.float32), (n,))
    joined = [embeddings, points.reshape(n, 2 * k), weights[:, None]]
    return np.concatenate(joined, axis=1, dtype=np.float32)


def compare_pairs(
    known: Floats, seen: Floats, network: GraphNetwork, precision: Floats | None
) -> Floats:
    """Distances `(P,)`, 0 to 2, of descriptions; infinite where too little is common.

    Poses that have the same keypoints are as far apart as their embeddings. Where they have not,
    the squared distance is the mean of that of the embeddings and that of the embeddings of what
    both show. With an expectation, common keypoints are aligned instead and count by its weight.

    Args:
        known: `(P, D + 2 K + 1)`: descriptions of poses, or of expectations.
        seen: `(P, D + 2 K + 1)`: descriptions of poses.
        network: of poses.
        precision: by which missing keypoints are completed.
    """
    end = len(network.tensors["last.bias"])
    squared = 2 - 2 * np.einsum("pd,pd->p", known[:, :end], seen[:, :end])
    squared = np.where(np.isnan(squared), np.inf, np.maximum(squared, 0))
    first, second = _points(known, end), _points(seen, end)
    there, visible = np.isfinite(first[..., 0]), np.isfinite(second[..., 0])
    common = there & visible
    squared[common.sum(axis=1) < MINIMUM_KEYPOINTS] = np.inf
    weight = known[:, -1]
    again = (weight == 0) & (there != visible).any(axis=1) & (squared < _FAR)
    if again.any():
        shown = np.stack([first[again], second[again]])
        shown[:, ~common[again]] = np.nan
        features, _ = pose_features(shown.reshape(-1, *shown.shape[2:]), precision)
        one, other = network(features).reshape(2, len(shown[0]), -1)
        squared[again] = (squared[again] + 2 - 2 * np.einsum("pd,pd->p", one, other)) / 2
    distances = np.sqrt(np.maximum(squared, 0))
    expected = weight > 0
    if expected.any():
        aligned, shared = (
            part[:, 0, 0]
            for part in aligned_distances(first[expected][:, None], second[expected][:, None])
        )
        distances[expected] = combine(squared[expected], aligned, shared, weight[expected])
    return np.asarray(distances, np.float32)


def compare_all(
    known: Floats, seen: Floats, network: GraphNetwork, precision: Floats | None
) -> Floats:
    """Distances `(T, C)` of every one of `known` to every one of `seen`, see `compare_pairs`."""
    rows, columns = np.indices((len(known), len(seen))).reshape(2, -1)
    distances = compare_pairs(known[rows], seen[columns], network, precision)
    return distances.reshape(len(known), len(seen))


def _points(described: Floats, end: int) -> Floats:
    kept = described[:, end:-1]
    return kept.reshape(len(kept), kept.shape[1] // 2, 2)
