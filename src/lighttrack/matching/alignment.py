"""Distances of poses by their common keypoints, and their combination with embeddings.

An embedding is computed before its counterpart is known, and it changes with the keypoints that a
pose lacks. Which keypoints are common is known for a pair of poses only.
"""

import numpy as np

from lighttrack.matching.normalize import MINIMUM_KEYPOINTS
from lighttrack.structures import Floats
from lighttrack.structures.types import AnyArray

_LEAST = 1e-9
"""Squared spread (of normalised poses, about 1 a keypoint) below which there is no extent."""


def aligned_distances(known: Floats, seen: Floats) -> tuple[Floats, Floats]:
    """Compare every pose of `known` with every one of `seen` by their common keypoints.

    Both poses of a pair are moved to the gravity centre of the common keypoints and divided by
    their spread over these. The mean squared distance of keypoints is then 2 - 2 r, r being their
    correlation, which is matrix products for all pairs together.

    Args:
        known: `(..., T, K, 2)`: normalised keypoints; NaN where missing.
        seen: `(..., C, K, 2)`: likewise.

    Returns:
        Squared distances `(..., T, C)`, 0 to 4, infinite where fewer than three keypoints are
        common; and the share `(..., T, C)` of the keypoints of either pose that both have.

    Example:
        >>> pose = np.array([[[0, 0], [1, 0], [0, 2], [3, 1]]], np.float32)
        >>> squared, shared = aligned_distances(pose, 5 * pose + 7)
        >>> bool(squared[0, 0] < 1e-5), float(shared[0, 0])
        (True, 1.0)
    """
    x, y, there = _parts(known)
    u, v, visible = (np.swapaxes(part, -1, -2) for part in _parts(seen))
    common = there @ visible
    count = np.maximum(common, 1)
    x_sum, y_sum, u_sum, v_sum = x @ visible, y @ visible, there @ u, there @ v
    product = x @ u + y @ v - (x_sum * u_sum + y_sum * v_sum) / count
    spread = (x * x + y * y) @ visible - (x_sum * x_sum + y_sum * y_sum) / count
    other = there @ (u * u + v * v) - (u_sum * u_sum + v_sum * v_sum) / count
    extent = np.maximum(spread, _LEAST) * np.maximum(other, _LEAST)
    squared = np.clip(2 - 2 * product / np.sqrt(extent), 0, 4)
    squared[common < MINIMUM_KEYPOINTS] = np.inf
    either = there.sum(axis=-1)[..., None] + visible.sum(axis=-2)[..., None, :] - common
    return squared, common / np.maximum(either, 1)


def combine(embedded: Floats, aligned: Floats, shared: Floats, weight: float | AnyArray) -> Floats:
    """Distances, 0 to 2: the weighted mean of two squared distances, and its root.

    An embedding counts as much as the share of keypoints that both poses have.

    Args:
        embedded: squared distances of embeddings, 0 to 4.
        aligned: squared distances by common keypoints, `aligned_distances`.
        shared: share of the keypoints that are common; all of one shape.
        weight: of the keypoints, beside an embedding that counts 1 if all keypoints are common.
    """
    usable = np.isfinite(aligned) & np.isfinite(embedded)
    total = shared * np.where(usable, embedded, 0) + weight * np.where(usable, aligned, 0)
    mean = np.maximum(total, 0) / np.maximum(shared + weight, _LEAST)
    return np.asarray(np.where(usable, np.sqrt(mean), np.inf), np.float32)


def _parts(points: Floats) -> tuple[Floats, Floats, Floats]:
    """x, y (0 where missing) and whether there, `(..., N, K)` each."""
    there = np.isfinite(points[..., 0])
    points = np.where(there[..., None], points, np.float32(0))
    return points[..., 0], points[..., 1], there.astype(np.float32)
