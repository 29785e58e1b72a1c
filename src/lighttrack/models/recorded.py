"""Recorded detections and poses in place of networks, for ablations and tests.

A detector is called with an image only, so the image must carry the number of its frame:
`numbered` makes such images of the frames of a video, and `blank_frames` makes such frames without
a video. The components keep no state, and so serve many videos like any other.

Example:
    >>> from lighttrack.structures import Detections, VideoInfo
    >>> seen = {0: Detections([[10, 10, 50, 90]], [0.9])}
    >>> detector = RecordedDetector(seen)
    >>> info = VideoInfo("none", width=64, height=96, fps=25.0)
    >>> [len(detector(frame.image)) for frame in blank_frames(info, 2)]
    [1, 0]
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lighttrack.models.crop import boxes_of
from lighttrack.structures import (
    Detections,
    Frame,
    Image,
    Poses,
    Regions,
    Skeleton,
    VideoInfo,
)
from lighttrack.structures.boxes import iou


class NumberedImage(np.ndarray[Any, np.dtype[np.uint8]]):
    """An array with the number of its frame as an attribute."""

    index: int | None = None

    def __array_finalize__(self, source: Any) -> None:
        self.index = getattr(source, "index", None)


def _number(image: Image, index: int) -> NumberedImage:
    numbered_image = image.view(NumberedImage)
    numbered_image.index = index
    return numbered_image


def numbered(frames: Iterable[Frame]) -> Iterator[Frame]:
    """The same frames, with images that carry their numbers for recorded components."""
    for frame in frames:
        yield Frame(frame.index, frame.time, _number(frame.image, frame.index))


def blank_frames(info: VideoInfo, count: int) -> Iterator[Frame]:
    """Frames of black images that take no memory, as many as `count`."""
    black = np.broadcast_to(np.zeros(1, np.uint8), (info.height, info.width, 3))
    for index in range(count):
        yield Frame(index, index / info.fps, _number(black, index))


def _index_of(image: Image) -> int:
    index = getattr(image, "index", None)
    if index is None:
        raise ValueError(
            "a recorded component needs images with the number of their frame: "
            "pass the frames through lighttrack.models.recorded.numbered"
        )
    return int(index)


class RecordedDetector:
    """Returns the detections recorded for each frame; none for other frames."""

    def __init__(self, frames: Mapping[int, Detections], *, score_threshold: float = 0.5) -> None:
        """Replay `frames`, by frame number from 0."""
        self.score_threshold = score_threshold
        self.networks: Mapping[str, str] = {}
        self._frames = frames

    def __call__(self, image: Image, /) -> Detections:
        """What is recorded for the frame of `image`, an image of `numbered` frames."""
        return self._frames.get(_index_of(image), Detections.empty())


class KnownDetector:
    """Boxes that are known beforehand, by the number of the frame, in a detector's place.

    Every frame that has boxes is a key frame, unless the setting `keyframes.at_detections` is off.

    Example:
        >>> detector = KnownDetector({3: Detections([[10, 10, 50, 90]], [0.9])})
        >>> len(detector.of_frame(Frame(3, 0.12, np.zeros((96, 64, 3), np.uint8))))
        1
    """

    score_threshold = 0.0
    """All boxes count: they were chosen when they were given."""

    def __init__(self, frames: Mapping[int, Detections]) -> None:
        """Take boxes by frame number from 0."""
        self.networks: Mapping[str, str] = {}
        self.keyframes = frozenset(index for index, found in frames.items() if len(found))
        self._frames = frames

    def of_frame(self, frame: Frame) -> Detections:
        """What is known of a frame."""
        return self._frames.get(frame.index, Detections.empty())

    def __call__(self, image: Image, /) -> Detections:
        """None: boxes are known of frames, not of images."""
        return Detections.empty()

    def require_within(self, frame_count: int | None) -> None:
        """Refuse boxes of frames that a video of so many does not have.

        Raises:
            ValueError: naming the first such frame.
        """
        count = math.inf if frame_count is None else frame_count
        beyond = [index for index in self.keyframes if index >= count]
        if beyond:
            raise ValueError(
                f"detections are given for frame {min(beyond)} (from 0), but the video has "
                f"{frame_count} frames"
            )


@dataclass(frozen=True, slots=True)
class RecordedNoise:
    """Seeded errors of a recorded estimator."""

    spread: float = 0.0
    """Standard deviation of a keypoint's coordinates, in units of the square root of the area of
    its person's box."""

    missed: float = 0.0
    """Probability that a person is missed in a frame, 0 to 1."""

    seed: int = 0


class RecordedEstimator:
    """Returns for each region the recorded pose whose box has the largest IoU with it.

    A region without enough overlap gets a pose with all keypoints missing and score 0.
    """

    def __init__(
        self,
        frames: Mapping[int, Poses],
        skeleton: Skeleton,
        *,
        noise: RecordedNoise | None = None,
        least_overlap: float = 0.3,
        tracked_threshold: float = 0.3,
        keypoint_threshold: float = 0.3,
    ) -> None:
        """Replay poses.

        Args:
            frames: Poses of `skeleton` by frame number from 0.
            skeleton: Theirs.
            noise: Errors to add; none without it.
            least_overlap: IoU from which a region counts as a recorded person's.
            tracked_threshold: τs of eq. (1) for the recorded scores.
            keypoint_threshold: As in the `PoseEstimator` protocol.
        """
        self.skeleton = skeleton
        self.tracked_threshold = tracked_threshold
        self.keypoint_threshold = keypoint_threshold
        self.networks: Mapping[str, str] = {}
        self._frames = frames
        self._noise = noise or RecordedNoise()
        self._least_overlap = least_overlap

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`, in their order."""
        boxes = boxes_of(regions)
        index = _index_of(image)
        known = self._frames.get(index)
        shape = (len(boxes), len(self.skeleton))
        keypoints = np.full((*shape, 2), np.nan, np.float32)
        scores, person = np.zeros(shape, np.float32), np.zeros(len(boxes), np.float32)
        if known is not None and len(known) and len(boxes):
            known = self._disturbed(known, index)
            overlap = iou(boxes, known.boxes)
            best = overlap.argmax(axis=1)
            hit = overlap[np.arange(len(boxes)), best] >= self._least_overlap
            keypoints[hit] = known.keypoints[best[hit]]
            scores[hit] = known.scores[best[hit]]
            person[hit] = known.person_scores[best[hit]]
        return Poses(self.skeleton, keypoints, scores, boxes, person)

    def _disturbed(self, poses: Poses, index: int) -> Poses:
        """The poses with this frame's errors, which depend on the frame only."""
        random = np.random.default_rng([self._noise.seed, index])
        error = random.standard_normal(poses.keypoints.shape, np.float32)
        missed = random.random(len(poses)) < self._noise.missed
        size = np.sqrt((poses.boxes[:, 2:] - poses.boxes[:, :2]).prod(axis=1))
        keypoints = poses.keypoints + error * np.float32(self._noise.spread) * size[:, None, None]
        keypoints[missed] = np.nan
        seen = (~missed).astype(np.float32)
        return Poses(
            poses.skeleton,
            keypoints,
            poses.scores * seen[:, None],
            poses.boxes,
            poses.person_scores * seen,
        )
