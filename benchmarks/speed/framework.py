"""What the tracker itself costs, with networks that take no time, and whether memory stays flat.

    python benchmarks/speed/framework.py [--frames 1000] [--memory-frames 20000]

Synthetic people walk in a 1920x1080 image; a stand-in detector finds them and a stand-in pose
estimator returns the pose of the person nearest to a box. The time within the two is subtracted.
Apart, people keep their distance; crossing, they walk to and fro past one another.

`processor` is processor time, independent of other load; `wall` includes waiting for a
processor. For memory, people leave and others come all the time.
"""

import argparse
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from measuring import show, write

from lighttrack import PoseTracker, TrackerConfig
from lighttrack.matching import EuclideanMatcher
from lighttrack.pipeline.measure import peak_memory_mb
from lighttrack.structures import Boxes, Detections, Floats, Frame, Image, Poses, Regions
from lighttrack.structures.boxes import centers
from lighttrack.structures.skeletons import COCO_17

WIDTH, HEIGHT = 1920, 1080
FPS = 25
PEOPLE = (1, 10, 30)

# A person who stands upright, in shares of their height, from the middle of the body.
_X = (0, 2, -2, 4, -4, 10, -10, 14, -14, 15, -15, 7, -7, 7, -7, 7, -7)
_Y = (-43, -45, -45, -44, -44, -32, -32, -15, -15, 0, 0, 2, 2, 25, 25, 47, 47)
UPRIGHT = np.stack([_X, _Y], axis=1).astype(np.float32) / 100


