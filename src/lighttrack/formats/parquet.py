"""Parquet in long form: a row for each keypoint of each person of each frame.

Columns: `video, frame, time, id, state, keyframe, score, x0, y0, x1, y1, keypoint, x, y,
confidence, identity_score`; x and y of a missing keypoint are null. The schema's metadata holds, as
JSON under `lighttrack`, the video, the skeleton and the provenance; that of the file, under
`lighttrack_empty_frames`, the frames without people.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.formats.errors import FormatError
from lighttrack.formats.libraries import library
from lighttrack.formats.reading import STATES, Person, frame_of
from lighttrack.formats.spool import Record, record_of
from lighttrack.formats.writing import TracksWriter, present
from lighttrack.structures import Skeleton, TrackedFrame, TrackedVideo, TrackState
from lighttrack.structures.types import AnyArray

SUFFIX = ".parquet"

COLUMNS = (
    "video", "frame", "time", "id", "state", "keyframe", "score", "x0", "y0", "x1", "y1",
    "keypoint", "x", "y", "confidence", "identity_score",
)  # fmt: skip

ROW_GROUP = 100_000
"""Rows that are written at a time."""

_KEY, _EMPTY = b"lighttrack", b"lighttrack_empty_frames"
_STATES = [state.name.lower() for state in sorted(TrackState)]


class ParquetWriter(TracksWriter):
    """Writes a group of rows as soon as it is full; the file takes its name when it is whole."""

    def _begin(self) -> None:
        self._arrow, self._parquet = library("pyarrow"), library("pyarrow.parquet")
        self._part = self.path.with_name(f"{self.path.name}.part")
        record = record_of(self.info, self.skeleton, self.provenance)
        self._schema = _schema(self._arrow).with_metadata({_KEY: record})
        self._file: Any = self._parquet.ParquetWriter(
            self._part, self._schema, compression="zstd", use_dictionary=True
        )
        self._waiting: list[TrackedFrame] = []
        self._rows = 0
        self._empty: list[tuple[int, float, bool]] = []

    def _write(self, frame: TrackedFrame) -> None:
        if not len(frame):
            self._empty.append((frame.index, frame.time, bool(frame.is_keyframe)))
            return
        self._waiting.append(frame)
        self._rows += len(frame) * len(self.skeleton)
        if self._rows >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            columns = self._columns(self._waiting)
            table = self._arrow.Table.from_arrays(columns, schema=self._schema)
            self._file.write_table(table, row_group_size=ROW_GROUP)
        self._waiting, self._rows = [], 0

    def _columns(self, frames: Sequence[TrackedFrame]) -> list[Any]:
        k = len(self.skeleton)
        counts = [len(frame) for frame in frames]
        people = sum(counts)
        boxes = np.concatenate([frame.boxes for frame in frames])
        points = np.concatenate([frame.poses.keypoints for frame in frames]).reshape(-1, 2)
        missing = np.concatenate([~present(frame.poses) for frame in frames]).reshape(-1)
        confidence = np.concatenate([frame.poses.scores for frame in frames]).reshape(-1)

        def of_frame(values: list[Any], kind: Any) -> AnyArray:
            return np.repeat(np.array(values, kind), counts)

        states = np.concatenate([frame.states for frame in frames])
        sure = np.concatenate([frame.identity_scores for frame in frames])
        of_person = [
            of_frame([frame.index for frame in frames], np.int64),
            of_frame([frame.time for frame in frames], np.float64),
            np.concatenate([frame.ids for frame in frames]),
            self._texts(states.astype(np.int32), _STATES, k),
            of_frame([frame.is_keyframe for frame in frames], np.bool_),
            np.concatenate([frame.poses.person_scores for frame in frames]),
            *boxes.T,
        ]
        array = self._arrow.array
        return [
            self._texts(np.zeros(people, np.int32), [self.info.name], k),
            *(np.repeat(c, k) if isinstance(c, np.ndarray) else c for c in of_person),
            self._texts(np.tile(np.arange(k, dtype=np.int32), people), self.skeleton.keypoints, 1),
            array(points[:, 0], mask=missing),
            array(points[:, 1], mask=missing),
            np.where(missing, 0, np.nan_to_num(confidence)).astype(np.float32),
            array(np.repeat(sure, k), mask=np.isnan(np.repeat(sure, k))),
        ]

    def _texts(self, codes: AnyArray, words: Sequence[str], times: int) -> Any:
        """A column of words, each stored once."""
        return self._arrow.DictionaryArray.from_arrays(np.repeat(codes, times), list(words))

    def _finish(self) -> None:
        self._flush()
        self._file.add_key_value_metadata({_EMPTY: json.dumps(self._empty)})
        self._file.close()
        os.replace(self._part, self.path)

    def _abandon(self) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)


def _schema(arrow: Any) -> Any:
    words = arrow.dictionary(arrow.int32(), arrow.string())
    kinds = {
        "video": words, "state": words, "keypoint": words, "frame": arrow.int64(),
        "id": arrow.int64(), "time": arrow.float64(), "keyframe": arrow.bool_(),
    }  # fmt: skip
    return arrow.schema([(name, kinds.get(name, arrow.float32())) for name in COLUMNS])


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is Parquet, by its first bytes."""
    return head[:4] == b"PAR1"


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a table in long form; rows may be in any order.

    Raises:
        FormatError: if it has other columns, or several videos.
        ImportError: if pyarrow is not installed.
    """
    path = Path(path)
    parquet = library("pyarrow.parquet")
    try:
        with parquet.ParquetFile(path) as file:
            table, metadata = file.read(), file.metadata.metadata or {}
            kept = file.schema_arrow.metadata or {}
    except library("pyarrow").ArrowInvalid as error:
        raise FormatError(f"{path} is not Parquet: {error}") from error
    lacking = [name for name in COLUMNS[1:-1] if name not in table.column_names]
    if lacking:
        raise FormatError(f"{path} is no table of tracks: it lacks the columns {lacking}")
    record = Record.of(kept.get(_KEY))
    columns = {name: _values(table.column(name)) for name in COLUMNS[1:-1]}
    known_ids = COLUMNS[-1] in table.column_names
    columns[COLUMNS[-1]] = (
        _values(table.column(COLUMNS[-1])) if known_ids else np.full(table.num_rows, np.nan)
    )
    known = dict.fromkeys(columns["keypoint"].tolist())
    named = record.stored.get("skeleton", {}).get("keypoints")
    skeleton = record.skeleton(list(named or known))
    frames = _frames(columns, skeleton, path)
    empty = [
        frame_of(skeleton, int(index), float(time), (), is_keyframe=bool(key))
        for index, time, key in json.loads(metadata.get(_EMPTY, "[]"))
    ]
    frames = sorted([*frames, *empty], key=lambda frame: frame.index)
    info = record.info(path, SUFFIX)
    return TrackedVideo(info, skeleton, frames, record.provenance)


def _values(column: Any) -> AnyArray:
    values = column.combine_chunks()
    if hasattr(values, "dictionary_decode"):
        values = values.dictionary_decode()
    return np.asarray(values.to_numpy(zero_copy_only=False))


def _frames(columns: dict[str, AnyArray], skeleton: Skeleton, path: Path) -> list[TrackedFrame]:
    """The frames that have people; their rows are brought into the order of frames and ids."""
    places = {name: i for i, name in enumerate(skeleton.keypoints)}
    try:
        keypoint = np.array([places[name] for name in columns["keypoint"].tolist()], np.int64)
    except KeyError as error:
        raise FormatError(f"{path}: {error} is no keypoint of {skeleton.name}") from error
    # Of people without a confirmed identity several may be in a frame: the order of rows tells.
    same = (columns["frame"], columns["id"])
    order = np.lexsort((np.arange(len(keypoint)), columns["frame"]))
    rows = {name: values[order] for name, values in columns.items()}
    keypoint = keypoint[order]
    starts = keypoint <= np.append([len(skeleton)], keypoint[:-1])
    starts[1:] |= (np.diff(same[0][order]) != 0) | (np.diff(same[1][order]) != 0)
    person = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)
    points = np.full((len(first), len(skeleton), 3), np.nan, np.float32)
    points[..., 2] = 0.0
    points[person, keypoint] = np.stack([rows["x"], rows["y"], rows["confidence"]], axis=-1)
    box = np.stack([rows[side][first] for side in ("x0", "y0", "x1", "y1")], axis=-1)
    frames: list[TrackedFrame] = []
    index = rows["frame"][first]
    for part in np.split(np.arange(len(first)), np.flatnonzero(np.diff(index)) + 1):
        if not len(part):
            continue
        people = [
            Person(
                int(rows["id"][first[i]]),
                points[i],
                box=box[i].tolist(),
                score=float(rows["score"][first[i]]),
                state=STATES.get(str(rows["state"][first[i]]), TrackState.TRACKED),
                identity_score=float(rows["identity_score"][first[i]]),
            )
            for i in part
        ]
        row = first[part[0]]
        frames.append(
            frame_of(
                skeleton,
                int(index[part[0]]),
                float(rows["time"][row]),
                people,
                is_keyframe=bool(rows["keyframe"][row]),
            )
        )
    return frames
