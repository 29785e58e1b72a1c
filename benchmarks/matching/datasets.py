"""Reads the tracked poses that pose matching is judged on."""

import json
from pathlib import Path

import numpy as np

from lighttrack.formats import read_tracks
from lighttrack.matching.normalize import CANONICAL
from lighttrack.matching.pairs import PoseSequence
from lighttrack.structures.boxes import of_points

_WINDOW_NAMES = {"neck": "head_bottom"}


def posetrack_folder(folder: Path) -> list[PoseSequence]:
    """Annotations in PoseTrack's format."""
    return [PoseSequence.from_video(read_tracks(path)) for path in sorted(folder.glob("*.json"))]


def windows(path: Path) -> list[PoseSequence]:
    """Windows of PoseTrack18: `keypoints[person][frame][joint] = [x, y, mask]`."""
    content = json.loads(path.read_text(encoding="utf-8"))
    columns = [CANONICAL.index[_canonical_name(name)] for name in content["joint_names"]]
    sequences = []
    for number, window in enumerate(content["sequences"]):
        given = np.asarray(window["keypoints"], np.float32).transpose(1, 0, 2, 3)
        keypoints = np.full((*given.shape[:2], len(CANONICAL), 2), np.nan, np.float32)
        keypoints[:, :, columns] = np.where(given[..., 2:] > 0, given[..., :2], np.nan)
        flat = keypoints.reshape(-1, len(CANONICAL), 2)
        boxes = of_points(flat, np.isfinite(flat[..., 0])).reshape(*keypoints.shape[:2], 4)
        sequences.append(PoseSequence(f"window-{number:03d}", keypoints, boxes))
    return sequences


def _canonical_name(name: str) -> str:
    for short, side in (("l_", "left_"), ("r_", "right_")):
        if name.startswith(short):
            return side + name.removeprefix(short)
    return _WINDOW_NAMES.get(name, name)
