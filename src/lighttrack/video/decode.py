"""Decoding of one video stream with its damaged parts skipped, its clock, and images as arrays."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from lighttrack.structures import Image
from lighttrack.video.errors import VideoError
from lighttrack.video.orientation import Orientation, Turner

DEFAULT_FPS = 25.0
"""Frames per second where neither the stream nor the user states it."""

_NO_TIMESTAMPS = 0x0080
"""FFmpeg's flag of formats that have no times (AVFMT_NOTIMESTAMPS)."""


class Decoder:
    """Decoded frames of the first video stream of a file, device or address.

    A packet that cannot be decoded is skipped and counted; where a source cannot be read further,
    the stream ends, and `failure` says why.

    Raises:
        VideoError: if the source cannot be opened or holds no video that can be decoded.
    """

    def __init__(
        self,
        address: str,
        *,
        source: str,
        container_format: str | None = None,
        options: Mapping[str, str] | None = None,
        timeout: float | None = None,
        low_delay: bool = False,
    ) -> None:
        self.failure: str | None = None
        self.skipped = 0
        """Packets that could not be decoded."""
        self.damaged = 0
        """Frames that were decoded, but not whole."""
        self.discarded = 0
        """Packets that the container says are not to be shown (edit lists)."""
        try:
            self.container = av.open(
                address,
                mode="r",
                format=container_format,
                options=dict(options or {}),
                timeout=timeout,
                metadata_errors="replace",
            )
        except av.FFmpegError as error:
            raise VideoError(f"cannot open {source}: {_reason(error)}") from error
        try:
            self.stream = _video_stream(self.container, source)
        except VideoError:
            self.container.close()
            raise
        # Frame threads keep several frames in flight: faster, but late by as many frames.
        self.stream.thread_type = "SLICE" if low_delay else "AUTO"

    @property
    def fps(self) -> float:
        """The stream's average frame rate, as far as it states one."""
        rate = self.stream.average_rate or self.stream.guessed_rate or self.stream.base_rate
        return float(rate) if rate else DEFAULT_FPS

    @property
    def keeps_time(self) -> bool:
        """Whether timestamps are the source's own, and not made up from a frame rate."""
        return not self.container.format.flags & _NO_TIMESTAMPS

    @property
    def frame_count(self) -> int | None:
        """Frames that the container announces, less those that are not to be shown."""
        return self.stream.frames - self.discarded if self.stream.frames else None

    @property
    def duration(self) -> float | None:
        """Seconds that the container announces for the video stream, if it does."""
        if self.stream.duration is not None and self.stream.time_base is not None:
            return float(self.stream.duration * self.stream.time_base)
        return _clock_reading(self.stream.metadata.get("DURATION", ""))

    def __iter__(self) -> Iterator[VideoFrame]:
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError as error:
                self.failure = _interruption(error)
                yield from self._decode(None)
                return
            self.discarded += packet.is_discard
            yield from self._decode(packet)

    def seek(self, timestamp: int) -> None:
        """Go on from the key frame at or before a timestamp (in the stream's unit of time).

        Raises:
            VideoError: if the source cannot be sought in.
        """
        try:
            self.container.seek(timestamp, stream=self.stream, backward=True)
        except av.FFmpegError as error:
            raise VideoError(f"cannot seek: {_reason(error)}") from error

    def close(self) -> None:
        """Close the source."""
        self.container.close()

    def _decode(self, packet: "Packet[VideoStream] | None") -> Iterator[VideoFrame]:
        try:
            frames = self.stream.codec_context.decode(packet)
        except av.EOFError:  # flushed before
            return
        except av.FFmpegError:
            self.skipped += 1
            return
        for frame in frames:
            self.damaged += frame.is_corrupt
            yield frame


def _video_stream(container: av.container.InputContainer, source: str) -> VideoStream:
    # The cover image of an audio file is a video stream too, but no video.
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not streams:
        held = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise VideoError(f"{source} holds no video stream (it holds: {held})")
    # A stream without a decoder has no codec context, whatever the type says.
    if getattr(streams[0], "codec_context", None) is None:
        raise VideoError(f"{source} holds a video stream of a kind that cannot be decoded")
    return streams[0]


def _reason(error: av.FFmpegError) -> str:
    """Why a source could not be opened."""
    if isinstance(error, av.InvalidDataError):
        return "not a video, or damaged where it begins or where its index should be"
    return _interruption(error)


def _interruption(error: av.FFmpegError) -> str:
    """Why a source could not be read further."""
    if isinstance(error, av.ExitError):  # what a timeout makes FFmpeg say
        return "timed out"
    return error.strerror or str(error)


def _clock_reading(text: str) -> float | None:
    """Seconds from Matroska's `HH:MM:SS.fraction`."""
    try:
        hours, minutes, seconds = text.split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    except ValueError:
        return None


class Clock:
    """Seconds since the first frame, strictly increasing, from a stream's own timestamps.

    A missing timestamp is derived from the frame rate. One that repeats or slips back a little is
    put just behind its predecessor; after a jump back of more than a second (joined recordings,
    a restarted camera) time goes on from there.
    """

    _NUDGE = 0.001
    """Seconds between a frame and one that claims the same time."""

    _RESTART = 1.0
    """Seconds: a jump back that is longer starts a new count."""

    def __init__(self, fps: float) -> None:
        self._interval = 1 / fps
        self._origin: Fraction | None = None
        self._last: float | None = None

    def __call__(self, frame: VideoFrame) -> float:
        """The time of the next frame."""
        stamp = timestamp(frame)
        if self._last is None:
            time = 0.0
            self._origin = stamp
        elif stamp is None:
            time = self._last + self._interval
        else:
            time = self._follow(stamp, self._last)
        self._last = time
        return time

    def _follow(self, stamp: Fraction, last: float) -> float:
        if self._origin is None:
            self._origin = stamp - Fraction(last + self._interval)
        time = float(stamp - self._origin)
        if time < last - self._RESTART:
            time = last + self._interval
            self._origin = stamp - Fraction(time)
        elif time <= last:
            time = last + self._NUDGE
        return time


def timestamp(frame: VideoFrame) -> Fraction | None:
    """The frame's own timestamp in seconds, exactly."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base


class ImageConverter:
    """Makes arrays of decoded frames: upright, RGB, 8 bits, contiguous; opacity is left out."""

    def __init__(self, orientation: Orientation) -> None:
        self._turn = Turner(orientation)
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Image:
        """The image as an array `(H, W, 3)`."""
        # One thread: a conversion is short, and its neighbours decode and infer meanwhile.
        upright = self._reformatter.reformat(self._turn(frame), format="rgb24", threads=1)
        # The array shares the frame's memory; rows are padded only in images of odd widths.
        return np.ascontiguousarray(upright.to_ndarray(), np.uint8)
