"""What a live page shows, and what its viewers have asked for; used by several threads."""

import asyncio
import json
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import cv2
import numpy as np

from lighttrack.refinement.edit import printable
from lighttrack.render.canvas import encode_jpeg
from lighttrack.structures import Frame, Image, Skeleton, TrackedFrame
from lighttrack.view.people import people_of

_WIDEST = 1280
"""Pixels; wider images are sent smaller, the page scales them anyway."""

_QUALITY = 75
_RATE_FRAMES = 30
Wanted = TypeVar("Wanted")


@dataclass(frozen=True, slots=True)
class Message:
    """One frame as the page gets it."""

    number: int
    header: dict[str, Any]
    jpeg: bytes

    def packed(self) -> bytes:
        """The length of the header, the header as JSON, the image as JPEG."""
        header = json.dumps(self.header, separators=(",", ":")).encode()
        return struct.pack("<I", len(header)) + header + self.jpeg


@dataclass(slots=True)
class Wishes:
    """What viewers have asked for."""

    paused: bool = False
    recording: bool = False
    snapshots: int = 0
    """Asked for and not taken yet."""

    followed: set[int] = field(default_factory=set)
    """Ids of those who alone are followed; empty: all."""

    names: dict[int, str] = field(default_factory=dict)
    """Given to ids."""


