"""Decoding of one video stream with its damaged parts skipped, its clock, and images as arrays."""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from statistics import median

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from lighttrack.structures import Image
from lighttrack.video import colour
from lighttrack.video.errors import VideoError
from lighttrack.video.orientation import Orientation, Turner
from lighttrack.video.streams import choose

DEFAULT_FPS = 25.0
"""Frames per second where neither the stream nor the user states it."""

_HIGHEST_USUAL = 240
"""Frames per second; a higher rate is more often a unit of time than a rate."""

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
        stream: int | None = None,
    ) -> None:
        self.failure: str | None = None
        self.skipped = 0
        """Packets that could not be decoded."""
        self.damaged = 0
        """Frames that were decoded, but not whole."""
        self.intervals: list[float] = []
        """Seconds between the first frames, where they were looked at."""
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
            self.stream, self.choice = choose(self.container, source, stream)
        except VideoError:
            self.container.close()
            raise
        # Frame threads keep several frames in flight: faster, but late by as many frames.
        self.stream.thread_type = "SLICE" if low_delay else "AUTO"

    @property
    def fps(self) -> float:
        """The stream's average frame rate, as far as it states one that its times do not deny."""
        return believable_rate(
            float(self.stream.average_rate or 0),
            float(self.stream.guessed_rate or self.stream.base_rate or 0),
            self.intervals,
            self._announced_rate(),
        )

    @property
    def rate_is_odd(self) -> bool:
        """Whether the stated rate may be none: too high, or another than the codec's."""
        average, guessed = self.stream.average_rate, self.stream.guessed_rate
        if not average:
            return False
        return average > _HIGHEST_USUAL or bool(guessed and not 0.5 <= average / guessed <= 2)

    def _announced_rate(self) -> float:
        """Frames by duration, as far as the container announces both; else 0."""
        duration = self.duration
        return self.stream.frames / duration if duration and self.stream.frames > 1 else 0.0

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
    put just behind its predecessor; after a jump back of more than a quarter of a second (joined
    recordings, a restarted camera) time goes on from there.
    """

    _NUDGE = 0.001
    """Seconds between a frame and one that claims the same time."""

    _RESTART = 0.25
    """Seconds: a jump back that is longer starts a new count."""

    def __init__(self, fps: float) -> None:
        self._interval = 1 / fps
        self._origin: Fraction | None = None
        self._last: float | None = None

    def __call__(self, frame: VideoFrame, at_most: float = math.inf) -> float:
        """The time of the next frame.

        Args:
            frame: the next one.
            at_most: seconds that can have passed since the last; a time stamp that says more
                starts a new count.
        """
        stamp = timestamp(frame)
        if self._last is None:
            time = 0.0
            self._origin = stamp
        elif stamp is None:
            time = self._last + self._interval
        else:
            time = self._follow(stamp, self._last, at_most)
        self._last = time
        return time

    def go_on(self, seconds: float) -> None:
        """Let the next frame's time be so many seconds after the last, whatever its time stamp."""
        if self._last is not None:
            self._last += max(seconds - self._interval, 0.0)
        self._origin = None

    def _follow(self, stamp: Fraction, last: float, at_most: float) -> float:
        if self._origin is None:
            self._origin = stamp - Fraction(last + self._interval)
        time = float(stamp - self._origin)
        if time < last - self._RESTART or time > last + at_most:
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


def believable_rate(
    average: float, guessed: float, intervals: Sequence[float], announced: float
) -> float:
    """Frames per second: the average that a stream states, unless the frames' times deny it.

    Some containers state the unit of their time stamps as a rate (60000, 1000). A rate that the
    announced length confirms is believed; else one that differs from the times of the first frames
    by more than a factor of 2 is not, and the guess or those times are taken.

    Args:
        average: as the stream states it; 0: unknown.
        guessed: by FFmpeg, from the codec; 0: unknown.
        intervals: seconds between the first frames; may be empty.
        announced: frames by duration as the container has them; 0: unknown.

    Example:
        >>> believable_rate(60000.0, 25.0, [0.04, 0.04], 0.0)
        25.0
    """
    steps = [step for step in intervals if step > 0]
    measured = 1 / median(steps) if steps else 0.0
    known = announced or measured
    for rate in (average, guessed):
        if rate and (not known or 0.5 <= rate / known <= 2):
            return rate
    return known or DEFAULT_FPS


class ImageConverter:
    """Makes arrays of decoded frames: upright, square pixels, RGB in BT.709, 8 bits, contiguous.

    Opacity is left out.

    Args:
        orientation: how the stored image is turned.
        aspect: width by height of a stored pixel; where it is not 1, the image is enlarged along
            one axis until pixels are square.
    """

    def __init__(self, orientation: Orientation, aspect: Fraction | None = None) -> None:
        self._turn = Turner(orientation)
        self._aspect = square_unless_known(aspect)
        if orientation.swap_axes:
            self._aspect = 1 / self._aspect
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Image:
        """The image as an array `(H, W, 3)`."""
        kind = colour.of_frame(frame)
        upright = self._turn(frame)
        width, height = with_square_pixels(upright.width, upright.height, self._aspect)
        upright = self._reformatter.reformat(
            upright,
            format="rgb48le" if kind else "rgb24",
            width=width,
            height=height,
            threads=1,  # a conversion is short, and its neighbours decode and infer meanwhile
        )
        if kind:
            return colour.to_bt709(np.asarray(upright.to_ndarray(), np.uint16), kind)
        # The array shares the frame's memory; rows are padded only in images of odd widths.
        return np.ascontiguousarray(upright.to_ndarray(), np.uint8)


_EXTREME = 8
"""A pixel that is longer than this many times its other side is a mistake of the file."""


def square_unless_known(aspect: Fraction | None) -> Fraction:
    """Width by height of a pixel; 1 where it is unknown or makes no sense."""
    if not aspect or not 1 / _EXTREME <= aspect <= _EXTREME:
        return Fraction(1)
    return aspect


def with_square_pixels(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """The size of an image enlarged along one axis until its pixels are square.

    Example:
        >>> with_square_pixels(720, 576, Fraction(64, 45))
        (1024, 576)
    """
    if aspect >= 1:
        return round(width * aspect), height
    return width, round(height / aspect)
