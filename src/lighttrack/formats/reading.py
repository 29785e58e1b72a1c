"""What all readers of tracks share: frames from people, skeletons from names, gaps."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.formats import members
from lighttrack.formats.errors import FormatError
from lighttrack.structures import (
    Poses,
    Skeleton,
    TrackedFrame,
    TrackState,
    VideoInfo,
    boxes,
    make_skeleton,
)
from lighttrack.structures.skeletons import SKELETONS
from lighttrack.structures.tracks import FilledFrames, in_order
from lighttrack.structures.types import AnyArray, Reals

DEFAULT_FPS = 25.0
"""Frames per second where a file does not state them."""

_UNKNOWN_SIGMA = 0.079
"""Tolerance of a keypoint that no known skeleton has: the shoulder's, a middling one."""

STATES = {state.name.lower(): state for state in TrackState} | {
    # The words of older files: version 1 of the JSON lines and what was written beside it.
    "tentative": TrackState.UNCONFIRMED,
    "revived": TrackState.REIDENTIFIED,
}
"""The states by the words that files have for them."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person of one frame, as a file has it."""

    id: int
    keypoints: AnyArray
    """`(K, 3)`: x, y, score; NaN, NaN, 0 where missing."""
    box: Sequence[float] | None = None
    """x0, y0, x1, y1; without it, the smallest box around the keypoints."""
    pose_box: Sequence[float] | None = None
    """The box that the pose was estimated in, if the file has it besides the other."""
    score: float = 1.0
    state: TrackState = TrackState.TRACKED
    identity_score: float = np.nan


def frame_of(
    skeleton: Skeleton,
    index: int,
    time: float,
    people: Sequence[Person],
    *,
    is_keyframe: bool = False,
) -> TrackedFrame:
    """A tracked frame of people."""
    n, k = len(people), len(skeleton)
    keypoints = np.full((n, k, 3), np.nan, np.float32)
    body = np.zeros((n, 4), np.float32)
    estimated = np.zeros((n, 4), np.float32)
    for row, person in enumerate(people):
        keypoints[row] = person.keypoints
        box = person.box if person.box is not None else _box_around(keypoints[row])
        body[row] = box
        estimated[row] = box if person.pose_box is None else person.pose_box
    poses = Poses(
        skeleton,
        keypoints[..., :2],
        np.nan_to_num(keypoints[..., 2]),
        estimated,
        np.array([person.score for person in people], np.float32),
    )
    return TrackedFrame(
        index=index,
        time=time,
        ids=np.array([person.id for person in people], np.int64),
        poses=poses,
        boxes=body,
        is_keyframe=is_keyframe,
        states=np.array([person.state for person in people], np.uint8),
        identity_scores=np.array([person.identity_score for person in people], np.float32),
    )


def _box_around(keypoints: AnyArray) -> list[float]:
    points = keypoints[None, :, :2]
    valid = np.asarray(np.isfinite(points).all(axis=2))
    return list(boxes.of_points(points, valid)[0].tolist())


def person_of(
    annotation: Mapping[str, Any],
    skeleton: Skeleton,
    where: str,
    *,
    flags: bool,
    needs_id: bool = True,
) -> Person:
    """The person of an annotation as COCO writes it.

    Args:
        annotation: with `track_id`, `keypoints` and, where the file has them, `bbox` or `box`
            (left, top, width, height), scores of the keypoints, the person's `score` and `state`.
            The identity may stand in `attributes`, as annotation tools have it, or be AlphaPose's
            `idx`.
        skeleton: of the keypoints.
        where: names the annotation in errors.
        flags: the third number of a keypoint is a flag of visibility, not a score; 0 says that
            the keypoint is not annotated, whatever its coordinates.
        needs_id: whether an annotation without an identity is an error; else the id is -1.

    Raises:
        FormatError: if the annotation has no identity or no such keypoints.
    """
    # A hidden track of CVAT has a list without numbers.
    stored = members.member(annotation, "keypoints", where) or [0.0] * (3 * len(skeleton))
    values = members.flat_points(stored, len(skeleton), where)
    if flags:
        values[values[:, 2] == 0] = (np.nan, np.nan, 0.0)
    known = np.isfinite(values[:, 0])
    scores = _keypoint_scores(annotation, len(skeleton), where)
    if scores is not None:
        values[:, 2] = np.where(known, np.nan_to_num(scores), 0.0)
    elif flags:
        values[:, 2] = known
    identity = _identity(annotation, where)
    if identity is None and needs_id:
        raise FormatError(f"{where} has no track_id: the file holds poses, but no identities")
    return Person(
        id=-1 if identity is None else identity,
        keypoints=values,
        box=_stored_box(annotation, where),
        score=members.number_or_none(annotation.get("score", 1.0), where, "score"),
        identity_score=members.number_or_none(
            annotation.get("identity_score"), where, "identity_score"
        ),
        # In a file of another tool a member of that name may mean anything.
        state=STATES.get(str(annotation.get("state")), TrackState.TRACKED),
    )


