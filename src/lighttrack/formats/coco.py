"""COCO's keypoint annotations, with a `track_id` for each person.

Poses are written with COCO's own 17 keypoints, which its tools count on. The format has no score
for a single keypoint in a data set, only in results; ours stand in `keypoint_scores`.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.formats.annotations import AnnotationsWriter, category_of, states_of
from lighttrack.formats.errors import FormatError
from lighttrack.formats.reading import (
    frame_of,
    info_from,
    load_json,
    person_of,
    require,
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

SUFFIX = ".coco.json"

_VISIBLE = 2
"""COCO's flag of a keypoint that is marked and seen; 0 is one that is not marked."""


class CocoWriter(AnnotationsWriter):
    """Writes a data set: images, annotations and the category "person"."""

    def _begin(self) -> None:
        super()._begin()
        self._annotations = 0

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
        values[..., 2] = np.where(marked, _VISIBLE, 0)
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


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a data set of one video, or a bare list of results.

    A list says nothing of the video: its image ids are taken as frame numbers, and the times are
    those of 25 frames per second.

    Raises:
        FormatError: if the file is something else, or its people have no `track_id`.
    """
    path = Path(path)
    content = load_json(path)
    if isinstance(content, list):
        return _read_results(content, path)
    images = require(content, "images", str(path))
    annotations = require(content, "annotations", str(path))
    category = _person_category(require(content, "categories", str(path)), path)
    skeleton = skeleton_of(
        require(category, "keypoints", f"the category of {path}"),
        [(a - 1, b - 1) for a, b in category.get("skeleton", ())],
    )
    about = content.get("info") or {}
    info = _info(about.get("video"), images, path)
    people = _by_image(annotations, path)
    frames = []
    for position, image in enumerate(images):
        index = int(image.get("frame_id", position))
        frames.append(
            frame_of(
                skeleton,
                index,
                float(image.get("time", index / info.fps)),
                [
                    person_of(item, skeleton, f"annotation {item.get('id')} of {path}", flags=True)
                    for item in people.get(image["id"], ())
                ],
            )
        )
    frames.sort(key=lambda frame: frame.index)
    return TrackedVideo(info, skeleton, frames, about.get("provenance", {}))


def _read_results(results: list[Any], path: Path) -> TrackedVideo:
    info = info_from(None, path, SUFFIX)
    frames = [
        frame_of(
            COCO_17,
            index,
            index / info.fps,
            [person_of(item, COCO_17, f"a result of {path}", flags=False) for item in people],
        )
        for index, people in sorted(_by_image(results, path).items())
    ]
    return TrackedVideo(info, COCO_17, without_gaps(frames, COCO_17, info.fps))


def _by_image(annotations: list[Any], path: Path) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for item in annotations:
        grouped.setdefault(int(require(item, "image_id", f"an annotation of {path}")), []).append(
            item
        )
    return grouped


def _person_category(categories: list[Any], path: Path) -> Mapping[str, Any]:
    for category in categories:
        if isinstance(category, Mapping) and category.get("keypoints"):
            return category
    raise FormatError(f"{path} has no category with keypoints")


def _info(stored: Mapping[str, Any] | None, images: list[Any], path: Path) -> VideoInfo:
    if stored is None and images:
        stored = {key: images[0][key] for key in ("width", "height") if key in images[0]}
    return info_from(stored, path, SUFFIX)
