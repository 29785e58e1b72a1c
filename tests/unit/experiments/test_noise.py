"""Stand-ins for networks."""

import numpy as np
import pytest
from experiment_walk import PLAN, walk, written

from lighttrack.experiments import noise
from lighttrack.experiments.data import find_videos
from lighttrack.experiments.plan import DetectorNoise, PoseNoise
from lighttrack.experiments.reading import read_plan


def test_stand_ins_make_the_stated_errors_and_the_same_each_time(tmp_path):
    plan = read_plan(written(tmp_path, PLAN))
    video = find_videos(plan, walk(tmp_path / "data", frames=200))[0]
    seen = noise.detections(video.boxes(), DetectorNoise(missed=0.3, ghosts=0.5, seed=1), "v")
    count = np.array([len(found) for found in seen.values()])
    assert count.mean() == pytest.approx(2 * 0.7 + 0.5, abs=0.15)
    again = noise.detections(video.boxes(), DetectorNoise(missed=0.3, ghosts=0.5, seed=1), "v")
    np.testing.assert_array_equal(seen[7].boxes, again[7].boxes)

    truth = video.poses()
    made = noise.poses(truth, PoseNoise(spread=0.02, seed=1), "v")
    size = np.sqrt(np.prod(truth[0].boxes[0, 2:] - truth[0].boxes[0, :2]))
    error = np.concatenate([made[i].keypoints - truth[i].keypoints for i in truth])
    assert error.std() == pytest.approx(0.02 * size, rel=0.05)
    gone = noise.poses(truth, PoseNoise(missed=1.0), "v")
    assert all(len(poses) == 0 for poses in gone.values())
