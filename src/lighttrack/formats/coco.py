"""COCO's keypoint annotations, with a `track_id` for each person.

Poses are written with COCO's own 17 keypoints, which its tools count on. The format has no score
for a single keypoint in a data set, only in results; ours stand in `keypoint_scores`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np

from lighttrack.formats.annotations import AnnotationsWriter, category_of, states_of
from lighttrack.formats.errors import FormatError
from lighttrack.formats.reading import (
    frame_of,
    info_from,
    load_json,
    person_of,
    skeleton_of,
    without_gaps,
)
from lighttrack.formats.writing import (
    SCORE_DECIMALS,
    TIME_DECIMALS,
    flattened,
    present,
    rounded,
    triples,
)
from lighttrack.structures import TrackedFrame, TrackedVideo, VideoInfo, boxes
from lighttrack.structures.skeletons import COCO_17
from lighttrack.structures.types import Reals

SUFFIX = ".coco.json"

_VISIBLE, _OCCLUDED = 2, 1
"""COCO's flags of a keypoint that is marked and seen, or marked and not seen; 0: not marked."""

_DOUBTFUL = 0.3
"""Score below which a keypoint is flagged as not seen, where the result's provenance has no
`keypoint_threshold`; tools for correction show those differently."""


class CocoWriter(AnnotationsWriter):
    """Writes a data set: images, annotations and the category "person"."""

    def _begin(self) -> None:
        super()._begin()
        self._annotations = 0
        self._threshold = float(self.provenance.get("keypoint_threshold", _DOUBTFUL))

    def _write(self, frame: TrackedFrame) -> None:
        # Image and annotation ids begin with 1: COCO's evaluation takes 0 for "none".
        image_id = frame.index + 1
        self._lists.append(
            "images",
            {
                "id": image_id,
                "file_name": f"{self.info.name}/{frame.index:06d}.jpg",
                "width": self.info.width,
                "height": self.info.height,
                "frame_id": frame.index,
                "time": round(frame.time, TIME_DECIMALS),
            },
        )
        poses = frame.poses.to(COCO_17)
        marked = present(poses)
        values = triples(poses)
        scores = values[..., 2].tolist()
        seen = np.where(poses.scores >= self._threshold, _VISIBLE, _OCCLUDED)
        values[..., 2] = np.where(marked, seen, 0)
        columns = zip(
            frame.ids.tolist(),
            rounded(boxes.to_xywh(frame.boxes)),
            rounded(boxes.area(frame.boxes)),
            rounded(poses.person_scores, SCORE_DECIMALS),
            flattened(values),
            scores,
            marked.sum(axis=1).tolist(),
            states_of(frame),
            strict=True,
        )
        for identity, box, area, score, flat, keypoint_scores, count, state in columns:
            self._annotations += 1
            self._lists.append(
                "annotations",
                {
                    "id": self._annotations,
                    "image_id": image_id,
                    "category_id": 1,
                    "track_id": identity,
                    "attributes": {"track_id": identity},  # where CVAT looks for it
                    "bbox": box,
                    "area": area,
                    "iscrowd": 0,
                    "num_keypoints": count,
                    "keypoints": flat,
                    "keypoint_scores": keypoint_scores,
                    "score": score,
                    **state,
                },
            )

    def _finish(self) -> None:
        self._lists.commit(
            before={
                "info": {
                    "description": self.info.name,
                    "video": asdict(self.info),
                    "provenance": self.provenance,
                },
                "licenses": [],
            },
            after={"categories": [category_of(COCO_17)]},
            amend={},
        )


@dataclass(frozen=True, slots=True)
class CocoFile:
    """A data set, or a list of results; every entry is an object that belongs to an image."""

    path: Path
    entries: Sequence[Mapping[str, Any]]
    """Annotations or results, in the order of the file."""
    images: Sequence[Mapping[str, Any]] | None = None
    """In the order of the file; None where it lists none, as in a bare list of results."""
    keypoints: tuple[str, ...] = ()
    """As the first category with keypoints names them; empty if there is none."""
    edges: tuple[tuple[int, int], ...] = ()
    """Of that category, as indices of keypoints from 0."""
    info: Mapping[str, Any] = field(default_factory=dict)

    def by_image(self) -> dict[Any, list[Mapping[str, Any]]]:
        """The entries of each image id, the images in the order of the file."""
        grouped: dict[Any, list[Mapping[str, Any]]] = {i["id"]: [] for i in self.images or ()}
        for entry in self.entries:
            grouped.setdefault(entry["image_id"], []).append(entry)
        return grouped

    def require(self, members: Sequence[str]) -> None:
        """Raise `FormatError` unless every entry has these members; a score must be a number."""
        for index, entry in enumerate(self.entries):
            lacking = [name for name in members if name not in entry]
            if lacking:
                raise FormatError(f"{self.path}: entry {index} lacks {', '.join(lacking)}")
            if "score" in members and not _is_number(entry["score"]):
                raise FormatError(
                    f"{self.path}: entry {index}: score must be a number, got {entry['score']}"
                )

    def numbers(self, values: Sequence[Any], shape: tuple[int, ...]) -> Reals:
        """Values of several entries as one array `(N, *shape)` of finite numbers.

        Raises:
            FormatError: if any entry holds something else.
        """
        try:
            array = np.asarray(values, np.float64).reshape(-1, *shape)
        except (TypeError, ValueError):
            array = np.array([np.nan])
        if not np.isfinite(array).all():
            wanted = " x ".join(map(str, shape))
            raise FormatError(f"{self.path}: every entry must hold {wanted} numbers")
        return array

    def boxes(self, entries: Sequence[Mapping[str, Any]]) -> Reals:
        """The boxes `(N, 4)` x0, y0, x1, y1 of some entries."""
        table = self.numbers([entry["bbox"] for entry in entries], (4,))
        return np.concatenate([table[:, :2], table[:, :2] + table[:, 2:]], axis=1)


