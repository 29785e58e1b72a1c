"""Pose matching without learning: the mean distance of normalised keypoints."""

import numpy as np

from lighttrack.matching.normalize import (
    CANONICAL,
    MINIMUM_KEYPOINTS,
    keypoints_as,
    normalize,
)
from lighttrack.structures import Floats, Poses


class EuclideanMatcher:
    """Compares poses by the mean distance of the normalised keypoints that both have.

    The strong form of the baseline of the paper (section 4.4, "GCN vs. Euclidean Distance"):
    place and scale are removed, and what is missing on either side is left out.

    Example:
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> matcher = EuclideanMatcher()
        >>> matcher.distances(Poses.empty(COCO_17), Poses.empty(COCO_17)).shape
        (0, 0)
    """

    def __init__(self, *, threshold: float = 0.22) -> None:
        """Set the distance below which two poses count as the same person a moment later.

        Args:
            threshold: in units of a pose's spread (root mean square distance of the keypoints
                to their mean). The default separates positives from overlapping people best
                across a gap of four frames.

        Raises:
            ValueError: if the threshold is not positive.
        """
        if not threshold > 0:
            raise ValueError(f"threshold must be positive, got {threshold}")
        self.threshold = threshold
        self.dimensions = 2 * len(CANONICAL)

    def embed(self, poses: Poses, /) -> Floats:
        """Normalised keypoints `(N, 30)`, x and y in turn; NaN where missing."""
        points, valid = normalize(keypoints_as(poses))
        points[~valid] = np.nan
        return points.reshape(len(points), 2 * len(CANONICAL))

    def compare(self, known: Floats, seen: Floats, /) -> Floats:
        """Distances `(T, C)`; infinite where fewer than three keypoints are common."""
        k = len(CANONICAL)
        offset = known.reshape(-1, 1, k, 2) - seen.reshape(1, -1, k, 2)
        lengths = np.sqrt(np.einsum("tckd,tckd->tck", offset, offset))
        common = lengths == lengths  # false for NaN, in one pass
        lengths[~common] = 0
        count = common.sum(axis=2, dtype=np.float32)
        distances: Floats = lengths.sum(axis=2) / np.maximum(count, 1)
        distances[count < MINIMUM_KEYPOINTS] = np.inf
        return distances

    def distances(self, known: Poses, seen: Poses) -> Floats:
        """Distances `(T, C)` of every pose of `known` to every pose of `seen`.

        The skeletons may differ: both are read as the canonical one, by name.
        """
        return self.compare(self.embed(known), self.embed(seen))
