"""What formats share that hold one person a file: a folder with a file for each id ever seen."""

import os
import re
import tempfile
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lighttrack.formats.dense import frames_of_arrays
from lighttrack.formats.errors import FormatError
from lighttrack.formats.names import file_name
from lighttrack.formats.reading import DEFAULT_FPS, info_from, stem
from lighttrack.formats.spool import Spooled, SpooledWriter, name_of
from lighttrack.formats.timing import Clock
from lighttrack.structures import Skeleton, TrackedVideo, VideoInfo
from lighttrack.structures.types import AnyArray

PIXELS, METRES = "px", "m"

_NAME = re.compile(r"(?P<stem>.*)_id_(?P<id>\d+)")


@dataclass(frozen=True, slots=True)
class Series:
    """One person from the first frame in which they are seen to the last."""

    id: int
    numbers: NDArray[np.int64]
    """`(T,)`: frames; ascending."""
    times: NDArray[np.float64]
    """`(T,)`: seconds."""
    points: AnyArray
    """`(T, K, 3)`: x, y, score; NaN where missing."""


class PeopleWriter(SpooledWriter):
    """Writes `NAME_id_3.trc` and so on into a folder, which is made if it is not there.

    Files of an earlier result of the same video in it are removed: it must not hold people of two
    results. The new ones appear together, when all are whole.
    """

    ending: ClassVar[str]
    """What the files end with."""
    steady: ClassVar[bool]
    """Whether the format has a constant frame rate only."""

    def _begin(self) -> None:
        super()._begin()
        self._name = file_name(self.info.name)
        self.path.mkdir(exist_ok=True)

    @property
    def unit(self) -> str:
        """Of the coordinates: pixels, or metres if the result was scaled."""
        return METRES if self.provenance.get("unit") == METRES else PIXELS

    def _export(self, result: Spooled) -> None:
        clock = Clock.of(result.indices, result.times, self.info.fps or DEFAULT_FPS)
        if self.steady and clock.resampled:
            self.notes.append(
                f"the video's frame rate varies: resampled to a constant {clock.rate:g} frames "
                "per second"
            )
        if not len(result.rows):
            self.notes.append("no person is in the result: the folder is empty")
        with tempfile.TemporaryDirectory(dir=self.path.parent, prefix=".part-") as part:
            for identity, rows in result.people():
                file = Path(part) / f"{self._name}_{name_of(identity)}{self.ending}"
                self._export_person(file, self._series(result, identity, rows, clock), clock)
            self._remove_earlier()
            for file in Path(part).iterdir():
                os.replace(file, self.path / file.name)

    def _remove_earlier(self) -> None:
        for file in self.path.iterdir():
            named = _NAME.fullmatch(file.stem)
            if file.suffix == self.ending and named and named["stem"] == self._name:
                file.unlink()

    def _series(self, result: Spooled, identity: int, rows: AnyArray, clock: Clock) -> Series:
        """A person at a constant rate, or in all frames of the video between first and last."""
        first, last = int(rows["frame"][0]), int(rows["frame"][-1])
        times = result.times[rows["frame"]]
        points = rows["points"].astype(np.float64)
        points[np.isnan(points[..., 0])] = np.nan
        if self.steady:
            frames = int((times[-1] - times[0]) * clock.rate) + 1
            result.require_room(f"the file of person {identity}", frames)
            numbers, points = clock.read(result.indices[rows["frame"]], times, points)
            return Series(identity, numbers, clock.times(numbers), points)
        filled = np.full((last + 1 - first, *points.shape[1:]), np.nan)
        filled[rows["frame"] - first] = points
        span = slice(first, last + 1)
        return Series(identity, result.indices[span], result.times[span], filled)

    @abstractmethod
    def _export_person(self, path: Path, person: Series, clock: Clock) -> None:
        """Write one file."""


def has_files(path: Path, ending: str) -> bool:
    """Whether a folder holds files of people that end so."""
    return path.is_dir() and any(file.suffix == ending for file in path.iterdir())


def people_in(path: Path, ending: str) -> Iterator[tuple[int, Path]]:
    """Each person's id and file, in a folder or of a single file, in the order of their ids.

    Of a file whose name does not end with `_id_N` the id is its place in the folder, from 1.

    Raises:
        FormatError: if the folder holds no such files, or those of several videos.
    """
    files = [path] if path.is_file() else sorted(f for f in path.iterdir() if f.suffix == ending)
    if not files:
        raise FormatError(f"{path} holds no files *{ending}")
    named = [_NAME.fullmatch(file.stem) for file in files]
    stems = sorted({match["stem"] for match in named if match})
    if len(stems) > 1:
        raise FormatError(f"{path} holds people of several videos: {', '.join(stems)}")
    ids = [int(match["id"]) if match else place for place, match in enumerate(named, start=1)]
    if len(set(ids)) < len(ids):
        raise FormatError(f"{path} holds several files of one person")
    yield from sorted(zip(ids, files, strict=True))


def video_of(
    people: Sequence[Series], skeleton: Skeleton, info: VideoInfo, provenance: Any = None
) -> TrackedVideo:
    """The result that people's series make; frames from 0 on, as far as any person is seen."""
    last = max((int(person.numbers[-1]) for person in people if len(person.numbers)), default=-1)
    indices = np.arange(last + 1)
    times = indices / info.fps
    points = np.full((last + 1, len(people), len(skeleton), 3), np.nan, np.float32)
    for column, person in enumerate(people):
        points[person.numbers, column] = person.points
        times[person.numbers] = person.times
    ids = [person.id for person in people]
    frames = frames_of_arrays(skeleton, ids, indices, times, points)
    return TrackedVideo(info, skeleton, frames, provenance or {})


def name_in(path: Path, file: Path, ending: str) -> str:
    """The name of the video that a file is of."""
    named = _NAME.fullmatch(file.stem)
    return named["stem"] if named else stem(path, ending)


def read_people(
    path: Path, ending: str, read_one: Callable[[int, Path], tuple[Series, Skeleton, float]]
) -> tuple[list[Series], Skeleton, VideoInfo]:
    """All people of a folder or file: their series, skeleton, and what is known of the video.

    Raises:
        FormatError: if there are none, or their keypoints or frame rates differ.
    """
    people, skeletons, rates, name = [], [], [], ""
    for identity, file in people_in(path, ending):
        series, skeleton, rate = read_one(identity, file)
        people.append(series)
        skeletons.append(skeleton)
        rates.append(rate)
        name = name_in(path, file, ending)
    if any(each != skeletons[0] for each in skeletons) or len(set(rates)) > 1:
        raise FormatError(f"{path}: people's files differ in keypoints or frame rate")
    return people, skeletons[0], info_from({"name": name, "fps": rates[0]}, path, ending)
