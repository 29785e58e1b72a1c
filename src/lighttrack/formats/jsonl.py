"""lighttrack's own format: JSON lines, a header and then a line a frame; nothing is lost in it.

Every line is on disk as soon as it is written, so an interrupted run loses nothing and can be
continued.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.formats.errors import FormatError
from lighttrack.formats.reading import STATES, Person, frame_of, info_from, numbers, require
from lighttrack.formats.writing import (
    SCORE_DECIMALS,
    TIME_DECIMALS,
    LinesWriter,
    identity_scores_of,
    present,
    rounded,
    to_json,
    triples,
)
from lighttrack.structures import Skeleton, TrackedFrame, TrackedVideo, TrackState, VideoInfo
from lighttrack.structures.types import AnyArray

_log = logging.getLogger(__name__)

SUFFIX = ".tracks.jsonl"
FORMAT = "lighttrack-tracks"
VERSION = 2
"""The version written. Version 1, which is read as well, has `tentative` and `revived` for the
states `unconfirmed` and `reidentified`."""

_VERSIONS = (1, VERSION)
_NAMES = "names"
"""Names that people were given, by id: a member of the header, and of `TrackedVideo.provenance`."""


class JsonlWriter(LinesWriter):
    """Writes a header at once, and then a line for each frame, each of them flushed."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        info: VideoInfo,
        skeleton: Skeleton,
        provenance: Mapping[str, Any] | None = None,
        *,
        after: int | None = None,
    ) -> None:
        """See `TracksWriter`; with `after` the file exists and ends with that frame."""
        self._mode = "w" if after is None else "a"
        super().__init__(path, info, skeleton, provenance)
        if after is None:
            self._put(_header(info, skeleton, self.provenance))
        else:
            self._last_index = after

    def _put(self, line: Mapping[str, Any]) -> None:
        self._file.write(to_json(line) + "\n")
        self._file.flush()

    def _write(self, frame: TrackedFrame) -> None:
        poses = frame.poses
        keypoints = triples(poses).tolist()
        for person, row in np.argwhere(~present(poses)).tolist():
            keypoints[person][row] = None
        columns = zip(
            frame.ids.tolist(),
            frame.states.tolist(),
            rounded(poses.person_scores, SCORE_DECIMALS),
            rounded(frame.boxes),
            rounded(poses.boxes),
            keypoints,
            identity_scores_of(frame),
            strict=True,
        )
        self._put(
            {
                "frame": frame.index,
                "time": round(frame.time, TIME_DECIMALS),
                "keyframe": bool(frame.is_keyframe),
                "people": [
                    {
                        "id": identity,
                        "state": TrackState(state).name.lower(),
                        "score": score,
                        "box": box,
                        "pose_box": pose_box,
                        "keypoints": points,
                        **sure,
                    }
                    for identity, state, score, box, pose_box, points, sure in columns
                ],
            }
        )


def _header(info: VideoInfo, skeleton: Skeleton, provenance: Mapping[str, Any]) -> dict[str, Any]:
    origin = {key: value for key, value in provenance.items() if key != _NAMES}
    return {
        "format": FORMAT,
        "version": VERSION,
        **({_NAMES: provenance[_NAMES]} if _NAMES in provenance else {}),
        "video": asdict(info),
        "skeleton": {
            "name": skeleton.name,
            "keypoints": skeleton.keypoints,
            "edges": skeleton.edges,
            "mirror": skeleton.mirror,
            "sigmas": skeleton.sigmas,
        },
        "provenance": origin,
    }


