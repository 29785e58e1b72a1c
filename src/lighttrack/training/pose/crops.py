"""Crops of people for a network, each time a little different."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lighttrack.structures import Boxes, Floats, Image, Skeleton
from lighttrack.structures.boxes import enlarge, of_points
from lighttrack.training.pose.people import People
from lighttrack.training.pose.recipe import Augmentation

_IMAGES_KEPT = 256
_HALF_GROWTH = 0.5
"""Share by which a box around half a body is enlarged, as HRNet is trained."""
_LEAST_FOR_HALF = 8
_LEAST_OF_HALF = 3
"""Known keypoints that a person must have to be shown by half, and that the half must have."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One person as the network sees them."""

    pixels: Image
    """`(h, w, 3)` RGB."""
    keypoints: Floats
    """`(K, 2)`: pixels of the crop."""
    known: NDArray[np.bool_]
    """`(K,)`."""


def to_image(
    box: Floats,
    size: tuple[int, int],
    padding: float,
    *,
    angle: float = 0.0,
    mirrored: bool = False,
) -> NDArray[np.float64]:
    """The affine map `(2, 3)` from pixels of the crop to pixels of the image.

    Without angle it is the crop that `lighttrack.models.crop` makes for inference.

    Args:
        box: `(4,)`.
        size: width and height of the crop.
        padding: factor by which the box grows, after it was widened to the crop's aspect.
        angle: of the crop in the image, in radians.
        mirrored: whether left and right of the crop change places.
    """
    width, height = size
    across, down = (max(1.0, float(each)) for each in box[2:] - box[:2])
    scale = max(across, down * width / height) * padding / width
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]])
    if mirrored:
        linear[:, 0] *= -1
    center = (box[:2] + box[2:]) / 2
    return np.hstack([linear, (center - linear @ [width / 2, height / 2])[:, None]])


def crop_person(
    people: People,
    row: int,
    size: tuple[int, int],
    padding: float,
    augmentation: Augmentation | None = None,
    random: np.random.Generator | None = None,
) -> Crop:
    """The crop of one person; changed at random where an augmentation is given.

    Args:
        people: whom to choose from.
        row: who.
        size: width and height of the crop.
        padding: factor by which the box grows.
        augmentation: how the crop may differ.
        random: draws how it does.
    """
    box, known = people.boxes[row], people.known[row]
    angle, mirrored, gain = 0.0, False, np.ones(3)
    if augmentation is not None and random is not None:
        box = _changed(box, people, row, augmentation, random)
        if random.random() < augmentation.rotated:
            angle = np.deg2rad(augmentation.rotation) * random.uniform(-1, 1)
        mirrored = random.random() < augmentation.flipped
        gain += augmentation.brightness * random.uniform(-1, 1, 3)
    matrix = to_image(box, size, padding, angle=angle, mirrored=mirrored)
    keypoints = (people.keypoints[row] - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    if mirrored:
        mirror = list(people.skeleton.mirror)
        keypoints, known = keypoints[mirror], known[mirror]
    pixels = cv2.warpAffine(
        _image(people.images[row]), matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    if (gain != 1).any():
        pixels = (pixels * gain).clip(0, 255).astype(np.uint8)
    return Crop(np.asarray(pixels, np.uint8), keypoints.astype(np.float32), known)


def read_image(path: Path) -> Image:
    """An image file as RGB.

    Raises:
        ValueError: if it cannot be read as an image.
    """
    # By way of memory: OpenCV cannot open every path on every system.
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{path} cannot be read as an image")
    return np.asarray(pixels[..., ::-1], np.uint8)


_image = lru_cache(maxsize=_IMAGES_KEPT)(read_image)


def _changed(
    box: Boxes, people: People, row: int, augmentation: Augmentation, random: np.random.Generator
) -> Boxes:
    """The box to crop by: of half a body, or scaled and shifted."""
    if random.random() < augmentation.half_body:
        box = _half(people, row, random)
    size = (box[2:] - box[:2]) * (1 + augmentation.scale * random.uniform(-1, 1))
    center = (box[:2] + box[2:]) / 2 + size.max() * augmentation.shift * random.uniform(-1, 1, 2)
    return np.concatenate([center - size / 2, center + size / 2]).astype(np.float32)


def _half(people: People, row: int, random: np.random.Generator) -> Boxes:
    """A box around the upper or the lower body, where enough of both is known."""
    known = people.known[row]
    lower = known & _lower(people.skeleton)
    half = lower if random.random() < 0.5 else known & ~lower
    if known.sum() < _LEAST_FOR_HALF or half.sum() < _LEAST_OF_HALF:
        whole: Boxes = people.boxes[row]
        return whole
    around: Boxes = enlarge(of_points(people.keypoints[row][None], half[None]), _HALF_GROWTH)[0]
    return around


def _lower(skeleton: Skeleton) -> NDArray[np.bool_]:
    parts = ("hip", "knee", "ankle", "heel", "foot_index", "small_toe")
    return np.array([name.split("_", 1)[-1] in parts for name in skeleton.keypoints])
