"""Writes PoseTrack17's JSON (`annolist`), as its evaluator reads it.

Every value is a list of one; a point carries the number of its joint in the evaluator's order.
`info`, `time`, `bbox` and `state` are our additions, as in the layout of 2018.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from lighttrack.formats.annotations import JsonLists, states_of
from lighttrack.formats.errors import FormatError
from lighttrack.formats.names import file_name
from lighttrack.formats.posetrack.annotations import JOINTS
from lighttrack.formats.posetrack.writer import head_boxes
from lighttrack.formats.writing import (
    SCORE_DECIMALS,
    TIME_DECIMALS,
    TracksWriter,
    present,
    rounded,
    triples,
)
from lighttrack.structures import Skeleton, TrackedFrame, VideoInfo, boxes
from lighttrack.structures.skeletons import POSETRACK_15

SUFFIX_2017 = ".posetrack17.json"

_ORDER = [POSETRACK_15.index[joint] for joint in JOINTS]
_SIDES = ("x1", "y1", "x2", "y2")


class PoseTrack17Writer(TracksWriter):
    """Writes predictions (or annotations) of one sequence in the layout of 2017.

    Args:
        path: the file to write; the folder around it must exist.
        info: of the video.
        skeleton: of the poses that will come.
        provenance: version, command, configuration, networks.
        images: the `annolist` of the ground truth that the predictions are for; frame i is then
            its entry i, and as many frames are written as it has. Without it, the frames are
            named after the video and their numbers.
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
        self._next = 0
        super().__init__(path, info, skeleton, provenance)

    def _begin(self) -> None:
        self._lists = JsonLists(self.path, ("annolist",))

    def _write(self, frame: TrackedFrame) -> None:
        if self._listed is None:
            image: Any = [{"name": f"images/{file_name(self.info.name)}/{frame.index:08d}.jpg"}]
        elif frame.index >= len(self._listed):
            raise FormatError(
                f"frame {frame.index} is not among the {len(self._listed)} images given"
            )
        else:
            self._fill(frame.index)
            image = self._listed[frame.index]["image"]
        self._next = frame.index + 1
        self._append(image, _people(frame), {"time": round(frame.time, TIME_DECIMALS)})

    def _fill(self, end: int) -> None:
        """List the images before `end` that no frame came for: evaluators align by position."""
        for entry in (self._listed or ())[self._next : end]:
            self._append(entry["image"], [], {})

    def _append(self, image: Any, people: list[dict[str, Any]], added: Mapping[str, float]) -> None:
        entry = {"image": image, "ignore_regions": [], "annorect": people, **added}
        self._lists.append("annolist", entry)

    def _finish(self) -> None:
        self._fill(len(self._listed or ()))
        info = {"video": asdict(self.info), "provenance": self.provenance}
        self._lists.commit(before={}, after={"info": info}, amend={})
        self._lists.discard()

    def _abandon(self) -> None:
        self._lists.discard()


def _people(frame: TrackedFrame) -> list[dict[str, Any]]:
    poses = frame.poses.to(POSETRACK_15)
    there = present(poses)[:, _ORDER]
    rows = zip(
        frame.ids.tolist(),
        triples(poses)[:, _ORDER].tolist(),
        there.tolist(),
        head_boxes(poses),
        rounded(poses.person_scores, SCORE_DECIMALS),
        rounded(boxes.to_xywh(frame.boxes)),
        states_of(frame),
        strict=True,
    )
    return [
        {
            **_head(head),
            "track_id": [identity],
            "score": [score],
            "annopoints": [{"point": _points(joints, known)}],
            "bbox": box,
            **state,
        }
        for identity, joints, known, head, score, box, state in rows
    ]


def _points(joints: list[list[float]], known: list[bool]) -> list[dict[str, Any]]:
    return [
        {"id": [number], "x": [x], "y": [y], "score": [score]}
        for number, ((x, y, score), there) in enumerate(zip(joints, known, strict=True))
        if there
    ]


def _head(box: list[float] | None) -> dict[str, list[float]]:
    """The head box by its corners, for a person whose head is known."""
    if box is None:
        return {}
    left, top, width, height = box
    corners = np.round([left, top, left + width, top + height], 2).tolist()
    return {side: [value] for side, value in zip(_SIDES, corners, strict=True)}
