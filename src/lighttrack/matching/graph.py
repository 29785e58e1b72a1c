"""The skeleton as a graph, and the subsets into which a graph convolution divides neighbours."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from lighttrack.structures import Floats, Mask, Skeleton
from lighttrack.structures.types import AnyArray, require_shape

Partitioning = Literal["spatial", "distance", "uniform"]


def gravity_distances(points: Floats, valid: Mask) -> Floats:
    """Mean distance `(K,)` of each keypoint to the gravity centre of its pose: r_i of eq. (6).

    Args:
        points: `(N, K, 2)` normalised poses, whose gravity centre is the origin.
        valid: `(N, K)`: which keypoints are there.

    Returns:
        Distances over the poses that have the keypoint; 0 for a keypoint that none has.
    """
    lengths = np.sqrt(np.einsum("nkc,nkc->nk", points, points)) * valid
    return np.asarray(lengths.sum(axis=0) / np.maximum(valid.sum(axis=0), 1), np.float32)


def hop_distances(skeleton: Skeleton) -> AnyArray:
    """Number of edges `(K, K)` on the shortest way between two keypoints; K where there is none.

    Example:
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> int(hop_distances(COCO_17)[COCO_17.index["left_hip"], COCO_17.index["left_ankle"]])
        2
    """
    k = len(skeleton)
    hops = np.full((k, k), k, np.int64)
    np.fill_diagonal(hops, 0)
    for a, b in skeleton.edges:
        hops[a, b] = hops[b, a] = 1
    for middle in range(k):
        hops = np.minimum(hops, hops[:, middle, None] + hops[None, middle])
    return np.minimum(hops, k)


def adjacency(
    skeleton: Skeleton,
    radii: Floats | Sequence[float],
    *,
    partitioning: Partitioning = "spatial",
    hops: int = 1,
) -> Floats:
    """Weights `(S, K, K)` with which keypoint i gathers from neighbour j of subset s.

    The neighbours of i (itself included) are labelled by eq. (6) of the paper: as near to the
    gravity centre as i, nearer, or farther. A weight is 1 / Z_i(j) of eq. (5), Z the number of
    neighbours of i with the same label. Distances of left and right are averaged first: they
    differ by chance only, and the partition has to be its own mirror image.

    Args:
        skeleton: whose edges make the graph.
        radii: `(K,)`: mean distance of each keypoint to the gravity centre, `gravity_distances`.
        partitioning: "spatial" is the paper's; "distance" labels by the number of hops and
            "uniform" gives all neighbours one label, for comparison.
        hops: how far a neighbour may be; 1 in the paper.

    Raises:
        ValueError: if there is not one radius per keypoint, or `hops` is not positive.

    Example:
        >>> from lighttrack.structures.skeletons import POSETRACK_15
        >>> adjacency(POSETRACK_15, np.arange(15)).shape
        (3, 15, 15)
    """
    if hops < 1:
        raise ValueError(f"hops must be at least 1, got {hops}")
    radius = np.asarray(radii, np.float32)
    require_shape("radii", radius, (len(skeleton),))
    distance = hop_distances(skeleton)
    near = distance <= hops
    if partitioning == "uniform":
        subsets = [near]
    elif partitioning == "distance":
        subsets = [distance == steps for steps in range(hops + 1)]
    else:
        mirrored = (radius + radius[list(skeleton.mirror)]) / 2
        own, other = mirrored[:, None], mirrored[None]
        subsets = [near & (other == own), near & (other < own), near & (other > own)]
    members = np.stack(subsets).astype(np.float32)
    return np.asarray(members / np.maximum(members.sum(axis=2, keepdims=True), 1), np.float32)
