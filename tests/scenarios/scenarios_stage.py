"""A small stage with people on it, and stand-in networks that see what a camera would.

People are painted into real pictures, the nearer one over the farther one. The stand-in estimator
gives the pose of whoever fills most of its box and is not hidden, as real ones do: put over two
people it follows the one in front. So identities are lost here where they are lost in videos.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lighttrack.matching import EuclideanMatcher
from lighttrack.structures import (
    Boxes,
    CameraMotion,
    Detections,
    Floats,
    Frame,
    Image,
    Poses,
    boxes,
)
from lighttrack.structures.skeletons import COCO_17
from lighttrack.structures.tracks import TrackedFrame
from lighttrack.tracking import PoseTracker, TrackerConfig

# A standing body of height 1 about its centre, in COCO's order.
_BODY = np.array(
    [[0, -.43], [.02, -.45], [-.02, -.45], [.04, -.44], [-.04, -.44], [.11, -.32], [-.11, -.32],
     [.14, -.15], [-.14, -.15], [.15, 0], [-.15, 0], [.07, .02], [-.07, .02], [.08, .24],
     [-.08, .24], [.08, .45], [-.08, .45]], np.float32,
)  # fmt: skip

HEIGHT, WIDTH = 360, 640


@dataclass(frozen=True)
class Person:
    """Somebody who walks where `path(time)` says: x, y of the centre and height in pixels."""

    path: Callable[[float], tuple[float, float, float] | None]
    shirt: tuple[int, int, int]
    trousers: tuple[int, int, int] = (40, 40, 60)
    face: int = 0
    """Number of the face: all that tells people apart who wear the same."""

    def pose(self, time: float) -> Floats | None:
        place = self.path(time)
        if place is None:
            return None
        x, y, height = place
        swing = np.zeros((17, 2), np.float32)
        stride = 0.06 * np.sin(2 * np.pi * 1.0 * time)
        swing[[13, 15], 0], swing[[14, 16], 0] = stride, -stride
        return (_BODY + swing) * height + np.array([x, y], np.float32)


def box_of(pose: Floats) -> Boxes:
    height = np.ptp(pose[:, 1])
    low, high = pose.min(axis=0), pose.max(axis=0)
    return np.array(
        [
            low[0] - 0.045 * height,
            low[1] - 0.08 * height,
            high[0] + 0.045 * height,
            high[1] + 0.07 * height,
        ],
        np.float32,
    )


@dataclass
class Stage:
    """People, nearest last, watched by a camera whose picture is cut out at `camera(time)`."""

    people: Sequence[Person]
    fps: float = 25.0
    camera: Callable[[float], tuple[float, float, float]] = lambda time: (0.0, 0.0, 1.0)
    """Offset x, y and zoom at a time."""
    cuts: Sequence[float] = ()
    """Times from which nothing of the background is where it was."""
    times: Sequence[float] | None = None
    skeleton = COCO_17
    tracked_threshold: float = 0.3
    keypoint_threshold: float = 0.3
    score_threshold: float = 0.4
    detector_calls: list[float] = field(default_factory=list)
    pose_calls: int = 0
    boxes_seen: int = 0
    looks_taken: list[tuple[float, int]] = field(default_factory=list)
    """Times at which the appearance network looked, and at how many people."""
    now: float = 0.0

    def visible(self) -> list[tuple[int, Floats, float]]:
        """Index, pose in the picture and share that nobody nearer hides, of those in view."""
        dx, dy, zoom = self.camera(self.now)
        seen: list[tuple[int, Floats, float]] = []
        for index, person in enumerate(self.people):
            pose = person.pose(self.now)
            if pose is None:
                continue
            pose = (pose - [dx, dy]) * zoom
            centre = pose.mean(axis=0)
            if not (0 < centre[0] < WIDTH and 0 < centre[1] < HEIGHT):
                continue
            seen.append((index, pose.astype(np.float32), 1.0))
        for i, (index, pose, _) in enumerate(seen):
            trunk = pose[[5, 6, 11, 12]]
            hidden = np.zeros(4, bool)
            for _, nearer, _ in seen[i + 1 :]:
                front = box_of(nearer)
                hidden |= ((trunk >= front[:2]) & (trunk <= front[2:])).all(axis=1)
            seen[i] = (index, pose, float(1 - hidden.mean()))
        return seen

    def picture(self) -> Image:
        image = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
        for index, pose, _ in self.visible():
            person, height = self.people[index], np.ptp(pose[:, 1])
            for rows, colour in (
                ((5, 6, 11, 12), person.shirt),
                ((11, 12, 15, 16), person.trousers),
            ):
                part = pose[list(rows)]
                x0, y0 = np.maximum(part.min(axis=0) - 0.04 * height, 0).astype(int)
                x1, y1 = (part.max(axis=0) + 0.04 * height).astype(int)
                image[y0:y1, x0:x1] = colour
        return image

    def frames(self, seconds: float) -> Iterator[Frame]:
        times = self.times or np.arange(int(seconds * self.fps)) / self.fps
        for index, time in enumerate(times):
            self.now = float(time)
            yield Frame(index, float(time), self.picture())

    # The stand-in networks.

    def detect(self, image: Image) -> Detections:
        self.detector_calls.append(self.now)
        found = [box_of(pose) for _, pose, share in self.visible() if share > 0.4]
        return Detections(np.reshape(found, (-1, 4)), np.full(len(found), 0.9))

    def estimate(self, image: Image, where: Boxes) -> Poses:
        self.pose_calls += 1
        self.boxes_seen += len(where)
        n = len(where)
        keypoints = np.repeat(boxes.centers(where)[:, None], 17, axis=1).reshape(n, 17, 2)
        scores = np.full((n, 17), 0.1, np.float32)
        seen = self.visible()
        if n and seen:
            bodies = np.stack([box_of(pose) for _, pose, _ in seen])
            share = np.array([share for _, _, share in seen], np.float32)
            fill = boxes.iou(where, bodies) * np.where(share > 0.4, 1, 0.3 * share)[None]
            best = fill.argmax(axis=1)
            for row, column in enumerate(best):
                if fill[row, column] > 0.15:
                    keypoints[row] = seen[column][1]
                    scores[row] = 0.8
        return Poses(COCO_17, keypoints, scores, where, scores.mean(axis=1))

    def look(self, where: Boxes) -> Floats:
        """Embeddings `(N, 8)`: a face each, and as much of it as is hidden is the next one's."""
        self.looks_taken.append((self.now, len(where)))
        seen = self.visible()
        bodies = np.stack([box_of(pose) for _, pose, _ in seen])
        looks = np.zeros((len(where), 8), np.float32)
        for row, best in enumerate(boxes.iou(where, bodies).argmax(axis=1)):
            person, _, share = seen[best]
            looks[row, self.people[person].face] += share
            looks[row, self.people[seen[-1][0]].face] += 1 - share
        return looks / np.linalg.norm(looks, axis=1, keepdims=True)

    def tracker(
        self, *, watches_camera: bool = False, looks: bool = False, **config: Any
    ) -> PoseTracker:
        config = {"keyframe_interval": 10, **config}
        return PoseTracker(
            _Detector(self),
            _Estimator(self),
            matcher=EuclideanMatcher(),
            camera=_Camera(self) if watches_camera else None,
            appearance=_Appearance(self) if looks else None,
            config=TrackerConfig(**config),
        )

    def run(self, seconds: float, **config: Any) -> "Performance":
        tracker = self.tracker(**config)
        return Performance(self, list(self._watch(tracker, seconds)))

    def _watch(
        self, tracker: PoseTracker, seconds: float
    ) -> Iterator[tuple[TrackedFrame, dict[int, int]]]:
        state = tracker.start()
        for frame in self.frames(seconds):
            state, shown = tracker.step(state, frame)
            truth = {}
            bodies = [(index, box_of(pose), share) for index, pose, share in self.visible()]
            for identity, box in zip(shown.ids.tolist(), shown.boxes, strict=True):
                if bodies:
                    overlap = boxes.iou(box[None], np.stack([b for _, b, _ in bodies]))[0]
                    if overlap.max() > 0.5:
                        truth[identity] = bodies[int(overlap.argmax())][0]
            yield shown, truth


