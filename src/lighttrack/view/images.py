"""Single images of a video, by the number of the frame."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator

import numpy as np

from lighttrack.render.canvas import encode_jpeg
from lighttrack.structures import Frame
from lighttrack.video import VideoError, VideoReader

_KEPT = 120
"""Images that are kept, for stepping back."""

_AHEAD = 60
"""Frames that are read on to; what is farther away is sought."""


class FrameImages:
    """Images of frames as JPEG; read on where it is near, sought where it is far.

    Args:
        opened: opens the video at a second, or at its beginning.
        times: seconds of each frame of the result, by its number.
    """

    def __init__(
        self, opened: Callable[[float | None], VideoReader], times: dict[int, float]
    ) -> None:
        self._opened, self._times = opened, times
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._reader: VideoReader | None = None
        self._frames: Iterator[Frame] = iter(())
        self._at = -1
        self._lock = threading.Lock()

    def jpeg(self, index: int) -> bytes | None:
        """The image of a frame; None if the video has no such frame.

        Raises:
            VideoError: if the video cannot be read.
        """
        with self._lock:
            if index not in self._kept:
                self._read(index)
            return self._kept.get(index)

    def _read(self, index: int) -> None:
        if index <= self._at or index > self._at + _AHEAD or self._reader is None:
            self._seek(index)
        for frame in self._frames:
            self._at = frame.index
            self._keep(frame)
            if frame.index >= index:
                return

    def _seek(self, index: int) -> None:
        self.close()
        time = self._times.get(index)
        if time is None and self._times:
            known = np.array(sorted(self._times))
            time = self._times[int(known[np.abs(known - index).argmin()])]
        try:
            # A little earlier, as stored times are rounded.
            self._reader = self._opened(None if not time else max(0.0, time - 0.001))
        except VideoError:
            self._reader = self._opened(None)
        self._frames, self._at = iter(self._reader), -1

    def _keep(self, frame: Frame) -> None:
        self._kept[frame.index] = encode_jpeg(frame.image)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def close(self) -> None:
        """Close the video."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
