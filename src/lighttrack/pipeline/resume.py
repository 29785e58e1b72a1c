"""What a run may continue: the JSON lines of an earlier one with the same settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lighttrack.structures import TrackedVideo

JSONL = "jsonl"

_FREE = ("end", "threads")
"""Settings that may change from one run to its continuation."""


def can_be_resumed(paths: Mapping[str, Path]) -> bool:
    """Whether an earlier run has left something to continue.

    Raises:
        ValueError: if this run would not write the format that can be continued.
    """
    if JSONL not in paths:
        raise ValueError("--resume continues JSON lines: name jsonl in --write")
    return paths[JSONL].exists() and paths[JSONL].stat().st_size > 0


def require_same_settings(stored: TrackedVideo, provenance: Mapping[str, Any]) -> None:
    """Refuse to continue what was made with other networks or settings.

    Raises:
        ValueError: naming the first setting that differs.
    """
    then, now = _settings(stored.provenance), _settings(provenance)
    for name in now:
        if then.get(name) != now[name]:
            raise ValueError(
                f"the stored result was made with {name} {then.get(name)!r}, and this run has "
                f"{now[name]!r}: use the same options, or leave out --resume to begin anew"
            )


def _settings(provenance: Mapping[str, Any]) -> dict[str, Any]:
    settings = dict(provenance.get("config", {}))
    settings["networks"] = dict(provenance.get("networks", {}))
    return {name: value for name, value in settings.items() if name not in _FREE}
