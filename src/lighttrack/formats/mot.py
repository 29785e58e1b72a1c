"""MOTChallenge text: boxes and identities, no poses.

A line is `frame,id,left,top,width,height,score,-1,-1,-1`, and frames count from 1. Identities are
written as they are: the same number is the same person in every file of a run. In ground truth the
seventh number is a flag, and 0 says that the row does not count.
"""

import configparser
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lighttrack.formats.errors import FormatError
from lighttrack.formats.members import FRAMES, LARGEST, LARGEST_ID, MOST_PEOPLE
from lighttrack.formats.reading import Person, frame_of, info_from, missing, without_gaps
from lighttrack.formats.writing import SCORE_DECIMALS, LinesWriter, replacing, rounded
from lighttrack.structures import Detections, Ids, TrackedFrame, TrackedVideo, boxes
from lighttrack.structures.skeletons import COCO_17
from lighttrack.structures.types import Reals

SUFFIX = ".mot.txt"

_HEAD = 4096
"""Bytes of a file in which a row is looked for."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MotRows:
    """The rows of a file, in double precision."""

    frames: NDArray[np.int64]
    """`(R,)`: from 0."""
    ids: Ids
    """`(R,)`."""
    boxes: Reals
    """`(R, 4)`: x0, y0, x1, y1."""
    scores: Reals
    """`(R,)`: what the seventh column holds; 1 where there is none."""

    @property
    def frame_count(self) -> int:
        """Frames up to the last in which there is a person."""
        return int(self.frames.max(initial=-1)) + 1

    def by_frame(self, count: int) -> list[tuple[Ids, Reals]]:
        """Ids and boxes for each of `count` frames."""
        return frames_of_rows(self.frames, self.ids, self.boxes, count)


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
            # A person without a box or without an identity has no line.
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


def read(path: str | os.PathLike[str], *, truth: bool | None = None) -> TrackedVideo:
    """Read results or ground truth; people have boxes, and keypoints that are all missing.

    Size, frame rate and length of the video are taken from MOTChallenge's `seqinfo.ini`, if it lies
    beside the file or in the folder above; else the rate is 25 and the last frame is the last
    with a person.

    Args:
        path: the text file.
        truth: whether the seventh column is a ground truth's flag; rows of flag 0 are left out.
            Without it, as the file looks: `gt.txt`, or nine columns of which the eighth is a class
            and the ninth a share that is visible, as MOT16, MOT17 and MOT20 have them.

    Raises:
        FormatError: if the file is something else, or holds detections without identities.

    Example:
        >>> read("match.mot.txt").ids()  # doctest: +SKIP
        array([1, 2, 3])
    """
    path = Path(path)
    if truth is None:
        truth = _looks_like_truth(path)
    rows = read_mot(path, truth=truth)
    if truth and (left_out := len(read_mot(path).ids) - len(rows.ids)):
        _log.warning("%s: rows of flag 0, which do not count: %d, left out", path, left_out)
    require_one_row_each(rows, path)
    if (rows.ids < 0).any():
        raise FormatError(f"{path.name} has id {rows.ids.min()}: the file holds no identities")
    stored = _sequence_info(path)
    info = info_from(stored, path, SUFFIX)
    count = max(rows.frame_count, stored.get("frame_count") or 0)
    order = np.argsort(rows.frames, kind="stable")
    nothing = missing(COCO_17)
    frames = []
    for index, group in groupby(order.tolist(), key=lambda row: int(rows.frames[row])):
        people = [
            Person(int(rows.ids[row]), nothing, rows.boxes[row].tolist(), score=rows.scores[row])
            for row in group
        ]
        if len(people) > MOST_PEOPLE:
            raise FormatError(f"{path.name}: more than {MOST_PEOPLE} rows of frame {index + 1}")
        frames.append(frame_of(COCO_17, index, index / info.fps, people))
    return TrackedVideo(info, COCO_17, without_gaps(frames, COCO_17, info.fps, count))


def _looks_like_truth(path: Path) -> bool:
    if path.name == "gt.txt":
        return True
    count = 0
    for line in _text(path).splitlines():
        cells = line.replace(",", " ").split()
        if not cells:
            continue
        count += 1
        if len(cells) != 9 or cells[6] not in ("0", "1") or not cells[7].isdecimal():
            return False
        if cells[7] == "0" or not cells[8].replace(".", "", 1).isdecimal() or float(cells[8]) > 1:
            return False
    return count > 0


def read_mot(path: str | os.PathLike[str], *, truth: bool = False) -> MotRows:
    """Read `frame, id, left, top, width, height[, flag or score, ...]`, frames from 1.

    The numbers may be separated by commas or blanks, and the rows may be in any order. Detections
    (id -1) are read like everything else.

    Args:
        path: the text file.
        truth: whether the seventh column is a ground truth's flag; rows of flag 0 are left out.

    Raises:
        FormatError: naming the line that cannot be read.

    Example:
        >>> read_mot("MOT17-02/gt/gt.txt", truth=True).ids  # doctest: +SKIP
        array([1, 1, 1, ..., 7, 7, 7])
    """
    path = Path(path)
    rows = [
        _row(path, number, line)
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if line.strip()
    ]
    table = np.array(rows, np.float64).reshape(-1, 7)
    if truth:
        table = table[table[:, 6] != 0]
    corners = np.concatenate([table[:, 2:4], table[:, 2:4] + table[:, 4:6]], axis=1)
    frames, ids = table[:, 0].astype(np.int64) - 1, table[:, 1].astype(np.int64)
    return MotRows(frames, ids, corners, table[:, 6])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError(f"{path.name}: not a text file in UTF-8") from None


def require_one_row_each(rows: MotRows, path: Path) -> None:
    """Raise `FormatError` if an id stands twice in a frame (counted from 1, as in the file)."""
    pairs, times = np.unique(np.stack([rows.frames, rows.ids]), axis=1, return_counts=True)
    if (times > 1).any():
        frame, identity = pairs[:, times.argmax()].tolist()
        raise FormatError(f"{path.name}: id {identity} stands twice in frame {frame + 1}")


def is_mot_text(path: str | os.PathLike[str]) -> bool:
    """Whether a file's first line looks like a row of MOTChallenge text."""
    path = Path(path)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    return is_row(next((line for line in head.splitlines() if line.strip()), ""))


