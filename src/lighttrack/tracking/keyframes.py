"""When the detector is called: fixed and adaptive key-frame intervals (paper, section 3.1)."""

import math
from dataclasses import dataclass

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


def is_called_for(clock: KeyframeClock, config: Keyframes, *, tracked: bool, lost: bool) -> bool:
    """Whether a frame becomes a key frame because a person is lost in it (AKI), or none is tracked.

    `lost` says whether a person is lost in this frame, `tracked` whether one was tracked before.

    Example:
        >>> clock = KeyframeClock(9, 0.0, 9)
        >>> is_called_for(clock, Keyframes(mode="fixed"), tracked=True, lost=True)
        False
    """
    wanted = (lost and config.mode != "fixed") or (not tracked and config.search_when_empty)
    return wanted and (clock.frames is None or clock.frames >= _minimum_gap(config))


def is_overdue(clock: KeyframeClock, config: Keyframes) -> bool:
    """Whether the next key frame counts as scheduled: misses count, the lost are deleted.

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
