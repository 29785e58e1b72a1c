"""Members of stored objects, checked: what is wrong is said with its place and what is allowed.

The limits are those of every reader: a number beyond them is a slip or a time stamp, and a file
that holds one must not fill the memory.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lighttrack.formats.errors import FormatError
from lighttrack.structures.types import AnyArray, Reals

FRAMES = 5_000_000
"""Frames of a video at most: two days of it."""

LARGEST_ID = 2**53
"""Up to which a number with a decimal point is exact."""

MOST_PEOPLE = 10_000
"""People of one frame at most."""

MOST_KEYPOINTS = 1_000
"""Keypoints of a skeleton at most."""

LARGEST = 1e9
"""Coordinates, scores and times, up or down from 0."""


def shown(value: Any) -> str:
    """A value as a message shows it: short, in one line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def refuse(where: str, what: str, allowed: str, value: Any) -> FormatError:
    """The error of a member: where it stands, what it must be and what came."""
    return FormatError(f"{where}: {what} must be {allowed}, got {shown(value)}")


def member(item: Any, key: str, where: str) -> Any:
    """A member of a JSON object.

    Raises:
        FormatError: if it is not there, saying what should have had it.
    """
    if not isinstance(item, Mapping):
        raise FormatError(f"{where} must be an object with {key!r}, got {shown(item)}")
    if key not in item:
        raise FormatError(f"{where} has no {key!r}")
    return item[key]


def whole(
    value: Any, where: str, what: str, low: int = 0, high: int = LARGEST_ID, *, text: bool = False
) -> int:
    """A whole number within bounds.

    Args:
        value: as stored.
        where: names the file and the place in it.
        what: the member's name.
        low: the least that is allowed.
        high: the most that is allowed.
        text: whether a text of digits counts as a number, too.
    """
    if text and isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        value = int(value) if len(value) < 40 else None
    number = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, float) and value.is_integer():
        value, number = int(value), True
    if not number or not low <= value <= high:
        raise refuse(where, what, f"a whole number from {low} to {high}", value)
    return int(value)


def identity(value: Any, where: str, what: str = "id") -> int:
    """An identity; -1 says that there is none."""
    return whole(value, where, what, -1)


def frame_number(value: Any, where: str, what: str = "frame") -> int:
    """The number of a frame, from 0."""
    return whole(value, where, what, 0, FRAMES - 1)


def number(
    value: Any, where: str, what: str, low: float = -LARGEST, high: float = LARGEST
) -> float:
    """A finite number within bounds."""
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    raise refuse(where, what, f"a number from {low:g} to {high:g}", value)


def number_or_none(value: Any, where: str, what: str) -> float:
    """A finite number; null is NaN."""
    return math.nan if value is None else number(value, where, what)


def numbers(value: Any, where: str, what: str, count: int, *, null: bool = False) -> Reals:
    """So many finite numbers `(count,)`.

    Args:
        value: as stored.
        where: names the file and the place in it.
        what: the member's name.
        count: how many.
        null: whether null is allowed; it is NaN.
    """
    array = _array(value)
    if array is None and null and isinstance(value, list):
        array = _array([math.nan if each is None else each for each in value])
    if array is None or array.shape != (count,) or not _in_bounds(array, null):
        raise refuse(where, what, f"a list of {count} numbers up to {LARGEST:g}", value)
    return array


def _in_bounds(array: Reals, null: bool = False) -> bool:
    with np.errstate(invalid="ignore"):
        inside = np.abs(array) <= LARGEST
    return bool((inside | np.isnan(array)).all()) if null else bool(inside.all())


def _array(value: Any) -> Reals | None:
    """A list of numbers as an array; None for anything else, numbers in quotes included."""
    if not isinstance(value, list):
        return None
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        return None
    if array.size == 0:
        return np.asarray(array, np.float64)
    return np.asarray(array, np.float64) if array.dtype.kind in "iuf" else None


def points(value: Any, count: int, where: str, what: str = "keypoints") -> AnyArray:
    """`count` keypoints `(K, 3)` of a list of [x, y, score] or null, which is missing."""
    array = _array(value)
    if array is not None and array.shape == (count, 3) and _in_bounds(array):
        return np.asarray(array, np.float32)
    if not isinstance(value, list) or len(value) != count:
        got = len(value) if isinstance(value, list) else shown(value)
        raise FormatError(
            f"{where}: {what} must be a list with a keypoint each: the skeleton has {count} of "
            f"them, a person has {got} keypoints"
        )
    filled = np.full((count, 3), np.nan, np.float32)
    filled[:, 2] = 0
    for row, point in enumerate(value):
        if point is not None:
            filled[row] = numbers(point, where, f"{what}[{row}]", 3)
    return filled


def flat_points(value: Any, count: int, where: str, what: str = "keypoints") -> AnyArray:
    """`count` keypoints `(K, 3)` of a flat list; an empty one says that all are missing.

    Three zeros say that a keypoint is missing, in COCO's, PoseTrack's and OpenPose's files.
    """
    if isinstance(value, list) and not value:
        value = [0.0] * (3 * count)
    if not isinstance(value, list):
        raise refuse(where, what, f"a list of 3 x {count} numbers", value)
    if len(value) != 3 * count:
        raise FormatError(
            f"{where} must have 3 x {count} keypoint numbers, got {len(value)} ({what})"
        )
    values = numbers(value, where, what, 3 * count).reshape(count, 3).astype(np.float32)
    values[~values.any(axis=1)] = (np.nan, np.nan, 0.0)
    return values


def text(value: Any, where: str, what: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise refuse(where, what, "a text", value)
    return value


def listed(value: Any, where: str, what: str, most: int | None = None) -> Sequence[Any]:
    """A list, of no more than so many."""
    if not isinstance(value, list):
        raise refuse(where, what, "a list", value)
    if most is not None and len(value) > most:
        raise FormatError(f"{where}: {what} must hold {most} entries at most, got {len(value)}")
    return value


def table(value: Any, where: str, what: str) -> Mapping[str, Any]:
    """An object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise refuse(where, what, "an object", value)
    return value


def rate(value: Any, where: str, what: str = "fps") -> float:
    """Frames per second."""
    return number(value, where, what, 1e-6, 1e6)


def only_once(ids: Sequence[int], where: str) -> None:
    """Refuse an identity that stands twice in a frame."""
    known = [one for one in ids if one >= 0]
    if len(set(known)) < len(known):
        twice = next(one for one in known if known.count(one) > 1)
        raise FormatError(f"{where}: id {twice} stands twice in the frame")
