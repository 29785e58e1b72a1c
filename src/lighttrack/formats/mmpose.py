"""Results of mmpose's inferencers and demos (JSON): read, not written.

`instance_info` lists the frames, each with `instances`: keypoints as pairs, their scores, a box
and, if the people were tracked, `track_id` or `instance_id`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.formats import members
from lighttrack.formats.errors import FormatError
from lighttrack.formats.reading import (
    Person,
    edges_of,
    frame_of,
    info_from,
    keypoint_names,
    load_json,
    ordered,
    skeleton_of,
    without_gaps,
)
from lighttrack.structures import Skeleton, TrackedVideo
from lighttrack.structures.skeletons import COCO_17

SUFFIX = ".json"
MEMBER = "instance_info"


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a result of one video; people who were not tracked have the id -1.

    Frames have the number `frame_id`, or their place in the list; the rate is taken to be 25.

    Raises:
        FormatError: if anything in it is not what mmpose writes.

    Example:
        >>> read("results_match.json").ids()  # doctest: +SKIP
        array([1, 2])
    """
    path = Path(path)
    content = load_json(path)
    listed = members.listed(members.member(content, MEMBER, str(path)), str(path), MEMBER)
    skeleton = _skeleton(content.get("meta_info"), path)
    info = info_from(None, path, SUFFIX)
    frames = []
    for place, entry in enumerate(listed):
        where = f"{path}: {MEMBER} {place}"
        stored = members.listed(
            members.member(entry, "instances", where), where, "instances", members.MOST_PEOPLE
        )
        index = members.frame_number(entry.get("frame_id", place), where, "frame_id")
        people = [
            _person(person, skeleton, f"{where}, instance {number}")
            for number, person in enumerate(stored)
        ]
        members.only_once([person.id for person in people], where)
        frames.append(frame_of(skeleton, index, index / info.fps, people))
    return TrackedVideo(info, skeleton, without_gaps(ordered(frames, path), skeleton, info.fps))


def _skeleton(about: Any, path: Path) -> Skeleton:
    """The skeleton that `meta_info` names; COCO's where it names none."""
    meta = members.table(about, str(path), "meta_info")
    names = meta.get("keypoint_id2name")
    where = f"meta_info of {path}"
    if names is None:
        return COCO_17
    if not isinstance(names, Mapping):
        raise members.refuse(where, "keypoint_id2name", "an object", names)
    order = sorted(names, key=lambda key: members.whole(key, where, "keypoint_id2name", text=True))
    keypoints = keypoint_names([names[key] for key in order], where)
    links = meta.get("skeleton_links")
    return skeleton_of(keypoints, edges_of(links or [], len(keypoints), where))


def _person(person: Any, skeleton: Skeleton, where: str) -> Person:
    count = len(skeleton)
    stored = members.listed(members.member(person, "keypoints", where), where, "keypoints")
    if len(stored) != count:
        raise FormatError(f"{where}: keypoints must be {count} pairs x, y, got {len(stored)}")
    values = np.full((count, 3), np.nan, np.float32)
    for row, point in enumerate(stored):
        values[row, :2] = members.numbers(point, where, f"keypoints[{row}]", 2)
    scores = person.get("keypoint_scores")
    values[:, 2] = 1 if scores is None else members.numbers(scores, where, "keypoint_scores", count)
    score = members.number(person.get("bbox_score", 1.0), where, "bbox_score")
    return Person(_identity(person, where), values, _box(person, where), score=score)


def _identity(person: Mapping[str, Any], where: str) -> int:
    for name in ("track_id", "instance_id"):
        if person.get(name) is not None:
            return members.identity(person[name], where, name)
    return -1


def _box(person: Mapping[str, Any], where: str) -> list[float] | None:
    """Corners; mmpose writes them as a list, and often that in a list."""
    box = person.get("bbox")
    if isinstance(box, list) and len(box) == 1:
        box = box[0]
    return None if box is None else members.numbers(box, where, "bbox", 4).tolist()
