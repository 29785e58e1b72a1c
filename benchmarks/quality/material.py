"""The clips with ground truth: pictures and people that can be changed before tracking."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
    """Pictures, when they were taken, and who is where."""

    name: str
    width: int
    height: int
    times: Sequence[float]
    """Seconds, for each frame."""
    truth: People
    picture: Callable[[int], Image]
    """The picture of a frame, from 0."""

    @property
    def fps(self) -> float:
        """Frames per second, on average."""
        return (len(self.times) - 1) / (self.times[-1] - self.times[0])

    def __len__(self) -> int:
        return len(self.times)

    def frames(self) -> Iterator[Frame]:
        """The clip as a tracker sees it."""
        for index, time in enumerate(self.times):
            yield Frame(index, time, np.ascontiguousarray(self.picture(index)))


def video_of(clips: Path, name: str) -> Path:
    """The video of a clip."""
    return clips / name / f"{name}.mp4"


def truth_of(clips: Path, name: str, frames: int) -> People:
    """The people of the ground truth in each frame."""
    return read_mot(clips / name / CLIPS[name], truth=True).by_frame(frames)


def decoded(clips: Path, name: str) -> Clip:
    """A clip decoded once; its pictures lie in a file that is gone when the clip is."""
    times = []
    # Pictures come in any order, and again for each variation: on disk they cost no memory.
    with tempfile.TemporaryFile() as file, open_video(video_of(clips, name)) as video:
        for frame in video:
            file.write(frame.image.tobytes())
            times.append(frame.time)
        file.flush()
        shape = (len(times), *frame.image.shape)
        pictures = np.memmap(file, np.uint8, "r", shape=shape)
    truth = truth_of(clips, name, len(times))
    return Clip(name, shape[2], shape[1], times, truth, lambda index: np.asarray(pictures[index]))
