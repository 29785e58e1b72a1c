"""One run: open, load, follow everybody to the end, write, sum up.

Decoding runs ahead of the tracker and writing behind it, each in a thread of its own.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any, TypedDict, Unpack

from lighttrack.formats import FORMATS, jsonl, read_tracks
from lighttrack.formats.writing import TracksWriter
from lighttrack.pipeline.loading import Loaded, load
from lighttrack.pipeline.measure import Counts
from lighttrack.pipeline.outputs import VIDEO, Outputs, paths_of, rebuild, spare_the_source
from lighttrack.pipeline.progress import Progress, Say, Show
from lighttrack.pipeline.provenance import summary_of
from lighttrack.pipeline.render_video import draw_video
from lighttrack.pipeline.request import Outcome, Request
from lighttrack.pipeline.resume import (
    JSONL,
    Checkpoint,
    Earlier,
    Moment,
    cut_back,
    earlier_run,
    require_same_settings,
    state_path,
)
from lighttrack.pipeline.sources import is_named, open_source
from lighttrack.pipeline.target import earlier_result
from lighttrack.pipeline.threads import Ahead, Behind, Interruption, timed
from lighttrack.refinement import SmootherState
from lighttrack.structures import Frame, TrackedFrame, TrackedVideo
from lighttrack.tracking import TrackerState
from lighttrack.video import VideoReader

_log = logging.getLogger(__name__)

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
    told: _Told = {"show": show, "say": say, "on_frame": on_frame}
    with open_source(
        request.source, start=request.start, end=request.end, fps=request.fps
    ) as video:
        paths = _paths(request, video)
        name = video.info.name
        earlier = earlier_run(paths, name, request.end) if request.resume else None
        loaded = load(request, video)
        if earlier is not None:
            require_same_settings(earlier.result.provenance, loaded.origin.provenance())
        if earlier is None or not (earlier.moment or earlier.complete):
            if earlier is not None:
                (say or _log.warning)(f"{earlier.missing}: tracking again from the first frame")
            if request.output is not None:
                request.output.mkdir(parents=True, exist_ok=True)
            checkpoint = Checkpoint(state_path(paths, name))
            checkpoint.remove()
            return _Run(request, video, loaded, checkpoint, **told).to(paths)
    return _resume(request, loaded, earlier, paths, **told)


def _paths(request: Request, video: VideoReader) -> Mapping[str, Path]:
    """Where the files of a run go; none of them is what the run reads."""
    if request.output is None:
        return {}
    paths = paths_of(request.output, video.info.name, request.write)
    for kind in paths.keys() & FORMATS:
        FORMATS[kind].require_libraries()
    if is_named(request.source):
        spare_the_source(str(request.source), paths)
    if isinstance(request.target, str) and (earlier := earlier_result(request.target)):
        spare_the_source(str(earlier[0]), paths)
    return paths


def _resume(
    request: Request,
    loaded: Loaded,
    earlier: Earlier,
    paths: Mapping[str, Path],
    **told: Unpack["_Told"],
) -> Outcome:
    """Go on from where the state is of; at the end, other files are made again from all frames."""
    last = earlier.result.frames[-1] if earlier.result.frames else None
    time = request.start if last is None else last.time
    if earlier.moment is not None:
        time = earlier.moment.time
        if request.end is not None and time >= request.end:
            raise ValueError(
                f"the interrupted run came to {time:.2f} s, so end must be later to resume it, "
                f"got {request.end:g} s"
            )
        cut_back(paths[JSONL], earlier.moment.index)
    stored, writer = jsonl.resume(paths[JSONL])
    with (
        writer,
        open_source(request.source, start=time, end=request.end, fps=request.fps) as video,
    ):
        checkpoint = Checkpoint(state_path(paths, video.info.name))
        run = _Run(request, video, loaded, checkpoint, stored=stored, moment=earlier.moment, **told)
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
        checkpoint: Checkpoint,
        *,
        show: Show,
        say: Say | None,
        on_frame: OnFrame | None,
        stored: TrackedVideo | None = None,
        moment: Moment | None = None,
    ) -> None:
        """Make ready; `stored` is what an earlier run has done, `moment` where it was then."""
        self.request, self.video, self.loaded = request, video, loaded
        self.tracker, self.meter = loaded.tracker, loaded.meter
        self.checkpoint, self.moment = checkpoint, moment
        self.show, self.say, self.on_frame = show, say, on_frame
        self.counts, self.interrupted = Counts(), False
        self.done = -1
        """Number of the last frame that is stored."""
        self.last_frame: Frame | None = None
        for frame in stored.frames if stored else ():
            self.counts.add(frame)
            self.done = frame.index
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
        if failure is not None or self.interrupted:
            self.checkpoint.save()
        else:
            self.checkpoint.remove()
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
        count = info.frame_count
        if count is not None and self.moment is not None:
            count -= 1  # the frame of the state comes once more
        progress = Progress(info.name, count, done=self.frames_before, show=self.show, say=self.say)
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
                with outputs, Behind(partial(self._store, outputs)) as written:
                    for step in self._steps(chain([first], frames)):
                        written.put(step)
                        if self.on_frame is not None:
                            self.on_frame(step.tracked)
                        progress.update(self.counts)
                        if interruption.asked:
                            break
        self.interrupted = interruption.asked

    def _store(self, outputs: Outputs, step: "_Step") -> None:
        outputs.write((step.frame, step.tracked))
        self.checkpoint.passed(step.frame.index, step.state, step.smoothing)

    def _steps(self, frames: Iterable[Frame]) -> Iterator["_Step"]:
        """Track every frame, and smooth it on its way out if that was asked for."""
        state = smoothing = None
        for frame in frames:
            if state is None:  # the frame before, if any, has been read by now
                state, smoothing = self._first_states()
            with self.meter.stage("associate", without=("detect", "pose", "appearance")):
                state, tracked = self.tracker.step(state, frame)
            self.counts.add(tracked)
            tracked, smoothing = self.loaded.finish(tracked, smoothing)
            yield _Step(frame, tracked, state, smoothing)

    def _first_states(self) -> tuple[TrackerState, SmootherState | None]:
        if self.moment is not None:
            state = self.tracker.restore(self.moment.tracker, self.last_frame)
            return state, self.moment.smoothing()
        return self.tracker.start(), self.loaded.start_smoothing()

    def _new_frames(self) -> Iterator[Frame]:
        for frame in timed(self.video, lambda: self.meter.stage("decode")):
            if frame.index > self.done:
                yield frame
            elif frame.index == self.done:
                self.last_frame = frame

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


@dataclass(frozen=True, slots=True)
class _Step:
    """A frame on its way to the files, and where the run is after it."""

    frame: Frame
    tracked: TrackedFrame
    state: TrackerState
    smoothing: SmootherState | None


class _Told(TypedDict):
    """Who is told of what, as `run` is called with it."""

    show: Show
    say: Say | None
    on_frame: OnFrame | None
