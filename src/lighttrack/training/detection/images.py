"""Images with labelled boxes of people: folders in COCO's layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np

from lighttrack.formats import FormatError
from lighttrack.formats.coco import CocoFile, load
from lighttrack.structures import Boxes, Floats, Image
from lighttrack.training.detection.recipe import Augmentation
from lighttrack.training.places import image_path, places_of
from lighttrack.training.pose.crops import read_image

Split: TypeAlias = Literal["train", "val"]

_STRIDE = 32
"""Sides of what a network sees are multiples of it."""
_GREY = 114
"""What lies beside the image."""
_LEAST_SIDE = 2.0
"""Pixels that a labelled box must have each way."""
_LEAST_SHARE = 0.3
"""Of a box that must be inside, for it to count."""


@dataclass(frozen=True, slots=True)
class LabelledImages:
    """The images of one folder's part, and the people in them."""

    name: str
    """Of the folder."""
    paths: tuple[Path, ...]
    boxes: tuple[Boxes, ...]
    """Of each image `(N, 4)`: x0, y0, x1, y1 in pixels."""

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def people(self) -> int:
        """In all images together."""
        return sum(len(each) for each in self.boxes)


def read_images(folder: Path, split: Split) -> LabelledImages | None:
    """The labelled images of one part of a folder; None if it has no such part.

    Crowds are left out, and so are other categories than `person` where there are several.

    Args:
        folder: in COCO's layout: `instances_train*.json`, else `person_keypoints_train*.json`, in
            it or in `annotations`, and the images in it, `images`, `train2017` or the like.
        split: which part. Images without people are left out of `train`.

    Raises:
        FileNotFoundError: if there is no such folder, or an image is missing.
        FormatError: naming the first entry that is not what it should be.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}")
    paths: list[Path] = []
    boxes: list[Boxes] = []
    files = _annotations(folder, split)
    for path in files:
        file = load(path)
        if file.images is None:
            raise FormatError(f"{path}: training needs 'images'")
        wanted = _people_category(file)
        places = places_of(folder, split)
        listed = {image["id"]: image for image in file.images}
        for number, entries in file.by_image().items():
            entries = [each for each in entries if _counts(each, wanted)]
            if entries or split == "val":
                paths.append(image_path(file, listed, number, places))
                boxes.append(_large(file.boxes(entries).astype(np.float32)))
    return LabelledImages(folder.name, tuple(paths), tuple(boxes)) if files else None


def _annotations(folder: Path, split: Split) -> list[Path]:
    for kind in ("instances", "person_keypoints"):
        pattern = f"{kind}_{split}*.json"
        if found := sorted([*folder.glob(pattern), *(folder / "annotations").glob(pattern)]):
            return found
    return []


def _people_category(file: CocoFile) -> Any:
    """The id of people; None if every entry counts."""
    categories = [each for each in file.categories if isinstance(each, Mapping)]
    named = [each.get("id") for each in categories if each.get("name") == "person"]
    if len(categories) <= 1:
        return None
    if not named:
        raise FormatError(f"{file.path}: none of its {len(categories)} categories is 'person'")
    return named[0]


def _counts(entry: Mapping[str, Any], wanted: Any) -> bool:
    is_person = wanted is None or entry.get("category_id") == wanted
    return is_person and not entry.get("iscrowd") and "bbox" in entry


def _large(boxes: Boxes) -> Boxes:
    kept: Boxes = boxes[(boxes[:, 2:] - boxes[:, :2] >= _LEAST_SIDE).all(axis=1)]
    return kept


@dataclass(frozen=True, slots=True)
class Shown:
    """An image as the network sees it."""

    pixels: Image
    """`(h, w, 3)` RGB; h and w are multiples of 32."""
    boxes: Boxes
    """`(N, 4)`: pixels of it, inside."""


def shown(
    path: Path,
    boxes: Boxes,
    size: int,
    augmentation: Augmentation,
    random: np.random.Generator,
) -> Shown:
    """An image that is changed at random.

    Args:
        path: of the image.
        boxes: `(N, 4)` in its pixels.
        size: of its longer side, unchanged.
        augmentation: how it may differ.
        random: draws how it does.
    """
    image = read_image(path)
    height, width = image.shape[:2]
    scale = size / max(width, height)
    frame = np.array([_stride_up(width * scale), _stride_up(height * scale)])
    scale *= 1 + augmentation.scale * random.uniform(-1, 1)
    # Larger than the frame: a part of it; smaller: somewhere in it.
    shift = (frame - np.array([width, height]) * scale) * random.uniform(0, 1, 2)
    if not augmentation.scale:
        shift[:] = 0
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    if random.random() < augmentation.flipped:
        matrix[0] = -matrix[0]
        matrix[0, 2] += frame[0]
    # OpenCV counts from the middle of the first cell, boxes from its edge.
    of_cells = matrix.copy()
    of_cells[:, 2] += (matrix[:, :2].sum(axis=1) - 1) / 2
    gain = 1 + augmentation.brightness * random.uniform(-1, 1, 3)
    pixels = cv2.warpAffine(
        image, of_cells, (int(frame[0]), int(frame[1])), flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT, borderValue=(_GREY, _GREY, _GREY),
    )  # fmt: skip
    if (gain != 1).any():
        pixels = (pixels * gain).clip(0, 255)
    return Shown(np.asarray(pixels, np.uint8), _moved(boxes, matrix, frame))


def _moved(boxes: Boxes, matrix: Floats, frame: Floats) -> Boxes:
    """Boxes after an affine map, those that are mostly inside, cut at the frame."""
    corners = boxes.reshape(-1, 2, 2) @ matrix[:, :2].T + matrix[:, 2]
    moved = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    inside = moved.clip(0, np.concatenate([frame, frame]))
    share = _areas(inside) / np.maximum(_areas(moved), 1e-6)
    return _large(inside[share >= _LEAST_SHARE].astype(np.float32))


def _areas(boxes: Floats) -> Floats:
    return np.asarray(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))


def _stride_up(side: float) -> int:
    return max(1, -(-round(side) // _STRIDE)) * _STRIDE


def batched(images: Sequence[Image]) -> Image:
    """Images of several sizes as one array `(N, H, W, 3)`, each in the top left."""
    height, width = np.max([image.shape[:2] for image in images], axis=0)
    together = np.full((len(images), height, width, 3), _GREY, np.uint8)
    for place, image in zip(together, images, strict=True):
        place[: image.shape[0], : image.shape[1]] = image
    return together
