"""lighttrack's own format: JSON lines, a header and then a line a frame; nothing is lost in it.

Every line is on disk as soon as it is written, so an interrupted run keeps all frames but the one
at hand, and can be continued.
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
from lighttrack.formats.members import (
    MOST_PEOPLE,
    frame_number,
    identity,
    listed,
    member,
    number,
    number_or_none,
    numbers,
    only_once,
    points,
    refuse,
    shown,
)
from lighttrack.formats.reading import (
    STATES,
    Person,
    frame_of,
    info_from,
    json_problem,
    ordered,
    provenance_of,
    skeleton_from,
)
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
        if after is not None:
            self._last_index = after

    def _begin(self) -> None:
        super()._begin()
        if self._mode == "w":
            self._put(_header(self.info, self.skeleton, self.provenance))

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


def _with_names(provenance: Mapping[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
    names = header.get(_NAMES)
    if not isinstance(names, dict):
        return dict(provenance)
    return {**provenance, _NAMES: {str(key): str(name) for key, name in names.items()}}


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
    if header.get("version") not in _VERSIONS or isinstance(header["version"], bool):
        known = " and ".join(map(str, _VERSIONS))
        raise FormatError(
            f"{path} has version {shown(header.get('version'))} of the format; this program reads "
            f"versions {known}"
        )
    skeleton = skeleton_from(member(header, "skeleton", what), what)
    info = info_from(member(header, "video", what), path, SUFFIX)
    frames = []
    for count, (line, end) in enumerate(lines, start=2):
        frames.append(_frame(line, skeleton, f"line {count} of {path}"))
        length = end
    provenance = _with_names(provenance_of(header.get("provenance"), what), header)
    return TrackedVideo(info, skeleton, ordered(frames, path), provenance), length


def _lines(path: Path) -> Iterator[tuple[Any, int]]:
    """The JSON value of each line, and the place in the file where the line ends."""
    place = 0
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                value = json.loads(line)
            except RecursionError:
                raise FormatError(f"line {number} of {path} is nested too deep") from None
            except ValueError as error:  # also numbers of more digits than Python reads
                if line.endswith(b"\n"):
                    problem = json_problem(error)
                    raise FormatError(f"line {number} of {path} is not JSON: {problem}") from error
                _log.warning("%s: the last line (%d) is half written and left out", path, number)
                return
            place += len(line)
            yield value, place


def _frame(line: Any, skeleton: Skeleton, where: str) -> TrackedFrame:
    index = frame_number(member(line, "frame", where), where)
    time = number(member(line, "time", where), where, "time")
    keyframe = line.get("keyframe", False)
    if not isinstance(keyframe, bool):
        raise refuse(where, "keyframe", "true or false", keyframe)
    people = [
        _person(person, skeleton, f"{where}, person {place}")
        for place, person in enumerate(
            listed(member(line, "people", where), where, "people", MOST_PEOPLE)
        )
    ]
    only_once([person.id for person in people], where)
    return frame_of(skeleton, index, time, people, is_keyframe=keyframe)


def _person(person: Any, skeleton: Skeleton, where: str) -> Person:
    box = member(person, "box", where)
    return Person(
        id=identity(member(person, "id", where), where),
        keypoints=points(member(person, "keypoints", where), len(skeleton), where),
        box=numbers(box, where, "box", 4, null=True).tolist(),
        pose_box=numbers(person.get("pose_box", box), where, "pose_box", 4, null=True).tolist(),
        score=number_or_none(person.get("score"), where, "score"),
        state=_state(person.get("state", "tracked"), where),
        identity_score=number_or_none(person.get("identity_score"), where, "identity_score"),
    )


def _state(name: Any, where: str) -> TrackState:
    if isinstance(name, str) and name in STATES:
        return STATES[name]
    known = ", ".join(state.name.lower() for state in TrackState)
    raise FormatError(f"{where}: unknown state {shown(name)}; known: {known}")
