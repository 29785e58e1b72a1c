"""One run of `lighttrack track`: open, load, follow everybody to the end, write, sum up.

Decoding runs ahead of the tracker and writing behind it, each in a thread of its own.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from lighttrack._version import __version__
from lighttrack.assembly import DEFAULT_MATCHER, DEFAULT_PRESET, load_tracker, networks_of
from lighttrack.formats import jsonl, read_tracks
from lighttrack.formats.writing import TracksWriter
from lighttrack.pipeline.measure import (
    Counts,
    Meter,
    TimedAppearance,
    TimedDetector,
    TimedEstimator,
    peak_memory_mb,
)
from lighttrack.pipeline.outputs import (
    VIDEO,
    Outputs,
    draw_video,
    paths_of,
    rebuild,
    spare_the_source,
)
from lighttrack.pipeline.progress import Progress
from lighttrack.pipeline.resume import JSONL, can_be_resumed, require_same_settings
from lighttrack.pipeline.target import earlier_result, resolved, target_named
from lighttrack.pipeline.threads import Ahead, Behind, Interruption, timed
from lighttrack.refinement import Smoother
from lighttrack.structures import (
    Frame,
    Regions,
    Skeleton,
    TrackedFrame,
    TrackedVideo,
    skeleton_named,
)
from lighttrack.tracking import (
    AppearanceModel,
    PoseTracker,
    Target,
    TrackerConfig,
    TrackerState,
)
from lighttrack.video import VideoReader, open_video


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a run is asked to do."""

    source: str
    output: Path
    write: tuple[str, ...] = ("jsonl", VIDEO)
    preset: str = DEFAULT_PRESET
    detector: str | None = None
    pose: str | None = None
    matcher: str = DEFAULT_MATCHER
    appearance: str | None = None
    config: TrackerConfig = field(default_factory=TrackerConfig)
    skeleton: str | None = None
    start: float | None = None
    end: float | None = None
    threads: int | None = None
    resume: bool = False
    command: Sequence[str] = ()
    smooth: bool = False
    target: str | None = None
    """Whom alone to follow; see `cli.target`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    name: str
    summary: Mapping[str, Any]
    paths: Mapping[str, Path]
    """What was written, the summary included."""

    problem: str | None
    """A sentence on a stream that was broken or cut short."""

    interrupted: bool


def run(request: Request) -> Outcome:
    """Track a video and write what was asked for.

    Whatever ends the run early, all that was computed is written, and the files are closed.

    Raises:
        ValueError: if something asked for does not exist or makes no sense, or nothing can be read.
        OSError: if a file cannot be read or written.
        RuntimeError: if a network cannot be had.
    """
    skeleton = None if request.skeleton is None else skeleton_named(request.skeleton)
    target = None if request.target is None else target_named(request.target)
    with open_video(request.source, start=request.start, end=request.end) as video:
        paths = paths_of(request.output, video.info.name, request.write)
        spare_the_source(request.source, paths)
        if request.target and (earlier := earlier_result(request.target)):
            spare_the_source(str(earlier[0]), paths)
        if not (request.resume and can_be_resumed(paths)):
            request.output.mkdir(parents=True, exist_ok=True)
            return _Run(request, video, skeleton, target).to(paths)
    return _resume(request, skeleton, target, paths)


def _resume(
    request: Request,
    skeleton: Skeleton | None,
    target: Target | Path | None,
    paths: Mapping[str, Path],
) -> Outcome:
    """Go on after the last stored frame; at the end, other files are made anew from all frames."""
    stored, writer = jsonl.resume(paths[JSONL])
    with writer:
        last = stored.frames[-1].time if stored.frames else request.start
        with open_video(request.source, start=last, end=request.end) as video:
            run = _Run(request, video, skeleton, target, stored)
            outcome = run.to({JSONL: paths[JSONL]}, writer)
    if outcome.interrupted:
        return outcome
    result = read_tracks(paths[JSONL])
    rebuild({kind: path for kind, path in paths.items() if kind not in (JSONL, VIDEO)}, result)
    if VIDEO in paths:
        with open_video(request.source, start=request.start, end=request.end) as video:
            draw_video(result, video, paths[VIDEO])
    return replace(outcome, paths={**paths, **outcome.paths})


class _Run:
    """A tracker on its way through a video."""

    def __init__(
        self,
        request: Request,
        video: VideoReader,
        skeleton: Skeleton | None,
        target: Target | Path | None,
        stored: TrackedVideo | None = None,
    ) -> None:
        """Load the networks; `stored` is what an earlier run has done of the video."""
        self.request, self.video, self.stored = request, video, stored
        self.meter, self.counts = Meter(), Counts()
        self.interrupted = False
        began = perf_counter()
        loaded = load_tracker(
            request.preset,
            detector=request.detector,
            pose=request.pose,
            matcher=request.matcher,
            appearance=request.appearance,
            config=request.config,
            skeleton=request.skeleton,
            threads=request.threads,
        )
        warm_up(loaded, video.info.width, video.info.height)
        self.loading_seconds = perf_counter() - began
        parts = (loaded.detector, loaded.estimator, loaded.appearance)
        self.networks = {name: digest for part in parts for name, digest in _networks(part).items()}
        self.keypoint_threshold = float(loaded.estimator.keypoint_threshold)
        self.skeleton = skeleton or loaded.estimator.skeleton
        self.smoother = Smoother() if request.smooth else None
        self.tracker = PoseTracker(
            TimedDetector(loaded.detector, self.meter),
            TimedEstimator(loaded.estimator, self.meter),
            matcher=loaded.matcher,
            camera=loaded.camera,
            appearance=_timed(loaded.appearance, self.meter),
            target=None if target is None else resolved(target, loaded, video.info),
            config=loaded.config,
        )
        for frame in stored.frames if stored else ():
            self.counts.add(frame)
        self.frames_before = self.counts.frames
        if stored is not None:
            require_same_settings(stored, self.provenance())

    def to(self, paths: Mapping[str, Path], *opened: TracksWriter) -> Outcome:
        """Track to the end, writing to `paths`, and sum up; an error is raised after that.

        Args:
            paths: where each kind of output goes.
            opened: writers that are open already, and write to one of the paths.
        """
        name = self.video.info.name
        failure: Exception | None = None
        began = perf_counter()
        try:
            self._track({} if opened else paths, opened)
        except (OSError, ValueError, RuntimeError) as error:
            failure = error
        if failure is not None and not self.counts.frames:
            raise failure
        summary = self._summary(perf_counter() - began, failure)
        path = self.request.output / f"{name}.summary.json"
        try:
            path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            failure = failure or error
        if failure is not None:
            raise failure
        written = {**paths, "summary": path}
        return Outcome(name, summary, written, self.video.problem, self.interrupted)

    def _track(self, paths: Mapping[str, Path], opened: Sequence[TracksWriter]) -> None:
        info = self.video.info
        # Of a live stream the latest frame is wanted, not one that has waited.
        depth = 1 if info.frame_count is None else 4
        with (
            Interruption() as interruption,
            Progress(info.name, info.frame_count, done=self.frames_before) as progress,
            Ahead(self._new_frames(), depth=depth, stop=lambda: interruption.asked) as ahead,
        ):
            frames = iter(ahead)
            # No file is touched before there is something to write.
            first = next(frames, None)
            if first is not None:
                outputs = Outputs(paths, info, self.skeleton, self.provenance(), self.meter, opened)
                with outputs, Behind(outputs.write) as written:
                    for frame, tracked in self._smoothed(self._tracked(chain([first], frames))):
                        written.put((frame, tracked))
                        progress.update(self.counts)
                        if interruption.asked:
                            break
        self.interrupted = interruption.asked

    def _tracked(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, TrackedFrame]]:
        state = self._first_state()
        for frame in frames:
            with self.meter.stage("associate", without=("detect", "pose", "appearance")):
                state, tracked = self.tracker.step(state, frame)
            self.counts.add(tracked)
            if tracked.poses.skeleton != self.skeleton:
                tracked = replace(tracked, poses=tracked.poses.to(self.skeleton))
            yield frame, tracked

    def _smoothed(
        self, frames: Iterable[tuple[Frame, TrackedFrame]]
    ) -> Iterator[tuple[Frame, TrackedFrame]]:
        """The same frames, smoothed on their way out if that was asked for."""
        if self.smoother is None:
            yield from frames
            return
        state = self.smoother.start(self.skeleton)
        if self.stored is not None and self.stored.frames:
            state, _ = self.smoother.step(state, self.stored.frames[-1])
        for frame, tracked in frames:
            state, smoothed = self.smoother.step(state, tracked)
            yield frame, smoothed

    def _first_state(self) -> TrackerState:
        if self.stored is None or not self.stored.frames:
            return self.tracker.start()
        last = self.stored.frames[-1]
        known = replace(last, poses=last.poses.to(self.tracker.estimator.skeleton))
        return self.tracker.resume(known, next_id=max(self.counts.ids, default=-1) + 1)

    def _new_frames(self) -> Iterator[Frame]:
        done = self.stored.frames[-1].index if self.stored and self.stored.frames else -1
        frames = timed(self.video, lambda: self.meter.stage("decode"))
        return (frame for frame in frames if frame.index > done)

    def settings(self) -> dict[str, Any]:
        """Everything that decides what the result will be."""
        request = self.request
        preset = networks_of(request.preset)
        return {
            "preset": None if request.detector and request.pose else request.preset,
            "detector": request.detector or preset[0],
            "pose": request.pose or preset[1],
            "matcher": request.matcher,
            "appearance": request.appearance,
            "target": request.target,
            "skeleton": self.skeleton.name,
            "start": request.start,
            "end": request.end,
            "threads": request.threads,
            "smooth": dict(self.smoother.settings()) if self.smoother else None,
            **request.config.as_dict(),
        }

    def provenance(self) -> dict[str, Any]:
        """What a file says about its origin."""
        return {
            "program": "lighttrack",
            "version": __version__,
            "command": list(self.request.command),
            "config": self.settings(),
            "networks": self.networks,
            "keypoint_threshold": self.keypoint_threshold,
        }

    def _summary(self, seconds: float, failure: Exception | None) -> dict[str, Any]:
        """The keys are explained in docs/command-line.md."""
        counts, meter = self.counts, self.meter
        problem = self.video.problem
        if self.interrupted:
            problem = f"interrupted after {counts.frames} frames"
        if failure is not None:
            problem = str(failure)
        return {
            "source": self.video.info.source,
            "frames": counts.frames,
            "frames_before": self.frames_before,
            "seconds": round(seconds, 3),
            "loading_seconds": round(self.loading_seconds, 3),
            "total_seconds": round(seconds + self.loading_seconds, 3),
            "fps": round((counts.frames - self.frames_before) / seconds, 2),
            "people": counts.people,
            "ids": len(counts.ids),
            "keyframes": counts.keyframes,
            "detector_calls": meter.calls["detect"],
            "pose_calls": meter.calls["pose"],
            "stage_seconds": {name: round(value, 3) for name, value in meter.seconds.items()},
            "peak_memory_mb": peak_memory_mb(),
            "problem": problem,
            "networks": self.networks,
            "config": self.settings(),
            "version": __version__,
        }


def warm_up(tracker: PoseTracker, width: int, height: int) -> None:
    """Have the networks compiled for pictures of a size, so that no frame waits for it."""
    blank = np.zeros((height, width, 3), np.uint8)
    tracker.detector(blank)
    # A network may be compiled one way for a few people at once and another for one.
    everything = np.array([[0, 0, width, height]] * 4, np.float32)
    for count in (4, 1):
        tracker.estimator(blank, Regions.of(everything[:count]))
        if tracker.appearance is not None:
            tracker.appearance(blank, everything[:count])


def _timed(appearance: AppearanceModel | None, meter: Meter) -> AppearanceModel | None:
    return None if appearance is None else TimedAppearance(appearance, meter)


def _networks(part: object) -> Mapping[str, str]:
    """Files and hashes of a part of the tracker; whatever needs no file has none."""
    return dict(getattr(part, "networks", {}))
