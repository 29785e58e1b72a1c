"""Why no person was found: some frames once more, turned, closer and brighter."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import cv2
import numpy as np

from lighttrack.structures import Frame, Image
from lighttrack.structures.protocols import Detector
from lighttrack.video.orientation import rotated, turned_by

_KEPT = 4
"""Frames that are looked at again."""


class Samples:
    """A few frames, spread over all that were offered."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._step, self._seen = 1, 0

    def offer(self, frame: Frame) -> None:
        """Keep a frame if it is due."""
        if self._seen % self._step == 0:
            self.frames.append(frame)
            if len(self.frames) == 2 * _KEPT:  # every other one is dropped, and fewer are kept
                self.frames, self._step = self.frames[::2], self._step * 2
        self._seen += 1


def hint_for(frames: Sequence[Frame], detector: Detector) -> str:
    """A sentence on how people are found, if a second call of the detector finds any.

    Args:
        frames: some of a video in which no person was found.
        detector: that of the run.
    """
    if not frames:
        return ""
    chosen = frames[:: -(-len(frames) // _KEPT)]
    if _found(chosen, detector, lambda image: iter([image])):
        return (
            "the detector finds people in single frames: none is there long enough to be "
            "confirmed; --include-unconfirmed writes them"
        )
    for degrees in (90, 180, 270):
        if _found(chosen, detector, partial(_turned, degrees)):
            return (
                f"people are found when the image is turned by {degrees} degrees: "
                f"try --rotate {degrees}"
            )
    if _found(chosen, detector, _brightened):
        return "people are found when the image is brightened: it is too dark for the detector"
    if _found(chosen, detector, _quarters):
        return (
            "people are found in enlarged parts of the image: they are too small for this "
            "detector; try another --preset, or cut the video to the part that matters"
        )
    return ""


def _found(
    frames: Sequence[Frame], detector: Detector, seen: Callable[[Image], Iterator[Image]]
) -> bool:
    return any(
        bool((detector(image).scores >= detector.score_threshold).any())
        for frame in frames
        for image in seen(frame.image)
    )


def _turned(degrees: int, image: Image) -> Iterator[Image]:
    yield turned_by(rotated(degrees), image)


def _brightened(image: Image) -> Iterator[Image]:
    levels = 255 * (np.arange(256) / 255) ** 0.4
    yield np.asarray(cv2.LUT(image, levels.astype(np.uint8)), np.uint8)


def _quarters(image: Image) -> Iterator[Image]:
    """Overlapping quarters, each as large as the whole."""
    height, width = image.shape[:2]
    half_height, half_width = max(height // 2, 1), max(width // 2, 1)
    for top in (0, height // 4, height - half_height):
        for left in (0, width // 4, width - half_width):
            part = image[top : top + half_height, left : left + half_width]
            yield np.asarray(cv2.resize(part, (width, height)), np.uint8)
