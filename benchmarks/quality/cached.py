"""Answers of networks that are kept, so that a sweep over settings runs each network once.

The boxes in which poses and appearance are asked for are rounded to whole pixels, which makes
trackers that differ in their identities alone ask for the same. All trackers of a sweep are rounded
alike, so they compare with one another, not with figures of unrounded runs: on the 71 frames of
TUD-Campus rounding alone moves IDF1 by three points.
"""

import os
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.structures import (
    Boxes,
    CameraMotion,
    Detections,
    Floats,
    Image,
    Poses,
    Regions,
)
from lighttrack.structures.protocols import (
    AppearanceModel,
    CameraMotionEstimator,
    Detector,
    PoseEstimator,
)

Answer = tuple[Any, ...]


class NetworkCache:
    """What the networks answered for one clip, kept in a file; a pickle: read only your own."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.answers: dict[tuple[Any, ...], Any] = {}
        if path is not None and path.exists():
            self.answers = pickle.loads(path.read_bytes())
        self.frame = 0
        """Number of the frame that the tracker is at, whichever it started with."""
        self.asked = self.missed = 0

    def one(self, name: str, ask: Callable[[], Any]) -> Any:
        """The answer of a network for this frame."""
        key = (name, self.frame)
        if key not in self.answers:
            self.answers[key] = ask()
        return self.answers[key]

    def many(
        self, name: str, boxes: Boxes, ask: Callable[[Boxes], Sequence[Answer]]
    ) -> list[Answer]:
        """The answers of a network for each of the `boxes` `(N, 4)` of this frame."""
        rounded = np.round(boxes)
        keys = [(name, self.frame, *map(int, row)) for row in rounded]
        missing = [i for i, key in enumerate(keys) if key not in self.answers]
        self.asked += len(keys)
        self.missed += len(missing)
        if missing:
            for i, answer in zip(missing, ask(rounded[missing]), strict=True):
                self.answers[keys[i]] = answer
        return [self.answers[key] for key in keys]

    def save(self) -> None:
        """Write the file; a run that is interrupted meanwhile leaves the old one."""
        if self.path is not None:
            new = self.path.with_suffix(f".{os.getpid()}")
            new.write_bytes(pickle.dumps(self.answers))
            new.replace(self.path)


class CachedDetector:
    """A detector that is asked once for each frame, and counts how often it would have been."""

    def __init__(self, inner: Detector, name: str, cache: NetworkCache) -> None:
        self._inner, self._name, self._cache = inner, name, cache
        self.score_threshold = inner.score_threshold
        self.calls = 0

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`."""
        self.calls += 1

        def ask() -> tuple[Boxes, Floats]:
            found = self._inner(image)
            return found.boxes, found.scores

        return Detections(*self._cache.one(self._name, ask))


class CachedEstimator:
    """A pose estimator that is asked once for each box."""

    def __init__(self, inner: PoseEstimator, name: str, cache: NetworkCache) -> None:
        self._inner, self._name, self._cache = inner, name, cache
        self.skeleton = inner.skeleton
        self.tracked_threshold = inner.tracked_threshold
        self.keypoint_threshold = inner.keypoint_threshold

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`."""

        def ask(boxes: Boxes) -> Sequence[Answer]:
            found = self._inner(image, Regions.of(boxes))
            return list(zip(found.keypoints, found.scores, found.person_scores, strict=True))

        answers = self._cache.many(self._name, regions.boxes, ask)
        if not answers:
            return Poses.empty(self.skeleton)
        keypoints, scores, people = map(np.stack, zip(*answers, strict=True))
        return Poses(self.skeleton, keypoints, scores, regions.boxes, people)


class CachedAppearance:
    """An appearance network that is asked once for each box."""

    def __init__(self, inner: AppearanceModel, name: str, cache: NetworkCache) -> None:
        self._inner, self._name, self._cache = inner, name, cache
        self.dimensions, self.of_poses = inner.dimensions, inner.of_poses
        self.log_odds = inner.log_odds

    def describe(self, image: Image, boxes: Boxes, poses: Poses | None, /) -> Floats:
        """A descriptor for each of `boxes`."""

        def ask(rounded: Boxes) -> Sequence[Answer]:
            return [(vector,) for vector in self._inner.describe(image, rounded, None)]

        answers = self._cache.many(self._name, boxes, ask)
        found = [vector for (vector,) in answers]
        return np.stack(found) if found else np.zeros((0, self.dimensions), np.float32)


class CachedCamera:
    """A camera motion estimator that is asked once for each frame.

    The people whom it leaves out are those of the first tracker that came by.
    """

    def __init__(self, inner: CameraMotionEstimator, cache: NetworkCache) -> None:
        self._inner, self._cache = inner, cache

    def preprocess(self, image: Image, /) -> Image:
        """The image: it is looked at only if nothing is known of the frame."""
        return image

    def estimate(self, before: Image, now: Image, people: Boxes, /) -> CameraMotion:
        """The motion from the image of `before` to that of `now`."""

        def ask() -> tuple[Floats, bool]:
            views = [self._inner.preprocess(image) for image in (before, now)]
            found = self._inner.estimate(*views, people)
            return found.transform, found.cut

        return CameraMotion(*self._cache.one("camera", ask))