class Walkers:
    """People on their way; the place of each is a function of the frame alone."""

    def __init__(self, count: int, *, crossing: bool, staying: int | None = None) -> None:
        """Place them.

        Args:
            count: How many there are.
            crossing: Whether they walk past one another.
            staying: Frames after which a person has left and another has come; None: never.
        """
        columns = max(1, round(np.sqrt(count * 2)))
        cell = np.array([WIDTH / columns, HEIGHT / np.ceil(count / columns)])
        place = np.arange(count)
        self._home = (np.stack([place % columns, place // columns], axis=1) + 0.5) * cell
        self._height = 0.7 * cell.min()
        self._reach = cell[0] * (0.6 if crossing else 0.15)
        self._phase = place * (np.pi if crossing else 1.0)
        self._staying = staying
        self.frame = 0

    def keypoints(self) -> Floats:
        """The people `(N, 17, 2)` of this frame."""
        there = np.arange(len(self._home))
        home = self._home
        if self._staying is not None:
            turn = (self.frame + 7 * there) % self._staying
            there = there[turn >= self._staying // 4]
            # The next person appears elsewhere.
            guest = (self.frame + 7 * there) // self._staying
            home = home[(there + guest) % len(home)]
        swing = np.sin(2 * np.pi * self.frame / (8 * FPS) + self._phase[there])
        center = home + np.stack([self._reach * swing, np.zeros_like(swing)], axis=1)
        stride = 1 + 0.3 * np.sin(self.frame / 4 + self._phase[there])
        body = UPRIGHT * np.stack([stride, np.ones_like(stride)], axis=1)[:, None]
        return (center[:, None] + body * self._height).astype(np.float32)

    def image(self) -> Image:
        """A background that differs from place to place."""
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
        return np.stack([rows // 5, columns // 9, (rows + columns) // 13], axis=2).astype(np.uint8)


class Clock:
    """Wall and processor seconds spent in the stand-ins."""

    def __init__(self) -> None:
        self.wall = self.processor = 0.0

    def took(self, work: Callable[[], Any]) -> Any:
        """Do the work, and count its time."""
        wall, processor = time.perf_counter(), time.thread_time()
        result = work()
        self.wall += time.perf_counter() - wall
        self.processor += time.thread_time() - processor
        return result


class StandInDetector:
    """Finds all people at once."""

    score_threshold = 0.4

    def __init__(self, walkers: Walkers, clock: Clock) -> None:
        self._walkers, self._clock = walkers, clock

    def __call__(self, image: Image, /) -> Detections:
        """Boxes of all walkers."""
        return self._clock.took(self._find)

    def _find(self) -> Detections:
        points = self._walkers.keypoints()
        boxes = np.concatenate([points.min(axis=1) - 5, points.max(axis=1) + 5], axis=1)
        return Detections(boxes, np.full(len(boxes), 0.9, np.float32))


class StandInEstimator:
    """Knows the pose of the person nearest to a box."""

    skeleton = COCO_17
    tracked_threshold = 0.3
    keypoint_threshold = 0.3

    def __init__(self, walkers: Walkers, clock: Clock) -> None:
        self._walkers, self._clock = walkers, clock

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each region; of low score without a person nearby."""
        return self._clock.took(lambda: self._estimate(regions.boxes))

    def _estimate(self, boxes: Boxes) -> Poses:
        points = self._walkers.keypoints()
        if not len(boxes):
            return Poses.empty(self.skeleton)
        middle = (points.min(axis=1) + points.max(axis=1)) / 2
        apart = np.linalg.norm(centers(boxes)[:, None] - middle[None], axis=2)
        nearest = apart.argmin(axis=1)
        near = apart[np.arange(len(boxes)), nearest] < (boxes[:, 3] - boxes[:, 1]) / 2
        scores = np.where(near, np.float32(0.8), np.float32(0.05))
        every = np.repeat(scores[:, None], len(self.skeleton), axis=1)
        return Poses(self.skeleton, points[nearest], every, boxes, scores)


def tracker_of(walkers: Walkers, clock: Clock, config: TrackerConfig) -> PoseTracker:
    """A tracker whose networks are stand-ins."""
    return PoseTracker(
        StandInDetector(walkers, clock),
        StandInEstimator(walkers, clock),
        matcher=EuclideanMatcher(),
        config=config,
    )


def frames_of(walkers: Walkers, count: int) -> Iterator[Frame]:
    """The walkers' frames, all with the same image."""
    image = walkers.image()
    for number in range(count):
        walkers.frame = number
        yield Frame(number, number / FPS, image)


def overhead(
    people: int, *, crossing: bool, frames: int, config: TrackerConfig
) -> dict[str, float]:
    """Microseconds per frame of the tracker alone, over one run."""
    walkers, clock = Walkers(people, crossing=crossing), Clock()
    tracker = tracker_of(walkers, clock, config)
    images = list(frames_of(walkers, frames))
    state, processor, wall, ids = tracker.start(), 0.0, 0.0, set()
    for frame in images:
        walkers.frame = frame.index
        began, computed = time.perf_counter(), time.thread_time()
        state, tracked = tracker.step(state, frame)
        processor += time.thread_time() - computed
        wall += time.perf_counter() - began
        ids.update(tracked.ids.tolist())
    return {
        "processor": 1e6 * (processor - clock.processor) / frames,
        "wall": 1e6 * (wall - clock.wall) / frames,
        "ids": len(ids),
    }


def memory(frames: int, *, traced: bool) -> list[dict[str, float]]:
    """Memory of a run after a tenth of its frames and at its end, in MiB."""
    walkers = Walkers(10, crossing=True, staying=100)
    tracker = tracker_of(walkers, Clock(), TrackerConfig())
    found = []
    if traced:
        tracemalloc.start()
    ids: set[int] = set()
    for tracked in tracker.track(frames_of(walkers, frames)):
        ids.update(tracked.ids.tolist())
        if tracked.index + 1 in (frames // 10, frames):
            held = tracemalloc.get_traced_memory()[0] / 2**20 if traced else peak_memory_mb()
            found.append({"frames": tracked.index + 1, "MiB": held, "ids so far": len(ids)})
    if traced:
        tracemalloc.stop()
    return found


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--memory-frames", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    configs = {
        "default": TrackerConfig(),
        "paper": TrackerConfig.paper().changed({"keyframes": {"interval": 10}}),
    }
    cases = [
        (name, crossing, people)
        for name in configs
        for crossing in (False, True)
        for people in PEOPLE
    ]
    runs: dict[Any, list[dict[str, float]]] = {case: [] for case in cases}
    for _ in range(arguments.times):
        for name, crossing, people in cases:
            options = {"frames": arguments.frames, "config": configs[name]}
            runs[name, crossing, people].append(overhead(people, crossing=crossing, **options))
    results = [
        {
            "config": name,
            "people": people,
            "walk": "crossing" if crossing else "apart",
            **{key: median(run[key] for run in runs[name, crossing, people]) for key in found[0]},
        }
        for (name, crossing, people), found in runs.items()
    ]
    rows = [list(result.values()) for result in results]
    show("microseconds per frame", list(results[0]), rows)
    flat = {
        "held by the process": memory(arguments.memory_frames, traced=False),
        "held by Python": memory(arguments.memory_frames, traced=True),
    }
    rows = [[kind, *each.values()] for kind, found in flat.items() for each in found]
    show("memory, MiB", ["", "frames", "MiB", "ids so far"], rows)
    write(arguments.json, {"microseconds": results, "memory": flat})


if __name__ == "__main__":
    main()
