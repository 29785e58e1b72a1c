"""The newest frame of a source: a slow reader misses frames, and is never late."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from lighttrack.structures import Frame
from lighttrack.video import VideoReader
from lighttrack.video.live import LiveReader

_LOOK = 0.05
"""Seconds between two looks whether a recording that is held goes on."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A frame and when it came."""

    frame: Frame
    """Numbers and times go on from one round of a loop to the next."""

    at: float
    """`time.perf_counter()` when it came."""


class Capture:
    """Reads a source in a thread of its own, at the source's own rate, and keeps the newest frame.

    Args:
        reader: the opened source; a recording is played at its own rate.
        again: opens a recording again when it has ended; None: it is played once.
    """

    def __init__(
        self,
        reader: VideoReader,
        *,
        again: Callable[[], VideoReader] | None = None,
    ) -> None:
        self._reader, self._again = reader, again
        self.info = reader.info
        self.taken = 0
        """Frames that were given on."""
        self.is_held = False
        """Whether a recording waits; a live source goes on."""
        self.error: Exception | None = None
        self._newest: Captured | None = None
        self._ready = threading.Condition()
        self._stopped = threading.Event()
        self._ended = False
        self._index, self._offset, self._late = 0, 0.0, 0
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    @property
    def ended(self) -> bool:
        """Whether no further frame will come."""
        with self._ready:
            return self._ended and self._newest is None

    @property
    def dropped(self) -> int:
        """Frames that were not taken in time."""
        before = self._reader.dropped if isinstance(self._reader, LiveReader) else 0
        return self._late + before

    def take(self, seconds: float) -> Captured | None:
        """The newest frame that was not taken yet; None if none comes within so many seconds."""
        with self._ready:
            self._ready.wait_for(lambda: self._newest is not None or self._ended, seconds)
            found, self._newest = self._newest, None
            self.taken += found is not None
            return found

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join(timeout=2)
        self._reader.close()

    def _run(self) -> None:
        try:
            self._play(self._reader)
            while self._again is not None and not self._stopped.is_set():
                with self._again() as reader:
                    self._play(reader)
        except (OSError, ValueError, RuntimeError) as error:
            self.error = error
        with self._ready:
            self._ended = True
            self._ready.notify_all()

    def _play(self, reader: VideoReader) -> None:
        is_live = isinstance(reader, LiveReader)
        began, first, last = time.perf_counter(), None, 0.0
        for frame in reader:
            if self._stopped.is_set():
                return
            first = frame.time if first is None else first
            if not is_live:
                began += self._hold()
                wait = began + (frame.time - first) - time.perf_counter()
                if wait > 0 and self._stopped.wait(wait):
                    return
            last = frame.time - first
            self._put(Frame(self._index, self._offset + last, frame.image))
            self._index += 1
        self._offset += last + 1 / max(self.info.fps, 1.0)

    def _hold(self) -> float:
        """Wait while the recording is held; the seconds that it took."""
        began = time.perf_counter()
        while self.is_held and not self._stopped.wait(_LOOK):
            pass
        return time.perf_counter() - began

    def _put(self, frame: Frame) -> None:
        with self._ready:
            self._late += self._newest is not None
            self._newest = Captured(frame, time.perf_counter())
            self._ready.notify_all()
