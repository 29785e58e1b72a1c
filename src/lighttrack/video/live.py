"""Frames of a camera or a live stream: always the latest one, so that a tracker does not lag."""

import math
import threading
import time
from collections.abc import Iterator, Mapping

from av.video.frame import VideoFrame

from lighttrack.structures import Frame, VideoInfo
from lighttrack.video.decode import Clock, Decoder, timestamp
from lighttrack.video.errors import VideoError
from lighttrack.video.reader import Cut, VideoReader, require_size
from lighttrack.video.viewing import DEFAULT_VIEWING, View, Viewing

_TIMEOUT = 10.0
"""Seconds without a frame after which a camera or server counts as gone."""

_WAKE = 0.2
"""Seconds after which a waiting reader wakes, so that Ctrl-C interrupts it."""

_PAUSE = 1.0
"""Seconds before the first attempt to connect again; twice as long before each further one."""

_LONGEST_PAUSE = 8.0
"""Seconds between two attempts at most."""

_LEAP = 10.0
"""Seconds by which time stamps may run ahead of the frames' arrival: beyond, the source's clock
was set."""


class LiveReader(VideoReader):
    """Reads the latest frame. Frames that arrive while the caller is busy are dropped.

    `Frame.index` counts the frames given; `Frame.time` is the stream's own (where a stream has
    none, the time of arrival), so the frames that were dropped show as steps of time. `dropped`
    counts them. After a source was connected to again, time goes on by the seconds it was away.

    Args:
        address: what FFmpeg opens.
        name: name of the video.
        source: the name that the user gave.
        cut: the wanted part; frames before its start are discarded.
        how: which stream, how it is turned, and how long it is tried again after it broke off.
        container_format: FFmpeg's name of the device's or stream's format, if it must be stated.
        options: options of that format.

    Raises:
        VideoError: if no frame comes.
    """

    def __init__(
        self,
        address: str,
        *,
        name: str,
        source: str,
        cut: Cut,
        how: Viewing = DEFAULT_VIEWING,
        container_format: str | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.dropped = 0
        self.reconnected = 0
        """How often the source was connected to again."""
        self._address, self._source, self._cut, self._how = address, source, cut, how
        self._format, self._options = container_format, {"fflags": "nobuffer", **(options or {})}
        first = self._connect()
        width, height = self._view.size_of(first)
        self.notes = tuple(filter(None, (self._decoder.choice, *self._view.notes(source, first))))
        length = cut.end - cut.start
        self.info = VideoInfo(
            name=name,
            width=width,
            height=height,
            fps=self._decoder.fps,
            frame_count=round(length * self._decoder.fps) if math.isfinite(length) else None,
            source=source,
        )
        self._clock = Clock(self._decoder.fps)
        self._opened = self._arrived = time.monotonic()
        self._failure: str | None = None
        self._change = threading.Condition()
        self._latest: tuple[VideoFrame, View, float] | None = (
            first,
            self._view,
            self._clock(first),
        )
        self._ended = self._closing = False
        self._grabber = threading.Thread(target=self._grab, name="lighttrack-grab", daemon=True)
        self._grabber.start()

    def _connect(self) -> VideoFrame:
        """Open the source; its first frame."""
        decoder = Decoder(
            self._address,
            source=self._source,
            container_format=self._format,
            options=self._options,
            timeout=_TIMEOUT,
            low_delay=True,
            stream=self._how.stream,
        )
        decoded = iter(decoder)
        first = next(decoded, None)
        if first is None:
            decoder.close()
            raise VideoError(f"{self._source} gave no frame: {decoder.failure or 'it ended'}")
        self._decoder, self._decoded = decoder, decoded
        self._view = View(decoder.stream, first, self._how)
        self._has_stamps = decoder.keeps_time and timestamp(first) is not None
        return first

    def _grab(self) -> None:
        """Decode until the stream ends, keeping only the latest frame (in a thread of its own)."""
        try:
            while True:
                for frame in self._decoded:
                    if not self._offer(frame):
                        return
                self._failure = self._decoder.failure or "it ended"
                self._decoder.close()
                again = self._reconnect()
                if again is None or not self._offer(again):
                    return
        finally:
            with self._change:
                self._ended = True
                self._change.notify_all()
            self._decoder.close()

    def _offer(self, frame: VideoFrame) -> bool:
        """Make a frame the latest; false if no more are wanted."""
        now = time.monotonic()
        with self._change:
            if self._closing:
                return False
            # Frames are dropped, so their number times the interval is not the time.
            moment = now - self._opened
            if self._has_stamps:
                moment = self._clock(frame, at_most=now - self._arrived + _LEAP)
            self._arrived = now
            self.dropped += self._latest is not None
            self._latest = (frame, self._view, moment)
            self._change.notify_all()
        return True

    def _reconnect(self) -> VideoFrame | None:
        """The first frame after the source is there again; None if it is not, or not wanted."""
        if not self._how.reconnect:
            return None
        self.report(f"{self._source} broke off ({self._failure}): connecting again")
        lost, pause = time.monotonic(), _PAUSE
        while time.monotonic() - lost < self._how.reconnect:
            with self._change:
                if self._change.wait_for(lambda: self._closing, pause):
                    return None
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                first = self._connect()
            except VideoError as error:
                self._failure = str(error)
                continue
            away = time.monotonic() - self._arrived
            self._clock.go_on(away)
            self.reconnected += 1
            self._failure = None
            self.report(f"{self._source} is there again after {away:.1f} s")
            return first
        return None

    def _next(self) -> tuple[VideoFrame, View, float] | None:
        with self._change:
            while self._latest is None and not self._ended:
                self._change.wait(_WAKE)
            latest, self._latest = self._latest, None
            return latest

    def _frames(self) -> Iterator[Frame]:
        index = 0
        while (latest := self._next()) is not None:
            frame, view, moment = latest
            if moment < self._cut.start:
                continue
            if moment >= self._cut.end:
                return
            size = view.size_of(frame)
            if not self.sizes_may_change:
                require_size(self.info, *size, what=f"frame {index}")
            yield Frame(index, moment, view(frame))
            index += 1
        if self._failure and (self._failure != "it ended" or self._how.reconnect):
            self.problem = f"{self.info.source} broke off: {self._failure}; frames read: {index}"

    def close(self) -> None:
        """Release the camera or the connection."""
        with self._change:
            self._closing = True
            self._change.notify_all()
        # A grabber that waits for a silent server ends by itself at its timeout.
        self._grabber.join(timeout=1.0)
