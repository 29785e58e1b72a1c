"""PoseTrack18 and PoseTrack21: COCO's layout, joints named by the category."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from lighttrack.formats.posetrack.annotations import JOINTS, AnnotatedFrame, K, People, stack
from lighttrack.formats.posetrack.problems import (
    Malformed,
    Reading,
    entries,
    flag,
    integer,
    numbers,
    polygons,
    reason,
    time_of,
)
from lighttrack.structures.types import Reals

_KINDS = ("mpii", "bonn", "mpiinew")


def frames_of_2018(
    data: Mapping[str, Any], reading: Reading
) -> tuple[tuple[AnnotatedFrame, ...], int]:
    """The frames of the first video, and how many videos the file holds."""
    columns, length = _columns(entries(data, "categories"))
    images, videos = _first_video(entries(data, "images"))
    of_image: dict[Any, list[Any]] = {image["id"]: [] for image in images}
    everything = {image.get("id") for image in data["images"]}
    for position, annotation in enumerate(entries(data, "annotations")):
        if not isinstance(annotation, dict):
            reading.note(f"annotation {position}", "must be an object with image_id and keypoints")
            continue
        image = annotation.get("image_id")
        if isinstance(image, list | dict):
            reading.note(f"annotation {position}", "image_id must be a number or text")
        elif image in of_image:
            of_image[image].append(annotation)
        elif image not in everything:
            reading.note(f"annotation {position}", f"belongs to no image (image_id {image!r})")
    read = _people(of_image, columns, length)
    frames = []
    for index, image in enumerate(images):
        where = f"frame {index} ({image['file_name'].rpartition('/')[2]})"
        annotations = of_image[image["id"]]
        if read is None:
            rows = [_person(entry, columns, length, where, reading) for entry in annotations]
            people = stack([person for person in rows if person is not None])
        else:
            people = read[image["id"]]
        try:
            labelled = flag(image.get("is_labeled"))
        except ValueError as error:
            reading.note(where, str(error))
            labelled = None
        frames.append(
            AnnotatedFrame(
                image["file_name"],
                people,
                bool(annotations),
                labelled,
                _regions_of_2018(image, where, reading),
                time_of(image),
                tuple(annotations) if reading.keep_entries else (),
            )
        )
    return tuple(frames), videos


def _people(
    of_image: Mapping[Any, list[Any]], columns: list[int], length: int
) -> dict[Any, People] | None:
    """The people of all images, read at once; None if any cannot be read as the others are."""
    entries = [entry for image in of_image.values() for entry in image]
    try:
        values = np.array([entry["keypoints"] for entry in entries], np.float64)
        table = values.reshape(len(entries), length, 3)[:, columns]
        ids = np.array([integer(entry["track_id"]) for entry in entries], np.int64)
        nothing = [np.nan] * length
        given = [entry.get("scores") or nothing for entry in entries]
        scores = np.array(given, np.float64).reshape(len(entries), length)[:, columns]
        boxes = [entry.get("bbox_head") or [np.nan] * 4 for entry in entries]
        heads = np.array(boxes, np.float64).reshape(len(entries), 4)
    except (AttributeError, LookupError, TypeError, ValueError):
        return None
    if not np.isfinite(table).all():
        return None
    heads[:, 2:] += heads[:, :2]
    people = People(ids, _points(table), scores, heads)
    ends = np.cumsum([0, *(len(image) for image in of_image.values())]).tolist()
    bounds = zip(of_image, pairwise(ends), strict=True)
    return {image: people[start:end] for image, (start, end) in bounds}


def _points(table: Reals) -> Reals:
    """Positions `(..., 2)` of x, y, visibility; three zeros say "not annotated"."""
    points = table[..., :2].copy()
    points[(table == 0).all(axis=-1)] = np.nan
    return points


def _columns(categories: list[Any]) -> tuple[list[int], int]:
    """Where each joint of `JOINTS` stands in the file's keypoints, and how many it has."""
    person = isinstance(categories[0], dict) if len(categories) == 1 else False
    if not person or categories[0].get("name") != "person":
        raise Malformed("'categories' must hold exactly one category, named 'person'")
    names = categories[0].get("keypoints")
    if not isinstance(names, list) or len(names) not in (15, 17):
        raise Malformed("the category 'person' must name 15 or 17 keypoints")
    missing = [joint for joint in JOINTS if joint not in names]
    if missing:
        raise Malformed(f"the category 'person' lacks the keypoints {', '.join(missing)}")
    return [names.index(joint) for joint in JOINTS], len(names)


