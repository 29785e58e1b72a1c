"""Kinetics-skeleton JSON, as ST-GCN and its descendants read it: a file a video.

`{"data": [{"frame_index": 1, "skeleton": [{"pose": [x, y, ...], "score": [...]}]}], "label":
"unknown", "label_index": -1}`: OpenPose's 18 keypoints, x and y as shares of the image's width and
height, 0 with a score of 0 where missing; frames count from 1.
"""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.formats import members
from lighttrack.formats.annotations import JsonLists
from lighttrack.formats.errors import FormatError
from lighttrack.formats.reading import (
    Person,
    frame_of,
    info_from,
    load_json,
    without_gaps,
)
from lighttrack.formats.writing import SCORE_DECIMALS, TIME_DECIMALS, TracksWriter, triples
from lighttrack.structures import TrackedFrame, TrackedVideo, make_skeleton
from lighttrack.structures.types import AnyArray

SUFFIX = ".kinetics.json"

OPENPOSE_18 = make_skeleton(
    "openpose-18",
    [
        "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder",
        "left_elbow", "left_wrist", "right_hip", "right_knee", "right_ankle", "left_hip",
        "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear",
    ],
    [
        ("nose", "neck"), ("neck", "right_shoulder"), ("neck", "left_shoulder"),
        ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"),
        ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"), ("neck", "right_hip"),
        ("right_hip", "right_knee"), ("right_knee", "right_ankle"), ("neck", "left_hip"),
        ("left_hip", "left_knee"), ("left_knee", "left_ankle"), ("nose", "right_eye"),
        ("nose", "left_eye"), ("right_eye", "right_ear"), ("left_eye", "left_ear"),
    ],
)  # fmt: skip
"""The keypoints of OpenPose's COCO model."""

_DECIMALS = 6


class KineticsWriter(TracksWriter):
    """Collects frames on disk; the file takes its name when it is complete."""

    def _begin(self) -> None:
        self._lists = JsonLists(self.path, ("data",))

    def _write(self, frame: TrackedFrame) -> None:
        size = np.array([self.info.width, self.info.height], np.float64)
        if not size.all():
            raise FormatError(
                "Kinetics-skeleton has positions as shares of the image's size, which is not known"
            )
        values = triples(frame.poses.to(OPENPOSE_18))
        places = np.round(values[..., :2] / size, _DECIMALS)
        people = [
            {"pose": place.ravel().tolist(), "score": score.tolist(), "track_id": identity}
            for place, score, identity in zip(
                places, np.round(values[..., 2], SCORE_DECIMALS), frame.ids.tolist(), strict=True
            )
        ]
        self._lists.append(
            "data",
            {
                "frame_index": frame.index + 1,
                "skeleton": people,
                "time": round(frame.time, TIME_DECIMALS),
            },
        )

    def _finish(self) -> None:
        self._lists.commit(
            before={},
            after={
                "label": "unknown",
                "label_index": -1,
                "video": asdict(self.info),
                "provenance": self.provenance,
            },
            amend={},
        )

    def _abandon(self) -> None:
        self._lists.discard()


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is such JSON, by its first members."""
    text = head.decode("utf-8", errors="replace").lstrip()
    named = '"frame_index"' in text or '"label_index"' in text
    return text.startswith("{") and named and '"data"' in text[:64]


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a file of one video; boxes are the smallest around the keypoints.

    Where it does not say the video's size, as files of others don't, positions stay shares of it.
    Where people have no `track_id` they are refused: the places of people in a frame tell nothing.

    Raises:
        FormatError: if it holds something else.
    """
    path = Path(path)
    content = load_json(path)
    info = info_from(content.get("video") if isinstance(content, dict) else None, path, SUFFIX)
    size = (info.width or 1, info.height or 1)
    frames = []
    for item in members.member(content, "data", str(path)):
        index = int(members.member(item, "frame_index", f"a frame of {path}")) - 1
        what = f"frame {index + 1} of {path}"
        people = [_person(each, size, what) for each in members.member(item, "skeleton", what)]
        frames.append(frame_of(OPENPOSE_18, index, item.get("time", index / info.fps), people))
    filled = frames if "video" in content else without_gaps(frames, OPENPOSE_18, info.fps)
    return TrackedVideo(info, OPENPOSE_18, filled, content.get("provenance", {}))


def _person(stored: Any, size: tuple[int, int], what: str) -> Person:
    if not isinstance(stored, dict) or stored.get("track_id") is None:
        raise FormatError(f"{what} has a person without track_id: poses without identities")
    pose: AnyArray = np.array(members.member(stored, "pose", what), np.float32)
    score: AnyArray = np.array(members.member(stored, "score", what), np.float32)
    k = len(OPENPOSE_18)
    if pose.shape != (2 * k,) or score.shape != (k,):
        raise FormatError(f"{what}: a person must have {2 * k} numbers and {k} scores")
    points = np.column_stack([pose.reshape(k, 2) * size, score]).astype(np.float32)
    points[(score == 0) | ~pose.reshape(k, 2).any(axis=1)] = (np.nan, np.nan, 0.0)
    return Person(int(stored["track_id"]), points)
