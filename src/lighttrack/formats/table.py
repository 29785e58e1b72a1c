"""CSV for spreadsheets and data frames: a row for each person of each frame.

Columns: `frame, time, id, state, keyframe, score, x0, y0, x1, y1, identity_score`, then x, y and
score of each keypoint under its name. Cells of missing keypoints are empty.
"""

import csv
import os
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np

from lighttrack.formats.errors import FormatError
from lighttrack.formats.members import FRAMES, LARGEST, MOST_PEOPLE, only_once, refuse, whole
from lighttrack.formats.reading import (
    STATES,
    Person,
    frame_of,
    info_from,
    keypoint_names,
    ordered,
    skeleton_of,
    without_gaps,
)
from lighttrack.formats.writing import (
    SCORE_DECIMALS,
    TIME_DECIMALS,
    LinesWriter,
    flattened,
    identity_scores_of,
    present,
    rounded,
    triples,
)
from lighttrack.structures import Skeleton, TrackedFrame, TrackedVideo, TrackState
from lighttrack.structures.types import Reals

SUFFIX = ".csv"

COLUMNS = ("frame", "time", "id", "state", "keyframe", "score", "x0", "y0", "x1", "y1",
           "identity_score")  # fmt: skip
"""Columns before those of the keypoints; files of before have no `identity_score`."""

_PARTS = ("x", "y", "score")


class TableWriter(LinesWriter):
    """Writes rows; those of a frame are on disk when it was written."""

    def _begin(self) -> None:
        super()._begin()
        self._rows = csv.writer(self._file, lineterminator="\n")
        named = [f"{keypoint}_{part}" for keypoint in self.skeleton.keypoints for part in _PARTS]
        self._rows.writerow([*COLUMNS, *named])

    def _write(self, frame: TrackedFrame) -> None:
        poses = frame.poses
        cells = triples(poses).astype(object)
        cells[~present(poses)] = ""
        common = (frame.index, round(frame.time, TIME_DECIMALS))
        columns = zip(
            frame.ids.tolist(),
            frame.states.tolist(),
            rounded(poses.person_scores, SCORE_DECIMALS),
            rounded(frame.boxes),
            [sure.get("identity_score", "") for sure in identity_scores_of(frame)],
            flattened(cells),
            strict=True,
        )
        self._rows.writerows(
            (
                *common,
                identity,
                TrackState(state).name.lower(),
                int(frame.is_keyframe),
                score,
                *box,
                sure,
                *keypoints,
            )
            for identity, state, score, box, sure, keypoints in columns
        )
        self._file.flush()


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a table. Frames that have no rows are frames without people.

    The table does not hold the frame rate: it is worked out from the times, and
    times of frames without rows from the rate.

    Raises:
        FormatError: if the file is something else.
    """
    path = Path(path)
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        try:
            header = next(rows, [])
            columns = COLUMNS if COLUMNS[-1] in header else COLUMNS[:-1]
            skeleton = _skeleton(header, columns, path)
            people = [
                _person(row, columns, skeleton, path, rows.line_num) for row in rows if any(row)
            ]
        except UnicodeDecodeError as error:
            raise FormatError(f"{path} is no table of tracks: not a text in UTF-8") from error
        except csv.Error as error:
            raise FormatError(f"line {rows.line_num} of {path} cannot be read: {error}") from error
    people.sort(key=itemgetter(0))
    frames = []
    for index, group in groupby(people, key=itemgetter(0)):
        rows_of_frame = list(group)
        where = f"frame {index} of {path}"
        if len({(time, keyframe) for _, time, keyframe, _ in rows_of_frame}) > 1:
            raise FormatError(f"{where}: time and keyframe must be the same in all its rows")
        if len(rows_of_frame) > MOST_PEOPLE:
            raise FormatError(f"{where}: at most {MOST_PEOPLE} rows, got {len(rows_of_frame)}")
        _, time, is_keyframe, _ = rows_of_frame[0]
        of_frame = [person for *_, person in rows_of_frame]
        only_once([person.id for person in of_frame], where)
        frames.append(frame_of(skeleton, index, time, of_frame, is_keyframe=is_keyframe))
    ordered(frames, path)
    fps = _fps(frames)
    info = info_from({} if fps is None else {"fps": fps}, path, SUFFIX)
    return TrackedVideo(info, skeleton, without_gaps(frames, skeleton, info.fps))


def _skeleton(header: Sequence[str], columns: Sequence[str], path: Path) -> Skeleton:
    fixed, named = tuple(header[: len(columns)]), header[len(columns) :]
    keypoints = [column.removesuffix("_x") for column in named[::3]]
    if fixed != columns or named != [f"{k}_{part}" for k in keypoints for part in _PARTS]:
        raise FormatError(
            f"{path} is no table of tracks: its first line must name the columns "
            f"{', '.join(COLUMNS)} and x, y, score of each keypoint"
        )
    return skeleton_of(keypoint_names(keypoints, str(path)))


def _person(
    row: Sequence[str], columns: Sequence[str], skeleton: Skeleton, path: Path, line: int
) -> tuple[int, float, bool, Person]:
    where = f"line {line} of {path} cannot be read"
    wanted = len(columns) + 3 * len(skeleton)
    if len(row) != wanted:
        raise FormatError(f"{where}: it must have {wanted} cells, got {len(row)}")
    cells = dict(zip(columns, row, strict=False))
    if cells["state"] not in STATES:
        raise refuse(where, "state", f"one of {', '.join(STATES)}", cells["state"])
    if cells["keyframe"] not in ("0", "1"):
        raise refuse(where, "keyframe", "0 or 1", cells["keyframe"])
    keypoints = _numbers(row[len(columns) :], where, "a keypoint").reshape(len(skeleton), 3)
    keypoints[:, 2] = np.nan_to_num(keypoints[:, 2])
    person = Person(
        id=whole(cells["id"], where, "id", -1, text=True),
        keypoints=keypoints,
        box=_numbers(row[6:10], where, "x0, y0, x1, y1").tolist(),
        score=float(_numbers([cells["score"]], where, "score")[0]),
        state=STATES[cells["state"]],
        identity_score=float(
            _numbers([cells.get("identity_score", "")], where, "identity_score")[0]
        ),
    )
    index = whole(cells["frame"], where, "frame", 0, FRAMES - 1, text=True)
    time = float(_numbers([cells["time"]], where, "time")[0])
    if np.isnan(time):
        raise refuse(where, "time", "a number of seconds", cells["time"])
    return index, time, cells["keyframe"] == "1", person


def _numbers(cells: Sequence[str], where: str, what: str) -> Reals:
    """Cells as numbers; an empty one is NaN."""
    try:
        values = np.array([float(cell) if cell else np.nan for cell in cells], np.float64)
        sound = not (np.abs(values) > LARGEST).any() and "nan" not in "".join(cells).lower()
    except ValueError:
        sound = False
    if not sound:
        raise refuse(where, what, f"numbers up to {LARGEST:g}, or empty", ",".join(cells))
    return values


def _fps(frames: Sequence[TrackedFrame]) -> float | None:
    if len(frames) < 2 or frames[-1].time <= frames[0].time:
        return None
    rate = (frames[-1].index - frames[0].index) / (frames[-1].time - frames[0].time)
    return rate if 1e-6 <= rate <= 1e6 else None
