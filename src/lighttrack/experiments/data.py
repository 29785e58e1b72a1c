"""The videos of a data set: their frames and their ground truth."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from lighttrack.experiments.cameras import STILL, moved, people_seen, views_of
from lighttrack.experiments.plan import Plan
from lighttrack.experiments.truth import is_labelled, people_of_frames, poses_of
from lighttrack.formats.mot import read_mot
from lighttrack.formats.posetrack import SequenceFile, read_sequence
from lighttrack.formats.posetrack.annotations import People
from lighttrack.structures import Boxes, Frame, Poses, VideoInfo
from lighttrack.structures.types import Reals


@dataclass(frozen=True, slots=True)
class Video:
    """One video with its ground truth, and with its frames where they are at hand."""

    name: str
    kind: str
    """`posetrack` or `mot`."""
    truth: Path
    """The file of the ground truth."""
    fps: float
    """Frames per second, where the file of the frames does not say it."""
    file: Path | None = None
    """The file that holds the frames."""
    images: tuple[Path, ...] = ()
    """Or an image for each frame of the truth, in its order."""
    camera: str = STILL
    """One of `cameras.CAMERAS`, which sees the ground truth."""
    layout: int = 2018
    """Of PoseTrack's files: 2017 or 2018."""

    @property
    def has_frames(self) -> bool:
        """Whether its frames are at hand, and not its ground truth alone."""
        return self.file is not None or bool(self.images)

    def frames(self) -> Iterator[Frame]:
        """Frames whose images carry their numbers, which recorded components read."""
        from lighttrack.models.recorded import numbered

        yield from numbered(self._frames())

    def boxes(self) -> dict[int, Boxes]:
        """The truth's boxes by frame number, of unlabelled frames as `poses` has them."""
        if self.kind == "mot":
            rows = read_mot(self.truth, truth=True)
            count = int(rows.frames.max(initial=-1)) + 1
            return {i: b.astype(np.float32) for i, (_, b) in enumerate(rows.by_frame(count))}
        return {index: poses.boxes for index, poses in self.poses().items()}

    def poses(self) -> dict[int, Poses]:
        """The truth's poses by frame number; in unlabelled frames, of the labelled ones around.

        Raises:
            ValueError: if the data set has none.
        """
        if self.kind == "mot":
            raise ValueError(
                f"{self.name}: this data set has no poses, so the estimator must be a network"
            )
        return {index: poses_of(people) for index, people in enumerate(self._people())}

    def sequence(self) -> SequenceFile:
        """The annotations that a result is scored against, as the camera sees them."""
        return moved(_sequence(self.truth), self.camera)

    def labelled(self) -> list[int]:
        """The numbers of the frames that are scored."""
        if self.kind == "mot":
            return list(self.boxes())
        return [i for i, frame in enumerate(self.sequence().frames) if is_labelled(frame)]

    def regions(self) -> dict[int, tuple[Reals, ...]]:
        """The polygons by frame number in which nothing counts."""
        if self.kind == "mot":
            return {}
        return {i: frame.regions for i, frame in enumerate(self.sequence().frames)}

    def listed_images(self) -> list[dict[str, Any]]:
        """The images that predictions are made for, as the layout of the truth lists them."""
        data = json.loads(self.truth.read_bytes())
        images: list[dict[str, Any]] = data["images"] if "images" in data else data["annolist"]
        return images

    def _people(self) -> tuple[People, ...]:
        sequence = _sequence(self.truth)
        times = _times([frame.name for frame in sequence.frames], self.fps)
        views = views_of(sequence, self.camera)
        people = people_of_frames(sequence.frames, times)
        return tuple(people_seen(some, view) for some, view in zip(people, views, strict=True))

    def _frames(self) -> Iterator[Frame]:
        if self.file is not None:
            yield from _decoded(self.file)
            return
        sequence = self.sequence()
        times = _times([frame.name for frame in sequence.frames], self.fps)
        if self.images:
            yield from _read(self.images, times)
            return
        from lighttrack.models.recorded import blank_frames

        corners = [people.points.reshape(-1, 2) for people in self._people()]
        far = np.nanmax(np.concatenate([*corners, [[1.0, 1.0]]]), axis=0)
        width, height = (int(side) + 1 for side in far)
        info = VideoInfo(self.name, width=width, height=height, fps=self.fps)
        for frame, time in zip(blank_frames(info, len(times)), times, strict=True):
            yield Frame(frame.index, time, frame.image)


