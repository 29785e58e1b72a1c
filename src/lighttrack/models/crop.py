"""Images to network inputs, and coordinates back.

Besides this module only the camera's motion (`background`, `camera`) uses OpenCV in this folder.

Every function writes into pixels that the caller gives (a network's own input), so a crop is
written once and never copied.
"""

import math
from typing import Any

import cv2
import numpy as np

from lighttrack.structures import Boxes, Floats, Image, Regions

_SMALLEST_SIDE = 1.0
"""Pixels; a narrower or lower box is cropped as if it had this size."""


def check_boxes(boxes: Boxes) -> Boxes:
    """The boxes as an array `(N, 4)` of float32.

    Raises:
        ValueError: if the shape differs or a coordinate is not a finite number.
    """
    boxes = np.asarray(boxes, np.float32)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes must have shape (N, 4), got {boxes.shape}")
    if not np.isfinite(boxes).all():
        raise ValueError("boxes must be finite numbers, got NaN or infinity")
    return boxes


def boxes_of(regions: Regions) -> Boxes:
    """The boxes `(N, 4)` of regions, checked.

    Raises:
        TypeError: if `regions` are not `Regions`, but boxes for example.
        ValueError: if a coordinate is not a finite number.
    """
    if not isinstance(regions, Regions):
        raise TypeError(
            f"a pose estimator takes Regions, got {type(regions).__name__}: "
            "pass `Regions.of(boxes)`, of lighttrack.structures"
        )
    return check_boxes(regions.boxes)


def crop_regions(boxes: Boxes, *, aspect: float, padding: float) -> Boxes:
    """Regions `(N, 4)` of the image to crop: each box, widened to an aspect, then padded.

    Args:
        boxes: `(N, 4)` in pixels; may lie partly or wholly outside the image, or be tiny.
        aspect: Width over height of the regions.
        padding: Factor by which the widened box grows about its centre.

    Example:
        >>> crop_regions(np.array([[0, 0, 30, 80]], np.float32), aspect=0.75, padding=1.25)
        array([[-22.5, -10. ,  52.5,  90. ]], dtype=float32)
    """
    center = (boxes[:, :2] + boxes[:, 2:]) / 2
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], _SMALLEST_SIDE)
    width = np.maximum(size[:, 0], size[:, 1] * aspect)
    half = np.stack([width, width / aspect], axis=1) * np.float32(padding / 2)
    return np.concatenate([center - half, center + half], axis=1).astype(np.float32)


def crop_region(
    image: Image, region: Floats, pixels: Image, *, angle: float = 0.0, replicate: bool = False
) -> None:
    """Write one `region` (x0, y0, x1, y1) of the image into `pixels`.

    Args:
        image: `(H, W, 3)`.
        region: `(4,)` in pixels of the image; with x0 > x1 it is mirrored.
        pixels: `(h, w, 3)` to be written.
        angle: Radians, clockwise in the image, by which the region is turned about its centre; a
            person turned by as much stands upright in the crop.
        replicate: Whether the image's border is repeated outside of it; otherwise that is black.
    """
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = (float(edge) for edge in region)
    scale_x, scale_y = (x1 - x0) / width, (y1 - y0) / height
    to_image = np.array([[scale_x, 0, x0], [0, scale_y, y0]], np.float64)
    if angle:
        to_image = _turn((x0 + x1) / 2, (y0 + y1) / 2, angle) @ np.vstack([to_image, [0, 0, 1]])
    cv2.warpAffine(
        image,
        to_image,
        (width, height),
        dst=pixels,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE if replicate else cv2.BORDER_CONSTANT,
        borderValue=(0, 0, 0),
    )


def _turn(x: float, y: float, angle: float) -> Any:
    """A clockwise turn `(2, 3)` about x, y."""
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin, x - cos * x + sin * y], [sin, cos, y - sin * x - cos * y]])


def to_image_points(
    points: Floats, regions: Boxes, size: tuple[int, int], angles: Floats | None = None
) -> Floats:
    """Points `(N, K, 2)` of crops of `size` (width, height) in pixels of the image.

    Args:
        points: In pixels of the crops.
        regions: `(N, 4)` that were cropped.
        size: Of the crops.
        angles: `(N,)` radians by which the regions were turned, as in `crop_region`.
    """
    scale = (regions[:, 2:] - regions[:, :2]) / np.array(size, np.float32)
    if angles is None or not angles.any():
        return np.asarray(points * scale[:, None] + regions[:, None, :2], np.float32)
    center = ((regions[:, :2] + regions[:, 2:]) / 2)[:, None]
    offset = (points - np.array(size, np.float32) / 2) * scale[:, None]
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    x, y = offset[..., 0], offset[..., 1]
    turned = np.stack([cos * x - sin * y, sin * x + cos * y], axis=2)
    return np.asarray(turned + center, np.float32)


def letterbox(image: Image, pixels: Image, *, fill: int = 114) -> float:
    """Shrink or grow the image into the top left of `pixels`, keeping its aspect.

    Args:
        image: `(H, W, 3)`.
        pixels: `(h, w, 3)` to be written.
        fill: Grey value of what remains at the right and the bottom.

    Returns:
        Pixels of the network's input per pixel of the image.
    """
    height, width = pixels.shape[:2]
    scale = float(min(width / image.shape[1], height / image.shape[0]))
    inner = (
        min(width, max(1, round(image.shape[1] * scale))),
        min(height, max(1, round(image.shape[0] * scale))),
    )
    pixels[inner[1] :] = fill
    pixels[:, inner[0] :] = fill
    cv2.resize(image, inner, dst=pixels[: inner[1], : inner[0]], interpolation=cv2.INTER_LINEAR)
    return scale


def stretch(image: Image, pixels: Image) -> None:
    """Shrink or grow the image to fill `pixels` `(h, w, 3)`, whatever its aspect."""
    height, width = pixels.shape[:2]
    cv2.resize(image, (width, height), dst=pixels, interpolation=cv2.INTER_LINEAR)
