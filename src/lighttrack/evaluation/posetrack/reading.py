"""How a file is read: what is wrong is collected, so that all of it can be said at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lighttrack.evaluation.similarity import Reals


class Malformed(Exception):
    """The file cannot be read at all."""


@dataclass(slots=True)
class Reading:
    """What was found wrong so far."""

    problems: list[str] = field(default_factory=list)

    def note(self, where: str, what: str) -> None:
        """Remember one problem."""
        self.problems.append(f"{where}: {what}")


def entries(data: Mapping[str, Any], key: str) -> list[Any]:
    """The list that stands under `key`.

    Raises:
        Malformed: if there is none.
    """
    value = data.get(key)
    if not isinstance(value, list):
        raise Malformed(f"{key!r} must be a list, got {type(value).__name__}")
    return value


def polygons(regions: list[Reals], where: str, reading: Reading) -> tuple[Reals, ...]:
    """The ignore regions that have an inside; one with too few corners is a problem."""
    kept = []
    for region in regions:
        if len(region) == 0:
            continue
        if not np.isfinite(region).all():
            reading.note(where, "the corners of an ignore region must be finite numbers")
        elif len({(x, y) for x, y in region.tolist()}) < 3:
            reading.note(where, f"an ignore region needs 3 corners or more, got {len(region)}")
        else:
            kept.append(region)
    return tuple(kept)


def integer(value: Any) -> int:
    """A track id.

    Raises:
        ValueError: if it is anything but a whole number.
    """
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise ValueError(f"track_id must be an integer, got {value!r}")
    return int(value)


def reason(error: Exception) -> str:
    """What an error of parsing says, as the end of a sentence."""
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
