"""The table of formats: how each is read and written, recognised, and what it cannot hold."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from lighttrack.formats import (
    c3d,
    coco,
    jsonl,
    kinetics,
    mmpose,
    mot,
    movement,
    ntu,
    nwb,
    openpose,
    parquet,
    posetrack,
    pyskl,
    rerun,
    sleap,
    table,
    trc,
)
from lighttrack.formats.errors import FormatError
from lighttrack.formats.libraries import library
from lighttrack.formats.writing import TracksWriter
from lighttrack.structures import Skeleton, TrackedVideo, VideoInfo


class OpenWriter(Protocol):
    """Begins a file; see `TracksWriter` for the arguments."""

    def __call__(
        self,
        path: str | os.PathLike[str],
        info: VideoInfo,
        skeleton: Skeleton,
        provenance: Mapping[str, Any] | None = None,
        /,
    ) -> TracksWriter:
        """A writer that takes frames one by one."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format of tracks: how it is read and written, and what it cannot hold."""

    name: str
    suffix: str
    """What files (or folders) of the format end with, after the name of the video."""

    summary: str
    """The format in one line."""

    loses: str
    """What of a result the format has no place for; empty if it has one for everything."""

    read: Callable[[str | os.PathLike[str]], TrackedVideo]
    open: OpenWriter
    recognises: Callable[[Path, bytes], bool] | None = None
    """Whether a file or folder is of this format, by its first bytes; None: see `detect`."""

    libraries: tuple[str, ...] = ()
    """Modules that reading and writing need beyond what lighttrack always has."""

    def path_in(self, folder: Path, name: str) -> Path:
        """Where in a folder the result of the video of that name belongs."""
        return folder / f"{name}{self.suffix}"

    def require_libraries(self) -> None:
        """Import what the format needs.

        Raises:
            ImportError: naming the extra that installs what is missing.
        """
        for name in self.libraries:
            library(name)


_PEOPLE_LOSE = "states, key frames, boxes, scores of people"

_BUILT_IN = (
    Format(
        name="jsonl",
        suffix=jsonl.SUFFIX,
        summary="lighttrack's own: a header, then a line of JSON a frame",
        loses="",
        read=jsonl.read,
        open=jsonl.JsonlWriter,
    ),
    Format(
        name="posetrack",
        suffix=posetrack.SUFFIX,
        summary="PoseTrack18 JSON, 17 keypoints of that benchmark",
        loses="key frames, keypoints beyond PoseTrack's 17",
        read=posetrack.read,
        open=posetrack.PoseTrackWriter,
    ),
    Format(
        name="posetrack17",
        suffix=posetrack.SUFFIX_2017,
        summary="PoseTrack17 JSON (`annolist`), 15 keypoints of that benchmark",
        loses="key frames, keypoints beyond PoseTrack's 15",
        read=posetrack.read,
        open=posetrack.PoseTrack17Writer,
    ),
    Format(
        name="coco",
        suffix=coco.SUFFIX,
        summary="COCO keypoint annotations with a track_id",
        loses="key frames, keypoints beyond COCO's 17",
        read=coco.read,
        open=coco.CocoWriter,
    ),
    Format(
        name="mot",
        suffix=mot.SUFFIX,
        summary="MOTChallenge text: boxes and identities",
        loses="poses, times, key frames, states, provenance, the video's size",
        read=mot.read,
        open=mot.MotWriter,
    ),
    Format(
        name="openpose",
        suffix=openpose.SUFFIX,
        summary="OpenPose JSON, a file a frame, 25 keypoints",
        loses="boxes, scores of people, times, key frames, states, provenance, "
        "the video's size, keypoints beyond OpenPose's 25",
        read=openpose.read,
        open=openpose.OpenPoseWriter,
    ),
    Format(
        name="csv",
        suffix=table.SUFFIX,
        summary="a table with a row for each person of each frame",
        loses="times of frames without people, provenance, the video's size, "
        "edges of skeletons that are not built in",
        read=table.read,
        open=table.TableWriter,
    ),
)

