"""What a run counts and times, outside the tracker: the library yields, the command counts."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any

from lighttrack.pipeline.unsure import UnsureMoments
from lighttrack.structures import Boxes, Detections, Floats, Image, Poses, Regions, TrackedFrame
from lighttrack.structures.protocols import AppearanceModel, Detector, PoseEstimator
from lighttrack.structures.tracks import TrackState

STAGES = ("decode", "detect", "pose", "appearance", "associate", "render", "write")


class Meter:
    """Seconds spent in each stage of a run; stages of different threads overlap."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.calls = {"detect": 0, "pose": 0}
        self.posed = 0
        """People whose pose was estimated, once for each frame and box."""
        self.network_seconds = 0.0
        """Of the stage `pose`: inside the network; the rest prepares crops and reads outputs."""

    @contextmanager
    def stage(self, name: str, *, without: Sequence[str] = ()) -> Iterator[None]:
        """Add the time spent within to a stage, less what other stages took of it."""
        began, before = perf_counter(), self._sum(without)
        try:
            yield
        finally:
            self.seconds[name] += perf_counter() - began - (self._sum(without) - before)

    def since(self, before: "Meter") -> "Meter":
        """What has been spent since an earlier copy of this meter."""
        spent = Meter()
        spent.seconds = {name: self.seconds[name] - before.seconds[name] for name in STAGES}
        spent.calls = {name: self.calls[name] - before.calls[name] for name in self.calls}
        spent.posed = self.posed - before.posed
        spent.network_seconds = self.network_seconds - before.network_seconds
        return spent

    def per_person(self) -> dict[str, float | None]:
        """Milliseconds of the stage `pose` per person posed: in all, in the network, the rest.

        None without poses; the parts also where the estimator keeps no clock of its own.
        """
        whole, network = self.seconds["pose"], self.network_seconds
        rest = whole - network if network else None
        parts = {"": whole, "_network": network or None, "_rest": rest}
        return {
            f"ms_per_person{part}": round(1000 * seconds / self.posed, 3)
            if self.posed and seconds is not None
            else None
            for part, seconds in parts.items()
        }

    def _sum(self, names: Sequence[str]) -> float:
        return sum(self.seconds[name] for name in names)


class TimedDetector:
    """A detector whose calls a meter times and counts; in all else it is the detector itself."""

    def __init__(self, inner: Detector, meter: Meter) -> None:
        self._inner, self._meter = inner, meter

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`."""
        return self._counted(self._inner, image)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "of_frame":
            return partial(self._counted, found)
        return self._timed(found) if name == "scan" else found

    def _counted(self, detect: Callable[[Any], Detections], seen: Any) -> Detections:
        self._meter.calls["detect"] += 1
        with self._meter.stage("detect"):
            return detect(seen)

    def _timed(self, scan: Callable[..., Detections]) -> Callable[..., Detections]:
        # A call spread over frames is timed as detection, but only whole calls are counted.
        def timed(*arguments: Any) -> Detections:
            with self._meter.stage("detect"):
                return scan(*arguments)

        return timed


class TimedEstimator:
    """A pose estimator whose calls a meter times and counts; else it is the estimator itself."""

    def __init__(self, inner: PoseEstimator, meter: Meter) -> None:
        self._inner, self._meter = inner, meter

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`."""
        if len(regions):
            self._meter.calls["pose"] += 1
        self._meter.posed += len(regions)
        before = self._network_seconds()
        with self._meter.stage("pose"):
            seen = self._inner(image, regions)
        self._meter.network_seconds += self._network_seconds() - before
        return seen

    def _network_seconds(self) -> float:
        """The estimator's own clock, if it has one; a user's estimator need not."""
        return float(getattr(self._inner, "network_seconds", 0.0))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class TimedAppearance:
    """An appearance network whose calls a meter times; in all else it is the network itself."""

    def __init__(self, inner: AppearanceModel, meter: Meter) -> None:
        self._inner, self._meter = inner, meter

    def describe(self, image: Image, boxes: Boxes, poses: Poses | None, /) -> Floats:
        """A descriptor for each of `boxes`."""
        with self._meter.stage("appearance"):
            return self._inner.describe(image, boxes, poses)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@dataclass(slots=True)
class Counts:
    """What has been found so far."""

    frames: int = 0
    people: int = 0
    """Sum over the frames, without those who were lost in them."""

    keyframes: int = 0
    ids: set[int] = field(default_factory=set)
    here: int = 0
    """People in the latest frame."""
    unsure: UnsureMoments = field(default_factory=UnsureMoments)

    def add(self, tracked: TrackedFrame) -> None:
        """Count one more frame."""
        self.frames += 1
        self.here = int((tracked.states != TrackState.LOST).sum())
        self.people += self.here
        self.keyframes += tracked.is_keyframe
        self.ids.update(tracked.ids[tracked.ids >= 0].tolist())
        self.unsure.add(tracked)


def peak_memory_mb() -> float | None:
    """The most memory this process has held, in units of 2**20 bytes; None where unknown."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