def _keypoint_scores(annotation: Mapping[str, Any], count: int, where: str) -> Reals | None:
    for name in ("keypoint_scores", "scores"):
        if annotation.get(name):
            return members.numbers(annotation[name], where, name, count, null=True)
    return None


def _stored_box(annotation: Mapping[str, Any], where: str) -> list[float] | None:
    """Corners of the box of an annotation, if it has one."""
    for name in ("bbox", "box"):
        if annotation.get(name) is not None:
            sides = members.numbers(annotation[name], where, name, 4, null=True)
            if (sides[2:] < 0).any():
                raise members.refuse(where, name, "of a width and height from 0", annotation[name])
            return [*sides[:2].tolist(), *(sides[:2] + sides[2:]).tolist()]
    return None


def _identity(annotation: Mapping[str, Any], where: str) -> int | None:
    attributes = members.table(annotation.get("attributes"), where, "attributes")
    for holder, name in (
        (annotation, "track_id"),
        (attributes, "track_id"),
        (attributes, "instance_id"),
        (annotation, "idx"),
    ):
        value = holder.get(name)
        if isinstance(value, list) and len(value) == 1:  # AlphaPose writes a list of one number
            value = value[0]
        if value is not None and value != []:
            return members.whole(value, where, name, -1, text=name != "idx")
    return None


def ends(box: Sequence[float | None]) -> list[float]:
    """Right and bottom of a box of left, top, width and height."""
    left, top, width, height = numbers(box)
    return [left + width, top + height]


def numbers(stored: Sequence[float | None]) -> list[float]:
    """Numbers as stored; `None` stands for one that was not finite."""
    return [float("nan") if value is None else float(value) for value in stored]


def missing(skeleton: Skeleton) -> AnyArray:
    """The keypoints `(K, 3)` of a person of whom none is known."""
    values = np.full((len(skeleton), 3), np.nan, np.float32)
    values[:, 2] = 0.0
    return values


def skeleton_of(
    keypoints: Sequence[str], edges: Iterable[Sequence[int]] = (), name: str = "custom"
) -> Skeleton:
    """The built-in skeleton with these keypoints, or one made of what a file says.

    Example:
        >>> skeleton_of(["left_paw", "tail"], [(0, 1)], "cat").keypoints
        ('left_paw', 'tail')
    """
    for known in SKELETONS.values():
        if known.keypoints == tuple(keypoints):
            return known
    joined = [(int(a), int(b)) for a, b in edges]
    try:
        return make_skeleton(name, keypoints, [(keypoints[a], keypoints[b]) for a, b in joined])
    except ValueError:  # parts whose tolerances are not known
        return Skeleton(
            name=name,
            keypoints=tuple(keypoints),
            edges=tuple(joined),
            mirror=tuple(_mirror(keypoints)),
            sigmas=(_UNKNOWN_SIGMA,) * len(keypoints),
        )


def skeleton_from(stored: Any, where: str) -> Skeleton:
    """A skeleton as JSON lines hold it.

    Raises:
        FormatError: naming the member that is not what it must be.
    """
    try:
        names = keypoint_names(members.member(stored, "keypoints", "the skeleton"), "keypoints")
        count = len(names)
        return Skeleton(
            name=members.text(members.member(stored, "name", "the skeleton"), "skeleton", "name"),
            keypoints=names,
            edges=edges_of(members.member(stored, "edges", "the skeleton"), count, "edges"),
            mirror=tuple(
                members.whole(index, "skeleton", "mirror", 0, count - 1)
                for index in _of_each(stored, "mirror", count)
            ),
            sigmas=tuple(
                members.number(sigma, "skeleton", "sigmas", 1e-6, 1e6)
                for sigma in _of_each(stored, "sigmas", count)
            ),
        )
    except FormatError as error:
        raise FormatError(f"the skeleton in {where} cannot be read: {error}") from None


def json_problem(error: ValueError) -> str:
    """What Python's reader of JSON says, without advice to programmers."""
    return str(error).partition(";")[0]


def _of_each(stored: Any, name: str, count: int) -> Sequence[Any]:
    values = members.listed(members.member(stored, name, "the skeleton"), "skeleton", name)
    if len(values) != count:
        allowed = f"a list with one entry for each of {count} keypoints"
        raise members.refuse("skeleton", name, allowed, values)
    return values


