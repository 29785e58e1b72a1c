"""NTU RGB+D's `.skeleton` text: Kinect's 25 joints a body, a file a video.

Of a joint's twelve numbers only `colorX`, `colorY` (pixels of the image) and `trackingState` (2:
seen, 1: doubtful, 0: not there) can be known from an image; everything in metres, depth and
orientation is 0, and so are joints that the skeleton lacks.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np

from lighttrack.formats.errors import FormatError
from lighttrack.formats.reading import Person, frame_of, info_from
from lighttrack.formats.writing import COORDINATE_DECIMALS, TracksWriter, replacing_file
from lighttrack.structures import Skeleton, TrackedFrame, TrackedVideo
from lighttrack.structures.skeletons import mapping
from lighttrack.structures.types import AnyArray

SUFFIX = ".skeleton"

_DOUBTFUL = 0.3
"""Score below which a joint counts as inferred, not seen."""

JOINTS = (
    "mid_hip", "mid_spine", "neck", "nose", "left_shoulder", "left_elbow", "left_wrist",
    "left_hand", "right_shoulder", "right_elbow", "right_wrist", "right_hand", "left_hip",
    "left_knee", "left_ankle", "left_foot_index", "right_hip", "right_knee", "right_ankle",
    "right_foot_index", "spine_shoulder", "left_index", "left_thumb", "right_index", "right_thumb",
)  # fmt: skip
"""Our keypoint for each of the 25 joints, in their order: base of the spine, middle of the spine,
neck, head, arms, legs, spine at the shoulders, tips of the hands and thumbs. The head is the nose;
the middle of the spine, the spine at the shoulders and the hands have no keypoint of ours."""

_EDGES = (
    (0, 1), (1, 20), (20, 2), (2, 3), (20, 4), (4, 5), (5, 6), (6, 7), (20, 8), (8, 9), (9, 10),
    (10, 11), (0, 12), (12, 13), (13, 14), (14, 15), (0, 16), (16, 17), (17, 18), (18, 19),
    (7, 21), (6, 22), (11, 23), (10, 24),
)  # fmt: skip


def _mirror(name: str) -> str:
    swapped = {"left": "right", "right": "left"}
    side, _, part = name.partition("_")
    return f"{swapped[side]}_{part}" if side in swapped else name


NTU_25 = Skeleton(
    name="ntu-25",
    keypoints=JOINTS,
    edges=_EDGES,
    mirror=tuple(JOINTS.index(_mirror(name)) for name in JOINTS),
    sigmas=(0.079,) * len(JOINTS),
)

_BODY = re.compile(rb"\d+\s*\r?\n\d+\s*\r?\n")


class NtuWriter(TracksWriter):
    """Collects bodies on disk: the file begins with the number of frames."""

    def _begin(self) -> None:
        self._body: IO[str] = tempfile.TemporaryFile(  # noqa: SIM115
            "w+", encoding="ascii", newline="\n", dir=self.path.parent
        )
        self._frames = 0
        lacking = ~mapping(self.skeleton, NTU_25).any(axis=1)
        self.notes.append(
            "positions are in the columns of the colour image; x, y, z, depth and orientations "
            f"are 0, and so are {int(lacking.sum())} of 25 joints that {self.skeleton.name} lacks"
        )

    def _write(self, frame: TrackedFrame) -> None:
        # Frames have no numbers: those left out in between are frames without people.
        self._body.write("0\n" * (frame.index - self._frames))
        self._frames = frame.index + 1
        poses = frame.poses.to(NTU_25)
        self._body.write(f"{len(frame)}\n")
        for row, identity in enumerate(frame.ids.tolist()):
            self._body.write(f"{identity} 0 0 0 0 0 0 0 0 2\n{len(JOINTS)}\n")
            self._body.writelines(_joints(poses.keypoints[row], poses.scores[row]))

    def _finish(self) -> None:
        self._body.seek(0)
        with (
            replacing_file(self.path) as part,
            open(part, "w", encoding="ascii", newline="\n") as file,
        ):
            file.write(f"{self._frames}\n")
            shutil.copyfileobj(self._body, file)
        self._body.close()

    def _abandon(self) -> None:
        with suppress(OSError):  # a full disk fails the flush once more
            self._body.close()


def _joints(points: AnyArray, scores: AnyArray) -> Iterator[str]:
    for (x, y), score in zip(points.tolist(), scores.tolist(), strict=True):
        if x != x or y != y:
            yield "0 0 0 0 0 0 0 0 0 0 0 0\n"
            continue
        d, state = COORDINATE_DECIMALS, 1 if score < _DOUBTFUL else 2
        yield f"0 0 0 0 0 {x:.{d}f} {y:.{d}f} 0 0 0 0 {state}\n"


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file begins as these do: a number of frames, then a number of bodies."""
    return _BODY.match(head) is not None or (path.suffix == SUFFIX and head.strip() == b"0")


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a file; times are those of 30 frames per second, Kinect's.

    Raises:
        FormatError: if it holds something else.
    """
    path = Path(path)
    info = info_from({"name": path.stem, "fps": 30.0}, path, SUFFIX)
    lines = iter(path.read_text(encoding="ascii").split("\n"))
    frames = []
    try:
        for index in range(int(next(lines))):
            people = [_person(lines) for _ in range(int(next(lines)))]
            frames.append(frame_of(NTU_25, index, index / info.fps, people))
    except (StopIteration, ValueError, IndexError) as error:
        raise FormatError(f"{path} ends early or is no skeleton file: {error!r}") from error
    return TrackedVideo(info, NTU_25, frames)


def _person(lines: Iterator[str]) -> Person:
    identity = int(next(lines).split()[0])
    points = np.full((len(NTU_25), 3), np.nan, np.float32)
    points[:, 2] = 0.0
    for joint in range(int(next(lines))):
        numbers = [float(cell) for cell in next(lines).split()]
        if numbers[11] > 0:
            points[joint] = (numbers[5], numbers[6], numbers[11] / 2)
    return Person(identity, points)
