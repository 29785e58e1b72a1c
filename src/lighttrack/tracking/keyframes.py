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

    def tick(self) -> "KeyframeClock":
        """The clock one frame later."""
        return self if self.frames is None else KeyframeClock(self.frames + 1, self.time)

    def after(self, time: float, *, is_keyframe: bool) -> "KeyframeClock":
        """The clock after a frame at `time` seconds."""
        return KeyframeClock(0, time) if is_keyframe else self


def is_scheduled(clock: KeyframeClock, time: float, anybody: bool, config: Keyframes) -> bool:
    """Whether a frame is a key frame before anything of it has been estimated (FKI).

    The first frame is one; so is every frame in which there is nobody to follow, and one that comes
    `max_seconds` after the last detector call, both within `min_gap`.

    `clock` and `time`, in seconds, are this frame's; `anybody` says whether anybody is tracked.

    Example:
        >>> is_scheduled(KeyframeClock(10, 0.0), 0.4, True, Keyframes(interval=10))
        True
        >>> is_scheduled(KeyframeClock(4, 0.0), 0.2, True, Keyframes(interval=10))
        False
    """
    if clock.frames is None or clock.time is None:
        return True
    if config.mode != "adaptive" and clock.frames >= config.interval:
        return True
    overdue = config.mode == "both" and 0 < config.max_seconds < time - clock.time
    return (overdue or not anybody) and clock.frames >= _minimum_gap(config)


def is_called_for(clock: KeyframeClock, config: Keyframes) -> bool:
    """Whether a person who is lost in this frame calls the detector for it (AKI).

    Example:
        >>> is_called_for(KeyframeClock(9, 0.0), Keyframes(mode="fixed"))
        False
    """
    if config.mode == "fixed":
        return False
    return clock.frames is None or clock.frames >= _minimum_gap(config)


def _minimum_gap(config: Keyframes) -> int:
    return max(1, math.ceil(config.interval * config.min_gap))


def is_spread(config: Keyframes) -> bool:
    """Whether a detector call over tiles may be spread over the frames between key frames.

    It may where the schedule is fixed and people are kept between key frames.
    """
    return config.mode != "adaptive" and not config.detect_first


def tiles(frames_since_keyframe: int, parts: int, interval: int) -> range:
    """Which of the `parts` of a spread detector call fall to a frame.

    Example:
        >>> [list(tiles(frame, 5, 3)) for frame in range(3)]
        [[0, 1], [2, 3], [4]]
    """
    share = -(-parts // interval)
    first = min(frames_since_keyframe * share, parts)
    return range(first, min(first + share, parts))