def _provenance(header: Mapping[str, Any]) -> dict[str, Any]:
    provenance = dict(header.get("provenance") or {})
    names = header.get(_NAMES)
    if isinstance(names, dict):
        provenance[_NAMES] = {str(key): str(name) for key, name in names.items()}
    return provenance


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a whole file. A last line that was only half written is left out, with a warning.

    Raises:
        FormatError: if the file is something else or broken before its last line.
    """
    video, _ = _read(Path(path))
    return video


def resume(path: str | os.PathLike[str]) -> tuple[TrackedVideo, JsonlWriter]:
    """What an interrupted run has written, and a writer that goes on after its last frame.

    A half-written last line is cut off the file.

    Example:
        >>> done, writer = resume("match.tracks.jsonl")  # doctest: +SKIP
        >>> next_frame = done.frames[-1].index + 1 if done.frames else 0  # doctest: +SKIP
    """
    path = Path(path)
    video, length = _read(path)
    with open(path, "rb+") as file:
        file.truncate(length)
        file.seek(length - 1)
        if file.read(1) != b"\n":  # whole, but for the end of its line
            file.write(b"\n")
    after = video.frames[-1].index if video.frames else -1
    return video, JsonlWriter(path, video.info, video.skeleton, video.provenance, after=after)


def _read(path: Path) -> tuple[TrackedVideo, int]:
    """The content, and how many bytes of the file hold it."""
    lines = _lines(path)
    header, length = next(lines, (None, 0))
    what = f"the first line of {path}"
    if not isinstance(header, Mapping) or header.get("format") != FORMAT:
        raise FormatError(f"{path} is not a file of tracks: its first line is no {FORMAT} header")
    if header.get("version") not in _VERSIONS:
        known = " and ".join(map(str, _VERSIONS))
        raise FormatError(
            f"{path} has version {header.get('version')!r} of the format; this program reads "
            f"versions {known}"
        )
    skeleton = _skeleton(require(header, "skeleton", what), what)
    info = info_from(require(header, "video", what), path, SUFFIX)
    frames = []
    for number, (line, end) in enumerate(lines, start=2):
        frames.append(_frame(line, skeleton, f"line {number} of {path}"))
        length = end
    return TrackedVideo(info, skeleton, frames, _provenance(header)), length


def _lines(path: Path) -> Iterator[tuple[Any, int]]:
    """The JSON value of each line, and the place in the file where the line ends."""
    place = 0
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                value = json.loads(line)
            except (json.JSONDecodeError, UnicodeDecodeError) as error:
                if line.endswith(b"\n"):
                    raise FormatError(f"line {number} of {path} is not JSON: {error}") from error
                _log.warning("%s: the last line (%d) is half written and left out", path, number)
                return
            place += len(line)
            yield value, place


def _skeleton(stored: Any, what: str) -> Skeleton:
    try:
        return Skeleton(
            name=stored["name"],
            keypoints=tuple(stored["keypoints"]),
            edges=tuple((int(a), int(b)) for a, b in stored["edges"]),
            mirror=tuple(int(i) for i in stored["mirror"]),
            sigmas=tuple(float(sigma) for sigma in stored["sigmas"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"the skeleton in {what} cannot be read: {error!r}") from error


def _frame(line: Any, skeleton: Skeleton, what: str) -> TrackedFrame:
    people = [
        Person(
            id=int(require(person, "id", what)),
            keypoints=_keypoints(require(person, "keypoints", what), skeleton, what),
            box=numbers(require(person, "box", what)),
            pose_box=numbers(person.get("pose_box", person["box"])),
            score=numbers([person.get("score")])[0],
            state=_state(person.get("state", "tracked"), what),
            identity_score=numbers([person.get("identity_score")])[0],
        )
        for person in require(line, "people", what)
    ]
    return frame_of(
        skeleton,
        int(require(line, "frame", what)),
        float(require(line, "time", what)),
        people,
        is_keyframe=bool(line.get("keyframe", False)),
    )


def _keypoints(stored: list[list[float] | None], skeleton: Skeleton, what: str) -> AnyArray:
    if len(stored) != len(skeleton):
        raise FormatError(
            f"{what}: a person has {len(stored)} keypoints, the skeleton has {len(skeleton)}"
        )
    nothing = (np.nan, np.nan, 0.0)
    return np.array([point or nothing for point in stored], np.float32).reshape(-1, 3)


def _state(name: str, what: str) -> TrackState:
    try:
        return STATES[name]
    except KeyError:
        known = ", ".join(state.name.lower() for state in TrackState)
        raise FormatError(f"{what}: unknown state {name!r}; known: {known}") from None