def keypoint_names(stored: Any, where: str) -> tuple[str, ...]:
    """Names of keypoints: at least one, each a text, all different."""
    names = members.listed(stored, where, "keypoints", members.MOST_KEYPOINTS)
    for name in names:
        members.text(name, where, "the name of a keypoint")
    if not names or len(set(names)) < len(names):
        raise members.refuse(where, "keypoints", "a list of different names", stored)
    return tuple(names)


def edges_of(stored: Any, count: int, where: str, first: int = 0) -> tuple[tuple[int, int], ...]:
    """Edges as pairs of indices from 0, of a file that counts keypoints from `first`."""
    edges = []
    for edge in members.listed(stored, where, "edges"):
        if not isinstance(edge, list) or len(edge) != 2:
            raise members.refuse(where, "an edge", "a pair of numbers of keypoints", edge)
        a, b = (members.whole(end, where, "an edge", first, first + count - 1) for end in edge)
        edges.append((a - first, b - first))
    return tuple(edges)


def _mirror(keypoints: Sequence[str]) -> Iterator[int]:
    swapped = {"left": "right", "right": "left"}
    for i, keypoint in enumerate(keypoints):
        side, _, part = keypoint.partition("_")
        other = f"{swapped.get(side, side)}_{part}"
        yield keypoints.index(other) if other in keypoints else i


def ordered(frames: Sequence[TrackedFrame], path: Path) -> Sequence[TrackedFrame]:
    """Frames by their numbers.

    Raises:
        FormatError: if one stands twice, or times do not ascend.
    """
    try:
        return in_order(frames)
    except ValueError as error:
        raise FormatError(f"{path}: {error}") from None


_LONG_GAPS = 10_000
"""Missing frames from which they are not stored."""


def without_gaps(
    frames: Iterable[TrackedFrame], skeleton: Skeleton, fps: float, count: int | None = None
) -> Sequence[TrackedFrame]:
    """Frames from 0 on, with empty ones where a file lists only frames that hold people.

    Args:
        frames: in ascending order.
        skeleton: of the poses.
        fps: gives the times of the frames in between.
        count: how many frames the video has, if known.
    """
    listed = list(frames)
    total = max(listed[-1].index + 1 if listed else 0, count or 0)
    empty = frame_of(skeleton, 0, 0.0, ())
    filled = FilledFrames(listed, total, fps, empty)
    return filled if total - len(listed) > _LONG_GAPS else list(filled)


def info_from(stored: Any, path: Path, suffix: str) -> VideoInfo:
    """The video's description as stored, or what the name of the file says; 0 is unknown.

    Raises:
        FormatError: if something in it is not what it must be.
    """
    where = f"the video in {path}"
    known = members.table(stored, str(path), "video")
    count = known.get("frame_count")
    return VideoInfo(
        name=_text(known, "name", stem(path, suffix), where),
        width=members.whole(known.get("width", 0), where, "width", 0, 1_000_000),
        height=members.whole(known.get("height", 0), where, "height", 0, 1_000_000),
        fps=members.rate(known.get("fps", DEFAULT_FPS), where),
        frame_count=None
        if count is None
        else members.whole(count, where, "frame_count", 0, members.FRAMES),
        source=_text(known, "source", "", where),
    )


def _text(known: Mapping[str, Any], name: str, default: str, where: str) -> str:
    value = known.get(name, default)
    if not isinstance(value, str):
        raise members.refuse(where, name, "a text", value)
    return value


def stem(path: Path, suffix: str) -> str:
    """The name of a file or folder without the suffix of its format."""
    return path.name.removesuffix(suffix) if path.name.endswith(suffix) else path.stem


def provenance_of(stored: Any, where: str) -> dict[str, Any]:
    """What made a result, as far as it says so.

    Raises:
        FormatError: if it is no object.
    """
    found: dict[str, Any] = _json_only(dict(members.table(stored, where, "provenance")))
    for name, kind in (("config", "an object"), ("networks", "an object"), ("changes", "a list")):
        allowed = list if name == "changes" else Mapping
        if found.get(name) is not None and not isinstance(found[name], allowed):
            raise members.refuse(where, f"provenance.{name}", kind, found[name])
        if name in found and found[name] is None:
            del found[name]
    threshold = found.get("keypoint_threshold")
    if threshold is not None:
        members.number(threshold, where, "provenance.keypoint_threshold")
    elif "keypoint_threshold" in found:
        del found["keypoint_threshold"]
    return found


def _json_only(value: Any) -> Any:
    """A stored value with null for NaN and infinity, which Python reads and JSON does not have."""
    if isinstance(value, Mapping):
        return {name: _json_only(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_json_only(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def load_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        FormatError: if it holds no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except RecursionError as error:
        raise FormatError(f"{path} is not JSON of a result: it is nested too deep") from error
    except ValueError as error:  # also numbers of more digits than Python reads
        raise FormatError(f"{path} is not JSON: {json_problem(error)}") from error
