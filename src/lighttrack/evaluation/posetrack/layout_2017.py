"""PoseTrack17: every value is a list of one, points carry their own joint number."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lighttrack.evaluation.posetrack.people import NOBODY, AnnotatedFrame, K, People, stack
from lighttrack.evaluation.posetrack.reading import Reading, integer, polygons, reason


def frame_of_2017(entry: Any, index: int, reading: Reading) -> AnnotatedFrame:
    """One entry of an `annolist`."""
    where = f"frame {index}"
    try:
        name = str(entry["image"][0]["name"])
        people = list(entry["annorect"])
        regions = [
            np.array([[point["x"][0], point["y"][0]] for point in region["point"]], np.float64)
            for region in entry.get("ignore_regions", ())
        ]
        labelled = bool(entry["is_labeled"][0]) if entry.get("is_labeled") else None
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        reading.note(where, f"not an entry of an annolist ({reason(error)})")
        return AnnotatedFrame("", NOBODY, False, None)
    rows = []
    for position, person in enumerate(people):
        try:
            if _has_points_of_2017(person):
                rows.append(_person_of_2017(person))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            reading.note(f"{where}, person {position}", f"cannot be read ({reason(error)})")
    return AnnotatedFrame(
        name,
        stack(rows),
        bool(people),
        labelled,
        polygons(regions, where, reading),
    )


def _has_points_of_2017(person: Mapping[str, Any]) -> bool:
    points = person.get("annopoints")
    return bool(points and points[0] and "point" in points[0])


def _person_of_2017(person: Mapping[str, Any]) -> People:
    points = np.full((K, 2), np.nan)
    scores = np.full(K, np.nan)
    for point in person["annopoints"][0]["point"]:
        joint = point["id"][0]
        if 0 <= joint < K and np.isnan(points[joint, 0]):  # the first of that number counts
            points[joint] = point["x"][0], point["y"][0]
            if "score" in point:
                scores[joint] = point["score"][0]
    head = np.full(4, np.nan)
    if all(side in person for side in ("x1", "y1", "x2", "y2")):
        head[:] = [person[side][0] for side in ("x1", "y1", "x2", "y2")]
    identity = np.array([integer(person["track_id"][0])], np.int64)
    return People(identity, points[None], scores[None], head[None])
