"""Similarity of two people, in double precision: IoU of boxes, OKS and PCKh of poses.

The metrics of this folder see only ids and similarities, so the choice made here is the only place
where boxes and poses differ.
"""

import numpy as np
from numpy.typing import ArrayLike

from lighttrack.structures import Poses
from lighttrack.structures.types import AnyArray, Reals


def box_iou(first: ArrayLike, second: ArrayLike) -> Reals:
    """Intersection over union `(N, M)` of boxes `(N, 4)` and `(M, 4)`, x0, y0, x1, y1.

    Example:
        >>> box_iou([[0, 0, 2, 2]], [[0, 0, 2, 1], [5, 5, 6, 6]])
        array([[0.5, 0. ]])
    """
    a = np.asarray(first, np.float64).reshape(-1, 4)
    b = np.asarray(second, np.float64).reshape(-1, 4)
    size = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    common = np.prod(np.maximum(size, 0.0), axis=2)
    area_a = np.prod(np.maximum(a[:, 2:] - a[:, :2], 0.0), axis=1)
    area_b = np.prod(np.maximum(b[:, 2:] - b[:, :2], 0.0), axis=1)
    union = area_a[:, None] + area_b[None] - common
    share: Reals = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return share


def pose_oks(truth: Poses, seen: Poses) -> Reals:
    """OKS `(N, M)` in COCO's definition: over the keypoints that the *truth* has.

    A keypoint that the truth has and `seen` lacks counts as infinitely far. The scale is the area
    of the truth's box. (`lighttrack.structures.oks` compares two equals instead; a benchmark does
    not.)

    Raises:
        ValueError: if the skeletons differ.

    Example:
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> pose_oks(Poses.empty(COCO_17), Poses.empty(COCO_17)).shape
        (0, 0)
    """
    _require_one_skeleton(truth, seen)
    size = np.maximum(truth.boxes[:, 2:] - truth.boxes[:, :2], 0).astype(np.float64)
    return keypoint_oks(
        truth.keypoints,
        np.asarray(np.isfinite(truth.keypoints).all(axis=2)),
        np.prod(size, axis=1),
        seen.keypoints,
        np.asarray(truth.skeleton.sigmas, np.float64),
    )


def keypoint_oks(
    truth: AnyArray, labelled: AnyArray, areas: AnyArray, seen: AnyArray, sigmas: Reals
) -> Reals:
    """OKS `(N, M)` of keypoints `(N, K, 2)` and `(M, K, 2)`; see `pose_oks`.

    `labelled (N, K)` says which keypoints of the truth count, `areas (N,)` are in square pixels,
    `sigmas (K,)` the skeleton's tolerances. A true person without keypoints is like no other.
    """
    offset = seen[None].astype(np.float64) - truth[:, None].astype(np.float64)
    squared = offset[..., 0] ** 2 + offset[..., 1] ** 2
    variance = (2 * sigmas) ** 2 * 2 * (np.asarray(areas, np.float64)[:, None] + np.spacing(1.0))
    with np.errstate(invalid="ignore"):
        alike = np.exp(-squared / variance[:, None])
    alike = np.where(labelled[:, None] & np.isfinite(squared), alike, 0.0)
    return np.asarray(alike.sum(axis=2) / np.maximum(labelled.sum(axis=1), 1)[:, None])


def head_normalized_distance(truth: AnyArray, seen: AnyArray, head_sizes: AnyArray) -> Reals:
    """Distances `(N, M, K)` of keypoints in units of the head sizes `(N,)` of the truth.

    NaN where either side lacks the keypoint. The sum of squares goes through the same product of
    two vectors as `numpy.linalg.norm`, so that a distance right at a threshold falls on the same
    side as in the PoseTrack evaluator.
    """
    offset = truth[:, None].astype(np.float64) - seen[None].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        squared = np.matmul(offset[..., None, :], offset[..., :, None])[..., 0, 0]
        return np.asarray(np.sqrt(squared) / np.asarray(head_sizes, np.float64)[:, None, None])


def pose_pckh(truth: Poses, seen: Poses, head_sizes: AnyArray, *, threshold: float = 0.5) -> Reals:
    """Share `(N, M)` of the truth's keypoints that lie within `threshold` head sizes.

    `head_sizes (N,)` are in pixels (PoseTrack: 0.6 x the diagonal of the head box).
    """
    _require_one_skeleton(truth, seen)
    near = head_normalized_distance(truth.keypoints, seen.keypoints, head_sizes) <= threshold
    labelled = np.isfinite(truth.keypoints).all(axis=2).sum(axis=1)
    return np.asarray(near.sum(axis=2) / np.maximum(labelled, 1)[:, None], np.float64)


def _require_one_skeleton(truth: Poses, seen: Poses) -> None:
    if truth.skeleton != seen.skeleton:
        raise ValueError(
            "poses can be compared only in one skeleton, got "
            f"{truth.skeleton.name!r} and {seen.skeleton.name!r}; use Poses.to()"
        )
