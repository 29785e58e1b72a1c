"""Reads either layout of PoseTrack's files, as annotations to be scored or as tracks."""

import json
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from lighttrack.formats.errors import FormatError
from lighttrack.formats.posetrack.annotations import JOINTS, AnnotatedFrame, SequenceFile
from lighttrack.formats.posetrack.layout_2017 import frame_of_2017
from lighttrack.formats.posetrack.layout_2018 import frames_of_2018
from lighttrack.formats.posetrack.problems import Malformed, Reading, entries, reason
from lighttrack.formats.posetrack.writer import SUFFIX
from lighttrack.formats.posetrack.writer_2017 import SUFFIX_2017
from lighttrack.formats.reading import (
    STATES,
    Person,
    ends,
    frame_of,
    info_from,
    numbers,
    ordered,
    provenance_of,
)
from lighttrack.structures import Skeleton, TrackedFrame, TrackedVideo, TrackState
from lighttrack.structures.skeletons import POSETRACK_15, POSETRACK_17
from lighttrack.structures.types import AnyArray, Reals

_EARS = ("left_ear", "right_ear")
"""What POSETRACK_17 has beyond the joints of the benchmark."""


def read_sequence(path: str | os.PathLike[str]) -> SequenceFile:
    """Read one file of either layout as the benchmark scores it; problems are in the result.

    Example:
        >>> read_sequence("000342_mpii_test.json").problems  # doctest: +SKIP
        ()
    """
    path = Path(path)
    reading = Reading()
    data, frames, videos = _parsed(path, reading)
    if not frames and not reading.problems:
        reading.problems.append("no frames are listed")
    problems = tuple(f"{path.name}: {problem}" for problem in reading.problems)
    layout = 2017 if "annolist" in data else 2018
    return SequenceFile(path.name.split(".")[0], frames, problems, videos, layout)


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read predictions or ground truth of one sequence as tracks.

    Frames are numbered as their files are where every file name is a number, else by their place
    in the list. Regions to ignore, and which frames are labelled, are no part of a result.

    Raises:
        FormatError: if the file is something else, or anything in it cannot be read.

    Example:
        >>> read("000342_mpii_test.json").ids()  # doctest: +SKIP
        array([0, 1, 2])
    """
    path = Path(path)
    reading = Reading(keep_entries=True)
    data, frames, videos = _parsed(path, reading)
    if videos > 1:
        reading.problems.append(f"holds {videos} videos; give one file per video")
    if reading.problems:
        more = len(reading.problems) - 1
        rest = f" (and {more} more problem{'s' if more > 1 else ''})" if more else ""
        raise FormatError(f"{path.name}: {reading.problems[0]}{rest}")
    skeleton, ears = _skeleton(data)
    info = data.get("info")
    about = info if isinstance(info, Mapping) else {}
    suffix = SUFFIX_2017 if path.name.endswith(SUFFIX_2017) else SUFFIX
    described = info_from(about.get("video") or _named_after(frames), path, suffix)
    made = provenance_of(about.get("provenance"), f"info in {path}")
    tracked = [
        _tracked(frame, index, index / described.fps, skeleton, ears, f"{path.name}, frame {index}")
        for index, frame in zip(_frame_numbers(frames), frames, strict=True)
    ]
    return TrackedVideo(described, skeleton, ordered(tracked, path), made)


def _parsed(
    path: Path, reading: Reading
) -> tuple[Mapping[str, Any], tuple[AnnotatedFrame, ...], int]:
    """The JSON, its frames and how many videos it holds; what is wrong is noted in `reading`."""
    try:
        data = _load(path)
        if "annolist" in data:
            listed = enumerate(entries(data, "annolist"))
            return data, tuple(frame_of_2017(entry, i, reading) for i, entry in listed), 1
        return data, *frames_of_2018(data, reading)
    except Malformed as error:
        reading.problems.append(str(error))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        reading.problems.append(f"its entries are not what PoseTrack's are ({reason(error)})")
    return {}, (), 1


def _load(path: Path) -> Mapping[str, Any]:
    try:
        content = path.read_bytes()
        if not content.strip():
            raise Malformed("the file is empty")
        data = json.loads(content)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"not JSON ({error})") from None
    except RecursionError:
        raise Malformed("not PoseTrack's JSON (nested too deep)") from None
    except OSError as error:
        raise Malformed(f"cannot be read ({error.strerror})") from None
    if isinstance(data, list):
        raise Malformed(
            "holds a list, where PoseTrack has an object with 'annolist' or 'images' "
            "(COCO's results are scored by `lighttrack evaluate pose`)"
        )
    if not isinstance(data, dict) or not ("annolist" in data or "images" in data):
        raise Malformed(
            "neither 'annolist' (PoseTrack17) nor 'images' (PoseTrack18, PoseTrack21) is in it"
        )
    return data


def _skeleton(data: Mapping[str, Any]) -> tuple[Skeleton, list[int]]:
    """The skeleton of a file's tracks, and where the ears stand among its keypoints."""
    if "annolist" not in data:
        names = data["categories"][0]["keypoints"]
        if all(ear in names for ear in _EARS):
            return POSETRACK_17, [names.index(ear) for ear in _EARS]
    return POSETRACK_15, []


