"""Writing images as an H.264 video that keeps the times of its source."""

import errno
import logging
import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from lighttrack.structures import Image
from lighttrack.video.errors import VideoError
from lighttrack.video.sound import copy_with_sound

_log = logging.getLogger(__name__)

_TIME_BASE = Fraction(1, 90_000)
"""Unit of time in the file: whole for every usual frame rate, fine for variable ones."""

_BT709 = 1
"""The code of BT.709's matrix, primaries and transfer function in ITU-T H.273."""

_FRAGMENT_SECONDS = 2.0
"""What an interrupted run may lose at most, and how finely a player can seek."""


class VideoWriter:
    """Writes an mp4 for common players: H.264, yuv420p, BT.709, index in front.

    While it is written the file consists of fragments, so that it plays up to the last two seconds
    even if the program is killed; `close` puts it in order.

    Args:
        path: the file to write; its folder must exist.
        width: pixels.
        height: pixels. Odd sizes are padded by one column or row: H.264 has even ones.
        fps: average frames per second, as the file states it, and the duration of the last
            frame; other times come with the frames.
        quality: constant rate factor of x264: 18 is hard to tell from the source, 23 is smaller.
        sound_of: the file that the images are made from: its sound is copied, for as long as there
            are images. `problem` says why if it is left out.

    Raises:
        OSError: if the file cannot be written, for instance because the disk is full.
        VideoError: if frames do not fit the video.

    Example:
        >>> import numpy as np
        >>> with VideoWriter("out.mp4", width=64, height=48, fps=25) as video:  # doctest: +SKIP
        ...     video.write(np.zeros((48, 64, 3), np.uint8), time=0.0)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        width: int,
        height: int,
        fps: float,
        quality: int = 21,
        sound_of: str | os.PathLike[str] | None = None,
    ) -> None:
        if width < 1 or height < 1 or not fps > 0:
            raise ValueError(f"a video needs a size and fps, got {width}x{height} at {fps}")
        self._path = Path(path)
        self._sound_of = sound_of
        self.problem: str | None = None
        """What is not in the file as it should be, known when it is closed."""
        self._size = (width, height)
        self._padding = ((0, height % 2), (0, width % 2), (0, 0))
        self._interval = max(round(1 / fps / _TIME_BASE), 1)
        self._first_time: float | None = None
        self._last_stamp = -1
        self._next_keyframe = 0
        self._written = 0
        self._failed = self._closed = False
        self._reformatter = VideoReformatter()
        try:
            self._container = av.open(
                f"file:{self._path}",
                mode="w",
                format="mp4",
                options={
                    "movflags": "frag_keyframe+empty_moov+default_base_moof",
                    "flush_packets": "1",
                },
            )
            self._stream = self._add_stream(fps, quality)
            self._container.start_encoding()
        except av.FFmpegError as error:
            raise self._os_error(error) from error

    def _add_stream(self, fps: float, quality: int) -> VideoStream:
        stream = self._container.add_stream(
            "libx264",
            rate=Fraction(fps).limit_denominator(1001),
            # Without B-frames packets are written at once and times need no offset.
            options={"crf": str(quality), "preset": "veryfast", "bf": "0"},
        )
        stream.width = self._size[0] + self._padding[1][1]
        stream.height = self._size[1] + self._padding[0][1]
        stream.pix_fmt = "yuv420p"
        codec = stream.codec_context
        codec.time_base = _TIME_BASE
        codec.gop_size = 100_000  # key frames are set by time, whatever the rate
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.thread_type = "AUTO"
        return stream

    def write(self, image: Image, time: float) -> None:
        """Append an image.

        Args:
            image: `(H, W, 3)`, RGB, of the size of the video.
            time: seconds; later than that of the frame before. The first frame's is the zero of
                the file, so a video cut out of another does not begin with a wait.
        """
        if image.shape != (self._size[1], self._size[0], 3) or image.dtype != np.uint8:
            width, height = self._size
            raise VideoError(
                f"{self._path.name} takes images of shape ({height}, {width}, 3) and type uint8, "
                f"got {image.shape} and {image.dtype}"
            )
        if self._first_time is None:
            self._first_time = time
        stamp = round((time - self._first_time) / _TIME_BASE)
        if stamp <= self._last_stamp:
            raise VideoError(
                f"frames must come in the order of their times: {time} s does not follow "
                f"{self._first_time + float(self._last_stamp * _TIME_BASE)} s in {self._path.name}"
            )
        self._last_stamp = stamp
        self._mux(self._stream.encode(self._video_frame(image, stamp)))
        self._written += 1

    def _video_frame(self, image: Image, stamp: int) -> VideoFrame:
        if self._size[0] % 2 or self._size[1] % 2:
            image = np.pad(image, self._padding, mode="edge")
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgb24")
        frame = self._reformatter.reformat(
            frame,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        frame.pts = stamp
        frame.time_base = _TIME_BASE
        frame.duration = self._interval
        if stamp >= self._next_keyframe:
            frame.pict_type = PictureType.I
            # The first fragment is short: a run killed early leaves a video, too.
            seconds = _FRAGMENT_SECONDS if stamp else _FRAGMENT_SECONDS / 4
            self._next_keyframe = stamp + round(seconds / _TIME_BASE)
        return frame

    def _mux(self, packets: "list[Packet[VideoStream]]") -> None:
        try:
            self._container.mux(packets)
        except av.FFmpegError as error:
            self._failed = True
            raise self._os_error(error) from error

    def _os_error(self, error: av.FFmpegError) -> OSError:
        """The error of the operating system, with a sentence that names the file."""
        number = error.errno or errno.EIO
        written = f" after {self._written} frames" if self._written else ""
        return OSError(
            number, f"cannot write the video{written}: {error.strerror}", str(self._path)
        )

    def close(self) -> None:
        """Write what is left, and put the file in order for players and servers."""
        if self._closed:
            return
        self._closed = True
        try:
            if not self._failed:
                self._mux(self._stream.encode(None))
            self._container.close()
        except av.FFmpegError as error:
            # After a failure the trailer fails too; the first error has been raised.
            if not self._failed:
                raise self._os_error(error) from error
        # Devices such as /dev/null are written to as well, and must stay what they are.
        if not self._failed and self._path.is_file():
            self._put_in_order()

    def _put_in_order(self) -> None:
        """Copy the fragments into a file with one index in front; without frames, leave none."""
        if not self._written:
            self._path.unlink()
            return
        ordered = self._path.with_name(self._path.name + ".part")
        try:
            first, length = self._first_time or 0.0, (self._last_stamp + self._interval)
            end = first + float(length * _TIME_BASE)
            try:
                self.problem = copy_with_sound(self._path, ordered, self._sound_of, first, end)
            except (av.FFmpegError, ValueError) as error:
                if self._sound_of is None:
                    raise
                self.problem = f"the sound is left out: {error}"
                copy_with_sound(self._path, ordered, None, first, end)
            os.replace(ordered, self._path)
        except (av.FFmpegError, OSError) as error:
            ordered.unlink(missing_ok=True)
            _log.warning("%s stays in fragments, which play as well: %s", self._path, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
