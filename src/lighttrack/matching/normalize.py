"""Keypoints without place and scale: the one normalisation of training, inference and baseline."""

import numpy as np

from lighttrack.structures import Floats, Mask, Poses, Skeleton, mapping
from lighttrack.structures.skeletons import POSETRACK_15

CANONICAL = POSETRACK_15
"""Poses of every skeleton are matched as poses of this one, mapped by name.

So a threshold means the same whatever the estimator, and no part of the body (33 landmarks have
many on face and hands) outweighs the rest.
"""

MINIMUM_KEYPOINTS = 3
"""A pose, or a pair of poses, with fewer keypoints (in common) says nothing."""


def normalize(keypoints: Floats) -> tuple[Floats, Mask]:
    """Move poses to their gravity centre and divide them by their spread.

    The centre is the mean of the keypoints that are there and the spread the root mean square of
    their distances to it. Unlike the sides of a box, neither hangs on a single outermost keypoint.

    Args:
        keypoints: `(N, K, 2)` in any unit; NaN where missing.

    Returns:
        The normalised keypoints `(N, K, 2)`, 0 where missing, and the mask `(N, K)` of those that
        are there. A pose of fewer than `MINIMUM_KEYPOINTS`, or without extent, has none.

    Example:
        >>> points, valid = normalize(np.array([[[0, 0], [4, 0], [2, 0]]], np.float32))
        >>> bool(valid.all()), points[0, :, 0].round(2).tolist()
        (True, [-1.22, 1.22, 0.0])
    """
    present = keypoints[..., 0] + keypoints[..., 1]
    valid: Mask = np.isfinite(present)
    points = np.where(valid[..., None], keypoints, np.float32(0))
    count = np.maximum(valid.sum(axis=-1, dtype=np.float32), 1)[..., None]
    centre = points.sum(axis=-2) / count
    points = points - centre[..., None, :]
    points *= valid[..., None]
    spread = np.sqrt(np.einsum("...kc,...kc->...", points, points)[..., None] / count)
    # Below the rounding of the coordinates themselves there is no extent, only noise.
    resolution = 1e-6 * np.abs(centre).max(axis=-1, keepdims=True)
    usable = (count >= MINIMUM_KEYPOINTS) & (spread > resolution)
    points *= (usable / np.where(usable, spread, 1))[..., None]
    return np.asarray(points, np.float32), valid & usable


def keypoints_as(poses: Poses, skeleton: Skeleton = CANONICAL) -> Floats:
    """Keypoints `(N, K, 2)` in pixels, as `skeleton` has them; NaN where missing.

    The same as `poses.to(skeleton).keypoints`, in a fraction of the time: this runs for every
    person of every frame.
    """
    if poses.skeleton == skeleton:
        return poses.keypoints
    weights = mapping(poses.skeleton, skeleton)
    missing = np.isnan(poses.keypoints)
    mapped = weights @ np.where(missing, np.float32(0), poses.keypoints)
    # A keypoint is unknown without a source, or when one of its sources is missing.
    used = (weights != 0).astype(np.float32)
    unknown = (used @ missing.astype(np.float32) > 0) | ~used.any(axis=1)[:, None]
    mapped[unknown] = np.nan
    return np.asarray(mapped, np.float32)
