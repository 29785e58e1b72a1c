"""COCO's keypoint annotations, with a `track_id` for each person.

Poses are written with COCO's own 17 keypoints, which its tools count on. The format has no score
for a single keypoint in a data set, only in results; ours stand in `keypoint_scores`.
"""

import logging
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np

from lighttrack.formats import members
from lighttrack.formats.annotations import AnnotationsWriter, category_of, states_of
from lighttrack.formats.errors import FormatError
from lighttrack.formats.names import file_name
from lighttrack.formats.reading import (
    Person,
    edges_of,
    frame_of,
    info_from,
    keypoint_names,
    load_json,
    ordered,
    person_of,
    provenance_of,
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
from lighttrack.structures import Skeleton, TrackedFrame, TrackedVideo, VideoInfo, boxes
from lighttrack.structures.skeletons import COCO_17
from lighttrack.structures.types import Reals

_log = logging.getLogger(__name__)

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
                "file_name": f"{file_name(self.info.name)}/{frame.index:06d}.jpg",
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

    def _store(self) -> None:
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
    info: Mapping[str, Any] = field(default_factory=dict)
    categories: Sequence[Any] = ()
    """As stored."""

    @property
    def keypoints(self) -> tuple[str, ...]:
        """As the person's category names them; empty if there is none with keypoints."""
        if not any(isinstance(each, Mapping) and each.get("keypoints") for each in self.categories):
            return ()
        return keypoint_names(_category(self, None)["keypoints"], str(self.path))

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
        raise FormatError(f"{path}: 'images' must be a list, got {_kind(images)}")
    for number, image in enumerate(images or ()):
        if not isinstance(image, Mapping) or isinstance(image.get("id"), NoneType | list | dict):
            raise FormatError(
                f"{path}: image {number}: an image must have an 'id', got {members.shown(image)}"
            )
    about = content.get("info")
    return CocoFile(
        path,
        _entries(content["annotations"], path),
        images,
        info=about if isinstance(about, Mapping) else {},
        categories=members.listed(content.get("categories") or [], str(path), "categories"),
    )


def read(path: str | os.PathLike[str], *, category: str | None = None) -> TrackedVideo:
    """Read the tracks of a data set of one video, or of a list of results.

    A list says nothing of the video: its image ids are taken as frame numbers, and the times are
    those of 25 frames per second. In AlphaPose's lists the number stands in a name (`35.jpg`), and
    the identity, if the people were tracked, is `idx`.

    Args:
        path: the file.
        category: name of the category to read, of several; without it `person`, else the first
            with keypoints. Annotations of other categories, and those of images that are not
            listed, are left out, and the log says how many.

    Raises:
        FormatError: if the file is something else, or its people have no `track_id`.

    Example:
        >>> read("match.coco.json").ids()  # doctest: +SKIP
        array([1, 2, 3])
    """
    file = load(path)
    if file.images is None:
        return _tracks_of_results(file)
    chosen = _category(file, category)
    names, edges = _keypoints_of_category(chosen, file.path)
    skeleton = skeleton_of(names, edges)
    info = _info(file)
    entries = _of_images(file, chosen)
    frames = [
        _frame(image, position, entries[image["id"]], skeleton, info, file.path)
        for position, image in enumerate(file.images)
    ]
    provenance = provenance_of(file.info.get("provenance"), f"info in {file.path}")
    return TrackedVideo(info, skeleton, ordered(frames, file.path), provenance)


def _frame(
    image: Mapping[str, Any],
    position: int,
    entries: Sequence[tuple[int, Mapping[str, Any]]],
    skeleton: Skeleton,
    info: VideoInfo,
    path: Path,
) -> TrackedFrame:
    where = f"image {position} of {path}"
    index = members.frame_number(image.get("frame_id", position), where, "frame_id")
    time = members.number(image.get("time", index / info.fps), where, "time")
    if len(entries) > members.MOST_PEOPLE:
        raise FormatError(f"{where}: at most {members.MOST_PEOPLE} people, got {len(entries)}")
    people = [
        person_of(entry, skeleton, f"annotation {number} of {path}", flags=True)
        for number, entry in entries
    ]
    members.only_once([person.id for person in people], where)
    return frame_of(skeleton, index, time, people)


def _of_images(
    file: CocoFile, category: Mapping[str, Any]
) -> dict[Any, list[tuple[int, Mapping[str, Any]]]]:
    """Numbers and annotations of the category by image; the log names those left out."""
    found: dict[Any, list[tuple[int, Mapping[str, Any]]]] = {}
    for position, image in enumerate(file.images or ()):
        if image["id"] in found:
            raise FormatError(f"image {position} of {file.path}: id {image['id']} is used twice")
        found[image["id"]] = []
    others: Counter[str] = Counter()
    unlisted: list[Any] = []
    names = {
        each["id"]: str(each.get("name"))
        for each in file.categories
        if isinstance(each, Mapping) and isinstance(each.get("id"), int | str)
    }
    for number, entry in enumerate(file.entries):
        kind = entry.get("category_id", category.get("id"))
        if isinstance(kind, list | dict):
            where = f"annotation {number} of {file.path}"
            raise members.refuse(where, "category_id", "a number", kind)
        if kind != category.get("id") and kind is not None:
            others[names.get(kind, f"category_id {kind}")] += 1
        elif entry["image_id"] not in found:
            unlisted.append(entry["image_id"])
        else:
            found[entry["image_id"]].append((number, entry))
    for name, count in others.items():
        _log.warning("%s: annotations of the category %r left out: %d", file.path, name, count)
    if unlisted:
        _log.warning(
            "%s: annotations of images that are not listed left out: %d (the first: image_id %s)",
            file.path, len(unlisted), members.shown(unlisted[0]),
        )  # fmt: skip
    return found


_IMAGE_NAME = re.compile(r"(?:.*?)(\d+)\.(?:jpe?g|png|bmp|webp|tiff?)", re.IGNORECASE)
"""The name of an image that ends with its number, as AlphaPose's `image_id` is one."""

_BEYOND_COCO = (26, 133, 136)
"""Keypoints of AlphaPose's larger skeletons, which begin with COCO's 17."""


def _tracks_of_results(file: CocoFile) -> TrackedVideo:
    info = info_from(None, file.path, SUFFIX)
    of_frame: dict[int, list[tuple[int, Mapping[str, Any]]]] = {}
    named: dict[int, Any] = {}
    for number, entry in enumerate(file.entries):
        where = f"{file.path}: entry {number}"
        image = entry["image_id"]
        found = _IMAGE_NAME.fullmatch(image) if isinstance(image, str) else None
        index = members.whole(
            found[1] if found else image, where, "image_id", 0, members.FRAMES - 1, text=True
        )
        if named.setdefault(index, image) != image:
            raise FormatError(
                f"{where}: image_id {image!r} and {named[index]!r} are both frame {index}"
            )
        of_frame.setdefault(index, []).append((number, entry))
    frames = []
    for index, entries in sorted(of_frame.items()):
        if len(entries) > members.MOST_PEOPLE:
            raise FormatError(f"{file.path}: more than {members.MOST_PEOPLE} people in {index}")
        people = [_person_of_result(entry, f"{file.path}: entry {n}") for n, entry in entries]
        members.only_once([person.id for person in people], f"{file.path}, frame {index}")
        frames.append(frame_of(COCO_17, index, index / info.fps, people))
    return TrackedVideo(info, COCO_17, without_gaps(frames, COCO_17, info.fps))


def _person_of_result(entry: Mapping[str, Any], where: str) -> Person:
    # AlphaPose's entries are told by their members; only they may lack identities.
    is_alphapose = "box" in entry or "idx" in entry
    stored = entry.get("keypoints")
    if is_alphapose and isinstance(stored, list) and len(stored) in [3 * n for n in _BEYOND_COCO]:
        entry = {**entry, "keypoints": stored[: 3 * len(COCO_17)]}
    return person_of(entry, COCO_17, where, flags=False, needs_id=not is_alphapose)


def _entries(stored: Any, path: Path) -> list[Mapping[str, Any]]:
    if not isinstance(stored, list):
        raise FormatError(f"{path}: 'annotations' must be a list, got {_kind(stored)}")
    for index, entry in enumerate(stored):
        if not isinstance(entry, Mapping):
            raise FormatError(f"{path}: entry {index} must be an object, got {str(entry)[:60]}")
        if isinstance(entry.get("image_id"), NoneType | list | dict):
            raise FormatError(
                f"{path}: entry {index}: image_id must be a number or text, "
                f"got {entry.get('image_id')}"
            )
    return stored


def _category(file: CocoFile, name: str | None) -> Mapping[str, Any]:
    """The category of that name; without a name `person`, else the first with keypoints."""
    known = [each for each in file.categories if isinstance(each, Mapping)]
    able = [each for each in known if each.get("keypoints")]
    if not able:
        raise FormatError(f"{file.path} has no category with keypoints")
    if name is None:
        return next((each for each in able if each.get("name") == "person"), able[0])
    for each in able:
        if each.get("name") == name:
            return each
    names = ", ".join(str(each.get("name")) for each in able)
    raise FormatError(f"{file.path} has no category {name!r} with keypoints; it has: {names}")


def _keypoints_of_category(
    category: Mapping[str, Any], path: Path
) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Names of keypoints and edges as indices from 0; the file counts from 1."""
    where = f"the category {members.shown(category.get('name'))} in {path}"
    names = keypoint_names(category["keypoints"], where)
    return names, edges_of(category.get("skeleton") or [], len(names), where, first=1)


def _info(file: CocoFile) -> VideoInfo:
    stored = file.info.get("video")
    if stored is None and file.images:
        first = file.images[0]
        stored = {key: first[key] for key in ("width", "height") if isinstance(first.get(key), int)}
    return info_from(stored, file.path, SUFFIX)


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and bool(np.isfinite(value))