def _first_video(images: list[Any]) -> tuple[list[Any], int]:
    """The images of the first video, and how many videos there are.

    A video is what comes before the first underscore of the folder's name, which must read
    NUMBER_KIND; the name of the image must be a number.
    """
    groups: dict[str, list[Any]] = {}
    video_of: dict[str, str] = {}  # by folder: a file names thousands of images, few folders
    seen = set()
    for index, image in enumerate(images):
        if not isinstance(image, dict) or "id" not in image or "file_name" not in image:
            raise Malformed(f"image {index} must have 'id' and 'file_name'")
        if isinstance(image["id"], list | dict) or not isinstance(image["file_name"], str):
            raise Malformed(f"image {index}: id must be a number or text, and file_name text")
        if image["id"] in seen:
            raise Malformed(f"image {index}: id {image['id']} is used twice")
        seen.add(image["id"])
        folder, _, name = image["file_name"].rpartition("/")
        if folder not in video_of:
            video_of[folder] = _video(folder)
        video = video_of[folder]
        if not video or not name.split(".")[0].isdigit():
            raise Malformed(
                f"image {index}: file_name must end in NUMBER_KIND.../NUMBER.jpg with KIND one of "
                f"{', '.join(_KINDS)}, got {image['file_name']!r}"
            )
        groups.setdefault(video, []).append(image)
    return (next(iter(groups.values())) if groups else []), len(groups)


def _video(folder: str) -> str:
    """The number of the video whose images lie in `folder`; empty if the name has none."""
    parts = PurePosixPath(folder).name.split("_")
    named = len(parts) > 1 and parts[0].isdigit() and parts[1] in _KINDS
    return parts[0] if named else ""


def _person(
    annotation: Mapping[str, Any], columns: list[int], length: int, where: str, reading: Reading
) -> People | None:
    try:
        values = numbers(annotation["keypoints"], "keypoints", 3 * length)
        table = values.reshape(length, 3)[columns]
        if not np.isfinite(table).all():
            raise ValueError("keypoints must be finite numbers")
        points = _points(table)
        scores = np.full(K, np.nan)
        if annotation.get("scores"):
            scores = numbers(annotation["scores"], "scores", length)[columns]
        head = np.full(4, np.nan)
        if annotation.get("bbox_head"):  # an empty list where the head is out of view
            head = numbers(annotation["bbox_head"], "bbox_head", 4)
            head[2:] += head[:2]
        identity = np.array([integer(annotation["track_id"])], np.int64)
    except (KeyError, TypeError, ValueError) as error:
        reading.note(where, f"a person cannot be read ({reason(error)})")
        return None
    return People(identity, points[None], scores[None], head[None])


def _regions_of_2018(image: Mapping[str, Any], where: str, reading: Reading) -> tuple[Reals, ...]:
    across, down = image.get("ignore_regions_x"), image.get("ignore_regions_y")
    if not across or not down:
        return ()
    try:
        regions = [
            # What has no counterpart is left out, as in the official converter.
            np.array(list(zip(xs, ys, strict=False)), np.float64)
            for xs, ys in zip(across, down, strict=False)
        ]
    except (TypeError, ValueError):
        reading.note(where, "ignore_regions_x and ignore_regions_y must be lists of number lists")
        return ()
    return polygons(regions, where, reading)