_OF_TOOLS = (
    Format(
        name="parquet",
        suffix=parquet.SUFFIX,
        summary="Parquet, a row for each keypoint of each person of each frame",
        loses="the box that each pose was estimated in",
        read=parquet.read,
        open=parquet.ParquetWriter,
        recognises=parquet.recognises,
        libraries=("pyarrow",),
    ),
    Format(
        name="movement",
        suffix=movement.SUFFIX,
        summary="netCDF for movement and xarray, dense arrays",
        loses="states, key frames, boxes",
        read=movement.read,
        open=movement.MovementWriter,
        recognises=movement.recognises,
        libraries=("h5py", "h5netcdf"),
    ),
    Format(
        name="sleap",
        suffix=sleap.SUFFIX,
        summary="SLEAP's analysis HDF5, dense arrays",
        loses="states, key frames, boxes",
        read=sleap.read,
        open=sleap.SleapWriter,
        recognises=sleap.recognises,
        libraries=("h5py",),
    ),
    Format(
        name="trc",
        suffix=trc.SUFFIX,
        summary="TRC marker trajectories for OpenSim and Pose2Sim, a file a person",
        loses=f"{_PEOPLE_LOSE}, scores of keypoints, provenance, the video's size, variable rates",
        read=trc.read,
        open=trc.TrcWriter,
        recognises=trc.recognises,
    ),
    Format(
        name="c3d",
        suffix=c3d.SUFFIX,
        summary="C3D marker trajectories, a file a person",
        loses=f"{_PEOPLE_LOSE}, scores of keypoints, provenance, the video's size, variable rates",
        read=c3d.read,
        open=c3d.C3dWriter,
        recognises=c3d.recognises,
        libraries=("ezc3d",),
    ),
    Format(
        name="nwb",
        suffix=nwb.SUFFIX,
        summary="NWB with ndx-pose, a file a person",
        loses=_PEOPLE_LOSE,
        read=nwb.read,
        open=nwb.NwbWriter,
        recognises=nwb.recognises,
        libraries=("h5py", "pynwb", "ndx_pose"),
    ),
    Format(
        name="rerun",
        suffix=rerun.SUFFIX,
        summary="a recording for rerun's viewer",
        loses="edges of skeletons that are not built in",
        read=rerun.read,
        open=rerun.RerunWriter,
        recognises=rerun.recognises,
        libraries=("rerun",),
    ),
    Format(
        name="pyskl",
        suffix=pyskl.SUFFIX,
        summary="a pickle for PYSKL and mmaction2, COCO's 17 keypoints",
        loses=f"{_PEOPLE_LOSE}, keypoints beyond COCO's 17",
        read=pyskl.read,
        open=pyskl.PysklWriter,
        recognises=pyskl.recognises,
    ),
    Format(
        name="kinetics",
        suffix=kinetics.SUFFIX,
        summary="Kinetics-skeleton JSON for ST-GCN, OpenPose's 18 keypoints",
        loses=f"{_PEOPLE_LOSE}, keypoints beyond OpenPose's 18",
        read=kinetics.read,
        open=kinetics.KineticsWriter,
        recognises=kinetics.recognises,
    ),
    Format(
        name="ntu",
        suffix=ntu.SUFFIX,
        summary="NTU RGB+D's .skeleton text, Kinect's 25 joints",
        loses=f"{_PEOPLE_LOSE}, exact scores, times, provenance, keypoints beyond Kinect's 25",
        read=ntu.read,
        open=ntu.NtuWriter,
        recognises=ntu.recognises,
    ),
)

FORMATS: Mapping[str, Format] = MappingProxyType(
    {format_.name: format_ for format_ in (*_BUILT_IN, *_OF_TOOLS)}
)


def _not_written(*_: Any) -> TracksWriter:
    raise FormatError(f"mmpose's JSON is read, not written; formats to write: {', '.join(FORMATS)}")


READ_ONLY: Mapping[str, Format] = MappingProxyType(
    {
        "mmpose": Format(
            name="mmpose",
            suffix=mmpose.SUFFIX,
            summary="results of mmpose's inferencers",
            loses="",
            read=mmpose.read,
            open=_not_written,
        )
    }
)
"""Formats of other tools that are recognised and read, but not written."""

ENDINGS = {"jsonl": ".jsonl", "mot": ".txt", "movement": ".nc", "pyskl": ".pkl"}
"""What files of a format may end with besides its full suffix."""


def format_named(name: str) -> Format:
    """The format of that name.

    Raises:
        ValueError: naming the formats that exist.
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise ValueError(f"unknown format {name!r}; known: {', '.join(FORMATS)}") from None
