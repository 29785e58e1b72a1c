"""What a pose that was just estimated tells of the person it was looked for."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from lighttrack.structures import Boxes, Floats, Image, Mask, Poses, boxes
from lighttrack.structures.protocols import PoseEstimator
from lighttrack.structures.types import Indices
from lighttrack.tracking import propagation
from lighttrack.tracking.colours import PARTS
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.exclusion import overlapping_pairs, settle_claims, without
from lighttrack.tracking.recognition import Recogniser
from lighttrack.tracking.tracklets import Tracklets


@dataclass(frozen=True, slots=True)
class Observation:
    """Poses of one frame, with what in them counts."""

    poses: Poses
    """N poses as the estimator gave them."""

    confident: Mask
    """`(N, K)`: keypoints that are confident and nobody else's."""

    found: Mask
    """`(N,)`: eq. (1): whether the person is there."""

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, index: Any) -> "Observation":
        """The observations that a mask, a slice or an array of indices selects."""
        return Observation(self.poses[index], self.confident[index], self.found[index])


@dataclass(frozen=True, slots=True)
class Observer:
    """Judges poses: whether people are there, and which keypoints are theirs."""

    config: TrackerConfig

    estimator: PoseEstimator
    """Whose poses they are: it says what their scores mean."""

    recogniser: Recogniser

    def observe(self, people: Tracklets, seen: Poses, image: Image) -> Observation:
        """Judge the poses `seen` that were estimated for `people`, one for each."""
        config, confident = self.config, self.confident(seen)
        if not config.exclusive or not len((pairs := overlapping_pairs(seen.boxes))[0]):
            return Observation(seen, confident, self.is_tracked(seen))
        belief = partial(self.recogniser.belief, people, seen, confident, image)
        claims = settle_claims(seen, confident, people.body, belief, pairs, config.duplicate_oks)
        seen, confident = without(seen, claims.stolen), confident & ~claims.stolen
        return Observation(seen, confident, self.is_tracked(seen) & ~claims.duplicates)

    def is_tracked(self, seen: Poses) -> Mask:
        """`(N,)`: eq. (1): whether the mean keypoint score exceeds τs."""
        threshold = self.config.tracked_threshold
        if threshold is None:
            threshold = self.estimator.tracked_threshold
        scores = seen.scores
        return np.asarray(np.einsum("nk->n", scores) > threshold * scores.shape[1])

    def confident(self, seen: Poses) -> Mask:
        """`(N, K)`: which keypoints are confident."""
        return np.asarray(seen.scores >= self.estimator.keypoint_threshold)


def take_in(
    people: Tracklets,
    rows: Indices | None,
    observation: Observation,
    elapsed: float,
    config: TrackerConfig,
) -> Tracklets:
    """The tracklets after `rows` of them were looked for.

    Args:
        people: N tracklets as they were expected in this frame.
        rows: `(M,)` which of them were looked for; None: all.
        observation: M poses, in the order of `rows`.
        elapsed: seconds since the frame before.
        config: how boxes follow from keypoints.
    """
    if rows is None:
        rows = np.arange(len(people))
    if len(rows) == len(people) and bool(observation.found.all()):
        return _seen_again(people, observation.poses, observation.confident, elapsed, config)
    tracked = people.tracked.copy()
    tracked[rows] = observation.found
    people = people.updated(tracked=tracked)
    found = observation.found
    if not found.any():
        return people
    again = _seen_again(
        people[rows[found]],
        observation.poses[found],
        observation.confident[found],
        elapsed,
        config,
    )
    return people.replaced(rows[found], again)


def _seen_again(
    people: Tracklets, poses: Poses, confident: Mask, elapsed: float, config: TrackerConfig
) -> Tracklets:
    unseen = np.where(confident, np.float32(0), people.unseen)
    common = confident & np.isfinite(people.unseen)
    moved = propagation.displacement(people.body, poses.keypoints, common, poses.skeleton)
    body = np.where(confident[..., None], poses.keypoints, people.body + moved[:, None])
    measured = next_boxes(body, unseen, confident, people.margins, config)
    velocities = people.velocities
    if config.motion:
        # The body was expected where its velocity led it: what it moved beyond that is the change.
        velocities = propagation.follow(velocities, moved, elapsed)
        measured = propagation.steady(people.boxes, moved, measured, elapsed)
    return people.updated(
        poses=poses,
        tracked=np.ones(len(people), np.bool_),
        body=body,
        unseen=unseen,
        velocities=velocities,
        boxes=measured,
        embeddings=np.full_like(people.embeddings, np.nan),
        adrift=np.zeros(len(people), np.bool_),
        revived=people.lost_for > 0,
        lost_for=np.zeros(len(people), np.float32),
        frames_tracked=people.frames_tracked + 1,
    )


