"""A source tracked and shown live: the newest frame first, with or without viewers."""

import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lighttrack.pipeline.loading import Loaded, load
from lighttrack.pipeline.opening import opened
from lighttrack.pipeline.outputs import Outputs, paths_of
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.threads import Interruption
from lighttrack.render.canvas import encode_png
from lighttrack.render.draw import draw
from lighttrack.structures import Frame, TrackedFrame, VideoInfo
from lighttrack.tracking import TrackerState
from lighttrack.video import VideoReader
from lighttrack.video.live import LiveReader
from lighttrack.view.capture import Capture, Captured
from lighttrack.view.live_app import live_app
from lighttrack.view.serving import PageServer
from lighttrack.view.session import LiveSession
from lighttrack.view.streams import PoseStream

_WAIT = 0.1
"""Seconds to wait for a frame before looking whether the end was asked for."""

_RECONNECT = 3600.0
"""Seconds in which a live source that broke off is tried again, unless the request says it."""


@dataclass(frozen=True, slots=True)
class LiveOutcome:
    """What came of watching."""

    frames: int
    dropped: int
    seconds: float
    written: tuple[Path, ...]
    """Recordings and snapshots."""

    problem: str | None


def watch(
    request: Request,
    server: PageServer,
    *,
    loop: bool = False,
    streams: Sequence[PoseStream] = (),
    say: Callable[[str], None] = lambda text: None,
    until: Callable[[int], bool] = lambda frames: False,
) -> LiveOutcome:
    """Track a source and show it on a page until Ctrl-C.

    Args:
        request: what to track and how; recordings and snapshots go to its output.
        server: serves the page; its address has been told already.
        loop: play a recording again and again.
        streams: get the poses of every frame, too.
        say: takes lines for the user.
        until: asked after each frame, with the number of frames so far, whether to end.

    Raises:
        ValueError: if something asked for does not exist or makes no sense, or nothing can be read.
        OSError: if a file cannot be read or written.
        RuntimeError: if a network or a library cannot be had.
    """
    if not request.reconnect:
        request = replace(request, reconnect=_RECONNECT)
    with ExitStack() as stack:
        reader = stack.enter_context(opened(request))
        loaded = load(request, reader)
        session = LiveSession(reader.info.name, loaded.skeleton, _threshold(loaded))
        server.start(live_app(session))
        say(f"tracking {reader.info.source or reader.info.name}; Ctrl-C ends it")
        is_live = isinstance(reader, LiveReader)
        again = (lambda: opened(request)) if loop and not is_live else None
        interruption = stack.enter_context(Interruption())
        capture = stack.enter_context(Capture(reader, again=again, is_live=is_live))
        recorder = stack.enter_context(_Recorder(request, reader.info, loaded, session, say))
        began = time.perf_counter()
        watching = _Watching(loaded, session, capture, recorder, streams)
        while not interruption.asked and not until(capture.taken):
            watching.turn()
        recorder.stop()
        return LiveOutcome(
            frames=capture.taken,
            dropped=capture.dropped,
            seconds=time.perf_counter() - began,
            written=tuple(recorder.written),
            problem=_problem(capture, reader),
        )


def _threshold(loaded: Loaded) -> float:
    return float(loaded.origin.keypoint_threshold)


def _problem(capture: Capture, reader: VideoReader) -> str | None:
    return str(capture.error) if capture.error is not None else reader.problem


class _Watching:
    """The loop's state from one frame to the next."""

    def __init__(
        self,
        loaded: Loaded,
        session: LiveSession,
        capture: Capture,
        recorder: "_Recorder",
        streams: Sequence[PoseStream],
    ) -> None:
        self._loaded, self._session, self._capture = loaded, session, capture
        self._recorder, self._streams = recorder, streams
        self._state: TrackerState = loaded.tracker.start()
        self._smoothing = loaded.start_smoothing()
        self._told_end = False

    def turn(self) -> None:
        """Track the newest frame, if one has come, and show it."""
        captured = self._capture.take(_WAIT)
        if captured is None:
            self._tell_end()
            return
        if self._session.wishes.paused:
            return
        self._state, tracked = self._loaded.tracker.step(self._state, captured.frame)
        tracked, self._smoothing = self._loaded.finish(tracked, self._smoothing)
        shown = self._session.followed(tracked)
        self._give(captured, shown)

    def _give(self, captured: Captured, tracked: TrackedFrame) -> None:
        seen = self._capture.taken + self._capture.dropped
        self._session.publish(
            captured.frame,
            tracked,
            captured_at=captured.at,
            drop_rate=self._capture.dropped / max(seen, 1),
        )
        for stream in self._streams:
            stream.send(captured.frame, tracked, captured_at=captured.at)
        self._recorder.take(captured.frame, tracked)

    def _tell_end(self) -> None:
        if self._capture.ended and not self._told_end:
            self._told_end = True
            error = self._capture.error
            self._session.say("the video has ended" if error is None else f"ended: {error}")
            self._recorder.stop()


