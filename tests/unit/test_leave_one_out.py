"""Whether a setting helps on clips that had no part in choosing it."""

from dataclasses import replace

import numpy as np
import pytest
from cached import CachedEstimator, NetworkCache
from leave_one_out import gains, verdict
from material import Clip
from scoring import Figures, score
from sweep import Seed

from lighttrack.structures import Poses, Regions
from lighttrack.structures.skeletons import COCO_17

FIGURES = Figures(0.5, 0.5, 0.6, 0.5, 0, 0, 0, 1, 1, 0.1)


def clip(frames=20):
    return Clip(
        name="walk",
        width=8,
        height=4,
        times=[index / 10 for index in range(frames)],
        truth=[(np.array([index]), np.array([[1.0, 0, 3, 4]])) for index in range(frames)],
        image=lambda index: np.full((4, 8, 3), index, np.uint8),
    )


def test_a_setting_that_gains_everywhere_is_accepted():
    found = verdict({"a": {"x": 0.02, "y": 0.04}, "b": {"x": 0.01, "y": 0.01}})
    assert found.accepted
    assert found.gain == pytest.approx(0.02)
    assert found.left_out == pytest.approx(0.02)
    assert found.over_seeds == pytest.approx(np.std([0.015, 0.025], ddof=1))


def test_a_setting_that_one_scene_alone_would_choose_is_not_accepted():
    found = verdict({"a": {"x": 0.09}, "b": {"x": -0.01}, "c": {"x": -0.01}})
    assert found.gain > 0
    assert not found.accepted  # without `a` it is not taken, and with it `b` and `c` lose


def test_views_of_one_scene_count_once():
    results = {
        "default": {
            name: {"x": FIGURES} for name in ("ADL-Rundle-6", "VC_ADL-Rundle-6", "KITTI-17")
        },
    }
    results["other"] = {
        name: {"x": replace(FIGURES, idf1=value)}
        for name, value in zip(results["default"], (0.6, 0.8, 0.4), strict=True)
    }
    found = gains(results, "other", "default", "idf1")
    assert found == {
        "ADL-Rundle-6": {"x": pytest.approx(0.2)},
        "KITTI-17": {"x": pytest.approx(-0.1)},
    }


def test_seeds_start_later_or_are_mirrored():
    later = Seed.named("start 3").of(clip())
    assert len(later) == 17
    assert later.image(0)[0, 0, 0] == 3
    assert later.truth[0][0].tolist() == [3]
    assert Seed.named("mirror").of(clip()).truth[0][1].tolist() == [[5, 0, 7, 4]]
    assert Seed.named("interval -1").interval == -1
    with pytest.raises(ValueError, match="unknown seed 'moon'"):
        Seed.named("moon")


class Counting:
    """An estimator that counts the boxes that it was asked for."""

    skeleton, tracked_threshold, keypoint_threshold = COCO_17, 0.3, 0.2

    def __init__(self):
        self.asked = 0

    def __call__(self, image, regions, /):
        self.asked += len(regions)
        n = len(regions)
        points = np.broadcast_to(regions.boxes[:, None, :2], (n, 17, 2))
        return Poses(COCO_17, points, np.ones((n, 17)), regions.boxes, np.ones(n))


def test_answers_are_kept_by_frame_and_rounded_box(tmp_path):
    image, regions = np.zeros((4, 4, 3), np.uint8), Regions.of(np.array([[0.2, 0, 2, 4.4]]))
    inner = Counting()
    cache = NetworkCache(tmp_path / "kept.pkl")
    first = CachedEstimator(inner, "pose", cache)(image, regions)
    near = CachedEstimator(inner, "pose", cache)(image, Regions.of(regions.boxes - 0.1))
    np.testing.assert_array_equal(first.keypoints, near.keypoints)
    cache.save()
    again = NetworkCache(tmp_path / "kept.pkl")
    CachedEstimator(inner, "pose", again)(image, regions)
    assert inner.asked == 1
    again.frame = 1
    CachedEstimator(inner, "pose", again)(image, regions)
    assert inner.asked == 2


def test_perfect_identities_reach_what_is_said_of_them():
    truth = [(np.array([1]), np.array([[0.0, 0, 10, 10]]))] * 4
    seen = [(np.array([identity]), boxes) for identity, (_, boxes) in enumerate(truth)]
    found = score(truth, seen, 0.1)
    assert found.idf1 < found.perfect_idf1 == 1
    assert score(truth, [(ids, boxes + 20) for ids, boxes in truth], 0.1).perfect_idf1 == 0
