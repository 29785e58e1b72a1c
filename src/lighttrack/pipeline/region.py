"""Only people inside a part of the image: a polygon, or a mask."""

import re
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from lighttrack.structures import Boxes, Detections, Image, Mask, Poses, Regions, VideoInfo
from lighttrack.structures.protocols import Detector, PoseEstimator

_CORNERS = re.compile(r"^\s*[-+0-9.]+\s*,\s*[-+0-9.]+(\s*[\s;]\s*[-+0-9.]+\s*,\s*[-+0-9.]+)*\s*$")


def region_named(given: str | PathLike[str], info: VideoInfo) -> Mask:
    """The part of the image `(H, W)` that a text or a mask image names.

    Args:
        given: corners `X,Y X,Y X,Y` in pixels of the upright image; or the path of an image of
            the video's size, of which what is brighter than half is inside.
        info: of the video.

    Raises:
        ValueError: if it is neither, is empty, or has another size.
        OSError: if the image cannot be read.

    Example:
        >>> info = VideoInfo("clip", 4, 3, 25.0)
        >>> region_named("0,0 2,0 2,3 0,3", info).astype(int).tolist()
        [[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0]]
    """
    text = fspath(given)
    if _CORNERS.match(text):
        inside = _polygon(text, info)
    elif Path(text).is_file():
        inside = _mask(Path(text), info)
    else:
        raise ValueError(
            f"region {text!r} is neither corners of a polygon (X,Y X,Y X,Y) nor an image file"
        )
    if not inside.any():
        raise ValueError(f"region {text!r} holds no pixel of the {info.width}x{info.height} image")
    return inside


def _polygon(text: str, info: VideoInfo) -> Mask:
    try:
        corners = [[float(part) for part in pair.split(",")] for pair in _pairs(text)]
    except ValueError:
        corners = []
    if len(corners) < 3 or not np.isfinite(corners).all():
        raise ValueError(f"region {text!r} needs three corners or more, X,Y each")
    canvas = np.zeros((info.height, info.width), np.uint8)
    points = np.rint(np.clip(corners, -1e6, 1e6)).astype(np.int32)
    return np.asarray(cv2.fillPoly(canvas, [points], 1) > 0)


def _pairs(text: str) -> list[str]:
    return [pair for pair in re.split(r"[\s;]+", re.sub(r"\s*,\s*", ",", text.strip())) if pair]


def _mask(path: Path, info: VideoInfo) -> Mask:
    from lighttrack.video.images import ImageDecoder

    image = ImageDecoder().read(path)
    if image.shape[:2] != (info.height, info.width):
        raise ValueError(
            f"region {path} has {image.shape[1]}x{image.shape[0]} pixels, the video "
            f"{info.width}x{info.height}"
        )
    return np.asarray(image.mean(axis=2) > 127)


def are_inside(boxes: Boxes, inside: Mask) -> Mask:
    """`(N,)`: whose feet, the middle of the lower edge of their box, stand in a region `(H, W)`."""
    height, width = inside.shape
    feet = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
    known = np.isfinite(feet).all(axis=1)
    columns = np.clip(np.nan_to_num(feet[:, 0]), 0, width - 1).astype(np.intp)
    rows = np.clip(np.nan_to_num(feet[:, 1]), 0, height - 1).astype(np.intp)
    return np.asarray(known & inside[rows, columns])


class RegionDetector:
    """A detector that finds only people inside; in all else it is the detector itself."""

    def __init__(self, inner: Detector, inside: Mask) -> None:
        self._inner, self._inside = inner, inside

    def __call__(self, image: Image, /) -> Detections:
        """People inside."""
        return self._only_inside(self._inner(image))

    def _only_inside(self, found: Detections) -> Detections:
        return found[are_inside(found.boxes, self._inside)]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in ("scan", "of_frame"):
            return found
        return lambda *arguments: self._only_inside(found(*arguments))


class RegionEstimator:
    """A pose estimator whose poses outside have scores of 0, so that those people are lost."""

    def __init__(self, inner: PoseEstimator, inside: Mask) -> None:
        self._inner, self._inside = inner, inside

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`."""
        poses = self._inner(image, regions)
        outside = ~are_inside(regions.boxes, self._inside)
        if not outside.any():
            return poses
        scores, people = poses.scores.copy(), poses.person_scores.copy()
        scores[outside] = 0
        people[outside] = 0
        return replace(poses, scores=scores, person_scores=people)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
