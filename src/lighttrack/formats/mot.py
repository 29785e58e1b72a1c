"""MOTChallenge text: boxes and identities, no poses.

A line is `frame,id,left,top,width,height,score,-1,-1,-1`, and frames count from 1. Identities are
written as they are: the same number is the same person in every file of a run.
"""

import configparser
import csv
import os
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from lighttrack.formats.errors import FormatError
from lighttrack.formats.reading import Person, ends, frame_of, info_from, missing, without_gaps
from lighttrack.formats.writing import SCORE_DECIMALS, LinesWriter, replacing, rounded
from lighttrack.structures import Detections, TrackedFrame, TrackedVideo, boxes
from lighttrack.structures.skeletons import COCO_17

SUFFIX = ".mot.txt"


class MotWriter(LinesWriter):
    """Writes a line for each person of each frame; every frame is on disk when it was written."""

    def _write(self, frame: TrackedFrame) -> None:
        columns = zip(
            frame.ids.tolist(),
            rounded(boxes.to_xywh(frame.boxes)),
            rounded(frame.poses.person_scores, SCORE_DECIMALS),
            strict=True,
        )
        for identity, box, score in columns:
            # Somebody of whom nothing but the identity is known, or not even that, has no line.
            if None in box or identity < 0:
                continue
            cells = (frame.index + 1, identity, *box, -1 if score is None else score, -1, -1, -1)
            self._file.write(",".join(map(str, cells)) + "\n")
        self._file.flush()


def write_detections(path: str | os.PathLike[str], found: Mapping[int, Detections]) -> None:
    """Write detections by frame number as MOTChallenge's `det.txt`: every id is -1.

    Example:
        >>> write_detections("det.txt", {0: Detections.empty()})  # doctest: +SKIP
    """
    with replacing(Path(path)) as file:
        for index, detections in found.items():
            sides = rounded(boxes.to_xywh(detections.boxes))
            for box, score in zip(sides, rounded(detections.scores, SCORE_DECIMALS), strict=True):
                file.write(",".join(map(str, (index + 1, -1, *box, score, -1, -1, -1))) + "\n")


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read results or ground truth; people have boxes, and keypoints that are all missing.

    Size, rate and length of the video are taken of MOTChallenge's `seqinfo.ini`, if it lies
    beside the file or in the folder above; else the rate is 25 and the last frame is the last
    that anybody is seen in.

    Raises:
        FormatError: if the file is something else, or holds detections without identities.
    """
    path = Path(path)
    stored = _sequence_info(path)
    info = info_from(stored, path, SUFFIX)
    frames = [
        frame_of(COCO_17, index, index / info.fps, [person for _, person in people])
        for index, people in groupby(sorted(_rows(path), key=_frame_number), key=_frame_number)
    ]
    return TrackedVideo(
        info, COCO_17, without_gaps(frames, COCO_17, info.fps, stored.get("frame_count"))
    )


def _frame_number(row: tuple[int, Person]) -> int:
    return row[0]


def _rows(path: Path) -> Iterator[tuple[int, Person]]:
    """Frame, counted from 0, and person of each line."""
    nothing = missing(COCO_17)
    with open(path, encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file), start=1):
            if not row:
                continue
            what = f"line {number} of {path}"
            try:
                values = [float(cell) for cell in row]
                frame, identity = int(values[0]), int(values[1])
                box = values[2:6]
                person = Person(
                    id=identity,
                    keypoints=nothing,
                    box=[*box[:2], *ends(box)],
                    score=values[6] if len(values) > 6 else 1.0,
                )
            except (ValueError, IndexError):
                raise FormatError(
                    f"{what} is not 'frame,id,left,top,width,height,...': {','.join(row)[:80]}"
                ) from None
            if frame < 1:
                raise FormatError(f"{what}: frames count from 1 in MOTChallenge files, got {frame}")
            if identity < 0:
                raise FormatError(f"{what} has id {identity}: the file holds no identities")
            yield frame - 1, person


def _sequence_info(path: Path) -> dict[str, Any]:
    for folder in (path.parent, path.resolve().parent.parent):
        file = folder / "seqinfo.ini"
        if not file.is_file():
            continue
        parser = configparser.ConfigParser()
        try:
            parser.read(file, encoding="utf-8")
            section = parser["Sequence"]
            return {
                "name": section.get("name", path.stem),
                "width": section.getint("imWidth", 0),
                "height": section.getint("imHeight", 0),
                "fps": section.getfloat("frameRate", 25.0),
                "frame_count": section.getint("seqLength"),
            }
        except (configparser.Error, KeyError, ValueError) as error:
            raise FormatError(f"{file} is not MOTChallenge's: {error}") from error
    return {}
