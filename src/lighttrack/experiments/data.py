"""The videos of a data set: their frames, and what the truth says of them."""

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
from lighttrack.structures import Boxes, Frame, Poses, TrackedFrame, VideoInfo, boxes
from lighttrack.structures.skeletons import POSETRACK_15

_ENLARGEMENT = 0.2
"""The paper's boxes: the extent of the keypoints and a fifth of it on each side."""


@dataclass(frozen=True, slots=True)
class Video:
    """One video with its truth, and with its frames where there are any."""

    name: str
    kind: str
    truth: Path
    fps: float
    film: Path | None = None
    """The file that holds the frames."""
    pictures: tuple[Path, ...] = ()
    """Or a picture for each frame of the truth, in its order."""

    @property
    def is_visible(self) -> bool:
        """Whether there are frames to be seen, and not a truth alone."""
        return self.film is not None or bool(self.pictures)

    def frames(self) -> Iterator[Frame]:
        """Frames that recorded components can read the number of."""
        from lighttrack.models.recorded import blank_frames, numbered

        if self.film is not None:
            yield from numbered(_opened(self.film))
            return
        file = read_sequence(self.truth)
        times = _times([frame.name for frame in file.frames], self.fps)
        if self.pictures:
            yield from numbered(_read(self.pictures, times))
            return
        corners = [f.people.points.reshape(-1, 2) for f in file.frames]
        far = np.nanmax(np.concatenate([*corners, [[1.0, 1.0]]]), axis=0)
        width, height = (int(side) + 1 for side in far)
        info = VideoInfo(self.name, width=width, height=height, fps=self.fps)
        for frame, time in zip(blank_frames(info, len(times)), times, strict=True):
            yield Frame(frame.index, time, frame.image)

    def boxes(self) -> dict[int, Boxes]:
        """The truth's boxes by frame number."""
        if self.kind == "mot":
            rows = read_mot(self.truth, truth=True)
            count = int(rows.frames.max(initial=-1)) + 1
            return {i: b.astype(np.float32) for i, (_, b) in enumerate(rows.by_frame(count))}
        return {index: poses.boxes for index, poses in self.poses().items()}

    def poses(self) -> dict[int, Poses]:
        """The truth's poses by frame number."""
        if self.kind == "mot":
            raise ValueError(
                f"{self.name}: this data set has no poses, so the estimator must be a network"
            )
        order = [JOINTS.index(name) for name in POSETRACK_15.keypoints]
        found = {}
        for index, frame in enumerate(read_sequence(self.truth).frames):
            points = frame.people.points[:, order].astype(np.float32)
            there = np.isfinite(points[..., 0])
            some = there.any(axis=1)
            points, there = points[some], there[some]
            extent = boxes.enlarge(boxes.of_points(points, there), _ENLARGEMENT)
            found[index] = Poses(
                POSETRACK_15,
                points,
                there.astype(np.float32),
                extent,
                np.ones(len(points), np.float32),
            )
        return found


