"""Poses in the boxes where people are expected or detected, and eq. (1): who is tracked."""

from dataclasses import dataclass

import numpy as np

from lighttrack.structures import Detections, Frame, Image, Mask, Poses, boxes
from lighttrack.structures.poses import keypoint_similarity
from lighttrack.structures.protocols import PoseEstimator
from lighttrack.structures.regions import Regions
from lighttrack.structures.skeletons import sigmas_of
from lighttrack.structures.types import Indices
from lighttrack.tracking import lifecycle, motion, occlusion
from lighttrack.tracking.appearance import AppearanceMemory
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.tracklets import Tracklets


@dataclass(frozen=True, slots=True)
class Estimation:
    """Estimates poses, decides who is tracked, and updates the people with their poses."""

    estimator: PoseEstimator
    memory: AppearanceMemory
    config: TrackerConfig

    def follow(self, people: Tracklets, frame: Frame, elapsed: float) -> tuple[Tracklets, Mask]:
        """Estimate poses where people are expected; `(N,)`: whose pose was estimated.

        `elapsed` are the seconds since the frame before.
        """
        config = self.config
        inside = boxes.visible_share(people.body.boxes, frame.width, frame.height)
        wanted = lifecycle.is_looked_for(people, config.reidentification)
        wanted = wanted & (inside > config.propagation.min_visible)
        rows = np.nonzero(wanted)[0]
        looked_for = people if len(rows) == len(people) else people[rows]
        poses = self.estimator(frame.image, Regions(looked_for.body.boxes, looked_for.body.angles))
        poses, tracked = self.validate(looked_for, poses, frame.image)
        followed = tracked & looked_for.body.tracked
        again = tracked & ~followed
        if np.count_nonzero(followed) < len(people):
            still = np.zeros(len(people), np.bool_)
            still[rows[followed]] = True
            people = people.with_body(tracked=still)
        people = self._update(people, rows, poses, followed, elapsed)
        if np.count_nonzero(again):
            lost = looked_for[again]
            found = self._update(lost, np.arange(len(lost)), poses[again], again[again], elapsed)
            people = lifecycle.reacquired(people, found)
            wanted = np.append(wanted, np.ones(len(lost), np.bool_))
        return people, wanted

    def follow_detected(
        self,
        people: Tracklets,
        owner: Indices,
        found: Detections,
        threshold: float,
        frame: Frame,
        elapsed: float,
    ) -> tuple[Tracklets, Indices]:
        """Estimate those in their detected boxes whose pose of this frame is not known yet.

        `owner` `(M,)` is the row of the person that each detection is of, -1 for a new one, who
        needs a score from `threshold`. The new people come last; returned are also the rows of all
        who were found.
        """
        if not len(found):
            return people, owner
        config = self.config
        poses = self.estimator(frame.image, Regions(found.boxes, found.angles))
        genuine = self.is_tracked(poses) & ~self.repeats(people, poses)
        found, owner, poses = found[genuine], owner[genuine], poses[genuine]
        known = owner >= 0
        of_known, tracked = self.validate(people[owner[known]], poses[known], frame.image)
        rows = owner[known][tracked]
        people = self._update(people, owner[known], of_known, tracked, elapsed)
        detected = found[known][tracked]
        people = lifecycle.record_detections(people, rows, detected, threshold, config)
        n, new = len(people), poses[~known]
        people = lifecycle.start_tracklets(
            people, new, self.confident(new), found[~known], threshold, config
        )
        return people, np.append(rows, np.arange(n, len(people)))

    def reconsider(
        self, people: Tracklets, rows: Indices, found: Detections, frame: Frame
    ) -> Tracklets:
        """Estimate `rows` once more in boxes `found` for them with which their own do not agree.

        A box around half a body gives keypoints of that half only, frame after frame. The more
        confident pose is kept.
        """
        config = self.config.propagation
        if config.box != "body" or not len(rows):
            return people
        agreed = np.einsum("ii->i", boxes.iou(people.body.boxes[rows], found.boxes))
        doubtful = agreed <= config.min_agreement
        if not doubtful.any():
            return people
        rows, detected = rows[doubtful], found.boxes[doubtful]
        poses = self.estimator(frame.image, Regions.of(detected))
        better = poses.scores.mean(axis=1) > people.body.poses.scores[rows].mean(axis=1)
        better &= self.is_tracked(poses)
        rows, poses = rows[better], poses[better]
        new = lifecycle.init_tracklets(
            poses, self.confident(poses), detected[better], people, config
        ).body
        kept = {name: getattr(people.body, name)[rows] for name in lifecycle.HISTORY}
        return Tracklets(people.body.replaced(rows, new.changed(**kept)), people.identity)

    def _update(
        self, people: Tracklets, rows: Indices, poses: Poses, found: Mask, elapsed: float
    ) -> Tracklets:
        """The people after those of `rows` who were `found` have new poses."""
        if np.count_nonzero(found) < len(rows):
            rows, poses = rows[found], poses[found]
        confident = self.confident(poses)
        return motion.update(people, rows, poses, confident, elapsed, self.config)

    # Checks of poses.

    def validate(self, people: Tracklets, seen: Poses, image: Image) -> tuple[Poses, Mask]:
        """The poses less the keypoints of others, and `(N,)` which of their people are tracked.

        A keypoint that two people claim stays with one of them; a pose that duplicates another
        person's is not tracked.
        """
        config = self.config.occlusion
        if not config.resolve_contested:
            return seen, self.is_tracked(seen)
        pairs = boxes.overlapping_pairs(seen.boxes, config.clear)
        if not len(pairs[0]):
            return seen, self.is_tracked(seen)
        keypoints, duplicates = occlusion.resolve_contested(
            seen, self.confident(seen), people.body.keypoints,
            lambda: self.memory.belief(people, seen, image), pairs, config,
        )  # fmt: skip
        seen = seen.without(keypoints)
        return seen, self.is_tracked(seen) & ~duplicates

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
