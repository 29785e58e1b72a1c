"""One run: open, load, follow everybody to the end, write, sum up.

Decoding runs ahead of the tracker and writing behind it, each in a thread of its own.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

from lighttrack.formats import jsonl, read_tracks
from lighttrack.formats.writing import TracksWriter
from lighttrack.pipeline.loading import Loaded, load
from lighttrack.pipeline.measure import Counts
from lighttrack.pipeline.outputs import VIDEO, Outputs, paths_of, rebuild, spare_the_source
from lighttrack.pipeline.progress import Progress, Say, Show
from lighttrack.pipeline.provenance import summary_of
from lighttrack.pipeline.render_video import draw_video
from lighttrack.pipeline.request import Outcome, Request
from lighttrack.pipeline.resume import JSONL, can_be_resumed, require_same_settings
from lighttrack.pipeline.sources import is_named, open_source
from lighttrack.pipeline.target import earlier_result
from lighttrack.pipeline.threads import Ahead, Behind, Interruption, timed
from lighttrack.structures import Frame, TrackedFrame, TrackedVideo
from lighttrack.tracking import TrackerState
from lighttrack.video import VideoReader

OnFrame = Callable[[TrackedFrame], Any]
"""Is told of every frame as it is tracked."""


def run(
    request: Request,
    *,
    show: Show = True,
    say: Say | None = None,
    on_frame: OnFrame | None = None,
) -> Outcome:
    """Track a video and write what was asked for.

    Whatever ends the run early, all that was computed is written, and the files are closed.

    Args:
        request: what to track, how, and what to write.
        show: whether progress is shown, or a function that gets the counts after every frame.
        say: takes the lines of progress where there is no terminal; without it they are logged.
        on_frame: is told of every frame that this run tracks.

    Raises:
        ValueError: if something asked for does not exist or makes no sense, or nothing can be read.
        OSError: if a file cannot be read or written.
        RuntimeError: if a network cannot be had.
    """
    with open_source(
        request.source, start=request.start, end=request.end, fps=request.fps
    ) as video:
        paths = _paths(request, video)
        if not (request.resume and can_be_resumed(paths)):
            loaded = load(request, video)
            if request.output is not None:
                request.output.mkdir(parents=True, exist_ok=True)
            return _Run(request, video, loaded, show=show, say=say, on_frame=on_frame).to(paths)
    return _resume(request, paths, show=show, say=say, on_frame=on_frame)


def _paths(request: Request, video: VideoReader) -> Mapping[str, Path]:
    """Where the files of a run go; none of them is what the run reads."""
    if request.output is None:
        return {}
    paths = paths_of(request.output, video.info.name, request.write)
    if is_named(request.source):
        spare_the_source(str(request.source), paths)
    if isinstance(request.target, str) and (earlier := earlier_result(request.target)):
        spare_the_source(str(earlier[0]), paths)
    return paths


def _resume(request: Request, paths: Mapping[str, Path], **told: Any) -> Outcome:
    """Go on after the last stored frame; at the end, other files are made again from all frames."""
    stored, writer = jsonl.resume(paths[JSONL])
    with writer:
        last = stored.frames[-1].time if stored.frames else request.start
        with open_source(request.source, start=last, end=request.end, fps=request.fps) as video:
            loaded = load(request, video)
            require_same_settings(stored, loaded.origin.provenance())
            run = _Run(request, video, loaded, stored=stored, **told)
            outcome = run.to({JSONL: paths[JSONL]}, writer)
    if outcome.interrupted:
        return outcome
    result = read_tracks(paths[JSONL])
    rebuild({kind: path for kind, path in paths.items() if kind not in (JSONL, VIDEO)}, result)
    if VIDEO in paths:
        with open_source(
            request.source, start=request.start, end=request.end, fps=request.fps
        ) as video:
            draw_video(result, video, video.info, paths[VIDEO])
    return replace(outcome, paths={**paths, **outcome.paths})


class _Run:
    """A tracker on its way through a video."""

    def __init__(
        self,
        request: Request,
        video: VideoReader,
        loaded: Loaded,
        *,
        show: Show,
        say: Say | None,
        on_frame: OnFrame | None,
        stored: TrackedVideo | None = None,
    ) -> None:
        """Make ready; `stored` is what an earlier run has done of the video."""
        self.request, self.video, self.loaded, self.stored = request, video, loaded, stored
        self.tracker, self.meter = loaded.tracker, loaded.meter
        self.show, self.say, self.on_frame = show, say, on_frame
        self.counts, self.interrupted = Counts(), False
        for frame in stored.frames if stored else ():
            self.counts.add(frame)
        self.frames_before = self.counts.frames

    def to(self, paths: Mapping[str, Path], *opened: TracksWriter) -> Outcome:
        """Track to the end, writing to `paths`, and sum up; an error is raised after that.

        Args:
            paths: where each kind of output goes.
            opened: writers that are open already, and write to one of the paths.
        """
        failure: Exception | None = None
        began = perf_counter()
        try:
            self._track({} if opened else paths, opened)
        except (OSError, ValueError, RuntimeError) as error:
            failure = error
        if failure is not None and not self.counts.frames:
            raise failure
        summary = self._summary(perf_counter() - began, failure)
        written = dict(paths)
        if self.request.output is not None:
            written["summary"] = self.request.output / f"{self.video.info.name}.summary.json"
            try:
                text = json.dumps(summary, indent=2) + "\n"
                written["summary"].write_text(text, encoding="utf-8")
            except OSError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return Outcome(
            info=self.video.info,
            skeleton=self.loaded.skeleton,
            provenance=self.loaded.origin.provenance(),
            summary=summary,
            paths=written,
            problem=self.video.problem,
            interrupted=self.interrupted,
        )

    def _track(self, paths: Mapping[str, Path], opened: Sequence[TracksWriter]) -> None:
        info = self.video.info
        # Of a live stream the latest frame is wanted, not one that has waited.
        depth = 1 if info.frame_count is None else 4
        progress = Progress(
            info.name, info.frame_count, done=self.frames_before, show=self.show, say=self.say
        )
        with (
            Interruption() as interruption,
            progress,
            Ahead(self._new_frames(), depth=depth, stop=lambda: interruption.asked) as ahead,
        ):
            frames = iter(ahead)
            # No file is touched before there is something to write.
            first = next(frames, None)
            if first is not None:
                provenance = self.loaded.origin.provenance()
                skeleton = self.loaded.skeleton
                outputs = Outputs(paths, info, skeleton, provenance, self.meter, opened)
                with outputs, Behind(outputs.write) as written:
                    for frame, tracked in self._smoothed(self._tracked(chain([first], frames))):
                        written.put((frame, tracked))
                        if self.on_frame is not None:
                            self.on_frame(tracked)
                        progress.update(self.counts)
                        if interruption.asked:
                            break
        self.interrupted = interruption.asked

    def _tracked(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, TrackedFrame]]:
        state, skeleton = self._first_state(), self.loaded.skeleton
        for frame in frames:
            with self.meter.stage("associate", without=("detect", "pose", "appearance")):
                state, tracked = self.tracker.step(state, frame)
            self.counts.add(tracked)
            if tracked.poses.skeleton != skeleton:
                tracked = replace(tracked, poses=tracked.poses.to(skeleton))
            yield frame, tracked

    def _smoothed(
        self, frames: Iterable[tuple[Frame, TrackedFrame]]
    ) -> Iterator[tuple[Frame, TrackedFrame]]:
        """The same frames, smoothed on their way out if that was asked for."""
        smoother = self.loaded.smoother
        if smoother is None:
            yield from frames
            return
        state = smoother.start(self.loaded.skeleton)
        if self.stored is not None and self.stored.frames:
            state, _ = smoother.step(state, self.stored.frames[-1])
        for frame, tracked in frames:
            state, smoothed = smoother.step(state, tracked)
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

    def _summary(self, seconds: float, failure: Exception | None) -> dict[str, Any]:
        problem = self.video.problem
        if self.interrupted:
            problem = f"interrupted after {self.counts.frames} frames"
        if failure is not None:
            problem = str(failure)
        return summary_of(
            self.video.info.source,
            self.loaded.origin,
            self.counts,
            self.meter,
            frames_before=self.frames_before,
            seconds=seconds,
            loading_seconds=self.loaded.seconds,
            problem=problem,
        )
