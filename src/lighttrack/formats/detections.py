"""Boxes of people by frame, of any file that has them; identities and poses are passed over."""

import os
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lighttrack.formats import coco, mot
from lighttrack.formats.formats import detect
from lighttrack.structures import Detections, TrackState
from lighttrack.structures.types import Reals


def read_detections(path: str | os.PathLike[str]) -> dict[int, Detections]:
    """The boxes of a file by frame number from 0; frames without a box are left out.

    Args:
        path: MOTChallenge text (detections, results or ground truth; rows whose seventh number is 0
            are left out), COCO annotations or a bare list of results (whose image ids are taken as
            frame numbers from 0), PoseTrack JSON, or lighttrack's own files. Scores are clipped to
            0 to 1; people who are lost have no box.

    Raises:
        FileNotFoundError: if nothing is there.
        FormatError: if it is none of the formats, or broken.

    Example:
        >>> read_detections("MOT17-02/det/det.txt")[0]  # doctest: +SKIP
        <Detections: boxes (12, 4), scores [0.99, 0.98, ...]>
    """
    kind = detect(path).name
    if kind == "mot":
        rows = mot.read_mot(path, truth=True)
        return _by_frame(rows.frames, rows.boxes, rows.scores)
    if kind == "coco":
        return _of_coco(coco.load(path))
    found = {}
    for frame in detect(path).read(path).frames:
        there = (frame.states != TrackState.LOST) & np.isfinite(frame.boxes).all(axis=1)
        if there.any():
            scores = np.nan_to_num(frame.poses.person_scores[there], nan=1.0)
            found[frame.index] = Detections(frame.boxes[there], np.clip(scores, 0, 1))
    return found


def _of_coco(file: coco.CocoFile) -> dict[int, Detections]:
    file.require(("bbox",))
    frames = _frames_of(file)
    entries = [entry for entry in file.entries if not entry.get("iscrowd")]
    return _by_frame(
        np.array([frames[entry["image_id"]] for entry in entries], np.int64),
        file.boxes(entries),
        file.numbers([entry.get("score", 1.0) for entry in entries], ()),
    )


def _frames_of(file: coco.CocoFile) -> Mapping[object, int]:
    """Frame numbers by image id, as `formats.coco.read` counts."""
    if file.images is None:
        return {entry["image_id"]: int(entry["image_id"]) for entry in file.entries}
    numbered = enumerate(file.images)
    return {image["id"]: int(image.get("frame_id", position)) for position, image in numbered}


def _by_frame(frames: NDArray[np.int64], boxes: Reals, scores: Reals) -> dict[int, Detections]:
    scores = np.clip(scores, 0, 1)
    return {
        int(index): Detections(boxes[frames == index], scores[frames == index])
        for index in np.unique(frames)
    }
