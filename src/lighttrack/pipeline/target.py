"""Whom to follow, from what users write: a place, a moment, an earlier result, an image."""

import math
import re
from collections.abc import Collection
from os import PathLike, fspath
from pathlib import Path
from typing import TypeAlias

from lighttrack.structures import VideoInfo
from lighttrack.tracking import PoseTracker, Target

TargetsGiven: TypeAlias = (
    Target | str | PathLike[str] | Collection[Target | str | PathLike[str]] | None
)
"""One target or several: `Target`s, texts as `target_named` reads them, or paths of images."""

_NUMBERS = re.compile(r"^\s*([-+0-9.,\s]+?)\s*(?:@\s*([0-9.]+)\s*s?)?\s*$")
_EARLIER = re.compile(r"^(?P<path>.+):(?P<id>\d+)$")

_WAYS = (
    "'largest', 'central', a point X,Y or a box X0,Y0,X1,Y1 in pixels (with @SECONDS for another "
    "moment than the first), RESULT:ID of an earlier run, or an image of the person"
)


def each_target(given: TargetsGiven) -> tuple[Target | str | PathLike[str], ...]:
    """The targets that are given, one by one; none for all people.

    Example:
        >>> each_target("largest"), each_target(["largest", "central"])
        (('largest',), ('largest', 'central'))
    """
    if given is None:
        return ()
    return (given,) if isinstance(given, Target | str | PathLike) else tuple(given)


def targets_named(given: TargetsGiven) -> tuple[Target | Path, ...]:
    """The targets that are given, texts read as `target_named` does.

    Raises:
        ValueError: if a text names no person, saying what is allowed.
        OSError: if a file that one names is not there or cannot be read.
    """
    return tuple(
        each if isinstance(each, Target) else target_named(fspath(each))
        for each in each_target(given)
    )


def target_named(text: str) -> Target | Path:
    """The target that a text names; the path of an image of the person, which needs a network.

    Raises:
        ValueError: if the text names no person, saying what is allowed.
        FileNotFoundError: if it looks like the path of a file that is not there.
        OSError: if a result cannot be read.

    Example:
        >>> target_named("320,240@1.5").time
        1.5
    """
    if text in ("largest", "central"):
        return Target.largest() if text == "largest" else Target.central()
    if numbers := _NUMBERS.match(text):
        return _at(text, numbers[1], float(numbers[2] or 0))
    if Path(text).is_file():
        return Path(text)
    if earlier := earlier_result(text):
        return _as_in(*earlier)
    if missing := _missing_file(text):
        raise FileNotFoundError(f"no such file: {missing}; target can be {_WAYS}")
    raise ValueError(f"target {text!r} names no person: it can be {_WAYS}")


def _missing_file(text: str) -> str | None:
    """The image or the result that a text means, going by its separators or its suffix."""
    earlier = _EARLIER.match(text)
    path = earlier["path"] if earlier else text
    is_path = "/" in path or "\\" in path or Path(path).suffix
    return path if is_path and not Path(path).exists() else None


def earlier_result(text: str) -> tuple[Path, int] | None:
    """The file and the identity in it, if the text names a person of an earlier result."""
    found = _EARLIER.match(text)
    if found is None or not Path(found["path"]).is_file():
        return None
    return Path(found["path"]), int(found["id"])


def _at(text: str, numbers: str, time: float) -> Target:
    try:
        values = [float(number) for number in numbers.split(",")]
    except ValueError:
        values = []
    if len(values) == 2:
        return Target.at(values[0], values[1], time)
    if len(values) == 4:
        return Target.within((values[0], values[1], values[2], values[3]), time)
    raise ValueError(f"target {text!r} is no point and no box: it can be {_WAYS}")


def _as_in(path: Path, identity: int) -> Target:
    """The person who had an identity in an earlier result, from where they first had it."""
    from lighttrack.formats import read_tracks
    from lighttrack.structures.tracks import TrackState

    video = read_tracks(path)
    for frame in video.frames:
        there = (frame.ids == identity) & (frame.states != TrackState.LOST)
        if there.any():
            return Target.within(tuple(frame.boxes[there][0].tolist()), frame.time)
    known = ", ".join(str(i) for i in video.ids()[:20]) or "none"
    raise ValueError(f"{path} has no person with the identity {identity}; it has: {known}")


def require_in_image(target: Target, info: VideoInfo) -> None:
    """Refuse a place outside the image, or a moment after the end.

    Raises:
        ValueError: saying how large the image is, or how long the video.
    """
    x, y = _middle(target.where)
    if not (0 <= x < info.width and 0 <= y < info.height):
        raise ValueError(
            f"target {','.join(f'{value:g}' for value in target.where)} lies outside the "
            f"image, which has {info.width}x{info.height} pixels"
        )
    length = math.inf if info.frame_count is None else info.frame_count / info.fps
    if target.time > length:
        raise ValueError(f"target is at {target.time:g} s, but the video ends at {length:.1f} s")


def _middle(where: tuple[float, ...]) -> tuple[float, float]:
    if len(where) == 4:
        return (where[0] + where[2]) / 2, (where[1] + where[3]) / 2
    return (where[0], where[1]) if where else (0.0, 0.0)


def resolved(named: Target | Path, loaded: PoseTracker, info: VideoInfo) -> Target:
    """The target, after the networks are there to describe an image of them.

    Raises:
        ValueError: if an image is given without an appearance network, or a place is outside.
    """
    if isinstance(named, Target):
        require_in_image(named, info)
        return named
    if loaded.appearance is None:
        raise ValueError(
            f"target {named} is an image: to recognise a person by one, an appearance network is "
            "needed, as with appearance reid-retail-0288"
        )
    from lighttrack.pipeline.portrait import described

    return Target.looking_like(described(named, loaded.detector, loaded.appearance))