class _Recorder:
    """Writes what viewers ask for: recordings as the usual files, and snapshots."""

    def __init__(
        self,
        request: Request,
        info: VideoInfo,
        loaded: Loaded,
        session: LiveSession,
        say: Callable[[str], None],
    ) -> None:
        self._request, self._info, self._loaded = request, info, loaded
        self._session, self._say = session, say
        self._outputs: Outputs | None = None
        self._paths: dict[str, Path] = {}
        self._first: Frame | None = None
        self.written: list[Path] = []

    def take(self, frame: Frame, tracked: TrackedFrame) -> None:
        """Take note of a frame; errors of the disk end the recording and are said."""
        wishes = self._session.wishes
        try:
            if wishes.snapshots:
                wishes.snapshots -= 1
                self._snapshot(frame, tracked)
            if wishes.recording and self._outputs is None:
                self._start()
            if not wishes.recording:
                self.stop()
            if self._outputs is not None:
                self._write(frame, tracked)
        except OSError as error:
            wishes.recording = False
            self._outputs = None
            self._tell(f"not written: {error}")

    def _write(self, frame: Frame, tracked: TrackedFrame) -> None:
        # A recording begins with frame 0 at second 0, as every file does.
        self._first = first = self._first or frame
        index, at = frame.index - first.index, frame.time - first.time
        moved = replace(tracked, index=index, time=at)
        assert self._outputs is not None
        self._outputs.write((Frame(index, at, frame.image), moved))

    def _start(self) -> None:
        folder = self._request.output or Path()
        folder.mkdir(parents=True, exist_ok=True)
        stem = _free(folder, f"{self._info.name}.recording", ".summary.json", ".tracks.jsonl")
        self._paths = dict(paths_of(folder, stem, self._request.write))
        info = replace(self._info, name=stem, frame_count=None)
        provenance = self._loaded.origin.provenance()
        loaded = self._loaded
        self._outputs = Outputs(self._paths, info, loaded.skeleton, provenance, loaded.meter)
        self._outputs.__enter__()
        self._first = None
        self._tell(f"recording {stem}")

    def stop(self) -> None:
        """End the recording, if there is one."""
        if self._outputs is None:
            return
        outputs, self._outputs = self._outputs, None
        self._session.wishes.recording = False
        outputs.__exit__(None, None, None)
        if "jsonl" in self._paths:
            write_names(self._paths["jsonl"], self._session.wishes.names)
        self.written += self._paths.values()
        self._tell(f"recorded {', '.join(path.name for path in self._paths.values())}")

    def _snapshot(self, frame: Frame, tracked: TrackedFrame) -> None:
        folder = self._request.output or Path()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (_free(folder, f"{self._info.name}.snapshot", ".png") + ".png")
        threshold = _threshold(self._loaded)
        path.write_bytes(encode_png(draw(frame.image, tracked, keypoint_threshold=threshold)))
        self.written.append(path)
        self._tell(f"wrote {path.name}")

    def _tell(self, text: str) -> None:
        self._session.say(text)
        self._say(text)

    def __enter__(self) -> "_Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _free(folder: Path, start: str, *suffixes: str) -> str:
    """A name with a number, of which no file is there."""
    number = 1
    while any((folder / f"{start}-{number}{suffix}").exists() for suffix in suffixes):
        number += 1
    return f"{start}-{number}"


def write_names(path: Path, names: dict[int, str]) -> None:
    """Put names of ids into the header of JSON lines.

    Raises:
        OSError: if the file cannot be written again.
    """
    if not names:
        return
    part = path.with_name(path.name + ".part")
    try:
        with open(path, "rb") as source, open(part, "wb") as target:
            header: dict[str, Any] = json.loads(source.readline())
            header["names"] = {str(key): name for key, name in sorted(names.items())}
            target.write(json.dumps(header, separators=(",", ":")).encode() + b"\n")
            while block := source.read(1 << 20):
                target.write(block)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
