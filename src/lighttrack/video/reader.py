"""The base class of sources of frames, and the wanted part of a source."""

import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from lighttrack.structures import Frame, VideoInfo
from lighttrack.video.errors import VideoError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a video that is wanted: `start <= time < end`.

    Raises:
        ValueError: if the part would be empty or its ends are no times.
    """

    start: float = 0.0
    """Seconds from the first frame of the stream."""

    end: float = math.inf
    """Seconds from the first frame of the stream."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and self.start >= 0):
            raise ValueError(f"start must be a time of 0 seconds or more, got {self.start}")
        if not self.end > self.start:
            raise ValueError(
                f"end must be later than start ({self.start:g} s), got {self.end:g} seconds"
            )

    @classmethod
    def between(cls, start: float | None, end: float | None) -> Self:
        """The part between two times, each of which may be left out."""
        return cls(0.0 if start is None else start, math.inf if end is None else end)

    def frames(self, count: int | None, duration: float | None, fps: float) -> int | None:
        """How many frames to expect of a video of `count` frames: exact only if nothing is cut."""
        if self == Cut():
            return count
        if duration is None:
            duration = math.inf if count is None else count / fps
        length = min(self.end, duration) - self.start
        return max(round(length * fps), 0) if math.isfinite(length) else None


class VideoReader(ABC):
    """Frames of a video in their order; made by `lighttrack.video.open_video`.

    A reader is a context manager and is iterated once. Damage in the stream does not stop it: it
    yields what can be read, and `problem` says afterwards what was missing.
    """

    info: VideoInfo
    """Known as soon as the reader is open."""

    problem: str | None = None
    """After the last frame: a sentence if the stream was truncated or broken, else `None`."""

    notes: tuple[str, ...] = ()
    """What is worth knowing of the source before it is read, a sentence each."""

    sizes_may_change = False
    """Whether frames of another size than the first are given; else they are an error. Images of a
    folder must have one size in any case."""

    on_event: Callable[[str], None] | None = None
    """Is told of what happens to a live source while it is read; without it, the log is."""

    _begun = False

    def __iter__(self) -> Iterator[Frame]:
        if self._begun:
            raise VideoError(f"{self.info.source} has been read: open it again to read it again")
        self._begun = True
        return self._frames()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def report(self, text: str) -> None:
        """Say what happened to the source."""
        (self.on_event or _log.warning)(text)

    @abstractmethod
    def _frames(self) -> Iterator[Frame]:
        """The frames of the wanted part."""

    @abstractmethod
    def close(self) -> None:
        """Release the file, the camera or the connection."""


def require_size(info: VideoInfo, width: int, height: int, what: str) -> None:
    """Raise `VideoError` unless an image, called `what`, has the size of the video."""
    if (width, height) != (info.width, info.height):
        raise VideoError(
            f"{what} is {width}x{height}, but {info.source} began with "
            f"{info.width}x{info.height}: all frames of a video must have one size"
        )


def beyond_the_end(source: str, start: float, last: float) -> VideoError:
    """What to raise when a cut begins after the last frame; both times in seconds."""
    return VideoError(
        f"start ({start:g} s) lies beyond the last frame of {source}, at {last:.2f} s"
    )
