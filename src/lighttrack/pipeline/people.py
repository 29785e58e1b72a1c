"""Who is there at a moment: for choosing a target before a long run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from lighttrack.formats.names import file_name
from lighttrack.pipeline.existing import require_new
from lighttrack.pipeline.loading import networks_of_request
from lighttrack.pipeline.opening import opened
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.text import counted
from lighttrack.pipeline.upright import uprighted
from lighttrack.structures import Boxes, Detections, Frame
from lighttrack.structures.protocols import Detector
from lighttrack.tracking import Target

_LOOKED_AT, _STEP = 3, 5
"""Frames at which a target is looked for, and how many apart."""


@dataclass(frozen=True, slots=True)
class People:
    """The people of one frame, numbered from the left."""

    name: str
    """Of the video."""
    frame: Frame
    boxes: Boxes
    """`(N, 4)`: in the order of the numbers, which begin with 1."""
    path: Path | None
    """The numbered image, if it was written."""

    def lines(self) -> list[str]:
        """A line for each person, with what `--target` would say."""
        count = counted(len(self.boxes), "person", "people")
        head = f"{self.name} at {self.frame.time:.2f} s: {count}"
        moment = f"@{self.frame.time:g}" if self.frame.time else ""
        rows = [
            f"  {number}: --target {','.join(f'{side:.0f}' for side in box)}{moment}"
            for number, box in enumerate(self.boxes.tolist(), start=1)
        ]
        return [head, *rows]


def list_people(request: Request) -> People:
    """Find the people in the first frame of a request, and write a numbered image of them.

    The image is `NAME.people.png` in the output folder.

    Args:
        request: what would be tracked.

    Raises:
        ValueError: if something in the request makes no sense, or the image exists and may not be
            replaced.
        OSError: if something cannot be read or written.
    """
    from lighttrack.render.sheet import write_png

    request, tracker = uprighted(request, lambda line: None)
    with opened(request) as video:
        name = video.info.name
        path = None if request.output is None else request.output / file_name(f"{name}.people.png")
        if path is not None:
            require_new({"image": path}, overwrite=request.overwrite)
        frame = next(iter(video))
    detector = (tracker or networks_of_request(request)).detector
    boxes = from_the_left(detected(frame, detector).boxes)
    if path is not None and request.output is not None:
        request.output.mkdir(parents=True, exist_ok=True)
        write_png(path, _numbered(frame, boxes))
    return People(name, frame, boxes, path)


def detected(frame: Frame, detector: Detector) -> Detections:
    """All whom a detector is sure of."""
    found = detector(frame.image)
    return found[found.scores >= detector.score_threshold]


def from_the_left(boxes: Boxes) -> Boxes:
    """Boxes `(N, 4)` in the order of their left sides."""
    return np.asarray(boxes[np.argsort(boxes[:, 0], kind="stable")], np.float32)


def require_somebody(target: Target, frames: Sequence[Frame], detector: Detector) -> None:
    """Refuse a place at which there is no person, before a whole video is tracked.

    Args:
        target: a point or a box; others are not looked at.
        frames: some from its moment on, within its time of grace.
        detector: finds people.

    Raises:
        ValueError: saying where people are.
    """
    if target.how not in ("point", "box") or not frames:
        return
    there: Boxes = np.zeros((0, 4), np.float32)
    for frame in frames:
        found = detected(frame, detector)
        if target.choose(found, frame, None).any():
            return
        there = found.boxes if len(found) >= len(there) else there
    where = ",".join(f"{value:g}" for value in target.where)
    people = "; ".join(
        ",".join(f"{side:.0f}" for side in box) for box in from_the_left(there).tolist()
    )
    raise ValueError(
        f"no person is at {where} at {target.time:g} s"
        + (f"; people are at {people}" if people else ", and none elsewhere in the image")
        + "; --list-people shows them in an image"
    )


def _numbered(frame: Frame, boxes: Boxes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    from lighttrack.render.draw import draw
    from lighttrack.structures import Poses, TrackedFrame
    from lighttrack.structures.skeletons import COCO_17

    count = len(boxes)
    nothing = np.full((count, len(COCO_17), 2), np.nan, np.float32)
    poses = Poses(
        COCO_17,
        nothing,
        np.zeros((count, len(COCO_17)), np.float32),
        boxes,
        np.ones(count, np.float32),
    )
    people = TrackedFrame(
        frame.index,
        frame.time,
        np.arange(1, count + 1),
        poses,
        boxes,
        True,
        np.zeros(count, np.uint8),
    )
    return draw(frame.image, people, keypoint_threshold=0.5, boxes=True)


def frames_at(request: Request, target: Target) -> list[Frame]:
    """A few frames from the moment of a target on, within its time of grace."""
    start = max(target.time, request.start or 0.0)
    moment = replace(request, start=start or None, end=start + target.grace)
    with opened(moment) as video:
        frames = list(islice(video, _LOOKED_AT * _STEP))
    return frames[::_STEP]
