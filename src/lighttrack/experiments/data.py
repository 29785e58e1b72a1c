"""The videos of a data set: their frames and their ground truth."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from lighttrack.experiments.plan import Plan
from lighttrack.formats.mot import read_mot
from lighttrack.formats.posetrack import JOINTS, read_sequence
from lighttrack.structures import Boxes, Frame, Poses, VideoInfo, boxes
from lighttrack.structures.skeletons import POSETRACK_15

_ENLARGEMENT = 0.2
"""The paper's boxes: the extent of the keypoints and a fifth of it on each side."""


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

    @property
    def has_frames(self) -> bool:
        """Whether its frames are at hand, and not its ground truth alone."""
        return self.file is not None or bool(self.images)

    def frames(self) -> Iterator[Frame]:
        """Frames whose images carry their numbers, which recorded components read."""
        from lighttrack.models.recorded import numbered

        yield from numbered(self._frames())

    def boxes(self) -> dict[int, Boxes]:
        """The truth's boxes by frame number."""
        if self.kind == "mot":
            rows = read_mot(self.truth, truth=True)
            count = int(rows.frames.max(initial=-1)) + 1
            return {i: b.astype(np.float32) for i, (_, b) in enumerate(rows.by_frame(count))}
        return {index: poses.boxes for index, poses in self.poses().items()}

    def poses(self) -> dict[int, Poses]:
        """The truth's poses by frame number.

        Raises:
            ValueError: if the data set has none.
        """
        if self.kind == "mot":
            raise ValueError(
                f"{self.name}: this data set has no poses, so the estimator must be a network"
            )
        order = [JOINTS.index(name) for name in POSETRACK_15.keypoints]
        found = {}
        for index, frame in enumerate(read_sequence(self.truth).frames):
            points = frame.people.points[:, order].astype(np.float32)
            labelled = np.isfinite(points[..., 0])
            some = labelled.any(axis=1)
            points, labelled = points[some], labelled[some]
            extent = boxes.enlarge(boxes.of_points(points, labelled), _ENLARGEMENT)
            found[index] = Poses(
                POSETRACK_15,
                points,
                labelled.astype(np.float32),
                extent,
                np.ones(len(points), np.float32),
            )
        return found

    def listed_images(self) -> list[dict[str, Any]]:
        """The list `images` of a PoseTrack file: the frames that predictions are made for."""
        images: list[dict[str, Any]] = json.loads(self.truth.read_bytes())["images"]
        return images

    def _frames(self) -> Iterator[Frame]:
        if self.file is not None:
            yield from _decoded(self.file)
            return
        sequence = read_sequence(self.truth)
        times = _times([frame.name for frame in sequence.frames], self.fps)
        if self.images:
            yield from _read(self.images, times)
            return
        from lighttrack.models.recorded import blank_frames

        corners = [frame.people.points.reshape(-1, 2) for frame in sequence.frames]
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
    return [_checked(video, images) for video in chosen]


def every(frames: Iterable[Frame], stride: int) -> Iterator[Frame]:
    """Every `stride`-th frame."""
    return (frame for frame in frames if frame.index % stride == 0)


def frame_numbers(found: Mapping[int, Any], stride: int) -> list[int]:
    """The numbers of every `stride`-th frame of the truth."""
    return [index for index in found if index % stride == 0]


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
    if "images" not in json.loads(video.truth.read_bytes()):
        raise ValueError(f"{video.truth.name}: experiments need the layout of PoseTrack18 or 21")
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
    numbers = [int(PurePosixPath(name).name.split(".")[0]) for name in names]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        numbers = list(range(len(names)))
    return [(number - numbers[0]) / fps for number in numbers]
