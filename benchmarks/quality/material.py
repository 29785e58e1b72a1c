"""The clips with ground truth: images and people that can be changed before tracking."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from lighttrack.formats.mot import read_mot
from lighttrack.structures import Frame, Ids, Image
from lighttrack.structures.types import Reals
from lighttrack.video import open_video

CLIPS: Mapping[str, str] = {
    "TUD-Campus": "gt.txt",
    "PETS09-S2L1": "gt.txt",
    "TownCentre_A": "gt.txt",
    "TownCentre_A-virtual-camera": "gt.txt",
    "SAM2_bedroom": "gt_pseudo.txt",
    "ADL-Rundle-6": "gt.txt",
    "VC_ADL-Rundle-6": "gt.txt",
    "KITTI-17": "gt.txt",
    "SAM3_dancers": "gt_pseudo.txt",
}
"""Clips and the file of their ground truth; its rows of flag 0 are left out."""

People = Sequence[tuple[Ids, Reals]]
"""Ids `(N,)` and boxes `(N, 4)` for each frame."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Images, when they were taken, and who is where."""

    name: str
    width: int
    height: int
    times: Sequence[float]
    """Seconds, for each frame."""
    truth: People
    image: Callable[[int], Image]
    """The image of a frame, from 0."""

    @property
    def fps(self) -> float:
        """Frames per second, on average."""
        return (len(self.times) - 1) / (self.times[-1] - self.times[0])

    def __len__(self) -> int:
        return len(self.times)

    def frames(self) -> Iterator[Frame]:
        """The clip as a tracker sees it."""
        for index, time in enumerate(self.times):
            yield Frame(index, time, np.ascontiguousarray(self.image(index)))


def video_of(clips: Path, name: str) -> Path:
    """The video of a clip."""
    return clips / name / f"{name}.mp4"


def truth_of(clips: Path, name: str, frames: int) -> People:
    """The people of the ground truth in each frame."""
    return read_mot(clips / name / CLIPS[name], truth=True).by_frame(frames)


def decoded(clips: Path, name: str, keep: Path | None = None) -> Clip:
    """A clip decoded once.

    Its images lie in a file that is gone when the clip is, or in the folder `keep`, from which
    they are read the next time.
    """
    # Images come in any order, and again for each variation: on disk they cost no memory.
    if keep is None:
        with tempfile.TemporaryFile() as file:
            times, shape = _decode(clips, name, file)
            images = np.memmap(file, np.uint8, "r", shape=shape)
    else:
        raw, index = keep / f"{name}.rgb", keep / f"{name}.json"
        if not index.exists():
            with raw.open("wb") as file:
                index.write_text(json.dumps(_decode(clips, name, file)), encoding="utf-8")
        times, shape = json.loads(index.read_text(encoding="utf-8"))
        images = np.memmap(raw, np.uint8, "r", shape=tuple(shape))
    truth = truth_of(clips, name, len(times))
    return Clip(name, shape[2], shape[1], times, truth, lambda index: np.asarray(images[index]))


def _decode(clips: Path, name: str, file: IO[bytes]) -> tuple[list[float], tuple[int, ...]]:
    """Write the images of a clip to a file; returns their times and the shape of all."""
    times = []
    with open_video(video_of(clips, name)) as video:
        for frame in video:
            file.write(frame.image.tobytes())
            times.append(frame.time)
    file.flush()
    return times, (len(times), *frame.image.shape)
