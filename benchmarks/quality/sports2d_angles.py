"""Angles as Sports2D computes them of given keypoints: makes the golden figures of their test.

    pip install --no-deps sports2d==0.8.34 pose2sim==0.10.49
    pip install pandas matplotlib anytree rtoml c3d
    lighttrack track Sports2D/Demo/demo.mp4 --output out --end 3 --skeleton halpe-26
    python benchmarks/quality/sports2d_angles.py out/demo.tracks.jsonl GOLDEN

Importing Sports2D asks for rtmlib, lxml, statsmodels and filterpy, too; GOLDEN is
tests/golden/sports2d_angles.json. The clip is in the wheel of Sports2D. Its own function is called,
frame by frame, with every person's keypoints as they are, unfiltered; what it gives is stored
beside them.
"""

import json
import sys
from pathlib import Path

import numpy as np
from Pose2Sim.common import angle_dict
from Sports2D.process import compute_angles_for_person

from lighttrack.formats import read_tracks
from lighttrack.formats.markers import marker_of

EVERY = 3
"""Frames from one that is kept to the next."""


def main(result: Path, golden: Path) -> None:
    """Write the golden file of a stored result."""
    video = read_tracks(result)
    names = [marker_of(keypoint) for keypoint in video.skeleton.keypoints]
    toes = [names.index(name) for name in ("LBigToe", "LHeel", "RBigToe", "RHeel")]
    people = []
    for track in video.tracks():
        points = np.round(track.keypoints.astype(np.float64), 2)[::EVERY]
        angles = [
            compute_angles_for_person(
                frame[:, 0], frame[:, 1], "auto", True, list(range(len(names))), names,
                list(angle_dict), angle_dict, toes,
            )[1]
            for frame in points
        ]  # fmt: skip
        people.append({"keypoints": _numbers(points, 2), "angles": _numbers(np.array(angles), 3)})
    content = {
        "made_by": "benchmarks/quality/sports2d_angles.py with Sports2D 0.8.34, Pose2Sim 0.10.49",
        "keypoints": video.skeleton.keypoints,
        "angles": [name.replace(" ", "_") for name in angle_dict],
        "people": people,
    }
    golden.write_text(json.dumps(content) + "\n", encoding="utf-8")


def _numbers(values: np.ndarray, decimals: int) -> list:
    """Nested lists, with `None` where there is no number."""
    values = np.round(values.astype(np.float64), decimals)
    return np.where(np.isnan(values), None, values.astype(object)).tolist()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
