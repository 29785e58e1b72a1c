"""The worst moments of an evaluation: which frames they are, and their images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.timeline import Timeline
from lighttrack.render.page import Moment, Outline
from lighttrack.structures import Ids, Image
from lighttrack.structures.types import Reals

MOST = 12
"""Images on a page."""
OF_ONE = 6
"""Images of the only video."""
OF_EACH = 2
"""Images of each of several videos."""

_VIDEOS = (".mp4", ".mov", ".avi", ".mkv", ".webm")


@dataclass(frozen=True, slots=True)
class Side:
    """The people of one side in one frame, as they are drawn."""

    ids: Ids
    """`(N,)`."""
    boxes: Reals
    """`(N, 4)`."""
    limbs: Sequence[Sequence[Sequence[float]]] = ()
    """For each person lines `x0, y0, x1, y1`; empty where people are boxes only."""


def errors(count: int) -> str:
    """So many errors, in words."""
    return f"{count} error{'' if count == 1 else 's'}"


def worst(lines: Sequence[Timeline]) -> list[tuple[int, int, int]]:
    """Number of the video, frame and errors of the worst moments, in the order of the videos.

    Moments of one video lie at least a twentieth of it apart.
    """
    limit = OF_ONE if len(lines) == 1 else OF_EACH
    found: list[tuple[int, int, int]] = []
    for number, line in enumerate(lines):
        wrong = line.errors()
        apart = max(1, len(wrong) // 20)
        taken: list[int] = []
        for frame in np.argsort(-wrong, kind="stable").tolist():
            if len(taken) == limit or not wrong[frame]:
                break
            if all(abs(frame - other) >= apart for other in taken):
                taken.append(frame)
        found += [(number, frame, int(wrong[frame])) for frame in taken]
    found.sort(key=lambda moment: (-moment[2], moment[:2]))
    return sorted(found[:MOST])


def moment(
    caption: str, image: Image, line: Timeline, frame: int, truth: Side, seen: Side
) -> Moment:
    """An image with both sides drawn; their order is that of the timeline's sequence."""
    import cv2

    done, jpeg = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not done:
        raise ValueError(f"{caption}: the image cannot be written as JPEG")
    codes = line.sequence.frames[frame]
    known = _outlines(truth, line.followed[codes.truth, frame] == -1, np.zeros_like(codes.truth))
    tracks = _outlines(seen, line.tracks[codes.tracks, frame] == -1, codes.tracks)
    height, width = image.shape[:2]
    return Moment(caption, jpeg.tobytes(), width, height, known, tracks)


def _outlines(
    side: Side, wrong: NDArray[np.bool_], numbers: NDArray[np.intp]
) -> tuple[Outline, ...]:
    limbs = side.limbs or [()] * len(side.ids)
    rows = zip(side.ids.tolist(), side.boxes, wrong, numbers, limbs, strict=True)
    return tuple(
        Outline(str(identity), box, bool(is_wrong), int(number), lines)
        for identity, box, is_wrong, number, lines in rows
        if np.isfinite(box).all()  # a person of the truth may have no keypoints
    )


def video_of(source: Path, name: str) -> Path | None:
    """The video of that name: `source` itself, or in that folder NAME.mp4 or NAME/*.mp4."""
    if source.is_file():
        return source
    for path in (*sorted(source.glob(f"{escape(name)}.*")), *sorted((source / name).glob("*"))):
        if path.suffix.lower() in _VIDEOS:
            return path
    return None


def frames_of(video: Path, wanted: set[int]) -> Iterator[tuple[int, Image]]:
    """Those frames of a video, with their numbers."""
    from lighttrack.video import open_video

    with open_video(str(video)) as reader:
        for frame in reader:
            if frame.index in wanted:
                yield frame.index, frame.image
            if frame.index >= max(wanted):
                return
