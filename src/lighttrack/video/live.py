"""Frames of a camera or a live stream: always the latest one, so that a tracker does not lag."""

import math
import threading
import time
from collections.abc import Iterator, Mapping

from av.video.frame import VideoFrame

from lighttrack.structures import Frame, VideoInfo
from lighttrack.video import orientation
from lighttrack.video.decode import Clock, Decoder, ImageConverter, timestamp
from lighttrack.video.errors import VideoError
from lighttrack.video.reader import Cut, VideoReader, require_size

_TIMEOUT = 10.0
"""Seconds without a frame after which a camera or server counts as gone."""

_WAKE = 0.2
"""Seconds after which a waiting reader wakes, so that Ctrl-C interrupts it."""


class LiveReader(VideoReader):
    """Reads the latest frame. Frames that arrive while the caller is busy are dropped.

    `Frame.index` counts the frames given; `Frame.time` is the stream's own (where a stream has
    none, the time of arrival), so the frames that were dropped show as steps of time. `dropped`
    counts them.

    Args:
        address: what FFmpeg opens.
        name: name of the video.
        source: the name that the user gave.
        cut: the wanted part; frames before its start are discarded.
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
        container_format: str | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.dropped = 0
        self._cut = cut
        self._decoder = Decoder(
            address,
            source=source,
            container_format=container_format,
            options={"fflags": "nobuffer", **(options or {})},
            timeout=_TIMEOUT,
            low_delay=True,
        )
        self._decoded = iter(self._decoder)
        first = next(self._decoded, None)
        if first is None:
            self._decoder.close()
            raise VideoError(f"{source} gave no frame: {self._decoder.failure or 'it ended'}")
        turned = orientation.of_frame(first)
        self._swapped = turned.swap_axes
        self._convert = ImageConverter(turned)
        width, height = self._shown_size(first)
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
        self._opened = time.monotonic()
        self._has_stamps = self._decoder.keeps_time and timestamp(first) is not None
        self._change = threading.Condition()
        self._latest: tuple[VideoFrame, float] | None = (first, self._clock(first))
        self._ended = self._closing = False
        self._grabber = threading.Thread(target=self._grab, name="lighttrack-grab", daemon=True)
        self._grabber.start()

    def _shown_size(self, frame: VideoFrame) -> tuple[int, int]:
        size = (frame.width, frame.height)
        return (size[1], size[0]) if self._swapped else size

    def _grab(self) -> None:
        """Decode until the stream ends, keeping only the latest frame (in a thread of its own)."""
        try:
            for frame in self._decoded:
                # Frames are dropped, so their number times the interval is not the time.
                arrival = time.monotonic() - self._opened
                moment = self._clock(frame) if self._has_stamps else arrival
                with self._change:
                    if self._closing:
                        return
                    self.dropped += self._latest is not None
                    self._latest = (frame, moment)
                    self._change.notify_all()
        finally:
            with self._change:
                self._ended = True
                self._change.notify_all()
            self._decoder.close()

    def _next(self) -> tuple[VideoFrame, float] | None:
        with self._change:
            while self._latest is None and not self._ended:
                self._change.wait(_WAKE)
            latest, self._latest = self._latest, None
            return latest

    def _frames(self) -> Iterator[Frame]:
        index = 0
        while (latest := self._next()) is not None:
            frame, moment = latest
            if moment < self._cut.start:
                continue
            if moment >= self._cut.end:
                return
            require_size(self.info, *self._shown_size(frame), what=f"frame {index}")
            yield Frame(index, moment, self._convert(frame))
            index += 1
        failure = self._decoder.failure
        if failure:
            self.problem = f"{self.info.source} broke off: {failure}; frames read: {index}"

    def close(self) -> None:
        """Release the camera or the connection."""
        with self._change:
            self._closing = True
        # A grabber that waits for a silent server ends by itself at its timeout.
        self._grabber.join(timeout=1.0)
