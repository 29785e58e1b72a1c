"""netCDF as movement reads it: one array of positions over time, space, keypoint and individual.

movement: neuroinformatics.dev/movement. Beside what it asks for, the file keeps the frames'
numbers, the scores of people and, as JSON in the attribute `lighttrack`, the rest.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack._version import __version__
from lighttrack.formats.dense import frames_of_arrays
from lighttrack.formats.errors import FormatError
from lighttrack.formats.libraries import library
from lighttrack.formats.spool import (
    Record,
    Spooled,
    SpooledWriter,
    identities_of,
    name_of,
    record_of,
)
from lighttrack.formats.writing import replacing_file
from lighttrack.structures import TrackedVideo
from lighttrack.structures.types import AnyArray

SUFFIX = ".movement.nc"

_RECORD = "lighttrack"
_STEADY = 0.01
"""By how much of its average an interval between frames may differ for the rate to be constant."""


class MovementWriter(SpooledWriter):
    """Writes the arrays piece by piece, compressed."""

    def _begin(self) -> None:
        library("h5netcdf")
        super()._begin()

    def _export(self, result: Spooled) -> None:
        ids = result.ids()
        f, k, i = len(result.indices), len(self.skeleton), len(ids)
        result.require_room(self.path.name, f * i)
        with replacing_file(self.path) as part, library("h5netcdf").File(part, "w") as file:
            file.dimensions = {"time": f, "space": 2, "keypoint": k, "individual": i}
            self._describe(file, result)
            _texts(file, "space", ["x", "y"])
            _texts(file, "keypoint", self.skeleton.keypoints)
            _texts(file, "individual", [name_of(identity) for identity in ids])
            place = ("time", "space", "keypoint", "individual")
            position = _floats(file, "position", place)
            confidence = _floats(file, "confidence", ("time", "keypoint", "individual"))
            score = _floats(file, "individual_score", ("time", "individual"))
            for frames, points, scores in result.blocks() if i else ():
                # (time, individual, keypoint, 3) to (time, space, keypoint, individual)
                moved = np.moveaxis(points, (1, 2, 3), (3, 2, 1))
                position[frames] = moved[:, :2]
                confidence[frames] = np.where(np.isnan(moved[:, 0]), np.nan, moved[:, 2])
                score[frames] = scores

    def _describe(self, file: Any, result: Spooled) -> None:
        """Coordinates of time, and the attributes of the whole."""
        file.create_variable("time", ("time",), np.float64, data=result.times)
        file.create_variable("frame", ("time",), np.int64, data=result.indices)
        attributes: dict[str, Any] = {
            "ds_type": "poses",
            "time_unit": "seconds",
            "source_software": f"lighttrack {__version__}",
            "source_file": self.info.source or self.info.name,
            _RECORD: record_of(self.info, self.skeleton, self.provenance),
        }
        if is_steady(result.times):
            attributes["fps"] = float(self.info.fps)
        else:
            self.notes.append("the frame rate varies: the file has the times, but no fps")
        file.attrs.update(attributes)


def is_steady(times: AnyArray) -> bool:
    """Whether frames come at a constant rate."""
    steps = np.diff(times)
    return not len(steps) or bool(np.ptp(steps) <= _STEADY * 2 * steps.mean())


def _texts(file: Any, name: str, values: Any) -> None:
    kind = library("h5py").string_dtype()
    file.create_variable(name, (name,), kind, data=np.array(list(values), object))


def _floats(file: Any, name: str, dimensions: tuple[str, ...]) -> Any:
    sizes = [file.dimensions[each].size for each in dimensions]
    if 0 in sizes:
        return file.create_variable(name, dimensions, np.float32)
    chunk = max(1, min(sizes[0], 262_144 // max(1, int(np.prod(sizes[1:])))))
    return file.create_variable(
        name,
        dimensions,
        np.float32,
        chunks=(chunk, *sizes[1:]),
        compression="gzip",
        compression_opts=1,
    )


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is netCDF of poses; needs h5py for a file of HDF5."""
    if head[:8] != b"\x89HDF\r\n\x1a\n":
        return False
    with library("h5py").File(path, "r") as file:
        return "position" in file and "individual" in file and "keypoint" in file


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a file of poses; boxes are the smallest around the keypoints.

    Raises:
        FormatError: if it holds something else.
        ImportError: if h5netcdf is not installed.
    """
    path = Path(path)
    with library("h5netcdf").File(path, "r", decode_vlen_strings=True) as file:
        if "position" not in file.variables:
            raise FormatError(f"{path} has no variable 'position': it holds no poses")
        record = Record.of(file.attrs.get(_RECORD))
        names = [str(name) for name in file.variables["individual"][...]]
        keypoints = [str(name) for name in file.variables["keypoint"][...]]
        skeleton = record.skeleton(keypoints)
        position = np.asarray(file.variables["position"][...], np.float32)
        f, i = position.shape[0], len(names)
        points = np.full((f, i, len(keypoints), 3), np.nan, np.float32)
        points[..., :2] = np.moveaxis(position[:, :2], (1, 2, 3), (3, 2, 1))
        if "confidence" in file.variables:
            points[..., 2] = _confidence(np.asarray(file.variables["confidence"][...]))
        scores = present = None
        if "individual_score" in file.variables:
            scores = np.asarray(file.variables["individual_score"][...])
            present = np.isfinite(scores)
        times = np.asarray(file.variables["time"][...], np.float64)
        fps = float(file.attrs.get("fps") or _fps(times))
        if str(file.attrs.get("time_unit", "seconds")) == "frames":
            times = times / fps
        indices = np.arange(f)
        if "frame" in file.variables:
            indices = np.asarray(file.variables["frame"][...])
        info = record.info(path, SUFFIX, fps=fps)
    frames = frames_of_arrays(
        skeleton, identities_of(names), indices, times, points, scores, present
    )
    return TrackedVideo(info, skeleton, frames, record.provenance)


def _confidence(stored: AnyArray) -> AnyArray:
    """`(T, I, K)` of what is stored by keypoint, or by person alone."""
    by_keypoint = stored if stored.ndim == 3 else stored[:, None]
    return np.moveaxis(by_keypoint, 1, 2)


def _fps(times: AnyArray) -> float:
    steps = np.diff(times)
    return float(1 / steps.mean()) if len(steps) and steps.mean() > 0 else 25.0
