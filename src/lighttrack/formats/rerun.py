"""A recording of rerun's viewer: people as skeletons and boxes over frame numbers and times.

`video/people/ID/pose` holds the keypoints with their confidences, `video/people/ID/box` the body's
box; `video/frame` says of every frame whether the detector was called. Each person has the colour
that drawings of the result have.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.formats.errors import FormatError
from lighttrack.formats.libraries import library
from lighttrack.formats.reading import STATES, Person, frame_of
from lighttrack.formats.spool import Record, record_of
from lighttrack.formats.writing import TracksWriter, present
from lighttrack.structures import Skeleton, TrackedFrame, TrackedVideo, TrackState

SUFFIX = ".rrd"

_PEOPLE, _FRAME, _ABOUT = "video/people", "video/frame", "about"
_CLASS = 1


class RerunWriter(TracksWriter):
    """Appends every frame to the recording at once; it takes its name when it is whole."""

    def _begin(self) -> None:
        self._rerun = library("rerun")
        if not self.path.parent.is_dir():
            raise FileNotFoundError(2, "No such file or directory", str(self.path))
        self._part = self.path.with_name(f"{self.path.name}.part")
        self._recording: Any = self._rerun.RecordingStream("lighttrack", make_default=False)
        self._recording.save(self._part)
        record = record_of(self.info, self.skeleton, self.provenance)
        self._recording.log(_ABOUT, self._rerun.TextDocument(record), static=True)
        self._shown: set[int] = set()
        self._known: set[int] = set()
        self._left_out = 0

    def _write(self, frame: TrackedFrame) -> None:
        rr, recording = self._rerun, self._recording
        recording.set_time("frame", sequence=frame.index)
        recording.set_time("time", duration=frame.time)
        recording.log(_FRAME, rr.AnyValues(keyframe=bool(frame.is_keyframe), seconds=frame.time))
        known = frame[frame.ids >= 0]
        self._left_out += len(frame) - len(known)
        there = present(known.poses)
        for row, identity in enumerate(known.ids.tolist()):
            self._log_person(known, row, identity, np.flatnonzero(there[row]))
        now = set(known.ids.tolist())
        for identity in self._shown - now:  # else the viewer shows them where they were last seen
            recording.log(f"{_PEOPLE}/{identity}", rr.Clear(recursive=True))
        self._shown = now

    def _log_person(self, frame: TrackedFrame, row: int, identity: int, points: Any) -> None:
        rr, path = self._rerun, f"{_PEOPLE}/{identity}"
        if identity not in self._known:
            self._known.add(identity)
            self._recording.log(path, self._context(identity), static=True)
        self._recording.log(
            f"{path}/pose",
            rr.Points2D(
                frame.poses.keypoints[row, points],
                class_ids=_CLASS,
                keypoint_ids=points.astype(np.uint16),
            ),
            rr.AnyValues(
                confidence=frame.poses.scores[row, points],
                state=TrackState(int(frame.states[row])).name.lower(),
                person_score=float(frame.poses.person_scores[row]),
            ),
        )
        box = frame.boxes[row : row + 1]
        if np.isfinite(box).all():
            label = str(identity)
            self._recording.log(
                f"{path}/box",
                rr.Boxes2D(
                    array=box, array_format=rr.Box2DFormat.XYXY, class_ids=_CLASS, labels=label
                ),
            )

    def _context(self, identity: int) -> Any:
        """The skeleton, in the colour of the person."""
        rr = self._rerun
        return rr.AnnotationContext(
            rr.ClassDescription(
                info=rr.AnnotationInfo(_CLASS, f"person {identity}", _colour(identity)),
                keypoint_annotations=list(enumerate(self.skeleton.keypoints)),
                keypoint_connections=list(self.skeleton.edges),
            )
        )

    def _finish(self) -> None:
        if self._left_out:
            self.notes.append(
                f"{self._left_out} poses without a confirmed identity (id -1) are left out"
            )
        self._recording.flush()
        self._recording.disconnect()
        os.replace(self._part, self.path)

    def _abandon(self) -> None:
        self._recording.disconnect()
        self._part.unlink(missing_ok=True)


def _colour(identity: int) -> tuple[int, int, int]:
    """Hues a golden ratio apart, so that any run of ids is told apart."""
    from colorsys import hsv_to_rgb

    red, green, blue = hsv_to_rgb((identity * 0.6180339887498949) % 1.0, 0.75, 0.95)
    return round(255 * red), round(255 * green), round(255 * blue)


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is a recording, by its first bytes."""
    return head[:3] == b"RRF"


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a recording that lighttrack has written.

    Raises:
        FormatError: if it holds something else.
        ImportError: if rerun-sdk is not installed.
    """
    path = Path(path)
    record = Record({})
    times: dict[int, tuple[float, bool]] = {}
    poses: dict[tuple[int, int], dict[str, Any]] = {}
    boxes: dict[tuple[int, int], list[float]] = {}
    for entity, row in _rows(path):
        index = row.get("frame", -1)
        if entity == f"/{_ABOUT}":
            record = Record.of(row["TextDocument:text"][0])
        elif entity == f"/{_FRAME}":
            times[index] = (float(row["seconds"][0]), bool(row["keyframe"][0]))
        elif row.get("Points2D:positions") is not None:
            poses[index, _identity(entity)] = row
        elif row.get("Boxes2D:centers"):
            [center], [half] = row["Boxes2D:centers"], row["Boxes2D:half_sizes"]
            ends = np.array(center), np.array(half)
            box = np.concatenate([ends[0] - ends[1], ends[0] + ends[1]])
            boxes[index, _identity(entity)] = box.tolist()
    if not record.stored:
        raise FormatError(f"{path} is no recording of lighttrack's: it has no entity {_ABOUT!r}")
    skeleton = record.skeleton(record.stored["skeleton"]["keypoints"])
    people: dict[int, list[Person]] = {index: [] for index in times}
    for (index, identity), row in sorted(poses.items(), key=lambda item: item[0]):
        people[index].append(_person(identity, row, skeleton, boxes.get((index, identity))))
    frames = [
        frame_of(skeleton, index, time, people[index], is_keyframe=keyframe)
        for index, (time, keyframe) in sorted(times.items())
    ]
    return TrackedVideo(record.info(path, SUFFIX), skeleton, frames, record.provenance)


def _identity(entity: str) -> int:
    """Of `/video/people/3/pose`."""
    return int(entity.split("/")[3])


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of every entity."""
    chunks = library("rerun.chunk").RrdReader(path).stream()
    for chunk in chunks:
        batch = chunk.to_record_batch()
        names = [name for name in batch.schema.names if name not in ("log_time", "time")]
        for row in batch.select(names).to_pylist():
            yield chunk.entity_path, row


def _person(
    identity: int, row: dict[str, Any], skeleton: Skeleton, box: list[float] | None
) -> Person:
    points = np.full((len(skeleton), 3), np.nan, np.float32)
    points[:, 2] = 0.0
    for keypoint, position, confidence in zip(
        row.get("Points2D:keypoint_ids") or (),
        row["Points2D:positions"],
        row["confidence"] or (),
        strict=True,
    ):
        points[keypoint] = (*position, confidence)
    return Person(
        identity,
        points,
        box=box,
        score=float(row["person_score"][0]),
        state=STATES[row["state"][0]],
    )
