"""A source tracked and shown live: the newest frame first, with or without viewers."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from lighttrack.pipeline.loading import Loaded, load
from lighttrack.pipeline.opening import opened
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.threads import Interruption
from lighttrack.structures import Frame, Skeleton, TrackedFrame
from lighttrack.tracking import TrackerState
from lighttrack.video import VideoReader
from lighttrack.video.live import LiveReader
from lighttrack.view.capture import Capture, Captured
from lighttrack.view.live_app import live_app
from lighttrack.view.recording import Recorder
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
    streams: Callable[[Skeleton], Sequence[PoseStream]] = lambda skeleton: (),
    say: Callable[[str], None] = lambda text: None,
    until: Callable[[int], bool] = lambda frames: False,
) -> LiveOutcome:
    """Track a source and show it on a page until Ctrl-C.

    The page is served at once, and waits for the source and the networks.

    Args:
        request: what to track and how; recordings and snapshots go to its output.
        server: serves the page; its address has been told already.
        loop: play a recording again and again.
        streams: makes those who get the poses of every frame, too, from the poses' skeleton.
        say: takes lines for the user.
        until: asked after each frame, with the number of frames so far, whether to end.

    Raises:
        ValueError: if something asked for does not exist or makes no sense, or nothing can be read.
        OSError: if a file cannot be read or written.
        RuntimeError: if a network or a library cannot be had.
    """
    if not request.reconnect:
        request = replace(request, reconnect=_RECONNECT)
    session = LiveSession(request.name or Path(str(request.source)).name)

    def tell(text: str) -> None:
        session.say(text)
        say(text)

    with ExitStack() as stack:
        server.start(live_app(session))
        reader = stack.enter_context(opened(request))
        reader.on_event = tell
        for line in reader.notes:
            say(line)
        loaded = load(request, reader)
        session.begin(reader.info.name, loaded.skeleton, _threshold(loaded))
        say(f"tracking {reader.info.source or reader.info.name}; Ctrl-C ends it")
        again = (lambda: opened(request)) if loop and not isinstance(reader, LiveReader) else None
        interruption = stack.enter_context(Interruption())
        capture = stack.enter_context(Capture(reader, again=again))
        recorder = stack.enter_context(Recorder(request, reader.info, loaded, session, tell))
        began = time.perf_counter()
        watching = _Watching(loaded, session, capture, recorder, streams(loaded.skeleton), tell)
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
        recorder: Recorder,
        streams: Sequence[PoseStream],
        tell: Callable[[str], None],
    ) -> None:
        self._tell = tell
        self._loaded, self._session, self._capture = loaded, session, capture
        self._recorder, self._streams = recorder, streams
        self._state: TrackerState = loaded.tracker.start()
        self._smoothing = loaded.start_smoothing()
        self._size = (capture.info.width, capture.info.height)
        self._told_end = False

    def turn(self) -> None:
        """Track the newest frame, if one has come, and show it."""
        self._capture.is_held = self._session.wishes.paused
        captured = self._capture.take(_WAIT)
        if captured is None or self._session.wishes.paused:
            self._recorder.look()
            self._tell_end()
            return
        self._start_anew_at_another_size(captured.frame)
        self._state, tracked = self._loaded.tracker.step(self._state, captured.frame)
        tracked, self._smoothing = self._loaded.finish(tracked, self._smoothing)
        self._give(captured, tracked)

    def _start_anew_at_another_size(self, frame: Frame) -> None:
        """Boxes of the other size say nothing here; ids are not given twice."""
        if (frame.width, frame.height) != self._size:
            self._size = (frame.width, frame.height)
            ids, now = self._state.next_id, self._state.time
            self._state = replace(self._loaded.tracker.start(), next_id=ids, time=now)

    def _give(self, captured: Captured, tracked: TrackedFrame) -> None:
        seen = self._capture.taken + self._capture.dropped
        self._session.publish(
            captured.frame,
            tracked,
            captured_at=captured.at,
            drop_rate=self._capture.dropped / max(seen, 1),
        )
        followed = self._session.followed(tracked)
        for stream in self._streams:
            stream.send(captured.frame, followed, captured_at=captured.at)
        self._recorder.take(captured.frame, followed)

    def _tell_end(self) -> None:
        if self._capture.ended and not self._told_end:
            self._told_end = True
            error = self._capture.error
            self._recorder.end()
            self._tell("the video has ended" if error is None else f"ended: {error}")