def find_videos(plan: Plan, data: Path, images: Path | None = None) -> list[Video]:
    """The videos of a data set.

    Args:
        plan: the experiment; its `videos` choose, all if there are none.
        data: for `posetrack` a folder of JSON, one file per sequence; for `mot` a folder with
            NAME/gt.txt and NAME/NAME.mp4.
        images: for `posetrack` the folder that `file_name` counts from.

    Raises:
        ValueError: if there are none, or one is missing.
    """
    if not data.is_dir():
        raise ValueError(f"no such folder: {data}")
    if plan.kind == "mot":
        found = {path.parent.name: _clip(path) for path in sorted(data.glob("*/gt.txt"))}
    else:
        found = {
            path.stem: Video(path.stem, "posetrack", path, plan.fps)
            for path in sorted(data.glob("*.json"))
        }
    if not found:
        wanted = "NAME/gt.txt" if plan.kind == "mot" else "NAME.json"
        raise ValueError(f"{data}: no {wanted} is in this folder")
    missing = [name for name in plan.videos if name not in found]
    if missing:
        raise ValueError(f"{data}: lacks {', '.join(missing)}; it has {', '.join(found)}")
    chosen = [found[name] for name in plan.videos or found]
    if plan.kind == "mot":
        return chosen
    checked = [_checked(video, images) for video in chosen]
    if not any(video.labelled() for video in checked):
        raise ValueError(f"{data}: no frame is labelled, so there is nothing to score")
    return checked


def every(frames: Iterable[Frame], stride: int) -> Iterator[Frame]:
    """Every `stride`-th frame."""
    return (frame for frame in frames if frame.index % stride == 0)


def _sequence(path: Path) -> SequenceFile:
    """A file of annotations; a cell asks for it several times, and reading takes as long as it."""
    return _read_as_of(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read_as_of(path: Path, modified: int) -> SequenceFile:
    return read_sequence(path)


def _decoded(file: Path) -> Iterator[Frame]:
    from lighttrack.video import open_video

    with open_video(str(file)) as reader:
        yield from reader


def _clip(truth: Path) -> Video:
    folder = truth.parent
    found = sorted(folder.glob(f"{folder.name}.*"))
    if not found:
        raise ValueError(f"{folder}: holds no video {folder.name}.*")
    return Video(folder.name, "mot", truth, 0.0, file=found[0])


def _checked(video: Video, root: Path | None) -> Video:
    """A PoseTrack sequence with the images that its file names, if a folder of them is given."""
    sequence = read_sequence(video.truth)
    if sequence.problems:
        raise ValueError(sequence.problems[0])
    if sequence.videos > 1:
        raise ValueError(
            f"{video.truth.name}: holds {sequence.videos} videos; give one file per video"
        )
    video = replace(video, layout=sequence.layout)
    if root is None:
        return video
    images = tuple(root / frame.name for frame in sequence.frames)
    missing = [path for path in images if not path.is_file()]
    if missing:
        raise ValueError(
            f"{video.truth.name}: {len(missing)} of its {len(images)} images are missing, "
            f"the first is {missing[0]}"
        )
    return replace(video, images=images)


def _read(images: Sequence[Path], times: Sequence[float]) -> Iterator[Frame]:
    from lighttrack.video.images import ImageDecoder

    decoder = ImageDecoder()
    for index, (path, time) in enumerate(zip(images, times, strict=True)):
        yield Frame(index, time, decoder.read(path))


def _times(names: Sequence[str], fps: float) -> list[float]:
    """Seconds of the frames, by the numbers of their images: a file may list every fourth."""
    stems = [PurePosixPath(name).name.split(".")[0] for name in names]
    numbers = [int(stem) for stem in stems if stem.isdecimal()]
    if len(numbers) < len(names) or any(b <= a for a, b in pairwise(numbers)):
        numbers = list(range(len(names)))
    return [(number - numbers[0]) / fps for number in numbers]
