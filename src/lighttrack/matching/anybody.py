"""Pose matching that uses no pose: the control for every gain that a matcher shows."""

import numpy as np

from lighttrack.structures import Floats, Poses


class AnybodyMatcher:
    """Takes any two poses for one person's, so that those left on both sides are matched.

    In the paper's Table 5 a gain of pose matching over spatial consistency alone may come from
    the poses, or from matching any person who was lost with any who was found. This
    matcher does the latter only: what another one gains beyond it, the poses have given.

    Example:
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> matcher = AnybodyMatcher()
        >>> matcher.distances(Poses.empty(COCO_17), Poses.empty(COCO_17)).shape
        (0, 0)
    """

    threshold = 1.0

    def embed(self, poses: Poses, /) -> Floats:
        """Embeddings `(N, 0)` without content."""
        return np.zeros((len(poses), 0), np.float32)

    def compare(self, known: Floats, seen: Floats, /) -> Floats:
        """Distances `(T, C)`, all 0."""
        return np.zeros((len(known), len(seen)), np.float32)

    def distances(self, known: Poses, seen: Poses) -> Floats:
        """Distances `(T, C)` of every pose of `known` to every pose of `seen`, all 0."""
        return self.compare(self.embed(known), self.embed(seen))
