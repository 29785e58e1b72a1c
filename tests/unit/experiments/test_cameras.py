"""Cameras that jump, pan and zoom over a sequence: places change, poses do not."""

from dataclasses import replace

import numpy as np
import pytest
from experiment_walk import PLAN, run, walk, walk_images, written
from posetrack_published import every_second, published

from lighttrack.experiments import read_plan, run_experiment
from lighttrack.experiments.cameras import CAMERAS
from lighttrack.experiments.data import Video, find_videos
from lighttrack.matching.normalize import normalize


def videos(tmp_path, camera: str) -> list[Video]:
    plan = read_plan(written(tmp_path, PLAN))
    data = tmp_path / "data"
    found = find_videos(plan, data if data.exists() else published(data, every_second))
    return [replace(video, camera=camera) for video in found]


@pytest.mark.parametrize("camera", sorted(CAMERAS))
def test_poses_and_what_is_scored_move_together_and_shapes_stay(tmp_path, camera):
    for still, seen in zip(videos(tmp_path, "still"), videos(tmp_path, camera), strict=True):
        frames = zip(still.sequence().frames, seen.sequence().frames, strict=True)
        all_poses, all_moved = still.poses(), seen.poses()
        for index, (before, after) in enumerate(frames):
            poses, moved = all_poses[index], all_moved[index]
            np.testing.assert_allclose(
                normalize(poses.keypoints)[0], normalize(moved.keypoints)[0], atol=1e-4
            )
            assert moved.keypoints.min() >= 0
            sides = [
                heads[:, 2:] - heads[:, :2] for heads in (before.people.heads, after.people.heads)
            ]
            assert len(before.regions) == len(after.regions) == 1
            if len(sides[0]):
                extent = [np.ptp(p, axis=1) for p in (before.people.points, after.people.points)]
                np.testing.assert_allclose(sides[1] / sides[0], extent[1] / extent[0])
        sizes = {frame.image.shape for frame in seen.frames()}
        assert len(sizes) == 1


def test_each_camera_does_what_its_name_says(tmp_path):
    def path(camera):
        video = videos(tmp_path, camera)[0]
        places = np.array([poses.boxes[0] for poses in video.poses().values()])
        return (places[:, :2] + places[:, 2:]) / 2, places[:, 3] - places[:, 1]

    (rest, height), (jumps, _), (pans, _), (_, zooms) = map(
        path, ("still", "jumps", "pans", "zooms")
    )
    steps = np.linalg.norm(np.diff(jumps - rest, axis=0), axis=1)
    assert np.flatnonzero(steps > 1).tolist() == [19, 39, 59, 79]
    np.testing.assert_allclose(steps[[19, 39]], height[0] / 1.2, rtol=1e-3)
    swing = np.abs(np.diff((pans - rest)[:, 0]))
    assert 0.1 * height.mean() < swing.max() < 0.2 * height.mean()
    np.testing.assert_allclose((zooms / height)[[5, 25, 45]], [1, 1.6, 1], rtol=1e-5)


def test_perfect_poses_seen_by_a_camera_that_jumps_score_as_poses_at_rest(tmp_path):
    data = published(tmp_path / "data", every_second)
    plan = PLAN.replace('["truth", "half blind"]', '"truth"').replace("[1, 4]", "1")
    plan = plan.replace("[grid]", '[grid]\ncamera = ["still", "zooms"]')
    made = run_experiment(
        read_plan(written(tmp_path, plan)), data, output=tmp_path / "out", progress=lambda s: None
    )
    assert [row[0] for row in made.rows] == ["still", "zooms"]
    assert made.rows[0][1] == pytest.approx(100)
    assert made.rows[1][1] == pytest.approx(100)


def test_a_camera_goes_without_images(tmp_path, capsys):
    walk(tmp_path / "data")
    images = walk_images(tmp_path / "images", range(12))
    plan = PLAN.replace("[grid]", '[grid]\ncamera = "pans"')
    assert run(tmp_path, "--images", str(images), plan=plan) == 1
    assert "a camera moves the ground truth alone: leave out the images" in capsys.readouterr().err
