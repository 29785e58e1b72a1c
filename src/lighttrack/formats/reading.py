"""What all readers of tracks share: frames from people, skeletons from names, gaps."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

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
from lighttrack.structures.types import AnyArray

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


def keypoints_of(flat: Sequence[float], count: int, what: str) -> AnyArray:
    """`count` keypoints `(K, 3)` of a flat list of x, y and a third number each.

    Three zeros say that the keypoint is missing, in COCO's, PoseTrack's and OpenPose's files.

    Raises:
        FormatError: if the list has another length.
    """
    if len(flat) != 3 * count:
        raise FormatError(f"{what} must have 3 x {count} keypoint numbers, got {len(flat)}")
    values = np.asarray(flat, np.float32).reshape(count, 3)
    values[~values.any(axis=1)] = (np.nan, np.nan, 0.0)
    return values


def person_of(annotation: Any, skeleton: Skeleton, what: str, *, flags: bool) -> Person:
    """The person of an annotation as COCO writes it.

    Args:
        annotation: with `track_id` (its own or in its `attributes`), `keypoints` and, where the
            file has them, `bbox` (left, top, width, height), scores of the keypoints, the person's
            `score` and `state`.
        skeleton: of the keypoints.
        what: names the annotation in errors.
        flags: the third number of a keypoint is a flag of visibility, not a score; 0 says that
            the keypoint is not annotated, whatever its coordinates.

    Raises:
        FormatError: if the annotation has no identity or no such keypoints.
    """
    # A hidden track of CVAT has a list without numbers.
    stored = require(annotation, "keypoints", what) or [0.0] * (3 * len(skeleton))
    values = keypoints_of(stored, len(skeleton), what)
    if flags:
        values[values[:, 2] == 0] = (np.nan, np.nan, 0.0)
    known = np.isfinite(values[:, 0])
    scores = annotation.get("keypoint_scores") or annotation.get("scores")
    if scores:
        values[:, 2] = np.where(known, np.asarray(scores, np.float32), 0.0)
    elif flags:
        values[:, 2] = known
    box = annotation.get("bbox")
    return Person(
        id=_identity_of(annotation, what),
        keypoints=values,
        box=None if box is None else numbers([box[0], box[1], *ends(box)]),
        score=numbers([annotation.get("score", 1.0)])[0],
        identity_score=numbers([annotation.get("identity_score")])[0],
        # In a file of another tool a member of that name may mean anything.
        state=STATES.get(str(annotation.get("state")), TrackState.TRACKED),
    )


def _identity_of(annotation: Any, what: str) -> int:
    """The member `track_id`, or that of the attributes, where CVAT keeps it."""
    attributes = annotation.get("attributes")
    for members in (annotation, attributes if isinstance(attributes, Mapping) else {}):
        if members.get("track_id") is not None:
            return int(members["track_id"])
    raise FormatError(f"{what} has no track_id: the file holds poses, but no identities")


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


def _mirror(keypoints: Sequence[str]) -> Iterator[int]:
    swapped = {"left": "right", "right": "left"}
    for i, keypoint in enumerate(keypoints):
        side, _, part = keypoint.partition("_")
        other = f"{swapped.get(side, side)}_{part}"
        yield keypoints.index(other) if other in keypoints else i


def without_gaps(
    frames: Iterable[TrackedFrame], skeleton: Skeleton, fps: float, count: int | None = None
) -> list[TrackedFrame]:
    """Frames from 0 on, with empty ones where a file lists only frames that hold people.

    Args:
        frames: in ascending order.
        skeleton: of the poses.
        fps: gives the times of the frames in between.
        count: how many frames the video has, if known.
    """
    filled: list[TrackedFrame] = []
    for frame in frames:
        filled += (frame_of(skeleton, i, i / fps, ()) for i in range(len(filled), frame.index))
        filled.append(frame)
    filled += (frame_of(skeleton, i, i / fps, ()) for i in range(len(filled), count or 0))
    return filled


def info_from(stored: Mapping[str, Any] | None, path: Path, suffix: str) -> VideoInfo:
    """The video's description as stored, or what the name of the file says; 0 is unknown."""
    known = dict(stored or {})
    return VideoInfo(
        name=str(known.get("name", stem(path, suffix))),
        width=int(known.get("width", 0)),
        height=int(known.get("height", 0)),
        fps=float(known.get("fps", DEFAULT_FPS)),
        frame_count=known.get("frame_count"),
        source=str(known.get("source", "")),
    )


def stem(path: Path, suffix: str) -> str:
    """The name of a file or folder without the suffix of its format."""
    return path.name.removesuffix(suffix) if path.name.endswith(suffix) else path.stem


def load_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        FormatError: if it holds no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"{path} is not JSON: {error}") from error


def require(item: Any, key: str, what: str) -> Any:
    """A member of a JSON object.

    Raises:
        FormatError: if it is not there, saying what should have had it.
    """
    if not isinstance(item, Mapping) or key not in item:
        raise FormatError(f"{what} has no {key!r}")
    return item[key]
