"""What formats share that can be written only once all people and frames are known.

The frames wait on disk, as records of fixed size: memory does not grow with the people in them.
"""

import json
import tempfile
from abc import abstractmethod
from array import array
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lighttrack.formats.errors import FormatError
from lighttrack.formats.reading import info_from, skeleton_of
from lighttrack.formats.writing import TracksWriter, to_json
from lighttrack.structures import Skeleton, TrackedFrame, VideoInfo
from lighttrack.structures.types import AnyArray

MOST_NUMBERS = 400_000_000
"""Numbers that a file may hold whose tables have a place for every person in every frame: 1.6 GB
that the tool which opens it needs in memory."""

BLOCK_NUMBERS = 4_000_000
"""Numbers that are put together at a time."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """All frames of a result, and a row for each person of each frame, on disk."""

    skeleton: Skeleton
    indices: NDArray[np.int64]
    """`(F,)`: numbers of the frames."""
    times: NDArray[np.float64]
    """`(F,)`: seconds."""
    rows: AnyArray
    """`(M,)` records of `frame` (place in `indices`), `id`, `score`, `box` `(4,)` and `points`
    `(K, 3)`: x, y, score; NaN, NaN, 0 where missing."""

    def ids(self) -> list[int]:
        """Every id ever seen, ascending."""
        return [int(identity) for identity in np.unique(self.rows["id"]).tolist()]

    def people(self) -> Iterator[tuple[int, AnyArray]]:
        """Each identity with its rows in memory, in the order of the frames; ids ascend."""
        identities = np.array(self.rows["id"])
        order = np.argsort(identities, kind="stable")
        ids, begins = np.unique(identities[order], return_index=True)
        for identity, rows in zip(ids.tolist(), np.split(order, begins[1:]), strict=False):
            yield int(identity), np.array(self.rows[rows])

    def require_room(self, what: str, frames_of_people: int) -> None:
        """Refuse a file of too many numbers.

        Raises:
            FormatError: saying how many they would be, and what to do.
        """
        numbers = frames_of_people * len(self.skeleton) * 3
        if numbers > MOST_NUMBERS:
            raise FormatError(
                f"{what} would hold {numbers:,} numbers, a place for every keypoint of "
                f"{len(self.ids()):,} people in every frame; the most is {MOST_NUMBERS:,}: "
                "write parquet, or track a part of the video (--start, --end)"
            )

    def blocks(self) -> Iterator[tuple[slice, AnyArray, AnyArray]]:
        """Dense pieces of the result, with a place for every person in every frame.

        Yields:
            The frames `(T,)` as a slice, their keypoints `(T, I, K, 3)` in float32 (NaN, NaN, 0
            where there is none) and the scores of people `(T, I)` (NaN where they are not seen).
        """
        ids, k = np.array(self.ids(), np.int64), len(self.skeleton)
        step = max(1, BLOCK_NUMBERS // max(1, len(ids) * k * 3))
        frames = self.rows["frame"]
        for begin in range(0, len(self.indices), step):
            end = min(begin + step, len(self.indices))
            first, last = np.searchsorted(frames, [begin, end])
            rows = np.array(self.rows[first:last])
            points = np.full((end - begin, len(ids), k, 3), np.nan, np.float32)
            points[..., 2] = 0.0
            scores = np.full((end - begin, len(ids)), np.nan, np.float32)
            place = (rows["frame"] - begin, np.searchsorted(ids, rows["id"]))
            points[place], scores[place] = rows["points"], rows["score"]
            yield slice(begin, end), points, scores


class SpooledWriter(TracksWriter):
    """Keeps frames on disk until all have come, then writes the file as a whole.

    People whose identity is not confirmed yet (id -1) have no place in a table of people and are
    left out, which `notes` says.
    """

    def _begin(self) -> None:
        self._dtype = np.dtype(
            [
                ("frame", np.int64),
                ("id", np.int64),
                ("score", np.float32),
                ("box", np.float32, (4,)),
                ("points", np.float32, (len(self.skeleton), 3)),
            ]
        )
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=self.path.parent)  # noqa: SIM115
        self._indices, self._times = array("q"), array("d")
        self._rows = self._left_out = 0

    def _write(self, frame: TrackedFrame) -> None:
        known = frame[frame.ids >= 0]
        self._left_out += len(frame) - len(known)
        rows = np.zeros(len(known), self._dtype)
        rows["frame"], rows["id"] = len(self._indices), known.ids
        rows["score"], rows["box"] = known.poses.person_scores, known.boxes
        rows["points"][..., :2], rows["points"][..., 2] = known.poses.keypoints, known.poses.scores
        missing = ~np.isfinite(rows["points"]).all(axis=2)
        rows["points"][missing] = (np.nan, np.nan, 0.0)
        self._file.write(rows.tobytes())
        self._indices.append(frame.index)
        self._times.append(frame.time)
        self._rows += len(rows)

    def _finish(self) -> None:
        try:
            if self._left_out:
                self.notes.append(
                    f"{self._left_out} poses without a confirmed identity (id -1) are left out"
                )
            self._export(self._spooled())
        finally:
            self._abandon()

    def _spooled(self) -> Spooled:
        self._file.flush()
        rows: AnyArray = np.zeros(0, self._dtype)
        if self._rows:
            rows = np.memmap(self._file, self._dtype, mode="r", shape=(self._rows,))
        return Spooled(
            self.skeleton,
            np.array(self._indices, np.int64),
            np.array(self._times, np.float64),
            rows,
        )

    def _abandon(self) -> None:
        with suppress(OSError):  # a full disk fails the flush once more
            self._file.close()

    @abstractmethod
    def _export(self, result: Spooled) -> None:
        """Write everything."""


def name_of(identity: int) -> str:
    """The name of a person where a format wants text.

    Example:
        >>> name_of(3)
        'id_3'
    """
    return f"id_{identity}"


def identity_of(name: str, place: int) -> int:
    """The id that a name stands for; of a name that is not ours, its place from 1.

    Example:
        >>> identity_of("id_3", 0), identity_of("Anna", 0)
        (3, 1)
    """
    digits = name.removeprefix("id_")
    return int(digits) if name.startswith("id_") and digits.isdecimal() else place + 1


def identities_of(names: list[str]) -> list[int]:
    """The ids of all names; if two would be the same, the places from 1 instead."""
    ids = [identity_of(name, place) for place, name in enumerate(names)]
    return ids if len(set(ids)) == len(ids) else list(range(1, len(names) + 1))


def record_of(info: VideoInfo, skeleton: Skeleton, provenance: Mapping[str, Any]) -> str:
    """What a format has no members for, as JSON: the video, the skeleton, the provenance."""
    return to_json(
        {
            "video": asdict(info),
            "skeleton": {
                "name": skeleton.name,
                "keypoints": skeleton.keypoints,
                "edges": skeleton.edges,
            },
            "provenance": provenance,
        }
    )


@dataclass(frozen=True, slots=True)
class Record:
    """What `record_of` wrote; defaults for a file of another tool."""

    stored: Mapping[str, Any]

    @classmethod
    def of(cls, text: str | bytes | None) -> "Record":
        """Of the text; what is no record of ours is passed over."""
        try:
            stored = json.loads(text) if text else {}
        except ValueError:
            stored = {}
        return cls(stored if isinstance(stored, dict) and "video" in stored else {})

    def info(self, path: Path, suffix: str, **known: Any) -> VideoInfo:
        """The video; `known` is what the file says of it where there is no record."""
        return info_from(self.stored.get("video", known), path, suffix)

    def skeleton(self, keypoints: list[str], edges: Any = ()) -> Skeleton:
        """The skeleton of these keypoints."""
        kept = self.stored.get("skeleton", {})
        if tuple(kept.get("keypoints", ())) == tuple(keypoints):
            return skeleton_of(keypoints, kept["edges"], kept["name"])
        return skeleton_of(keypoints, edges)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Of the result."""
        provenance = self.stored.get("provenance", {})
        return provenance if isinstance(provenance, dict) else {}
