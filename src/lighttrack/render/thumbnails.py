"""One small image of each person: the frame that shows them best."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from lighttrack.render.canvas import encode_jpeg
from lighttrack.render.effects import anonymize
from lighttrack.structures import Frame, Image, TrackedFrame, TrackedVideo

HEIGHT = 256
"""Pixels that a thumbnail is tall."""

_MARGIN = 0.1


class Thumbnails:
    """Takes the frames of a video as they come, and keeps one image for each person.

    Args:
        result: the people.
        hide_faces: whether heads are blurred.
    """

    def __init__(self, result: TrackedVideo, *, hide_faces: bool = False) -> None:
        self._hide_faces = hide_faces
        best: dict[int, tuple[float, int]] = {}
        for frame in result.frames:
            for row, identity in enumerate(frame.ids.tolist()):
                quality = _quality(frame, row)
                if identity >= 0 and quality > best.get(identity, (0.0, 0))[0]:
                    best[identity] = (quality, frame.index)
        self._wanted: dict[int, list[int]] = {}
        for identity, (_, index) in best.items():
            self._wanted.setdefault(index, []).append(identity)
        self.images: dict[int, Image] = {}

    def take(self, frame: Frame, people: TrackedFrame) -> None:
        """Look at a frame of the video, as it is without drawings."""
        wanted = self._wanted.get(frame.index, ())
        if not wanted:
            return
        image = anonymize(frame.image, people) if self._hide_faces else frame.image
        for row, identity in enumerate(people.ids.tolist()):
            if identity in wanted:
                self.images[identity] = _cut(image, people.boxes[row])

    def write(self, folder: Path) -> list[Path]:
        """Write `id_3.jpg` and so on into a folder, which is made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for identity, image in sorted(self.images.items()):
            paths.append(folder / f"id_{identity}.jpg")
            paths[-1].write_bytes(encode_jpeg(image, quality=90))
        return paths


def thumbnails(
    frames: Iterable[Frame], result: TrackedVideo, *, hide_faces: bool = False
) -> dict[int, Image]:
    """For each id an image `(256, W, 3)` of the person.

    Args:
        frames: of the video that the result was made from.
        result: the people.
        hide_faces: whether heads are blurred.

    Example:
        >>> images = thumbnails(open_video("match.mp4"), result)  # doctest: +SKIP
    """
    kept = Thumbnails(result, hide_faces=hide_faces)
    people = {tracked.index: tracked for tracked in result.frames}
    for frame in frames:
        if frame.index in people:
            kept.take(frame, people[frame.index])
    return kept.images


def _quality(frame: TrackedFrame, row: int) -> float:
    """How well a frame shows a person: large, and with sure keypoints."""
    box = frame.boxes[row]
    if not np.isfinite(box).all() or (box[2:] - box[:2]).min() < 1:
        return 0.0
    size = float(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))
    return size * (0.01 + float(np.nan_to_num(frame.poses.scores[row]).mean()))


def _cut(image: Image, box: np.ndarray) -> Image:
    height, width = image.shape[:2]
    margin = _MARGIN * float(box[3] - box[1])
    x0, y0 = (max(int(value - margin), 0) for value in box[:2].tolist())
    x1, y1 = min(int(box[2] + margin) + 1, width), min(int(box[3] + margin) + 1, height)
    x0, y0 = min(x0, width - 1), min(y0, height - 1)
    part = image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    size = (max(round(part.shape[1] * HEIGHT / part.shape[0]), 1), HEIGHT)
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
