"""Writes PoseTrack18's JSON, as its evaluators and PoseTrack21's read it.

What they need beyond COCO's format (see docs/formats.md): 17 keypoints in their order, a list
`scores` for the keypoints, every frame listed, `file_name`s of the form
`NNNNNN_source_.../number`, and ids that contain sequence and frame.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from lighttrack.formats.annotations import AnnotationsWriter, category_of, states_of
from lighttrack.formats.errors import FormatError
from lighttrack.formats.names import file_name
from lighttrack.formats.writing import (
    SCORE_DECIMALS,
    TIME_DECIMALS,
    flattened,
    present,
    rounded,
    triples,
)
from lighttrack.structures import Poses, Skeleton, TrackedFrame, VideoInfo, boxes
from lighttrack.structures.skeletons import POSETRACK_17

SUFFIX = ".posetrack.json"

_SEQUENCE = re.compile(r"(?P<number>\d{6})_(?P<source>[a-z]+)_.*")
_SOURCES = {"mpii": 1, "bonn": 2}
"""First digit of an image id, by where PoseTrack took a sequence from."""

_HEAD_ASPECT = 0.8
"""Least width of a head box in units of the distance from neck to top of the head."""


class PoseTrackWriter(AnnotationsWriter):
    """Writes predictions (or annotations) of one sequence.

    Args:
        path: the file to write; the folder around it must exist.
        info: of the video.
        skeleton: of the poses that will come.
        provenance: version, command, configuration, networks.
        images: the list `images` of the ground truth that the predictions are for; frame i is then
            its item i, and the whole list is written as it is. Without it, the frames are listed
            with ids and names of PoseTrack's form.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        info: VideoInfo,
        skeleton: Skeleton,
        provenance: Mapping[str, Any] | None = None,
        *,
        images: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        self._listed = images
        super().__init__(path, info, skeleton, provenance)

    def _begin(self) -> None:
        super()._begin()
        for image in self._listed or ():
            self._lists.append("images", image)
        self._images = 0
        # A video that is not PoseTrack's gets a name of the form that its tools take apart.
        name = file_name(self.info.name)
        self._sequence = name if _SEQUENCE.fullmatch(name) else f"000000_mpii_{name}"
        named = _SEQUENCE.fullmatch(self._sequence)
        self._vid_id = named["number"] if named else "000000"
        source = _SOURCES.get(named["source"], 1) if named else 1
        self._first_id = source * 10**10 + int(self._vid_id) * 10**4

    def _image_id(self, frame: TrackedFrame) -> int:
        """The id of the frame's image, which is listed if the list was not given."""
        if self._listed is not None:
            if frame.index >= len(self._listed):
                raise FormatError(
                    f"frame {frame.index} is not among the {len(self._listed)} images given"
                )
            return int(self._listed[frame.index]["id"])
        image_id = self._first_id + frame.index
        self._images += 1
        self._lists.append(
            "images",
            {
                "id": image_id,
                "frame_id": image_id,
                "vid_id": self._vid_id,
                "is_labeled": True,
                "file_name": f"images/{self._sequence}/{frame.index:06d}.jpg",
                "ignore_regions_x": [],
                "ignore_regions_y": [],
                "time": round(frame.time, TIME_DECIMALS),
            },
        )
        return image_id

    def _write(self, frame: TrackedFrame) -> None:
        image_id = self._image_id(frame)
        poses = frame.poses.to(POSETRACK_17)
        values = triples(poses)
        scores = values[..., 2].tolist()
        values[..., 2] = present(poses)
        columns = zip(
            frame.ids.tolist(),
            flattened(values),
            scores,
            rounded(boxes.to_xywh(frame.boxes)),
            head_boxes(poses),
            rounded(poses.person_scores, SCORE_DECIMALS),
            states_of(frame),
            strict=True,
        )
        for number, (identity, flat, keypoint_scores, box, head, score, state) in enumerate(
            columns
        ):
            annotation = {
                "id": image_id * 1000 + number,
                "image_id": image_id,
                "category_id": 1,
                "track_id": identity,
                "keypoints": flat,
                "scores": keypoint_scores,
                "bbox": box,
                "score": score,
                **state,
            }
            if head is not None:
                annotation["bbox_head"] = head
            self._lists.append("annotations", annotation)

    def _store(self) -> None:
        self._lists.commit(
            before={"info": {"video": asdict(self.info), "provenance": self.provenance}},
            after={"categories": [category_of(POSETRACK_17)]},
            amend={"images": {"nframes": self._images}} if self._listed is None else {},
        )


def head_boxes(poses: Poses) -> list[list[float] | None]:
    """A box (left, top, width, height) for each head whose two ends are known.

    It spans nose, neck and top of the head, and no side is shorter than four fifths of the
    distance from neck to top, about the proportion of PoseTrack's own.
    """
    ends = poses.keypoints[:, [poses.skeleton.index[n] for n in ("head_bottom", "head_top")]]
    head = poses.keypoints[:, [poses.skeleton.index["nose"]]]
    points = np.concatenate([ends, head], axis=1)
    around = boxes.of_points(points, np.asarray(np.isfinite(points).all(axis=2)))
    least = _HEAD_ASPECT * np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)[:, None]
    margin = np.maximum(least - (around[:, 2:] - around[:, :2]), 0) / 2
    around = np.concatenate([around[:, :2] - margin, around[:, 2:] + margin], axis=1)
    known = np.asarray(np.isfinite(ends).all(axis=(1, 2))).tolist()
    written = rounded(boxes.to_xywh(around))
    return [box if there else None for box, there in zip(written, known, strict=True)]