def videos(plan: Plan, data: Path, pictures: Path | None) -> list[Video]:
    """The videos of a data set.

    Args:
        plan: the experiment; its `videos` choose, all if there are none.
        data: for `posetrack` a folder of JSON, one file per sequence; for `mot` a folder with
            NAME/gt.txt (or NAME/gt_pseudo.txt) and NAME/NAME.mp4.
        pictures: for `posetrack` the folder that `file_name` counts from.

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
    return [_checked(video, pictures) for video in chosen]


class PoseTrackRecorder:
    """Collects tracked frames and writes them as predictions for the frames of a truth file."""

    def __init__(self, truth: Path) -> None:
        self._images = json.loads(truth.read_bytes())["images"]
        self._annotations: list[dict[str, Any]] = []

    def add(self, frame: TrackedFrame) -> None:
        """Take in one frame."""
        image = self._images[frame.index]["id"]
        poses = frame.poses.to(POSETRACK_15)
        for row, identity in enumerate(frame.ids.tolist()):
            points, scores = poses.keypoints[row].astype(float), poses.scores[row].astype(float)
            there = np.isfinite(points[:, 0])
            table = np.concatenate([points, np.ones((len(points), 1))], axis=1)
            table[~there] = 0
            self._annotations.append(
                {
                    "id": len(self._annotations),
                    "image_id": image,
                    "category_id": 1,
                    "track_id": identity,
                    "keypoints": table.round(2).reshape(-1).tolist(),
                    "scores": scores.round(4).tolist(),
                }
            )

    def text(self) -> str:
        """The file."""
        category = {"id": 1, "name": "person", "keypoints": list(POSETRACK_15.keypoints)}
        return json.dumps(
            {"images": self._images, "annotations": self._annotations, "categories": [category]}
        )


class MotRecorder:
    """Collects tracked frames and writes them as MOTChallenge text."""

    def __init__(self) -> None:
        self._rows: list[str] = []

    def add(self, frame: TrackedFrame) -> None:
        """Take in one frame."""
        for identity, box in zip(frame.ids.tolist(), boxes.to_xywh(frame.boxes), strict=True):
            self.add_row(frame.index, identity, box, 1.0)

    def add_row(self, index: int, identity: int, box: Any, score: float) -> None:
        """Take in one box, left, top, width, height."""
        sides = ",".join(f"{side:.2f}" for side in box)
        self._rows.append(f"{index + 1},{identity},{sides},{score:.5f},-1,-1,-1")

    def text(self) -> str:
        """The file."""
        return "\n".join(self._rows) + "\n"


def only(frames: Iterable[Frame], stride: int) -> Iterator[Frame]:
    """Every so many frames."""
    return (frame for frame in frames if frame.index % stride == 0)


def known_frames(found: Mapping[int, Any], stride: int) -> list[int]:
    """The frames of the truth that are looked at."""
    return [index for index in found if index % stride == 0]


def _opened(pictures: Path) -> Iterator[Frame]:
    from lighttrack.video import open_video

    with open_video(str(pictures)) as reader:
        yield from reader


def _clip(truth: Path) -> Video:
    folder = truth.parent
    found = sorted(folder.glob(f"{folder.name}.*"))
    if not found:
        raise ValueError(f"{folder}: holds no video {folder.name}.*")
    return Video(folder.name, "mot", truth, 0.0, film=found[0])


def _checked(video: Video, root: Path | None) -> Video:
    """A PoseTrack sequence with the pictures that its file names, if they are where it says."""
    file = read_sequence(video.truth)
    if file.problems:
        raise ValueError(file.problems[0])
    if file.videos > 1:
        raise ValueError(f"{video.truth.name}: holds {file.videos} videos; give one file per video")
    if "images" not in json.loads(video.truth.read_bytes()):
        raise ValueError(f"{video.truth.name}: experiments need the layout of PoseTrack18 or 21")
    if root is None:
        return video
    pictures = tuple(root / frame.name for frame in file.frames)
    missing = [path for path in pictures if not path.is_file()]
    if missing:
        raise ValueError(
            f"{video.truth.name}: {len(missing)} of its {len(pictures)} pictures are not there, "
            f"the first is {missing[0]}"
        )
    return replace(video, pictures=pictures)


def _read(pictures: Sequence[Path], times: Sequence[float]) -> Iterator[Frame]:
    from lighttrack.video.images import ImageDecoder

    decoder = ImageDecoder()
    for index, (path, time) in enumerate(zip(pictures, times, strict=True)):
        yield Frame(index, time, decoder.read(path))


def _times(names: Sequence[str], fps: float) -> list[float]:
    """Seconds of the frames, by the numbers of their pictures: a file may list every fourth."""
    numbers = [int(PurePosixPath(name).name.split(".")[0]) for name in names]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        numbers = list(range(len(names)))
    return [(number - numbers[0]) / fps for number in numbers]
