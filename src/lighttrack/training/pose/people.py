"""People with labelled keypoints in images: folders in COCO's and PoseTrack's layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lighttrack.formats import FormatError
from lighttrack.formats.coco import CocoFile, load
from lighttrack.structures import Boxes, Floats, Poses, Skeleton, make_skeleton
from lighttrack.structures.boxes import area, enlarge, of_points
from lighttrack.structures.skeletons import SYNONYMS
from lighttrack.training.places import image_path, places_of

Split: TypeAlias = Literal["train", "val"]
Kind: TypeAlias = Literal["coco", "posetrack"]

_GROWTH = 0.2
"""Share of their extent by which the box around keypoints is larger on each side (section 4.3)."""


@dataclass(frozen=True, slots=True)
class People:
    """Labelled people of one folder, in the keypoints of one skeleton."""

    name: str
    """Of the folder."""
    kind: Kind
    skeleton: Skeleton
    images: tuple[Path, ...]
    """N: the image of each person."""
    keypoints: Floats
    """`(N, K, 2)`: pixels; 0 where unknown."""
    known: NDArray[np.bool_]
    """`(N, K)`: labelled, or derived from labelled keypoints."""
    labelled: NDArray[np.bool_]
    """`(N, K)`: labelled in the file itself; only these are scored."""
    boxes: Boxes
    """`(N, 4)`: around all labelled keypoints and 20 % more on each side, as in tracking."""
    areas: Floats
    """`(N,)`: square pixels, as stated, else of the stated box, else of the box of keypoints."""

    def __len__(self) -> int:
        return len(self.images)

    def chosen(self, rows: NDArray[Any]) -> "People":
        """The people at some rows, or where a mask is set."""
        numbers = np.arange(len(self))[rows]
        return People(
            self.name,
            self.kind,
            self.skeleton,
            tuple(self.images[number] for number in numbers),
            self.keypoints[numbers],
            self.known[numbers],
            self.labelled[numbers],
            self.boxes[numbers],
            self.areas[numbers],
        )


def read_people(folder: Path, kind: Kind, split: Split, skeleton: Skeleton) -> People | None:
    """The labelled people of one part of a folder; None if it has no such part.

    Args:
        folder: in COCO's layout (`person_keypoints_train.json` or `..._train2017.json`, in the
            folder or in `annotations`, and the images in `images`, `train2017` or the like), with
            keypoints of any names; or in PoseTrack18's (`annotations/train/*.json`).
        kind: which of the two.
        split: which part.
        skeleton: keypoints that are wanted. They are taken by name; what the labels lack is
            derived where that is defined (the head of COCO's people) and unknown otherwise.

    Raises:
        FileNotFoundError: if there is no such folder, or an image is missing.
        FormatError: naming the first entry that is not what it should be.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}")
    parts = [
        _people_of(load(path), folder, kind, split, skeleton)
        for path in _annotations(folder, kind, split)
    ]
    return _together(parts) if parts else None


def _annotations(folder: Path, kind: Kind, split: Split) -> list[Path]:
    if kind == "posetrack":
        return sorted((folder / "annotations" / split).glob("*.json"))
    pattern = f"person_keypoints_{split}*.json"
    return sorted([*folder.glob(pattern), *(folder / "annotations").glob(pattern)])


def _people_of(
    file: CocoFile, folder: Path, kind: Kind, split: Split, skeleton: Skeleton
) -> People:
    if file.images is None or not file.keypoints:
        raise FormatError(
            f"{file.path}: training needs 'images' and a category that names its keypoints"
        )
    source = _source_skeleton(file)
    names = {image["id"]: image for image in file.images}
    entries = [entry for entry in file.entries if _usable(entry)]
    places = places_of(folder, split)
    paths = [image_path(file, names, entry["image_id"], places) for entry in entries]
    shape = (len(source), 3)
    triples = file.numbers([entry["keypoints"] for entry in entries], shape)
    points, marked = triples[..., :2].astype(np.float32), triples[..., 2] > 0
    boxes = enlarge(of_points(points, marked), _GROWTH)
    poses = Poses(
        source,
        np.where(marked[..., None], points, np.float32(np.nan)),
        marked.astype(np.float32),
        boxes,
        np.ones(len(boxes), np.float32),
    ).to(skeleton)
    known: NDArray[np.bool_] = np.isfinite(poses.keypoints.sum(axis=2))
    own = [
        not source.index.keys().isdisjoint({name, SYNONYMS.get(name, name)})
        for name in skeleton.keypoints
    ]
    return People(
        folder.name,
        kind,
        skeleton,
        tuple(paths),
        np.where(known[..., None], poses.keypoints, np.float32(0)),
        known,
        known & np.array(own),
        boxes,
        _areas(entries, boxes),
    )


def _source_skeleton(file: CocoFile) -> Skeleton:
    try:
        return make_skeleton("labels", file.keypoints, [])
    except ValueError as error:
        raise FormatError(f"{file.path}: {error}") from error


def _usable(entry: Mapping[str, Any]) -> bool:
    marks = entry.get("keypoints") or ()
    return not entry.get("iscrowd") and any(mark > 0 for mark in marks[2::3])


def _areas(entries: Sequence[Mapping[str, Any]], boxes: Boxes) -> Floats:
    areas = area(boxes)
    for row, entry in enumerate(entries):
        stated = entry.get("area") or (
            entry["bbox"][2] * entry["bbox"][3] if "bbox" in entry else 0
        )
        if stated:
            areas[row] = stated
    return areas


def _together(parts: Sequence[People]) -> People:
    first = parts[0]
    return People(
        first.name,
        first.kind,
        first.skeleton,
        tuple(path for part in parts for path in part.images),
        np.concatenate([part.keypoints for part in parts]),
        np.concatenate([part.known for part in parts]),
        np.concatenate([part.labelled for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.areas for part in parts]),
    )