def next_boxes(
    body: Floats, unseen: Floats, confident: Mask, margins: Floats, config: TrackerConfig
) -> Boxes:
    """Boxes `(N, 4)` in which the people are looked for next."""
    if config.box == "body":
        return propagation.body_boxes(body, unseen < propagation.CARRIED_FOR, margins)
    # Somebody without a confident keypoint is lost in any case; the box is only kept valid.
    some = confident | ~confident.any(axis=1, keepdims=True)
    return propagation.keypoint_boxes(body, some, config.enlargement)


def newcomers(
    poses: Poses,
    confident: Mask,
    detected: Boxes,
    config: TrackerConfig,
    dimensions: int = 0,
    embedding: int = 0,
) -> Tracklets:
    """Tracklets of people seen for the first time.

    Args:
        poses: N poses.
        confident: `(N, K)` which of their keypoints count.
        detected: `(N, 4)` the boxes in which they were detected.
        config: how boxes follow from keypoints.
        dimensions: D of `Tracklets.looks`.
        embedding: E of `Tracklets.embeddings`.
    """
    n = len(poses)
    unseen = np.where(confident, np.float32(0), np.float32(np.inf))
    margins = np.broadcast_to(propagation.usual_margins(poses.skeleton), (n, 4))
    margins = propagation.learn_margins(margins, poses.keypoints, confident, detected)
    return Tracklets(
        ids=np.full(n, -1, np.int64),
        poses=poses,
        tracked=np.ones(n, np.bool_),
        body=poses.keypoints,
        unseen=unseen,
        boxes=next_boxes(poses.keypoints, unseen, confident, margins, config),
        margins=margins,
        velocities=np.zeros((n, 2), np.float32),
        lost_for=np.zeros(n, np.float32),
        seen_for=np.zeros(n, np.float32),
        frames_tracked=np.ones(n, np.int64),
        evidence=np.ones(n, np.float32),
        origins=boxes.centers(detected),
        colours=np.full((n, PARTS, 3), np.nan, np.float32),
        looks=np.full((n, dimensions), np.nan, np.float32),
        embeddings=np.full((n, embedding), np.nan, np.float32),
        looks_taken=np.zeros(n, np.int64),
        adrift=np.zeros(n, np.bool_),
        revived=np.zeros(n, np.bool_),
    )


def corrected(
    people: Tracklets,
    rows: Indices,
    detected: Boxes,
    config: TrackerConfig,
) -> Tracklets:
    """The tracklets after detections `(M, 4)` of `rows` of them told how large their bodies are."""
    if config.box != "body" or not len(rows):
        return people
    # A detection far from the body's own box cuts it in two or holds a neighbour as well.
    agrees = np.einsum("ii->i", boxes.iou(people.boxes[rows], detected)) > 0.5
    rows, detected = rows[agrees], detected[agrees]
    body, known = people.body[rows], people.unseen[rows] < propagation.CARRIED_FOR
    margins, bodies = people.margins.copy(), people.boxes.copy()
    margins[rows] = propagation.learn_margins(margins[rows], body, known, detected)
    bodies[rows] = propagation.body_boxes(body, known, margins[rows])
    return people.updated(margins=margins, boxes=bodies)


_HIDDEN = 0.3
"""Share of a body's box inside another person's from which a detector may see one person."""


def covered(found: Boxes, people: Tracklets) -> Mask:
    """`(M,)`: which of the boxes `(M, 4)` lie to a good part in that of somebody tracked."""
    shared = boxes.intersection(found, people.boxes[people.tracked])
    return np.asarray(shared.max(axis=1, initial=0) > _HIDDEN * boxes.area(found))


def hidden(people: Tracklets) -> Mask:
    """`(N,)`: whose box lies to a good part in the box of somebody who is tracked."""
    shared = boxes.intersection(people.boxes, people.boxes[people.tracked])
    shared[people.tracked.nonzero()[0], np.arange(shared.shape[1])] = 0
    return np.asarray(shared.max(axis=1, initial=0) > _HIDDEN * boxes.area(people.boxes))
