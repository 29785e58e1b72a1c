"""How a file is read: what is wrong is collected, so that all of it can be reported at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lighttrack.structures.types import Reals


class Malformed(Exception):
    """The file cannot be read at all."""


@dataclass(slots=True)
class Reading:
    """What was found wrong so far."""

    problems: list[str] = field(default_factory=list)
    keep_entries: bool = False
    """Whether frames keep the file's own entries, see `AnnotatedFrame`."""

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


def integer(value: Any, what: str = "track_id") -> int:
    """A track id, or another whole number.

    Raises:
        ValueError: if it is anything but a whole number of 64 bits.
    """
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise ValueError(f"{what} must be an integer, got {shown(value)}")
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"{what} must fit into 64 bits, got {shown(value)}")
    return int(value)


def numbers(value: Any, what: str, count: int) -> Reals:
    """`count` numbers `(count,)`, given as a list, nested or not; null is NaN.

    Raises:
        ValueError: if `value` is anything else.
    """
    try:
        array = np.asarray(value, np.float64).reshape(-1) if isinstance(value, list) else None
    except (TypeError, ValueError):
        array = None
    if array is None:
        raise ValueError(f"{what} must hold {count} numbers, got {shown(value)}")
    if len(array) != count:
        raise ValueError(f"{what} must hold {count} numbers, got {len(array)}")
    return array


def flag(value: Any) -> bool | None:
    """What `is_labeled` says; None where it says nothing.

    Raises:
        ValueError: if it is neither true nor false, 1 nor 0.
    """
    if value is not None and (not isinstance(value, int | float) or value not in (0, 1)):
        raise ValueError(f"is_labeled must be true or false, got {shown(value)}")
    return None if value is None else bool(value)


def time_of(entry: Mapping[str, Any]) -> float | None:
    """Seconds of a frame, as our own writers add them."""
    time = entry.get("time")
    return float(time) if isinstance(time, int | float) else None


def shown(value: Any) -> str:
    """A value as a message shows it, not too long."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def reason(error: Exception) -> str:
    """What an error of parsing says, as the end of a sentence."""
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    if isinstance(error, TypeError | AttributeError):  # Python's words for it help no user
        return "a member is of another kind: a number or text where a list or object belongs"
    return str(error)
