import numpy as np
import pytest

from lighttrack.matching import EuclideanMatcher
from lighttrack.structures import Poses
from lighttrack.structures.protocols import PoseDistance
from lighttrack.structures.skeletons import COCO_17, POSETRACK_15


def _poses(keypoints, skeleton=POSETRACK_15):
    n, k = keypoints.shape[:2]
    return Poses(skeleton, keypoints, np.ones((n, k)), np.zeros((n, 4)), np.ones(n))


@pytest.fixture
def people():
    return np.random.default_rng(5).normal(size=(4, 15, 2)).astype(np.float32) * 100


def test_it_is_a_pose_matcher():
    assert isinstance(EuclideanMatcher(), PoseDistance)


def test_a_camera_that_jumps_and_zooms_does_not_change_distances(people):
    matcher = EuclideanMatcher()
    distances = matcher.distances(_poses(people), _poses(people * 1.7 + 300))
    np.testing.assert_allclose(np.diag(distances), 0, atol=1e-4)
    assert (distances[~np.eye(4, dtype=bool)] > matcher.threshold).all()


def test_the_distance_is_the_mean_over_the_common_keypoints():
    matcher = EuclideanMatcher()
    known, seen = np.full((2, 1, 15, 2), np.nan, np.float32)
    known[0, :3] = [[-1, 0], [1, 0], [0, 0]]
    seen[0, :3] = [[0, -1], [0, 1], [0, 0]]
    # The spread is sqrt(2 / 3); two keypoints are sqrt(2) apart, the third not at all.
    expected = 2 * np.sqrt(2) / np.sqrt(2 / 3) / 3
    assert matcher.distances(_poses(known), _poses(seen))[0, 0] == pytest.approx(expected)


def test_what_is_missing_on_either_side_is_left_out(people):
    people = people[:1]
    known, seen = people.copy(), people.copy()
    known[0, 3] = np.nan
    seen[0, 8] = np.nan
    assert EuclideanMatcher().distances(_poses(known), _poses(seen))[0, 0] < 0.2


def test_two_common_keypoints_have_an_infinite_distance(people):
    known, seen = people[:1].copy(), people[:1].copy()
    known[0, 7:] = np.nan
    seen[0, :5] = np.nan
    assert EuclideanMatcher().distances(_poses(known), _poses(seen)).tolist() == [[np.inf]]


def test_no_poses_have_no_distances(people):
    matcher = EuclideanMatcher()
    none = Poses.empty(POSETRACK_15)
    assert matcher.distances(none, _poses(people)).shape == (0, 4)
    assert matcher.distances(_poses(people), none).shape == (4, 0)


def test_a_coco_pose_matches_the_same_pose_of_posetrack():
    points = np.random.default_rng(2).normal(size=(3, 17, 2)).astype(np.float32)
    coco = _poses(points, COCO_17)
    distances = EuclideanMatcher().distances(coco, coco.to(POSETRACK_15))
    np.testing.assert_allclose(np.diag(distances), 0, atol=1e-5)


def test_threshold_must_be_positive():
    with pytest.raises(ValueError, match="threshold must be positive, got 0"):
        EuclideanMatcher(threshold=0)
