"""Whether an estimated pose is the person's it was estimated for: eq. (1) of the paper."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lighttrack.structures import Detections, Floats, Image, Mask, Poses, boxes
from lighttrack.structures.poses import keypoint_similarity
from lighttrack.structures.protocols import PoseEstimator
from lighttrack.structures.regions import Regions
from lighttrack.structures.skeletons import sigmas_of
from lighttrack.tracking import occlusion
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.tracklets import Bodies, Tracklets

Belief = Callable[[Tracklets, Poses], Floats]
"""How far each pose `(N,)`, 0 to 1, is believed to be the person's it was estimated for."""


@dataclass(frozen=True, slots=True)
class PoseValidator:
    """Estimates poses and says which people are tracked and which keypoints are theirs."""

    estimator: PoseEstimator
    config: TrackerConfig

    def __call__(self, people: Tracklets, image: Image, belief: Belief) -> tuple[Poses, Mask]:
        """Poses of N people in their boxes, and eq. (1): `(N,)` who of them is tracked.

        A keypoint that two people claim stays with one of them; a pose that is somebody else's as a
        whole is not tracked.
        """
        return self.validate(people, self.estimate(people.body, image), belief)

    def estimate(self, found: Bodies | Detections, image: Image) -> Poses:
        """A pose in each of the boxes, upright or turned as the people in them are."""
        return self.estimator(image, Regions(found.boxes, found.angles))

    def validate(self, people: Tracklets, seen: Poses, belief: Belief) -> tuple[Poses, Mask]:
        """The poses less the keypoints of others, and `(N,)` which of their people are tracked."""
        config = self.config.occlusion
        pairs = boxes.overlapping_pairs(seen.boxes, config.clear)
        if not config.resolve_contested or not len(pairs[0]):
            return seen, self.is_tracked(seen)
        contested = occlusion.resolve_contested(
            seen, self.confident(seen), people.body.keypoints,
            lambda: belief(people, seen), pairs, config,
        )  # fmt: skip
        seen = seen.without(contested.keypoints)
        return seen, self.is_tracked(seen) & ~contested.duplicates

    def is_tracked(self, seen: Poses) -> Mask:
        """`(N,)`: eq. (1): whether the mean keypoint score exceeds τs."""
        threshold = self.config.lifecycle.tracked_threshold
        if threshold is None:
            threshold = self.estimator.tracked_threshold
        scores = seen.scores
        return np.asarray(np.einsum("nk->n", scores) > threshold * scores.shape[1])

    def confident(self, seen: Poses) -> Mask:
        """`(N, K)`: which keypoints are confident."""
        return np.asarray(seen.scores >= self.estimator.keypoint_threshold)

    def repeats(self, people: Tracklets, seen: Poses) -> Mask:
        """`(M,)`: which of the poses are of people who are tracked already."""
        tracked = people[people.body.tracked].body
        if not len(tracked.boxes) or not len(seen):
            return np.zeros(len(seen), np.bool_)
        first = np.where(self.confident(seen)[..., None], seen.keypoints, np.nan)
        second = np.where((tracked.keypoint_ages == 0)[..., None], tracked.keypoints, np.nan)
        areas = np.broadcast_to(boxes.area(tracked.boxes), (len(first), len(second)))
        sigmas = sigmas_of(seen.skeleton)
        alike = keypoint_similarity(first[:, None], second[None], areas, sigmas)
        return np.asarray(alike.max(axis=1) > self.config.occlusion.duplicate_oks)
