"""C3D, the binary of marker trajectories, for biomechanics: a file a person, written by ezc3d.

Markers have Pose2Sim's names; y points up, so -y of the image is written; z is 0. A missing marker
has a residual of -1, the format's own sign for it.
"""

import os
from pathlib import Path
from typing import ClassVar

import numpy as np

from lighttrack.formats.errors import FormatError
from lighttrack.formats.libraries import library
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

SUFFIX = ".c3d"

MOST_FRAMES = 65_535
"""Frames that C3D can count: its header has 16 bits for their number."""

_GROUP = "LIGHTTRACK"


class C3dWriter(PeopleWriter):
    """Writes POINT:RATE, LABELS, UNITS and the screen's axes beside the coordinates."""

    ending: ClassVar[str] = SUFFIX
    steady: ClassVar[bool] = True

    def _begin(self) -> None:
        library("ezc3d")
        super()._begin()

    def _export_person(self, path: Path, person: Series, clock: Clock) -> None:
        count = len(person.numbers)
        if count > MOST_FRAMES:
            raise FormatError(
                f"person {person.id} is followed through {count} frames; C3D counts at most "
                f"{MOST_FRAMES}: write trc or parquet, or track a part of the video"
            )
        c3d = library("ezc3d").c3d()
        # Others show millimetres right; pixels are their own unit.
        factor = 1000.0 if self.unit == METRES else 1.0
        point = c3d["parameters"]["POINT"]
        point["RATE"]["value"] = [clock.rate]
        point["LABELS"]["value"] = [marker_of(k) for k in self.skeleton.keypoints]
        point["UNITS"]["value"] = ["mm" if self.unit == METRES else self.unit]
        c3d.add_parameter("POINT", "X_SCREEN", ["+X"])
        c3d.add_parameter("POINT", "Y_SCREEN", ["+Y"])
        first = int(person.numbers[0])
        c3d.add_parameter(_GROUP, "FIRST_FRAME", [float(first)])
        c3d.add_parameter(_GROUP, "START_TIME", [float(person.times[0])])
        # Behind the header's 16 bits the first frame is known from our parameter alone.
        if first + count <= MOST_FRAMES:
            c3d["header"]["points"]["first_frame"] = first
        points = np.full((4, len(self.skeleton), count), np.nan)
        points[0] = person.points[..., 0].T * factor
        points[1] = -person.points[..., 1].T * factor
        points[2] = np.where(np.isnan(points[0]), np.nan, 0.0)
        points[3] = 1.0
        c3d["data"]["points"] = points
        residuals = np.where(np.isnan(points[0]), -1.0, 0.0)[None]
        c3d["data"]["meta_points"]["residuals"] = residuals
        c3d.write(str(path))


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file, or a folder's files, are C3D."""
    # The second byte of the header says that it is one.
    return (head[1:2] == b"P" and head[:1] < b"\x20") or has_files(path, SUFFIX)


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a folder of people, or the file of one; y is turned down again, z is left out.

    Raises:
        FormatError: if a file is no C3D.
        ImportError: if ezc3d is not installed.
    """
    path = Path(path)
    people, skeleton, info = read_people(path, SUFFIX, _read_one)
    return video_of(people, skeleton, info)


def _read_one(identity: int, path: Path) -> tuple[Series, Skeleton, float]:
    try:
        c3d = library("ezc3d").c3d(str(path))
    except (OSError, RuntimeError, ValueError) as error:
        raise FormatError(f"{path} is no C3D: {error}") from error
    point = c3d["parameters"]["POINT"]
    rate = float(point["RATE"]["value"][0])
    labels = list(point["LABELS"]["value"])
    values: AnyArray = np.array(c3d["data"]["points"], np.float64)
    factor = 0.001 if point["UNITS"]["value"][:1] == ["mm"] and _GROUP in c3d["parameters"] else 1.0
    points = np.moveaxis(values[:3], (0, 1, 2), (2, 1, 0))[:, : len(labels)] * factor
    points[..., 1] *= -1
    points[..., 2] = np.where(np.isnan(points[..., 0]), np.nan, 1.0)
    first, start = int(c3d["header"]["points"]["first_frame"]), None
    if _GROUP in c3d["parameters"]:
        ours = c3d["parameters"][_GROUP]
        first = int(ours["FIRST_FRAME"]["value"][0])
        start = float(ours["START_TIME"]["value"][0])
    numbers = first + np.arange(len(points))
    times = numbers / rate if start is None else start + np.arange(len(points)) / rate
    skeleton = skeleton_of([keypoint_of(label) for label in labels])
    return Series(identity, numbers, times, points), skeleton, rate
