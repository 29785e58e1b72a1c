"""PoseTrack17: every value is a list of one, points carry their own joint number."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lighttrack.formats.posetrack.annotations import NO_PEOPLE, AnnotatedFrame, K, People, stack
from lighttrack.formats.posetrack.problems import (
    Reading,
    flag,
    integer,
    polygons,
    reason,
    shown,
    time_of,
)
from lighttrack.structures.types import Reals


def frame_of_2017(entry: Any, index: int, reading: Reading) -> AnnotatedFrame:
    """One entry of an `annolist`."""
    where = f"frame {index}"
    try:
        name = _name(_only(entry, "image"))
        people = _list(entry, "annorect")
        regions = [_region(region) for region in entry.get("ignore_regions") or ()]
        labelled = flag(_only(entry, "is_labeled")) if entry.get("is_labeled") else None
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        reading.note(where, f"not an entry of an annolist ({reason(error)})")
        return AnnotatedFrame("", NO_PEOPLE, False, None)
    rows, kept = [], []
    for position, person in enumerate(people):
        try:
            if _has_points(person):
                rows.append(_person(person))
                kept.append(_entry(person))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            reading.note(f"{where}, person {position}", f"cannot be read ({reason(error)})")
    return AnnotatedFrame(
        name,
        stack(rows),
        bool(people),
        labelled,
        polygons(regions, where, reading),
        time_of(entry),
        tuple(kept) if reading.keep_entries else (),
    )


def _name(image: Any) -> str:
    if not isinstance(image, Mapping) or not isinstance(image.get("name"), str):
        raise ValueError(f"image must hold an object with a name, got {shown(image)}")
    return str(image["name"])


def _region(region: Any) -> Reals:
    corners = [(_number(point, "x"), _number(point, "y")) for point in _list(region, "point")]
    return np.array(corners, np.float64).reshape(-1, 2)


def _has_points(person: Any) -> bool:
    if not isinstance(person, Mapping):
        raise ValueError(f"a person must be an object, got {shown(person)}")
    points = _only(person, "annopoints") if person.get("annopoints") else None
    return points is not None and "point" in points


def _entry(person: Mapping[str, Any]) -> dict[str, Any]:
    """What else of a person is read: the score, and our writer's additions."""
    score = person.get("score")
    entry = {"score": score[0]} if isinstance(score, list) and len(score) == 1 else {}
    return {**entry, **{key: person[key] for key in ("bbox", "state") if key in person}}


def _person(person: Mapping[str, Any]) -> People:
    points = np.full((K, 2), np.nan)
    scores = np.full(K, np.nan)
    for point in _list(person["annopoints"][0], "point"):
        joint = integer(_only(point, "id"), "id")
        if 0 <= joint < K and np.isnan(points[joint, 0]):  # the first of that number counts
            points[joint] = _number(point, "x"), _number(point, "y")
            if point.get("score") not in (None, [], [None]):
                scores[joint] = _number(point, "score")
    head = np.full(4, np.nan)
    if all(side in person for side in ("x1", "y1", "x2", "y2")):
        head[:] = [_number(person, side) for side in ("x1", "y1", "x2", "y2")]
    identity = np.array([integer(_only(person, "track_id"))], np.int64)
    return People(identity, points[None], scores[None], head[None])


def _list(data: Any, key: str) -> list[Any]:
    if not isinstance(data, Mapping):
        raise ValueError(f"an object with {key!r} is expected, got {shown(data)}")
    if not isinstance(data[key], list):
        raise ValueError(f"{key} must be a list, got {shown(data[key])}")
    return list(data[key])


def _only(data: Any, key: str) -> Any:
    """The value that stands under `key` in a list of one."""
    values = _list(data, key)
    if not values:
        raise ValueError(f"{key} must be a list of one value, got none")
    return values[0]


def _number(data: Any, key: str) -> float:
    value = _only(data, key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{key} must hold a finite number, got {shown(value)}")
    return float(value)
