"""When the detector is called: fixed and adaptive key-frame intervals (paper, section 3.1)."""

import math
from dataclasses import dataclass

import numpy as np

from lighttrack.structures import Boxes, Frame, boxes
from lighttrack.structures.scan import Scan
from lighttrack.structures.types import Indices
from lighttrack.tracking.config import Keyframes


@dataclass(frozen=True, slots=True)
class KeyframeClock:
    """How long ago the detector was called."""

    frames: int | None = None
    """Frames since the last key frame; None before the first."""
    time: float | None = None
    """Seconds: when the last key frame was; None before the first."""
    scheduled: int | None = None
    """Frames since the last scheduled key frame; None before the first."""

    def tick(self) -> "KeyframeClock":
        """The clock one frame later."""
        if self.frames is None or self.scheduled is None:
            return self
        return KeyframeClock(self.frames + 1, self.time, self.scheduled + 1)

    def after(self, time: float, *, is_keyframe: bool, is_scheduled: bool) -> "KeyframeClock":
        """The clock after a frame at `time` seconds."""
        if not is_keyframe:
            return self
        return KeyframeClock(0, time, 0 if is_scheduled else self.scheduled)


def is_scheduled(clock: KeyframeClock, time: float, config: Keyframes) -> bool:
    """Whether a frame is a key frame by the clock alone (FKI).

    The first frame is one, and so is one that comes `max_seconds` after the last detector call,
    within `min_gap`. `clock` and `time`, in seconds, are this frame's.

    Example:
        >>> is_scheduled(KeyframeClock(10, 0.0, 10), 0.4, Keyframes(interval=10))
        True
        >>> is_scheduled(KeyframeClock(4, 0.0, 4), 0.2, Keyframes(interval=10))
        False
    """
    if clock.frames is None or clock.time is None:
        return True
    passed = clock.frames if config.restart_interval else clock.scheduled or 0
    if config.mode != "adaptive" and passed >= config.interval:
        return True
    overdue = config.mode == "both" and 0 < config.max_seconds < time - clock.time
    return overdue and clock.frames >= _minimum_gap(config)


def is_called_for(clock: KeyframeClock, config: Keyframes, *, anybody: bool, lost: bool) -> bool:
    """Whether a frame becomes a key frame because a person is lost in it (AKI), or none is tracked.

    `lost` says whether a person is lost in this frame, `anybody` whether anyone was tracked.

    Example:
        >>> clock = KeyframeClock(9, 0.0, 9)
        >>> is_called_for(clock, Keyframes(mode="fixed"), anybody=True, lost=True)
        False
    """
    wanted = (lost and config.mode != "fixed") or (not anybody and config.search_when_empty)
    return wanted and (clock.frames is None or clock.frames >= _minimum_gap(config))


def is_overdue(clock: KeyframeClock, config: Keyframes) -> bool:
    """Whether the next key frame stands for a scheduled one: misses count, the lost are deleted.

    It does once the interval has passed since the last that did, and always if none is scheduled.

    Example:
        >>> is_overdue(KeyframeClock(3, 0.0, 12), Keyframes(interval=10))
        True
    """
    if config.mode == "adaptive" or clock.scheduled is None:
        return True
    return clock.scheduled >= config.interval


def _minimum_gap(config: Keyframes) -> int:
    return max(1, math.ceil(config.interval * config.min_gap))


def is_spread(config: Keyframes) -> bool:
    """Whether a detector call over tiles may be spread over the frames between key frames.

    It may where the schedule is fixed and people are kept between key frames.
    """
    return config.mode != "adaptive" and not config.detect_first


def due(scan: Scan, people: Boxes, frame: Frame, elapsed: float, config: Keyframes) -> Indices:
    """Which tiles of a spread detector call fall to a frame, `elapsed` s after the last.

    All of them where none has been examined yet. Then one is due `scan_seconds` after it was
    examined, or, where the image has changed, a quarter of it, and as many are taken as examine all
    in `scan_seconds`: those first that are overdue, at the border of the image, and of a size to
    show somebody as tall as one of the `people` `(N, 4)`. Tiles inside one of them are
    left out.
    """
    if not np.isfinite(scan.examined).any():
        return np.arange(len(scan.tiles))
    age = np.minimum(frame.time - scan.examined, 1e6) / config.scan_seconds
    sides = scan.tiles[:, 2:3] - scan.tiles[:, :1]
    share = (people[:, 3] - people[:, 1]) / sides
    usual = ((share > 0.4) & (share < 1.2)).any(axis=1)
    outer = np.array([0, 0, frame.width - 1, frame.height - 1]) * [1, 1, -1, -1]
    border = (scan.tiles * [1, 1, -1, -1] <= outer).any(axis=1)
    urgency = age * np.where(scan.changed, 4.0, 1.0) * np.where(border & scan.changed, 2.0, 1.0)
    inside = boxes.intersection(scan.tiles, people) / boxes.area(scan.tiles)[:, None]
    wanted = (urgency >= 1.0) & (inside.max(axis=1, initial=0) < 0.95)
    rate = len(scan.tiles) / config.scan_seconds
    count = max(1, math.floor(frame.time * rate) - math.floor((frame.time - elapsed) * rate))
    rows = np.flatnonzero(wanted)
    order = np.argsort(-(urgency * np.where(usual, 2.0, 1.0))[rows], kind="stable")
    return rows[order[:count]]
