"""When the detector is called: fixed and adaptive key-frame intervals (paper, section 3.1)."""

import math

from lighttrack.tracking.config import TrackerConfig


def is_scheduled(
    config: TrackerConfig,
    frames_since_scheduled: int | None,
    frames_since_keyframe: int | None,
    seconds_since_keyframe: float,
    anybody: bool,
) -> bool:
    """Whether a frame is a key frame before anything of it has been looked at.

    Args:
        config: mode and interval.
        frames_since_scheduled: since the schedule last came round; None before the first.
        frames_since_keyframe: since the detector was last called; None before the first.
        seconds_since_keyframe: the same in seconds.
        anybody: whether anybody is tracked.

    Example:
        >>> is_scheduled(TrackerConfig(keyframe_interval=10), 10, 4, 0.13, anybody=True)
        True
        >>> is_scheduled(TrackerConfig(keyframe_interval=10), 7, 7, 1.1, anybody=True)
        True
    """
    if frames_since_scheduled is None or frames_since_keyframe is None:
        return True
    if config.keyframe_mode != "adaptive" and frames_since_scheduled >= config.keyframe_interval:
        return True
    # Nobody to follow: every frame is searched, within the detector's budget.
    sooner = not anybody or _is_overdue(config, seconds_since_keyframe)
    return sooner and frames_since_keyframe >= minimum_gap(config)


def _is_overdue(config: TrackerConfig, seconds_since_keyframe: float) -> bool:
    limit = config.keyframe_seconds if config.keyframe_mode == "both" else 0.0
    return 0 < limit < seconds_since_keyframe


def is_called_for(config: TrackerConfig, frames_since_keyframe: int | None) -> bool:
    """Whether a person who is lost in this frame calls the detector for it (AKI).

    Example:
        >>> is_called_for(TrackerConfig(keyframe_mode="fixed"), 9)
        False
    """
    if config.keyframe_mode == "fixed":
        return False
    return frames_since_keyframe is None or frames_since_keyframe >= minimum_gap(config)


def minimum_gap(config: TrackerConfig) -> int:
    """Fewest frames from one key frame to another that is not scheduled."""
    return max(1, math.ceil(config.keyframe_interval * config.keyframe_gap))
