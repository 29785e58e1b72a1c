"""Settings of the tracker as a TOML file: read from one, and shown as one."""

import math
import tomllib
from os import PathLike
from typing import Any

from lighttrack.tracking import Setting, TrackerConfig, settings


def read_settings(path: str | PathLike[str], base: TrackerConfig | None = None) -> TrackerConfig:
    """A configuration with the settings that a TOML file holds, a table for each group.

    Args:
        path: such a file; `settings_text` shows what it can hold.
        base: the configuration that the file changes; without it, the default.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is no TOML, or a group, a setting or a value is not allowed.

    Example:
        >>> config = read_settings("crowd.toml")  # doctest: +SKIP
        >>> result = lighttrack.track_video("match.mp4", config=config)  # doctest: +SKIP
    """
    with open(path, "rb") as file:
        try:
            changes = tomllib.load(file)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is no TOML: {error}") from error
    try:
        return (base or TrackerConfig()).changed(changes)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def settings_text(config: TrackerConfig | None = None) -> str:
    """Every setting with its value, unit and bounds, as a file that `read_settings` reads.

    Args:
        config: whose values to show; without it, the default's.

    Example:
        >>> print(*settings_text().splitlines()[:3], sep="|")
        [keyframes]|# frames from one key frame to the next (FKI); frames; at least 1|interval = 10
    """
    values = (config or TrackerConfig()).as_dict()
    lines: list[str] = []
    group = ""
    for setting in settings():
        if setting.group != group:
            group = setting.group
            lines += ["", f"[{group}]"]
        value = values[group][setting.name]
        lines.append(f"# {_about(setting)}")
        # TOML has no word for nothing: what is not set stands there as a comment.
        lines.append(f"# {setting.name} =" if value is None else f"{setting.name} = {_toml(value)}")
    return "\n".join(lines[1:]) + "\n"


def _about(setting: Setting) -> str:
    parts = [setting.description]
    if setting.unit:
        parts.append(setting.unit)
    if setting.choices:
        parts.append("of " + ", ".join(setting.choices))
    bounds = [
        f"{word} {value:g}"
        for word, value in (("at least", setting.low), ("at most", setting.high))
        if math.isfinite(value)
    ]
    if bounds:
        parts.append(", ".join(bounds))
    return "; ".join(parts)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)