@dataclass(frozen=True)
class _Detector:
    stage: Stage

    @property
    def score_threshold(self) -> float:
        return self.stage.score_threshold

    def __call__(self, image: Image, /) -> Detections:
        return self.stage.detect(image)


@dataclass(frozen=True)
class _Estimator:
    stage: Stage
    skeleton = COCO_17
    tracked_threshold: float = 0.3
    keypoint_threshold: float = 0.3

    def __call__(self, image: Image, where: Boxes, /) -> Poses:
        return self.stage.estimate(image, where)


@dataclass(frozen=True)
class _Camera:
    """Knows how the stage's camera moves."""

    stage: Stage

    def look(self, image: Image, /) -> tuple[float, float, float, int]:
        scene = sum(self.stage.now >= cut for cut in self.stage.cuts)
        return (*self.stage.camera(self.stage.now), scene)

    def between(self, before: Any, now: Any, people: Boxes, /) -> CameraMotion:
        (x, y, zoom, scene), (to_x, to_y, to_zoom, to_scene) = before, now
        if scene != to_scene:
            return CameraMotion.unknown()
        scale = to_zoom / zoom
        return CameraMotion([
            [scale, 0, to_zoom * (x - to_x)], [0, scale, to_zoom * (y - to_y)]
        ])  # fmt: skip


@dataclass(frozen=True)
class _Appearance:
    stage: Stage
    threshold: float = 0.5
    dimensions: int = 8

    def __call__(self, image: Image, where: Boxes, /) -> Floats:
        return self.stage.look(where)

    def probability(self, distances: Floats, /) -> Floats:
        apart = np.nan_to_num(distances, nan=self.threshold) - self.threshold
        return np.asarray(1 / (1 + np.exp(apart / 0.05)), np.float32)


@dataclass(frozen=True)
class Performance:
    """What the tracker showed, frame by frame, and which person each identity stood on."""

    stage: Stage
    shown: list[tuple[TrackedFrame, dict[int, int]]]

    def identities_of(self, person: int) -> list[int]:
        """The identities that a person had, in the order of first appearance."""
        order: list[int] = []
        for _, truth in self.shown:
            order.extend(i for i, p in truth.items() if p == person and i not in order)
        return order

    def ids(self) -> set[int]:
        return {i for frame, _ in self.shown for i in frame.ids.tolist()}

    def share_tracked(self, person: int, start: float = 0.0, end: float = np.inf) -> float:
        """Share of the frames between two times in which an identity stands on the person."""
        there = [
            person in truth.values() for frame, truth in self.shown if start <= frame.time < end
        ]
        return float(np.mean(there))


def walker(
    start: float,
    speed: float,
    y: float = 180,
    height: float = 160,
    seen: tuple[float, float] = (0.0, np.inf),
) -> Callable[[float], tuple[float, float, float] | None]:
    """Walks from x = `start` at `speed` pixels a second while `seen` lasts."""

    def path(time: float) -> tuple[float, float, float] | None:
        return (start + speed * time, y, height) if seen[0] <= time < seen[1] else None

    return path
