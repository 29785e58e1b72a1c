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
"""A pose, or a pair of poses, with fewer keypoints (in common) is not compared."""

_RIDGE = 0.01
_CHUNK = 2048


def normalize(keypoints: Floats, precision: Floats | None = None) -> tuple[Floats, Mask]:
    """Move poses to their gravity centre and divide them by their spread.

    The centre is the mean of the keypoints and the spread the root mean square of their distances
    to it. Unlike the sides of a box, neither depends on a single outermost keypoint.

    Args:
        keypoints: `(N, K, 2)` in any unit; NaN where missing.
        precision: `(K, K)`: how the keypoints of a body correlate, `precision_of`. With it,
            missing keypoints are first put at their expected positions, so that centre and
            spread do not depend on which are missing; without it, they are left out.

    Returns:
        The normalised keypoints `(N, K, 2)` and the mask `(N, K)` of those that were there. The
        others are 0 without `precision`. A pose of fewer than `MINIMUM_KEYPOINTS`, or without
        extent, has none.

    Example:
        >>> points, valid = normalize(np.array([[[0, 0], [4, 0], [2, 0]]], np.float32))
        >>> bool(valid.all()), points[0, :, 0].astype(float).round(2).tolist()
        (True, [-1.22, 1.22, 0.0])
    """
    valid: Mask = np.isfinite(keypoints[..., 0] + keypoints[..., 1])
    points = np.where(valid[..., None], keypoints, np.float32(0))
    seen = valid.sum(axis=-1, dtype=np.float32)[..., None]
    centre = (points.sum(axis=-2) / np.maximum(seen, 1))[..., None, :]
    # Coordinates of a large image lose their last digits in the products below: move first.
    points = (points - centre) * valid[..., None]
    count = np.maximum(seen, 1)
    if precision is not None:
        points = _completed(points, valid, precision)
        points -= points.mean(axis=-2, keepdims=True)
        count = np.full_like(count, valid.shape[-1])
    spread = np.sqrt(np.einsum("...kc,...kc->...", points, points)[..., None] / count)
    # Below the rounding of the coordinates themselves there is no extent, only noise.
    resolution = 1e-6 * np.abs(centre[..., 0, :]).max(axis=-1, keepdims=True)
    usable = (seen >= MINIMUM_KEYPOINTS) & (spread > resolution)
    points *= (usable / np.where(usable, spread, 1))[..., None]
    return np.asarray(points, np.float32), valid & usable


def _completed(points: Floats, valid: Mask, precision: Floats) -> Floats:
    """Put the missing keypoints where a Gaussian model of bodies expects them.

    With the precision matrix Q, split into missing (m) and observed (o) keypoints, the expectation
    solves Q_mm x_m = -Q_mo x_o. The rows of Q add up to 0, so that it moves and grows with the
    pose.
    """
    incomplete = ~valid.all(axis=-1)
    if not incomplete.any():
        return points
    missing = ~valid[incomplete]
    observed = points[incomplete]
    both = missing[:, :, None] & missing[:, None]
    system = np.where(both, precision, np.eye(len(precision), dtype=np.float32))
    asked = np.where(missing[..., None], -(precision @ observed), np.float32(0))
    # The rows of observed keypoints are those of the identity: their solution is 0.
    points[incomplete] = observed + np.linalg.solve(system, asked)
    return points


def precision_of(keypoints: Floats) -> Floats:
    """Precision matrix `(K, K)` of keypoints about their pose's gravity centre, over many poses.

    From the mean squared distances between keypoints, each over the poses that have both, which
    give the covariance by double centring; horizontal and vertical count alike. A keypoint that no
    pose has is as far from all others as any.

    Args:
        keypoints: `(N, K, 2)` in any unit; NaN where missing.
    """
    points, valid = normalize(keypoints)
    k = points.shape[1]
    total = np.zeros((k, k))
    count = np.zeros((k, k))
    for part in range(0, len(points), _CHUNK):
        there = valid[part : part + _CHUNK]
        offset = points[part : part + _CHUNK, :, None] - points[part : part + _CHUNK, None]
        both = there[:, :, None] & there[:, None]
        total += (np.einsum("nijc,nijc->nij", offset, offset) * both).sum(axis=0)
        count += both.sum(axis=0)
    apart = total / np.maximum(count, 1) / 2
    apart[count == 0] = apart.max()
    np.fill_diagonal(apart, 0)
    centring = np.eye(k) - 1 / k
    covariance = -0.5 * centring @ apart @ centring
    # The small diagonal keeps keypoints that move as one apart; the constant makes it invertible.
    inverse = np.linalg.inv(covariance + _RIDGE * np.eye(k) + 1 / k)
    return np.asarray(centring @ inverse @ centring, np.float32)


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
