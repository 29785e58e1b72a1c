"""Frames of a video file, or of a recording at an address: every frame, in order."""

import math
from collections.abc import Iterator
from itertools import chain, islice, pairwise

from av.video.frame import VideoFrame

from lighttrack.structures import Frame, VideoInfo
from lighttrack.video.decode import Clock, Decoder
from lighttrack.video.errors import VideoError
from lighttrack.video.reader import Cut, VideoReader, beyond_the_end, require_size
from lighttrack.video.seeking import entry_point
from lighttrack.video.viewing import DEFAULT_VIEWING, View, Viewing

_LOOKED_AT = 8
"""Frames whose times are looked at where a stream's frame rate is odd."""


class FileReader(VideoReader):
    """Reads a recording. `Frame.index` counts the frames that could be decoded.

    With a later start the frames before it are skipped without decoding where the file lets them
    be counted so, and decoded but not converted where it does not: numbers and times are those
    of the whole video. (Only where frames before the start are too broken to decode does the
    count differ: the whole video then has fewer.)

    Args:
        address: what FFmpeg opens.
        name: name of the video.
        source: the name that the user gave.
        cut: the wanted part.
        how: which stream, and how it is turned.
        timeout: seconds to wait for a server.
        container_format: FFmpeg's name of the format, where the name of the file misleads.

    Raises:
        VideoError: if no frame can be read.
    """

    def __init__(
        self,
        address: str,
        *,
        name: str,
        source: str,
        cut: Cut,
        how: Viewing = DEFAULT_VIEWING,
        timeout: float | None = None,
        container_format: str | None = None,
    ) -> None:
        self._address, self._source, self._timeout = address, source, timeout
        self._cut, self._stream_index, self._format = cut, how.stream, container_format
        self._open()
        self._view = View(self._decoder.stream, self._first, how)
        width, height = self._view.size_of(self._first)
        decoder = self._decoder
        self.notes = tuple(filter(None, (decoder.choice, *self._view.notes(source, self._first))))
        self.info = VideoInfo(
            name=name,
            width=width,
            height=height,
            fps=decoder.fps,
            frame_count=cut.frames(decoder.frame_count, decoder.duration, decoder.fps),
            source=source,
        )

    @property
    def is_recording(self) -> bool:
        """Whether the source has an end: a live stream announces no length."""
        return self._decoder.container.duration is not None or self._decoder.stream.frames > 0

    def _open(self) -> None:
        """Open the stream and decode its first frame, which shows what headers do not state."""
        self._decoder = self._new_decoder()
        self._decoded = iter(self._decoder)
        first = next(self._decoded, None)
        if first is None:
            self._decoder.close()
            raise VideoError(
                f"no frame of {self._source} could be read"
                + (f": {self._decoder.failure}" if self._decoder.failure else "")
                + (f" (broken packets: {self._decoder.skipped})" if self._decoder.skipped else "")
            )
        self._first = first
        if self._decoder.rate_is_odd:
            ahead = list(islice(self._decoded, _LOOKED_AT))
            times = [frame.time for frame in (first, *ahead) if frame.time is not None]
            self._decoder.intervals = [after - before for before, after in pairwise(times)]
            self._decoded = chain(ahead, self._decoded)

    def _new_decoder(self) -> Decoder:
        return Decoder(
            self._address,
            source=self._source,
            timeout=self._timeout,
            stream=self._stream_index,
            container_format=self._format,
        )

    def _frames(self) -> Iterator[Frame]:
        given, index, time = 0, -1, 0.0
        for index, time, decoded in self._timed():
            if time < self._cut.start:
                continue
            if time >= self._cut.end:
                self.problem = self._what_went_wrong(given, None)
                return
            self._require_same_size(index, decoded)
            given += 1
            yield Frame(index, time, self._view(decoded))
        self.problem = self._what_went_wrong(index + 1, time)
        if not given:
            raise beyond_the_end(self._source, self._cut.start, time)

    def _timed(self) -> Iterator[tuple[int, float, VideoFrame]]:
        """Number, time and image of each frame, from the wanted start or before."""
        clock = Clock(self._decoder.fps)
        begin = 0
        if self._cut.start > 0:
            # The first frame is time zero, also where reading begins later.
            clock(self._first)
            begin = self._enter()
            if begin == 0:
                clock = Clock(self._decoder.fps)
        for index, decoded in enumerate(chain([self._first], self._decoded), begin):
            yield index, clock(decoded), decoded

    def _enter(self) -> int:
        """Go to the first wanted frame; its number, or 0 if all frames must be decoded."""
        origin = self._first.pts
        if origin is None:
            return 0
        counter = self._new_decoder()
        try:
            entry = entry_point(counter, self._cut.start, origin, self._source)
        finally:
            counter.close()
        if entry is None or entry.first == origin:
            return 0
        if self._seek(entry.keyframe, entry.first):
            self._decoder.discarded = entry.discarded
            return entry.index
        self._decoder.close()
        self._open()
        return 0

    def _seek(self, keyframe: int, wanted: int) -> bool:
        """Decode from a key frame up to the frame with a timestamp, if it is found there."""
        try:
            self._decoder.seek(keyframe)
        except VideoError:
            return False
        self._decoded = iter(self._decoder)
        for decoded in self._decoded:
            if decoded.pts is None or decoded.pts > wanted:
                return False
            if decoded.pts == wanted:
                self._first = decoded
                return True
        return False

    def _require_same_size(self, index: int, decoded: VideoFrame) -> None:
        if not self.sizes_may_change:
            width, height = self._view.size_of(decoded)
            require_size(self.info, width, height, f"frame {index}")

    def _what_went_wrong(self, count: int, last_time: float | None) -> str | None:
        """A sentence on what is missing in the stream, if anything is.

        Args:
            count: frames read.
            last_time: of the last frame, if the stream was read to its end.
        """
        decoder = self._decoder
        faults = []
        if decoder.failure:
            faults.append(f"reading stopped: {decoder.failure}")
        if decoder.skipped:
            faults.append(f"broken packets skipped: {decoder.skipped}")
        if decoder.damaged:
            faults.append(f"damaged frames: {decoder.damaged}")
        if last_time is not None and (missing := self._what_is_missing(count, last_time)):
            faults.append(missing)
        if not faults:
            return None
        return f"{self._source} is broken or cut short: {'; '.join(faults)}; frames read: {count}"

    def _what_is_missing(self, count: int, last_time: float) -> str | None:
        decoder = self._decoder
        end = last_time + (last_time / (count - 1) if count > 1 else 1 / decoder.fps)
        announced, duration = decoder.frame_count, decoder.duration
        # AVI counts repeated images too, so the time must be missing as well as the frames.
        if announced is not None and count < announced and (duration or math.inf) > end + 0.01:
            return f"it announces {announced} frames"
        if announced is None and duration is not None and _ends_early(end, duration):
            return f"it announces {duration:.1f} s, and ends at {end:.1f} s"
        return None

    def close(self) -> None:
        """Close the file."""
        self._decoder.close()


def _ends_early(end: float, announced: float) -> bool:
    """Whether a stream lacks more than the rounding of its header, or one long last frame."""
    return announced - end > max(0.5, 0.02 * announced)