def load(path: str | os.PathLike[str]) -> CocoFile:
    """Read a data set (images, annotations, categories) or a bare list of results.

    Raises:
        FormatError: naming the first entry that is not what COCO's are.

    Example:
        >>> len(load("person_keypoints_val2017.json").entries)  # doctest: +SKIP
        11004
    """
    path = Path(path)
    content = load_json(path)
    if isinstance(content, list):
        return CocoFile(path, _entries(content, path))
    if not isinstance(content, Mapping) or "annotations" not in content:
        raise FormatError(
            f"{path}: a file of COCO's has 'images' and 'annotations', or is a list of results"
        )
    images = content.get("images")
    if images is not None and not isinstance(images, list):
        raise FormatError(f"{path}: 'images' must be a list, got {type(images).__name__}")
    for image in images or ():
        if not isinstance(image, Mapping) or isinstance(image.get("id"), NoneType | list | dict):
            raise FormatError(f"{path}: an image must have an 'id', got {str(image)[:60]}")
    keypoints, edges = _person_category(content.get("categories") or ())
    return CocoFile(
        path,
        _entries(content["annotations"], path),
        images,
        keypoints,
        edges,
        content.get("info") or {},
    )


def read(path: str | os.PathLike[str], *, category: str | None = None) -> TrackedVideo:
    """Read the tracks of a data set of one video, or of a bare list of results.

    A list says nothing of the video: its image ids are taken as frame numbers, and the times are
    those of 25 frames per second.

    Raises:
        FormatError: if the file is something else, or its people have no `track_id`.

    Example:
        >>> read("match.coco.json").ids()  # doctest: +SKIP
        array([1, 2, 3])
    """
    file = load(path)
    if file.images is None:
        return _tracks_of_results(file)
    if not file.keypoints:
        raise FormatError(f"{file.path} has no category with keypoints")
    skeleton = skeleton_of(file.keypoints, file.edges)
    info = _info(file)
    entries = file.by_image()
    frames = []
    for position, image in enumerate(file.images):
        index = int(image.get("frame_id", position))
        people = [
            person_of(entry, skeleton, f"annotation {entry.get('id')} of {file.path}", flags=True)
            for entry in entries[image["id"]]
        ]
        time = float(image.get("time", index / info.fps))
        frames.append(frame_of(skeleton, index, time, people))
    frames.sort(key=lambda frame: frame.index)
    return TrackedVideo(info, skeleton, frames, file.info.get("provenance", {}))


def _tracks_of_results(file: CocoFile) -> TrackedVideo:
    info = info_from(None, file.path, SUFFIX)
    of_frame: dict[int, list[Mapping[str, Any]]] = {}
    for image, entries in file.by_image().items():
        of_frame.setdefault(int(image), []).extend(entries)
    what = f"a result of {file.path}"
    frames = [
        frame_of(
            COCO_17,
            index,
            index / info.fps,
            [person_of(entry, COCO_17, what, flags=False) for entry in entries],
        )
        for index, entries in sorted(of_frame.items())
    ]
    return TrackedVideo(info, COCO_17, without_gaps(frames, COCO_17, info.fps))


def _entries(stored: Any, path: Path) -> list[Mapping[str, Any]]:
    if not isinstance(stored, list):
        raise FormatError(f"{path}: 'annotations' must be a list, got {type(stored).__name__}")
    for index, entry in enumerate(stored):
        if not isinstance(entry, Mapping):
            raise FormatError(f"{path}: entry {index} must be an object, got {str(entry)[:60]}")
        if isinstance(entry.get("image_id"), NoneType | list | dict):
            raise FormatError(
                f"{path}: entry {index}: image_id must be a number or text, "
                f"got {entry.get('image_id')}"
            )
    return stored


def _person_category(
    categories: Sequence[Any],
) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    for category in categories:
        if isinstance(category, Mapping) and category.get("keypoints"):
            edges = tuple((a - 1, b - 1) for a, b in category.get("skeleton") or ())
            return tuple(category["keypoints"]), edges
    return (), ()


def _info(file: CocoFile) -> VideoInfo:
    stored = file.info.get("video")
    if stored is None and file.images:
        first = file.images[0]
        stored = {key: first[key] for key in ("width", "height") if key in first}
    return info_from(stored, file.path, SUFFIX)


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and bool(np.isfinite(value))
