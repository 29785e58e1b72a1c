"""NWB with ndx-pose, for neurophysiology: a file a person, since a file holds one subject.

In the module "behavior" lie the `Skeletons` and one `PoseEstimation` with a series for each
keypoint: x, y in pixels of every frame between the person's first and last, with the frames' own
times; NaN where missing.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from lighttrack._version import __version__
from lighttrack.formats.errors import FormatError
from lighttrack.formats.libraries import library
from lighttrack.formats.names import file_name
from lighttrack.formats.people_files import (
    PeopleWriter,
    Series,
    has_files,
    read_people,
    video_of,
)
from lighttrack.formats.reading import DEFAULT_FPS
from lighttrack.formats.spool import Record, name_of, record_of
from lighttrack.formats.timing import Clock
from lighttrack.structures import Skeleton, TrackedVideo
from lighttrack.structures.types import AnyArray

SUFFIX = ".nwb"

_MODULE, _POSE, _NUMBERS = "behavior", "PoseEstimation", "frame_numbers"


class NwbWriter(PeopleWriter):
    """Writes one subject a file; NWB wants a start of the session, which is the time of writing."""

    ending: ClassVar[str] = SUFFIX
    steady: ClassVar[bool] = False

    def _begin(self) -> None:
        library("ndx_pose")
        super()._begin()

    def _export_person(self, path: Path, person: Series, clock: Clock) -> None:
        pynwb, ndx_pose = library("pynwb"), library("ndx_pose")
        with _quiet():
            name = f"{file_name(self.info.name)}_{name_of(person.id)}"
            file = pynwb.NWBFile(
                session_description=f"poses of person {person.id} in {file_name(self.info.name)}",
                identifier=name,
                session_start_time=datetime.now(UTC),
                notes=record_of(self.info, self.skeleton, self.provenance),
                subject=pynwb.file.Subject(
                    subject_id=name_of(person.id), species="Homo sapiens", sex="U"
                ),
            )
            video = self._source(pynwb, int(person.numbers[-1]) + 1)
            file.add_acquisition(video)
            camera = file.create_device("camera", description="the camera of the video")
            # Their names may not have these two.
            nodes = [_series_name(keypoint) for keypoint in self.skeleton.keypoints]
            skeleton = ndx_pose.Skeleton(
                name="person",
                nodes=nodes,
                edges=np.array(self.skeleton.edges, np.uint8).reshape(-1, 2),
                subject=file.subject,
            )
            series = self._keypoint_series(ndx_pose, nodes, person)
            pose = ndx_pose.PoseEstimation(
                name=_POSE,
                pose_estimation_series=series,
                description="keypoints of one person, by frame",
                source_video=video,
                devices=[camera],
                scorer="lighttrack",
                source_software="lighttrack",
                source_software_version=__version__,
                skeleton=skeleton,
            )
            module = file.create_processing_module(_MODULE, "poses estimated in a video")
            module.add(ndx_pose.Skeletons(skeletons=[skeleton]))
            module.add(pose)
            module.add(
                pynwb.TimeSeries(
                    name=_NUMBERS, data=person.numbers, unit="frame", timestamps=person.times
                )
            )
            with pynwb.NWBHDF5IO(str(path), "w") as io:
                io.write(file)

    def _source(self, pynwb: Any, frames: int) -> Any:
        return pynwb.image.ImageSeries(
            name="source_video",
            description="the video that the poses were estimated in",
            external_file=[(self.info.source or self.info.name).replace("\0", "")],
            format="external",
            starting_frame=[0],
            rate=float(self.info.fps or DEFAULT_FPS),
            num_samples=max(frames, self.info.frame_count or 0),
            dimension=[self.info.width, self.info.height],
            unit="n.a.",
        )

    def _keypoint_series(self, ndx_pose: Any, nodes: list[str], person: Series) -> list[Any]:
        series: list[Any] = []
        for column, node in enumerate(nodes):
            points = person.points[:, column]
            series.append(
                ndx_pose.PoseEstimationSeries(
                    name=node,
                    description=f"x, y of {node}",
                    data=points[:, :2].astype(np.float32),
                    confidence=points[:, 2].astype(np.float32),
                    confidence_definition="score of the pose estimator",
                    unit="pixels",
                    reference_frame="(0, 0) is the upper left corner of the image; y points down",
                    # One array of times for all.
                    timestamps=series[0] if series else person.times,
                )
            )
        return series


def _series_name(keypoint: str) -> str:
    return keypoint.replace("/", " ").replace(":", " ")


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings of hdmf and ndx-pose on what they cache and will rename."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file, or a folder's files, are NWB."""
    if head[:8] != b"\x89HDF\r\n\x1a\n":
        return has_files(path, SUFFIX)
    with library("h5py").File(path, "r") as file:
        return "nwb_version" in file.attrs


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a folder of people, or the file of one.

    Raises:
        FormatError: if a file holds no poses.
        ImportError: if pynwb or ndx-pose is not installed.
    """
    path = Path(path)
    records: list[Record] = []

    def one(identity: int, file: Path) -> tuple[Series, Skeleton, float]:
        series, skeleton, record = _read_one(identity, file)
        records.append(record)
        return series, skeleton, record.info(file, SUFFIX).fps

    people, skeleton, info = read_people(path, SUFFIX, one)
    if records[0].stored:
        info = records[0].info(path, SUFFIX)
    return video_of(people, skeleton, info, records[0].provenance)


def _read_one(identity: int, path: Path) -> tuple[Series, Skeleton, Record]:
    pynwb, ndx_pose = library("pynwb"), library("ndx_pose")
    with _quiet(), pynwb.NWBHDF5IO(str(path), "r") as io:
        file = io.read()
        modules = list(file.processing.values())
        poses = [
            item
            for module in modules
            for item in module.data_interfaces.values()
            if isinstance(item, ndx_pose.PoseEstimation)
        ]
        if not poses:
            raise FormatError(f"{path} holds no PoseEstimation")
        [pose, *_] = poses
        record = Record.of(file.notes)
        nodes = [str(node) for node in pose.skeleton.nodes[:]]
        edges = pose.skeleton.edges[:].tolist() if pose.skeleton.edges is not None else ()
        series = [pose.pose_estimation_series[node] for node in nodes]
        times = _times(series[0])
        points = np.full((len(times), len(nodes), 3), np.nan)
        for column, each in enumerate(series):
            points[:, column, :2] = np.asarray(each.data[:])[:, :2]
            points[:, column, 2] = np.nan if each.confidence is None else each.confidence[:]
        kept = record.stored.get("skeleton", {}).get("keypoints", ())
        same = [_series_name(keypoint) for keypoint in kept] == nodes
        skeleton = record.skeleton(list(kept) if same else nodes, edges)
        fps = record.info(path, SUFFIX).fps
        numbers = np.round(times * fps).astype(np.int64)
        for module in modules:
            if _NUMBERS in module.data_interfaces:
                numbers = np.asarray(module[_NUMBERS].data[:], np.int64)
        return Series(identity, numbers, times, points), skeleton, record


def _times(series: Any) -> AnyArray:
    if series.timestamps is not None:
        return np.asarray(series.timestamps[:], np.float64)
    return np.asarray(series.starting_time + np.arange(len(series.data)) / series.rate)