def _tracked(
    frame: AnnotatedFrame,
    index: int,
    time: float,
    skeleton: Skeleton,
    ears: Sequence[int],
    where: str,
) -> TrackedFrame:
    people = frame.people
    keypoints = np.full((len(people), len(skeleton), 3), np.nan)
    keypoints[..., 2] = 0
    columns = [skeleton.index[joint] for joint in JOINTS]
    keypoints[:, columns] = _triples(people.points, people.scores)
    for row, entry in enumerate(frame.entries if ears else ()):
        table = np.array(entry["keypoints"], np.float64).reshape(-1, 3)[ears]
        points = np.where((table != 0).any(axis=1, keepdims=True), table[:, :2], np.nan)
        scores = np.array(entry.get("scores") or [np.nan] * len(skeleton), np.float64)[ears]
        keypoints[row, [skeleton.index[ear] for ear in _EARS]] = _triples(points, scores)
    persons = [
        _person(int(identity), triples, entry, where)
        for identity, triples, entry in zip(people.ids, keypoints, frame.entries, strict=True)
    ]
    return frame_of(skeleton, index, time if frame.time is None else frame.time, persons)


def _triples(points: Reals, scores: Reals) -> Reals:
    """Keypoints `(..., 3)`; one without a score has 1, one that is missing 0."""
    known = np.isfinite(points).all(axis=-1)
    values = np.where(known, np.where(np.isnan(scores), 1.0, scores), 0.0)
    return np.concatenate([points, values[..., None]], axis=-1)


def _person(identity: int, keypoints: AnyArray, entry: Mapping[str, Any], where: str) -> Person:
    box = entry.get("bbox")
    try:
        return Person(
            identity,
            keypoints,
            box=None if box is None else numbers([box[0], box[1], *ends(box)]),
            score=numbers([entry.get("score", 1.0)])[0],
            # In a file of another tool a member of that name may mean anything.
            state=STATES.get(str(entry.get("state")), TrackState.TRACKED),
            identity_score=numbers([entry.get("identity_score")])[0],
        )
    except (LookupError, TypeError, ValueError):
        raise FormatError(
            f"{where}, person {identity}: bbox must be 4 numbers and score a number, "
            f"got {box!r:.60} and {entry.get('score')!r:.20}"
        ) from None


def _named_after(frames: Sequence[AnnotatedFrame]) -> dict[str, Any]:
    """The video's name, as the folder of the first image has it."""
    folder = PurePosixPath(frames[0].name).parent.name if frames else ""
    return {"name": folder} if folder else {}


def _frame_numbers(frames: Sequence[AnnotatedFrame]) -> list[int]:
    names = [PurePosixPath(frame.name).stem for frame in frames]
    if all(name.isdecimal() for name in names):
        found = [int(name) for name in names]
        if all(a < b for a, b in pairwise(found)):
            return found
    return list(range(len(frames)))
