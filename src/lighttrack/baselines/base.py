"""What the baselines share: their protocol, poses of detections, frames of people with ids."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from lighttrack.structures import Boxes, Frame, Ids, Poses, Regions, TrackedFrame
from lighttrack.structures.protocols import Detector, PoseEstimator
from lighttrack.structures.tracks import TrackState


class Baseline(Protocol):
    """A tracker to compare with."""

    def track(
        self, frames: Iterable[Frame], detector: Detector, estimator: PoseEstimator
    ) -> Iterator[TrackedFrame]:
        """The people of every frame, in the order of the frames.

        Args:
            frames: of one video; their images are read once.
            detector: called for every frame.
            estimator: called for the boxes of every frame.
        """
        ...


def detected_boxes(detector: Detector, frame: Frame) -> tuple[Boxes, np.ndarray]:
    """Boxes `(N, 4)` and scores `(N,)` of the detections that are more likely a person than not."""
    found = detector(frame.image)
    sure = found.scores >= detector.score_threshold
    return found.boxes[sure], found.scores[sure]


def posed(estimator: PoseEstimator, frame: Frame, boxes: Boxes) -> Poses:
    """The poses in `boxes` `(N, 4)` whose mean keypoint score says that a person is there."""
    poses = estimator(frame.image, Regions.of(boxes))
    return poses[poses.scores.mean(axis=1) > estimator.tracked_threshold]


def with_ids(frame: Frame, poses: Poses, ids: Ids) -> TrackedFrame:
    """A frame of people who are all tracked; the detector was called for it."""
    states = np.full(len(poses), TrackState.TRACKED, np.uint8)
    return TrackedFrame(frame.index, frame.time, ids, poses, poses.boxes, True, states)


def greedy_pairs(similarity: np.ndarray, least: float) -> list[tuple[int, int]]:
    """Rows and columns of `(N, M)` similarities paired from the most alike down to `least`.

    Example:
        >>> greedy_pairs(np.array([[0.9, 0.8], [0.7, 0.1]]), 0.3)
        [(0, 0)]
    """
    pairs: list[tuple[int, int]] = []
    rows: set[int] = set()
    columns: set[int] = set()
    for place in np.argsort(-similarity, axis=None, kind="stable"):
        row, column = (int(number) for number in np.unravel_index(place, similarity.shape))
        if similarity[row, column] < least:
            break
        if row not in rows and column not in columns:
            pairs.append((row, column))
            rows.add(row)
            columns.add(column)
    return pairs
