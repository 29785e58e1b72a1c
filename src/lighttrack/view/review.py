"""A stored result to look at and to correct: who is there when, moments in doubt, corrections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from lighttrack.refinement import edit, refine
from lighttrack.structures import TrackedFrame, TrackedVideo
from lighttrack.structures.boxes import iou
from lighttrack.view.people import STATES, color_of

Operation: TypeAlias = Mapping[str, Any]
"""A correction as JSON: `do`, one of `OPERATIONS`, and its ids and frames."""

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "swap": ("first", "second", "from_frame"),
    "merge": ("kept", "merged"),
    "split": ("id", "from_frame"),
    "delete": ("id",),
    "wrong": ("id", "from_frame", "to_frame"),
    "rename": ("id", "new"),
    "name": ("id",),
    "refine": (),
}
"""Corrections and their numbers: `name` has the text `name`, too; `wrong` deletes a person in a
part of the video; `refine` is `lighttrack refine` for what the corrections before it have left."""

_TOUCHING = 0.25
"""IoU of two boxes from which people are said to touch."""

_APART = 1.0
"""Seconds that separate two moments of one kind."""

_PARTS = 400
"""Of the video, for which the confidence of each person is told."""

_MOST_MOMENTS = 200
_MOST_OPERATIONS = 1000


@dataclass(frozen=True, slots=True)
class Moment:
    """Where it is worth looking."""

    frame: int
    time: float
    ids: tuple[int, ...]
    doubt: float
    """0 to 1; what is most in doubt comes first."""

    why: str


def require_few(operations: Sequence[Operation]) -> None:
    """Refuse more corrections than a hand makes.

    Raises:
        ValueError: saying how many are allowed.
    """
    if len(operations) > _MOST_OPERATIONS:
        raise ValueError(f"at most {_MOST_OPERATIONS} corrections, got {len(operations)}")


def corrected(
    video: TrackedVideo, operations: Sequence[Operation], *, start: int = 1
) -> TrackedVideo:
    """A result with corrections made, in their order; the first has the number `start`.

    Raises:
        ValueError: naming the first that is not allowed, and why.
    """
    require_few(operations)
    for number, operation in enumerate(operations, start=start):
        try:
            video = _done(video, operation)
        except ValueError as error:
            raise ValueError(f"correction {number}: {error}") from error
    return video


def _done(video: TrackedVideo, operation: Operation) -> TrackedVideo:
    what = operation.get("do")
    if not isinstance(what, str) or what not in OPERATIONS:
        raise ValueError(f"do must be of {', '.join(OPERATIONS)}, got {str(what)[:40]!r}")
    if what == "refine":
        return refine(video)
    return _edited(video, what, operation)


def _edited(video: TrackedVideo, what: str, operation: Operation) -> TrackedVideo:
    """The operations of `lighttrack.refinement.edit`."""
    first, *rest = (_whole(operation, name) for name in OPERATIONS[what])
    match what:
        case "swap":
            return edit.swap(video, first, rest[0], from_frame=rest[1])
        case "merge":
            return edit.merge(video, first, rest[0])
        case "split":
            return edit.split(video, first, from_frame=rest[0])
        case "rename":
            return edit.rename(video, first, rest[0])
        case "name":
            return edit.name(video, first, _text(operation))
        case "wrong":
            return edit.delete(video, first, from_frame=rest[0], to_frame=rest[1])
        case _:
            return edit.delete(video, first)


def _text(operation: Operation) -> str:
    text = operation.get("name")
    if not isinstance(text, str):
        raise ValueError(f"name must be a text, got {str(text)[:40]!r}")
    return text


def moment_of(operation: Operation) -> int | None:
    """The last frame that a correction settles by itself; None if it is made at no moment.

    Example:
        >>> moment_of({"do": "swap", "first": 1, "second": 2, "from_frame": 30})
        30
    """
    name = {"swap": "from_frame", "split": "from_frame", "wrong": "to_frame"}.get(operation["do"])
    return None if name is None else _whole(operation, name)


def _whole(operation: Operation, name: str) -> int:
    value = operation.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number, got {str(value)[:40]!r}")
    return value


def overview(video: TrackedVideo) -> dict[str, Any]:
    """What the page shows beside the video: people with their times, key frames, moments."""
    first, last = video.frames[0], video.frames[-1]
    return {
        "first": first.index,
        "last": last.index,
        "width": video.info.width,
        "height": video.info.height,
        "fps": video.info.fps,
        "keypoints": list(video.skeleton.keypoints),
        "edges": [list(edge) for edge in video.skeleton.edges],
        "threshold": float(video.provenance.get("keypoint_threshold", 0.3)),
        "keyframes": [frame.index for frame in video.frames if frame.is_keyframe],
        "people": _rows(video),
        "parts": min(_PARTS, last.index - first.index + 1),
        "moments": [
            {
                "frame": each.frame,
                "time": round(each.time, 2),
                "ids": list(each.ids),
                "doubt": round(each.doubt, 2),
                "why": each.why,
            }
            for each in moments(video)
        ],
    }


def _rows(video: TrackedVideo) -> list[dict[str, Any]]:
    """A row for each id: stretches `[first frame, last frame, state]` without gaps, confidence.

    `sure` is the mean confidence of the keypoints over as many equal parts of the video as
    `_PARTS` says, from part `sure_from` on; None where the person is not there.
    """
    stretches: dict[int, list[list[Any]]] = {}
    sure: dict[int, dict[int, list[float]]] = {}
    first = previous = video.frames[0].index
    parts = _PARTS / (video.frames[-1].index - first + 1)
    for frame in video.frames:
        part = int((frame.index - first) * min(parts, 1.0))
        scores = frame.poses.scores.mean(axis=1).tolist()
        for identity, state, score in zip(
            frame.ids.tolist(), frame.states.tolist(), scores, strict=True
        ):
            there = stretches.setdefault(identity, [])
            name = STATES[state]
            if there and there[-1][1] == previous and there[-1][2] == name:
                there[-1][1] = frame.index
            else:
                there.append([frame.index, frame.index, name])
            sure.setdefault(identity, {}).setdefault(part, []).append(score)
        previous = frame.index
    return [
        {"id": identity, "color": color_of(identity), "stretches": there, **_sure(sure[identity])}
        for identity, there in sorted(stretches.items())
    ]


def _sure(scores: Mapping[int, Sequence[float]]) -> dict[str, Any]:
    first, last = min(scores), max(scores)
    means = [
        round(float(np.mean(scores[part])), 2) if part in scores else None
        for part in range(first, last + 1)
    ]
    return {"sure_from": first, "sure": means}


def moments(video: TrackedVideo) -> list[Moment]:
    """Where identities are most in doubt: people touch, come back, begin or end amid the image."""
    found: list[Moment] = []
    seen: dict[tuple[int, ...], float] = {}
    known: set[int] = set()
    present: set[int] = set()
    for number, frame in enumerate(video.frames):
        here = set(frame.ids.tolist())
        news = [*_touching(frame), *_returning(frame, here - present, known)]
        if number:
            news += _beginning(video, frame, here - known)
        for each in news:
            if frame.time - seen.get(each.ids, -np.inf) >= _APART:
                found.append(each)
            seen[each.ids] = frame.time
        known |= here
        present = here
    found.sort(key=lambda moment: (-moment.doubt, moment.frame))
    return found[:_MOST_MOMENTS]


def _touching(frame: TrackedFrame) -> list[Moment]:
    overlap = iou(frame.boxes, frame.boxes)
    return [
        Moment(
            frame.index,
            frame.time,
            tuple(sorted((int(frame.ids[a]), int(frame.ids[b])))),
            float(min(0.4 + 0.6 * overlap[a, b], 1.0)),
            "touch",
        )
        for a, b in combinations(range(len(frame.ids)), 2)
        if overlap[a, b] > _TOUCHING
    ]


def _returning(frame: TrackedFrame, arrived: set[int], known: set[int]) -> list[Moment]:
    return [
        Moment(frame.index, frame.time, (identity,), 0.6, "comes back")
        for identity in sorted(arrived & known)
    ]


def _beginning(video: TrackedVideo, frame: TrackedFrame, news: set[int]) -> list[Moment]:
    """People who appear for the first time away from the image's borders."""
    width, height = video.info.width, video.info.height
    margin = 0.03 * max(width, height)
    found = []
    for identity in sorted(news):
        x0, y0, x1, y1 = frame.boxes[frame.ids == identity][0].tolist()
        amid = x0 > margin and y0 > margin and x1 < width - margin and y1 < height - margin
        if amid:
            found.append(Moment(frame.index, frame.time, (identity,), 0.5, "begins amid the image"))
    return found


def switches(video: TrackedVideo, other: TrackedVideo) -> list[dict[str, int]]:
    """Frames in which a person of the one result changes to another id of the other.

    People of both are paired frame by frame where their boxes overlap most, by half at least.
    """
    frames = {frame.index: frame for frame in other.frames}
    last: dict[int, int] = {}
    found = []
    for frame in video.frames:
        twin = frames.get(frame.index)
        if twin is None or not len(twin.ids) or not len(frame.ids):
            continue
        overlap = iou(frame.boxes, twin.boxes)
        for row, identity in enumerate(frame.ids.tolist()):
            column = int(overlap[row].argmax())
            if overlap[row, column] < 0.5 or overlap[:, column].argmax() != row:
                continue
            now = int(twin.ids[column])
            before = last.get(identity, now)
            if before != now:
                switch = {"frame": frame.index, "id": identity, "other": now, "before": before}
                found.append(switch)
            last[identity] = now
    return found
