"""SLEAP's analysis HDF5: dense arrays of tracks, which SLEAP, movement and others read.

Arrays have the order that SLEAP writes by default, for MATLAB: tracks, x and y, nodes, frames.
"""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack._version import __version__
from lighttrack.formats.dense import frames_of_arrays
from lighttrack.formats.errors import FormatError
from lighttrack.formats.libraries import library
from lighttrack.formats.reading import DEFAULT_FPS
from lighttrack.formats.spool import (
    Record,
    Spooled,
    SpooledWriter,
    identities_of,
    name_of,
    record_of,
)
from lighttrack.formats.writing import replacing_file, to_json
from lighttrack.structures import TrackedVideo
from lighttrack.structures.types import AnyArray

SUFFIX = ".analysis.h5"

_RECORD, _TIMES, _FRAMES = "lighttrack", "frame_times", "frame_numbers"


class SleapWriter(SpooledWriter):
    """Writes the arrays piece by piece, compressed.

    SLEAP counts frames by their place, so frames that the result lacks in between are empty ones;
    frames before the first keep their places too.
    """

    def _begin(self) -> None:
        library("h5py")
        super()._begin()

    def _export(self, result: Spooled) -> None:
        h5py = library("h5py")
        ids, k = result.ids(), len(self.skeleton)
        f = int(result.indices[-1]) + 1 if len(result.indices) else 0
        result.require_room(self.path.name, f * len(ids))
        with replacing_file(self.path) as part, h5py.File(part, "w") as file:
            self._describe(file, ids)
            sizes: dict[str, tuple[tuple[int, ...], Any]] = {
                "tracks": ((len(ids), 2, k, f), np.nan),
                "point_scores": ((len(ids), k, f), np.nan),
                "instance_scores": ((len(ids), f), np.nan),
                "tracking_scores": ((len(ids), f), np.nan),
                "track_occupancy": ((f, len(ids)), 0),
            }
            arrays = {
                name: _dataset(file, name, shape, empty) for name, (shape, empty) in sizes.items()
            }
            for frames, points, scores in result.blocks() if ids else ():
                places = result.indices[frames]
                moved = np.moveaxis(points, 0, 3)  # (I, K, 3, T)
                missing = np.isnan(moved[:, :, 0])
                parts = {
                    "tracks": np.moveaxis(moved[:, :, :2], 2, 1),
                    "point_scores": np.where(missing, np.nan, moved[:, :, 2]),
                    "instance_scores": scores.T,
                    "tracking_scores": scores.T,
                    "track_occupancy": np.isfinite(scores).astype(np.uint8),
                }
                for name, values in parts.items():
                    for piece, run in _runs(places):
                        if name == "track_occupancy":
                            arrays[name][run] = values[piece]
                        else:
                            arrays[name][..., run] = values[..., piece]
            file.create_dataset(_TIMES, data=result.times)
            file.create_dataset(_FRAMES, data=result.indices)

    def _describe(self, file: Any, ids: list[int]) -> None:
        nodes, edges = self.skeleton.keypoints, self.skeleton.edges
        names = [[nodes[a], nodes[b]] for a, b in edges]
        texts = {
            "track_names": [name_of(identity) for identity in ids],
            "node_names": list(nodes),
            "edge_names": names,
        }
        for name, values in texts.items():
            data = np.char.encode(np.array(values, np.str_), "utf-8") if values else None
            if data is None:
                file.create_dataset(name, shape=(0,), dtype="S1")
            else:
                file.create_dataset(name, data=data)
        file.create_dataset("edge_inds", data=np.array(edges, np.int64).reshape(-1, 2))
        file["video_path"] = self.info.source or self.info.name
        file["video_ind"] = 0
        file["labels_path"] = ""
        # SLEAP shows this text as it is; ours is beside it, whole.
        program = {"program": "lighttrack", "version": __version__}
        file["provenance"] = to_json(program)
        file[_RECORD] = record_of(self.info, self.skeleton, self.provenance)


def _runs(places: AnyArray) -> Iterator[tuple[slice, slice]]:
    """Stretches of places that follow one another: where they lie among the places, and which."""
    breaks = np.flatnonzero(np.diff(places) != 1) + 1
    for begin, end in pairwise([0, *breaks.tolist(), len(places)]):
        first = int(places[begin])
        yield slice(begin, end), slice(first, first + end - begin)


def _dataset(file: Any, name: str, shape: tuple[int, ...], empty: float) -> Any:
    kind = np.uint8 if name == "track_occupancy" else np.float32
    if 0 in shape:
        return file.create_dataset(name, shape=shape, dtype=kind)
    chunks: tuple[int, ...] = (min(shape[0], 4096), *shape[1:])
    if name != "track_occupancy":
        numbers = int(np.prod(shape[1:-1])) if len(shape) > 2 else 1
        chunks = (1, *shape[1:-1], max(1, min(shape[-1], 262_144 // numbers)))
    return file.create_dataset(
        name, shape=shape, dtype=kind, chunks=chunks, fillvalue=empty, compression="gzip",
        compression_opts=1,
    )  # fmt: skip


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is HDF5 with tracks and their occupancy."""
    if head[:8] != b"\x89HDF\r\n\x1a\n":
        return False
    with library("h5py").File(path, "r") as file:
        return "track_occupancy" in file and "tracks" in file


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read an analysis file; boxes are the smallest around the keypoints.

    Times are those of 25 frames per second where the file was not written by us.

    Raises:
        FormatError: if it holds something else.
        ImportError: if h5py is not installed.
    """
    path = Path(path)
    with library("h5py").File(path, "r") as file:
        lacking = [name for name in ("tracks", "track_names", "node_names") if name not in file]
        if lacking:
            raise FormatError(f"{path} is no analysis file of SLEAP: it lacks {lacking}")
        record = Record.of(file[_RECORD][()] if _RECORD in file else None)
        nodes, names = _words(file["node_names"]), _words(file["track_names"])
        edges = np.array(file["edge_inds"]).tolist() if "edge_inds" in file else ()
        tracks = np.asarray(file["tracks"], np.float32)
        f = tracks.shape[-1]
        points = np.full((f, len(names), len(nodes), 3), np.nan, np.float32)
        if names:
            points[..., :2] = np.moveaxis(tracks, (0, 1, 2, 3), (1, 3, 2, 0))
            if "point_scores" in file:
                points[..., 2] = np.moveaxis(np.array(file["point_scores"]), (0, 1, 2), (1, 2, 0))
        scores = np.array(file["instance_scores"]).T if "instance_scores" in file else None
        present = np.array(file["track_occupancy"]).astype(bool)
        if present.shape != (f, len(names)):  # as SLEAP stores it with --order python
            present = present.T
        info = record.info(path, SUFFIX)
        skeleton = record.skeleton(nodes, edges)
        indices, times = np.arange(f), np.arange(f) / (info.fps or DEFAULT_FPS)
        if _FRAMES in file:
            indices, times = np.array(file[_FRAMES]), np.array(file[_TIMES])
            points, present = points[indices], present[indices]
            scores = None if scores is None else scores[indices]
    frames = frames_of_arrays(
        skeleton, identities_of(names), indices, times, points, scores, present
    )
    return TrackedVideo(info, skeleton, frames, record.provenance)


def _words(stored: Any) -> list[str]:
    words = stored[()].tolist()
    return [word.decode("utf-8") if isinstance(word, bytes) else str(word) for word in words]
