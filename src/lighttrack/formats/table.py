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
from lighttrack.formats.reading import (
    STATES,
    Person,
    frame_of,
    info_from,
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
from lighttrack.structures.types import AnyArray

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
    """Read a table. Frames that have no rows are frames that show nobody.

    The table does not hold the frame rate: it is worked out from the times, and
    times of frames without rows from the rate.

    Raises:
        FormatError: if the file is something else.
    """
    path = Path(path)
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        columns = COLUMNS if COLUMNS[-1] in header else COLUMNS[:-1]
        skeleton = _skeleton(header, columns, path)
        try:
            people = [_person(row, columns, skeleton) for row in rows if row]
        except (ValueError, KeyError, IndexError) as error:
            raise FormatError(f"line {rows.line_num} of {path} cannot be read: {error}") from error
    people.sort(key=itemgetter(0))
    frames = []
    for (index, time, is_keyframe), group in groupby(people, key=itemgetter(0, 1, 2)):
        rows_of_frame = [person for *_, person in group]
        frames.append(frame_of(skeleton, index, time, rows_of_frame, is_keyframe=is_keyframe))
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
    return skeleton_of(keypoints)


def _person(
    row: Sequence[str], columns: Sequence[str], skeleton: Skeleton
) -> tuple[int, float, bool, Person]:
    cells = dict(zip(columns, row, strict=False))
    keypoints = _numbers(row[len(columns) :]).reshape(len(skeleton), 3)
    keypoints[:, 2] = np.nan_to_num(keypoints[:, 2])
    person = Person(
        id=int(cells["id"]),
        keypoints=keypoints,
        box=_numbers(row[6:10]).tolist(),
        score=float(_numbers([cells["score"]])[0]),
        state=STATES[cells["state"]],
        identity_score=float(_numbers([cells.get("identity_score", "")])[0]),
    )
    return int(cells["frame"]), float(cells["time"]), cells["keyframe"] == "1", person


def _numbers(cells: Sequence[str]) -> AnyArray:
    return np.array([float(cell) if cell else np.nan for cell in cells], np.float32)


def _fps(frames: Sequence[TrackedFrame]) -> float | None:
    if len(frames) < 2 or frames[-1].time <= frames[0].time:
        return None
    return (frames[-1].index - frames[0].index) / (frames[-1].time - frames[0].time)
