"""One run: open, load, follow the people to the end, write, sum up.

Decoding runs ahead of the tracker and writing behind it, each in a thread of its own.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from os import PathLike, fspath
from pathlib import Path
from time import perf_counter
from typing import Any, TypedDict, Unpack

from lighttrack.formats import FORMATS, jsonl, read_tracks
from lighttrack.formats.writing import TracksWriter, naming, replacing
from lighttrack.pipeline.existing import claimed, require_new, stale
from lighttrack.pipeline.fingerprint import COUNT, fingerprint, require_same_source
from lighttrack.pipeline.hints import Samples, hint_for
from lighttrack.pipeline.loading import Loaded, load
from lighttrack.pipeline.measure import Counts
from lighttrack.pipeline.opening import opened
from lighttrack.pipeline.outputs import (
    KINDS,
    VIDEO,
    Outputs,
    paths_of,
    rebuild,
    spare_the_source,
)
from lighttrack.pipeline.people import frames_at, require_somebody
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
    keep_earlier,
    require_same_settings,
    state_path,
)
from lighttrack.pipeline.sources import is_named
from lighttrack.pipeline.target import each_target, earlier_result
from lighttrack.pipeline.threads import Ahead, Behind, Interruption, marked_last, timed
from lighttrack.pipeline.upright import uprighted
from lighttrack.refinement import SmootherState
from lighttrack.structures import Frame, TrackedFrame, TrackedVideo
from lighttrack.tracking import TrackerState
from lighttrack.video import VideoReader
from lighttrack.video.live import LiveReader

_log = logging.getLogger(__name__)

OnFrame = Callable[[TrackedFrame], Any]
"""Called with every frame as it is tracked."""

OnStep = Callable[[Loaded, Frame, TrackedFrame], Any]
"""Called with what tracks, and every frame with its image as it is tracked."""


def run(
    request: Request,
    *,
    show: Show = True,
    say: Say | None = None,
    on_frame: OnFrame | None = None,
    on_step: OnStep | None = None,
) -> Outcome:
    """Track a video and write what was asked for.

    Whatever ends the run early, all that was computed is written, and the files are closed.

    Args:
        request: what to track, how, and what to write.
        show: whether progress is shown, or a function that gets the counts after every frame.
        say: takes the lines of progress where there is no terminal; without it they are logged.
        on_frame: called with every frame that this run tracks.
        on_step: called with every such frame and its image, to show it.

    Raises:
        ValueError: if something asked for does not exist or makes no sense, or nothing can be read.
        OSError: if a file cannot be read or written.
        RuntimeError: if a network cannot be had.
    """
    told: _Told = {"show": show, "say": say, "on_frame": on_frame, "on_step": on_step}
    note = say or _log.warning
    request, tracker = uprighted(request, note)
    with opened(request) as video, ExitStack() as claims:
        name = video.info.name
        paths = _paths(request, video)
        earlier = earlier_run(paths, name, request.end) if request.resume else None
        _require_new(request, name, paths, note)
        if earlier is not None:
            begun = earlier.result
            with opened(request) as again:
                require_same_source(begun.info, begun.provenance, video.info, again)
        loaded = load(request, video, tracker)
        for line in video.notes:
            note(line)
        looked_at = request.detections is None and _has_end(request, video)
        for target in loaded.tracker.targets if looked_at else ():
            require_somebody(target, frames_at(request, target), loaded.detector)
        if earlier is not None:
            require_same_settings(earlier.result.provenance, loaded.origin.provenance())
        if request.output is not None:
            request.output.mkdir(parents=True, exist_ok=True)
            claims.callback(_remove_if_empty, request.output)
            claims.enter_context(claimed(request.output, name))
        if earlier is not None and (earlier.moment or earlier.complete):
            return _resume(request, loaded, earlier, paths, **told)
        if earlier is not None:
            kept = keep_earlier(paths, name)
            where = "" if kept is None else f"what was stored is kept as {kept}; "
            note(f"{where}{earlier.missing}: tracking again from the first frame")
        return _Run(request, video, loaded, _fresh(paths, name), **told).to(paths)


def _has_end(request: Request, video: VideoReader) -> bool:
    """Whether the source is a recording, which can be opened again."""
    return is_named(request.source) and not isinstance(video, LiveReader)


def _fresh(paths: Mapping[str, Path], name: str) -> Checkpoint:
    """A checkpoint of a run that begins: no state of an earlier one is left."""
    checkpoint = Checkpoint(state_path(paths, name))
    checkpoint.remove()
    return checkpoint


def _require_new(request: Request, name: str, paths: Mapping[str, Path], note: Say) -> None:
    """Refuse to replace what is there; name what would be left of an earlier result."""
    if request.output is None:
        return
    source = fspath(request.source) if isinstance(request.source, PathLike) else request.source
    summary = {"summary": request.output / f"{name}.summary.json"} if paths else {}
    if not request.resume:
        require_new({**paths, **summary}, overwrite=request.overwrite, source=str(source))
    left = stale(request.output, name, request.write, paths_of(request.output, name, KINDS))
    if left and not request.resume:
        files = ", ".join(str(path) for path in left)
        note(f"of an earlier result, and not written by this run: {files}")


def _remove_if_empty(folder: Path) -> None:
    """A run that failed before it wrote anything leaves no folder."""
    with suppress(OSError):
        folder.rmdir()


def _paths(request: Request, video: VideoReader) -> Mapping[str, Path]:
    """Where the files of a run go; none of them is what the run reads."""
    if request.output is None:
        return {}
    paths = paths_of(request.output, video.info.name, request.write)
    for kind in paths.keys() & FORMATS:
        FORMATS[kind].require_libraries()
    if is_named(request.source):
        spare_the_source(str(request.source), paths)
    for target in each_target(request.target):
        if isinstance(target, str) and (earlier := earlier_result(target)):
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
    with writer, opened(request, start=time) as video:
        checkpoint = Checkpoint(state_path(paths, video.info.name))
        run = _Run(request, video, loaded, checkpoint, stored=stored, moment=earlier.moment, **told)
        outcome = run.to({JSONL: paths[JSONL]}, writer)
    if outcome.interrupted:
        return outcome
    result = read_tracks(paths[JSONL])
    rebuild({kind: path for kind, path in paths.items() if kind not in (JSONL, VIDEO)}, result)
    if VIDEO in paths:
        with opened(request) as video:
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
        on_step: OnStep | None,
        stored: TrackedVideo | None = None,
        moment: Moment | None = None,
    ) -> None:
        """Make ready; `stored` is what an earlier run has done, `moment` where it was then."""
        self.request, self.video, self.loaded = request, video, loaded
        self.tracker, self.meter = loaded.tracker, loaded.meter
        self.checkpoint, self.moment = checkpoint, moment
        self.show, self.say, self.on_frame, self.on_step = show, say, on_frame, on_step
        self.counts, self.interrupted = Counts(), False
        self.done = -1
        """Number of the last frame that is stored."""
        self.last_frame: Frame | None = None
        self.notes = list(video.notes)
        self.samples = Samples()
        self.parts: list[Path] = []
        """Further files of the drawn video."""
        video.on_event = self._note
        for frame in stored.frames if stored else ():
            self.counts.add(frame)
            self.done = frame.index
        self.frames_before = self.counts.frames

    def _note(self, text: str) -> None:
        """Tell the user something of the source, and remember it for the summary."""
        self.notes.append(text)
        (self.say or _log.warning)(text)

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
            self.checkpoint.save(quietly=failure is not None)
        else:
            self.checkpoint.remove()
        if failure is not None and not self.counts.frames:
            raise failure
        summary = self._summary(perf_counter() - began, failure)
        written = dict(paths)
        written |= {f"{VIDEO} {number}": path for number, path in enumerate(self.parts, start=2)}
        if self.request.output is not None:
            written["summary"] = self.request.output / f"{self.video.info.name}.summary.json"
            try:
                text = json.dumps(summary, indent=2) + "\n"
                with naming(written["summary"]), replacing(written["summary"]) as file:
                    file.write(text)
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
            hint=self._hint(),
        )

    def _hint(self) -> str:
        """How people might be found where none was."""
        if self.interrupted or self.counts.people or not self.counts.frames:
            return ""
        return hint_for(self.samples.frames, self.loaded.detector)

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
            first = list(islice(frames, COUNT if self._is_repeatable() else 1))
            if first:
                if self._is_repeatable():
                    origin = replace(self.loaded.origin, first_frames=fingerprint(first))
                    self.loaded = replace(self.loaded, origin=origin)
                provenance = self.loaded.origin.provenance()
                skeleton = self.loaded.skeleton
                outputs = Outputs(paths, info, skeleton, provenance, self.meter, opened, self._note)
                with outputs, Behind(partial(self._store, outputs)) as written:
                    for step in self._steps(chain(first, frames)):
                        written.put(step)
                        if self.on_frame is not None:
                            self.on_frame(step.tracked)
                        if self.on_step is not None:
                            self.on_step(self.loaded, step.frame, step.tracked)
                        progress.update(self.counts)
                        if interruption.asked:
                            break
                if outputs.video is not None:
                    self.parts = outputs.video.paths[1:]
        self.interrupted = interruption.asked

    def _is_repeatable(self) -> bool:
        """Whether the source can be opened again, and this run begins at its first frame."""
        return _has_end(self.request, self.video) and self.moment is None

    def _store(self, outputs: Outputs, step: "_Step") -> None:
        outputs.write((step.frame, step.tracked))
        self.checkpoint.passed(step.frame.index, step.state, step.smoothing)

    def _steps(self, frames: Iterable[Frame]) -> Iterator["_Step"]:
        """Track every frame, and smooth it on its way out if that was asked for."""
        state = smoothing = None
        size = (self.video.info.width, self.video.info.height)
        # Of a live stream no frame waits for the next.
        live = self.video.info.frame_count is None
        marked = ((frame, False) for frame in frames) if live else marked_last(frames)
        for frame, is_last in marked:
            if state is None:  # the frame before, if any, has been read by now
                state, smoothing = self._first_states()
            if (frame.width, frame.height) != size:
                size = (frame.width, frame.height)
                self._note(f"images are {size[0]}x{size[1]} from frame {frame.index} on")
                # Boxes of the other size say nothing here; ids are not given twice.
                state = replace(self.tracker.start(), next_id=state.next_id, time=state.time)
            self.samples.offer(frame)
            with self.meter.stage("associate", without=("detect", "pose", "appearance")):
                state, tracked = self.tracker.step(state, frame, is_last=is_last)
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
            notes=self.notes,
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """A frame on its way to the files, and where the run is after it."""

    frame: Frame
    tracked: TrackedFrame
    state: TrackerState
    smoothing: SmootherState | None


class _Told(TypedDict):
    """The callbacks that `run` is given."""

    show: Show
    say: Say | None
    on_frame: OnFrame | None
    on_step: OnStep | None
