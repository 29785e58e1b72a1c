"""The settings of a plan's own configurations, by group as `TrackerConfig` has them."""

import logging
from collections.abc import Mapping
from typing import Any

from lighttrack.tracking import TrackerConfig

_LOG = logging.getLogger(__name__)

_FORMER: Mapping[str, tuple[str, str]] = {
    "keyframe_gap": ("keyframes", "min_gap"),
    "keyframe_seconds": ("keyframes", "max_seconds"),
    "box": ("propagation", "box"),
    "enlargement": ("propagation", "enlargement"),
    "motion": ("motion", "predict"),
    "camera": ("motion", "camera"),
    "iou_threshold": ("association", "iou_threshold"),
    "memory": ("reidentification", "max_lost_time"),
    "search": ("reidentification", "reacquire_time"),
    "colours": ("appearance", "colours"),
    "exclusive": ("occlusion", "resolve_contested"),
    "duplicate_oks": ("occlusion", "duplicate_oks"),
    "max_people": ("lifecycle", "max_people"),
    "detection_threshold": ("lifecycle", "detection_threshold"),
    "tracked_threshold": ("lifecycle", "tracked_threshold"),
    "confirmation": ("lifecycle", "confirmation"),
    "patience": ("lifecycle", "max_missed_detections"),
    "coast": ("output", "lost_for"),
    "everyone": ("output", "include_unconfirmed"),
}
"""Where the settings are that plans named without a group; they are read for one release more."""


def grouped(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The changes of a configuration by group and setting, checked.

    Args:
        given: tables of settings by group (`motion.predict = false`); settings by their former
            names without a group (`motion = false`) are put into theirs, with a warning.

    Raises:
        ValueError: if a group or setting is unknown, a value is not allowed, or the grid has an
            axis for the setting.

    Example:
        >>> grouped({"motion": {"predict": False}})
        {'motion': {'predict': False}}
    """
    found: dict[str, dict[str, Any]] = {}
    for name, value in given.items():
        if isinstance(value, Mapping):
            found.setdefault(name, {}).update(value)
        elif name in _FORMER:
            group, setting = _FORMER[name]
            _LOG.warning("the setting %s of plans is now called %s.%s", name, group, setting)
            found.setdefault(group, {})[setting] = value
        else:
            found[name] = value
    TrackerConfig().changed(found)
    for axis in ("interval", "mode"):
        if axis in found.get("keyframes", {}):
            raise ValueError(f"keyframes.{axis} is the axis {axis!r} of the grid, not a setting")
    return found