def is_row(line: str) -> bool:
    """Whether a line holds nothing but numbers, separated by commas or blanks.

    Example:
        >>> is_row("1,1,10,20,30,60,1,-1,-1,-1"), is_row("frame,id,state")
        (True, False)
    """
    return bool(line.strip()) and all(part in "0123456789.,-+eE \t\r\n" for part in line)


def frames_of_rows(
    frames: ArrayLike, ids: Ids, boxes: ArrayLike, count: int
) -> list[tuple[Ids, Reals]]:
    """Rows of a table (frame from 0, id, box), in any order, as one entry per frame.

    Example:
        >>> rows = frames_of_rows([1, 0], np.array([5, 6]), np.zeros((2, 4)), 3)
        >>> [ids.tolist() for ids, _ in rows]
        [[6], [5], []]
    """
    index = np.asarray(frames, np.int64).reshape(-1)
    order = np.argsort(index, kind="stable")
    bounds = np.searchsorted(index[order], np.arange(count + 1))
    table = np.asarray(boxes, np.float64).reshape(-1, 4)[order]
    sorted_ids = np.asarray(ids, np.int64)[order]
    return [(sorted_ids[start:end], table[start:end]) for start, end in pairwise(bounds.tolist())]


def _row(path: Path, number: int, line: str) -> list[float]:
    cells = line.replace(",", " ").split()
    where = f"{path.name}, line {number}"
    try:
        values = [float(cell) for cell in cells[:7]]
    except ValueError:
        raise FormatError(f"{where}: not a row of numbers: {line.strip()[:60]!r}") from None
    if len(values) < 6:
        raise FormatError(
            f"{where}: a row needs frame, id, left, top, width and height, "
            f"got {len(values)} numbers"
        )
    problem = _problem(values, cells, line)
    if problem:
        raise FormatError(f"{where}: {problem}")
    return [*values, 1.0][:7]


def _problem(values: Sequence[float], cells: Sequence[str], line: str) -> str:
    """What is wrong with the numbers of a row; empty if nothing is."""
    if not np.isfinite(values[:6]).all():
        return f"the numbers must be finite, got {line.strip()[:60]!r}"
    if not 1 <= values[0] <= FRAMES or not values[0].is_integer():
        return f"frames are whole numbers from 1 to {FRAMES}, got {cells[0]}"
    if abs(values[1]) > LARGEST_ID or not values[1].is_integer():
        return f"the id must be a whole number up to {LARGEST_ID}, got {cells[1]}"
    if not (np.abs(values[2:6]) <= LARGEST).all():
        return f"coordinates are numbers up to {LARGEST:g}, got {line.strip()[:60]!r}"
    if values[4] < 0 or values[5] < 0:
        return f"width and height must not be negative, got {line.strip()[:60]!r}"
    if len(values) == 7 and not abs(values[6]) <= LARGEST:
        return f"the seventh number must be a flag or a score, got {cells[6]}"
    return ""


def _sequence_info(path: Path) -> dict[str, Any]:
    for folder in (path.parent, path.resolve().parent.parent):
        file = folder / "seqinfo.ini"
        if not file.is_file():
            continue
        parser = configparser.ConfigParser()
        try:
            parser.read(file, encoding="utf-8")
            section = parser["Sequence"]
            stored = {
                "name": section.get("name", path.stem),
                "width": section.getint("imWidth", 0),
                "height": section.getint("imHeight", 0),
                "fps": section.getfloat("frameRate", 25.0),
                "frame_count": section.getint("seqLength"),
            }
            info_from(stored, file, file.name)
            return stored
        except (configparser.Error, KeyError, ValueError, UnicodeDecodeError) as error:
            raise FormatError(f"{file} is not MOTChallenge's: {error}") from error
    return {}