class LiveSession:
    """The newest frame with its people, for any number of viewers.

    Viewers may come before the networks are loaded: `about` and `after` wait.

    Args:
        title: of the page.
        controls: buttons of the page; a run that writes its own files needs none to record.
    """

    def __init__(
        self, title: str, controls: Sequence[str] = ("pause", "record", "snapshot")
    ) -> None:
        self.title, self.controls = title, tuple(controls)
        self.wishes = Wishes()
        self.viewers = 0
        self._lock = threading.RLock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._about: dict[str, Any] | None = None
        self._newest: Message | None = None
        self._unsent: tuple[Image, dict[str, Any]] | None = None
        self._people: TrackedFrame | None = None
        self._times: deque[float] = deque(maxlen=_RATE_FRAMES)
        self._said = ""

    def begin(self, title: str, skeleton: Skeleton, keypoint_threshold: float) -> None:
        """Frames will come.

        Args:
            title: of the page, now that the source is known.
            skeleton: of the poses.
            keypoint_threshold: the score from which a keypoint is drawn.
        """
        with self._lock:
            self.title = title
            self._about = {
                "title": title,
                "keypoints": list(skeleton.keypoints),
                "edges": [list(edge) for edge in skeleton.edges],
                "threshold": keypoint_threshold,
                "controls": list(self.controls),
            }
            self._wake()

    async def about(self) -> dict[str, Any]:
        """What the page needs to know once, as soon as it is known."""
        return await self._once(lambda: self._about)

    def say(self, text: str) -> None:
        """Show a line on the page: an end, an error, a file that was written."""
        with self._lock:
            self._said = text
            self._tell_state()

    def followed(self, tracked: TrackedFrame) -> TrackedFrame:
        """Those of the people whom viewers have chosen; all, if they have chosen none."""
        with self._lock:
            chosen = sorted(self.wishes.followed)
        return tracked[np.isin(tracked.ids, chosen)] if chosen else tracked

    def publish(
        self, frame: Frame, tracked: TrackedFrame, *, captured_at: float | None, drop_rate: float
    ) -> None:
        """Show a frame with all its people; its image is only encoded if there is a viewer.

        `captured_at` is None where frames wait for the tracker, so that no latency can be told.
        """
        self._times.append(time.perf_counter())
        span = self._times[-1] - self._times[0]
        header = {
            "frame": frame.index,
            "time": round(frame.time, 3),
            "width": frame.width,
            "height": frame.height,
            "keyframe": bool(tracked.is_keyframe),
            "people": people_of(tracked),
            "fps": round((len(self._times) - 1) / span, 1) if span > 0 else 0.0,
            "dropped": round(drop_rate, 3),
        }
        with self._lock:
            self._people = tracked
            if not self.viewers:
                self._unsent = frame.image, header  # for the first one who comes
                return
            self._unsent = None
        self._encode(frame.image, header, captured_at)

    def _encode(self, image: Image, header: dict[str, Any], captured_at: float | None) -> None:
        smaller, scale = _smaller(image)
        jpeg = encode_jpeg(smaller, quality=_QUALITY)
        latency = None if captured_at is None else _milliseconds_since(captured_at)
        with self._lock:
            if self._newest is None or self._newest.header["frame"] <= header["frame"]:
                self._show({**header, "scale": scale, "latency": latency}, jpeg)

    def _tell_state(self) -> None:
        """Send the newest frame again, since what was asked for has changed."""
        if self._newest is not None:
            self._show(self._newest.header, self._newest.jpeg)

    def _show(self, header: dict[str, Any], jpeg: bytes) -> None:
        wishes = self.wishes
        state = {
            "paused": wishes.paused,
            "recording": wishes.recording,
            "followed": sorted(wishes.followed),
            "names": {str(key): name for key, name in wishes.names.items()},
            "said": self._said,
        }
        number = 0 if self._newest is None else self._newest.number + 1
        self._newest = Message(number, {**header, **state}, jpeg)
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for loop, event in waiting:
            loop.call_soon_threadsafe(event.set)

    async def after(self, number: int) -> Message:
        """The newest message, once there is one that is newer than `number`."""

        def newer() -> Message | None:
            return self._newest if self._newest and self._newest.number > number else None

        return await self._once(newer)

    async def _once(self, wanted: Callable[[], Wanted | None]) -> Wanted:
        while True:
            waiting = asyncio.get_running_loop(), asyncio.Event()
            with self._lock:
                if (found := wanted()) is not None:
                    return found
                self._waiting.add(waiting)
            try:
                await waiting[1].wait()
            finally:
                with self._lock:
                    self._waiting.discard(waiting)

    def joined(self, count: int) -> None:
        """Take note of viewers that have come, or gone (negative)."""
        with self._lock:
            self.viewers += count
            unsent, self._unsent = self._unsent, None
        if unsent is not None:
            # Its latency would be the time for which the page was not looked at.
            self._encode(*unsent, None)

    def ask(self, wish: Any) -> None:
        """Do what a viewer asks for.

        Raises:
            ValueError: if that is nothing that can be asked for.
        """
        if not isinstance(wish, dict):
            raise ValueError("a wish is an object with the member do")
        what = wish.get("do")
        with self._lock:
            if what in ("pause", "record"):
                name = "paused" if what == "pause" else "recording"
                setattr(self.wishes, name, not getattr(self.wishes, name))
            elif what == "snapshot":
                self.wishes.snapshots = min(self.wishes.snapshots + 1, 10)
            elif what == "everybody":
                self.wishes.followed.clear()
            elif what == "follow":
                self._follow(wish)
            elif what == "name":
                self._name(wish)
            else:
                raise ValueError(f"nothing that can be asked for: {str(what)[:40]!r}")
            self._tell_state()

    def _follow(self, wish: dict[str, Any]) -> None:
        identity = wish.get("id")
        if identity is None:
            identity = self._person_at(_number(wish, "x"), _number(wish, "y"))
        if identity is not None:
            self.wishes.followed ^= {int(_number({"id": identity}, "id"))}

    def _name(self, wish: dict[str, Any]) -> None:
        identity, name = int(_number(wish, "id")), wish.get("name")
        if not isinstance(name, str):
            raise ValueError("name must be a text")
        text = printable(name)
        if text and len(self.wishes.names) < 10_000:
            self.wishes.names[identity] = text
        else:
            self.wishes.names.pop(identity, None)

    def _person_at(self, x: float, y: float) -> int | None:
        """Who is at a place in the image; of several, the one with the smallest box."""
        if self._people is None:
            return None
        boxes = self._people.boxes
        inside = (boxes[:, :2] <= (x, y)).all(1) & (boxes[:, 2:] >= (x, y)).all(1)
        areas = np.where(inside, np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), np.inf)
        if not inside.any():
            return None
        return int(self._people.ids[areas.argmin()])


def _number(wish: dict[str, Any], name: str) -> float:
    value = wish.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise ValueError(f"{name} must be a number")
    return float(value)


def _smaller(image: Image) -> tuple[Image, float]:
    """An image no wider than the page needs, and its size beside the original's."""
    scale = min(1.0, _WIDEST / image.shape[1])
    if scale == 1.0:
        return image, 1.0
    size = (_WIDEST, max(1, round(image.shape[0] * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA), scale


def _milliseconds_since(moment: float) -> float:
    return round(1000 * (time.perf_counter() - moment), 1)
