"""TRC, the text of marker trajectories: OpenSim, Pose2Sim, Sports2D, add-ons for Blender.

A file a person. Markers have Pose2Sim's names; y points up as in OpenSim, so -y of the image is
written; z is 0. Missing markers are empty cells.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np

from lighttrack.formats.errors import FormatError
from lighttrack.formats.markers import keypoint_of, marker_of
from lighttrack.formats.people_files import (
    METRES,
    PeopleWriter,
    Series,
    has_files,
    read_people,
    video_of,
)
from lighttrack.formats.reading import skeleton_of
from lighttrack.formats.timing import Clock
from lighttrack.structures import Skeleton, TrackedVideo
from lighttrack.structures.types import AnyArray

SUFFIX = ".trc"

_HEADER = (
    "DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units", "OrigDataRate",
    "OrigDataStartFrame", "OrigNumFrames",
)  # fmt: skip
_FIRST_DATA_LINE = 5


class TrcWriter(PeopleWriter):
    """Writes five lines of header, then a line a frame."""

    ending: ClassVar[str] = SUFFIX
    steady: ClassVar[bool] = True

    def _export_person(self, path: Path, person: Series, clock: Clock) -> None:
        count, markers = len(person.numbers), [marker_of(k) for k in self.skeleton.keypoints]
        markers = [marker.replace("\t", " ") for marker in markers]
        rate = f"{clock.rate:.10g}"
        first = int(person.numbers[0]) + 1
        values = (rate, rate, count, len(markers), self.unit, rate, first, count)
        coordinates = (f"{axis}{i}" for i in range(1, len(markers) + 1) for axis in "XYZ")
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(f"PathFileType\t4\t(X/Y/Z)\t{path.name}\n")
            file.write("\t".join(_HEADER) + "\n" + "\t".join(map(str, values)) + "\n")
            file.write("Frame#\tTime\t" + "\t\t\t".join(markers) + "\t\t\n")
            file.write("\t\t" + "\t".join(coordinates) + "\n")
            file.writelines(self._lines(person))

    def _lines(self, person: Series) -> Iterator[str]:
        decimals = 6 if self.unit == METRES else 3
        numbers, times = (person.numbers + 1).tolist(), person.times.tolist()
        for number, time, points in zip(numbers, times, person.points, strict=True):
            cells = (
                "\t\t" if x != x else f"{x:.{decimals}f}\t{-y or 0.0:.{decimals}f}\t0.0"
                for x, y in points[:, :2].tolist()
            )
            yield f"{number}\t{time:.6f}\t" + "\t".join(cells) + "\n"


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file, or a folder's files, are TRC."""
    return head.startswith(b"PathFileType") or has_files(path, SUFFIX)


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a folder of people, or the file of one; y is turned down again, z is left out.

    Raises:
        FormatError: if a file is no TRC.
    """
    path = Path(path)
    people, skeleton, info = read_people(path, SUFFIX, _read_one)
    return video_of(people, skeleton, info)


def _read_one(identity: int, path: Path) -> tuple[Series, Skeleton, float]:
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) < _FIRST_DATA_LINE or not lines[0].startswith("PathFileType"):
        raise FormatError(f"{path} is no TRC: it has no five lines of header")
    header = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=False))
    markers = [cell for cell in lines[3].split("\t")[2:] if cell.strip()]
    rows = [line for line in lines[_FIRST_DATA_LINE:] if line.strip()]
    try:
        rate = float(header["DataRate"])
        table = np.array([_numbers(line, len(markers)) for line in rows], np.float64)
    except (KeyError, ValueError) as error:
        raise FormatError(f"{path} is no TRC: {error}") from error
    table = table.reshape(len(rows), 2 + 3 * len(markers))
    points = table[:, 2:].reshape(len(rows), len(markers), 3)
    points[..., 1] *= -1
    points[..., 2] = np.where(np.isnan(points[..., 0]), np.nan, 1.0)
    # Frames are counted from the start of the video's time: files begin with 0 or with 1.
    numbers = np.round(table[:, 0]).astype(np.int64) - 1
    if len(numbers) and numbers[0] < 0:
        numbers += 1
    skeleton = skeleton_of([keypoint_of(marker) for marker in markers])
    return Series(identity, numbers, table[:, 1], points), skeleton, rate


def _numbers(line: str, markers: int) -> AnyArray:
    cells = line.split("\t")
    cells += [""] * (2 + 3 * markers - len(cells))
    return np.array([float(cell) if cell.strip() else np.nan for cell in cells[: 2 + 3 * markers]])
