import numpy as np
import pytest

from lighttrack.matching.normalize import CANONICAL, keypoints_as, normalize, precision_of
from lighttrack.structures import Poses, skeletons


def _poses(skeleton, keypoints):
    n, k = keypoints.shape[:2]
    return Poses(skeleton, keypoints, np.ones((n, k)), np.zeros((n, 4)), np.ones(n))


@pytest.fixture
def people():
    return np.random.default_rng(3).normal(size=(4, 15, 2)).astype(np.float32)


def test_place_and_scale_are_removed(people):
    moved, _ = normalize(people * 37 + np.float32([400, -90]))
    still, _ = normalize(people)
    np.testing.assert_allclose(moved, still, atol=1e-5)


def test_centre_is_zero_and_spread_is_one_over_present_keypoints(people):
    people[:, 4:9] = np.nan
    points, valid = normalize(people)
    assert not valid[:, 4:9].any()
    assert (points[:, 4:9] == 0).all()
    seen = points[:, valid[0]]
    np.testing.assert_allclose(seen.mean(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose((seen**2).sum(axis=2).mean(axis=1), 1, atol=1e-5)


def test_two_keypoints_and_a_single_point_are_no_pose(people):
    people[0, 2:] = np.nan
    people[1] = people[1, 0]
    points, valid = normalize(people)
    assert valid.any(axis=1).tolist() == [False, False, True, True]
    assert np.isfinite(points).all()


def test_input_is_unchanged(people):
    people[2, 3] = np.nan
    before = people.copy()
    normalize(people)
    np.testing.assert_array_equal(people, before)


@pytest.mark.parametrize("name", sorted(skeletons.SKELETONS))
def test_every_skeleton_maps_as_poses_do(name):
    skeleton = skeletons.skeleton_named(name)
    points = np.random.default_rng(0).normal(size=(5, len(skeleton), 2)).astype(np.float32)
    points[np.random.default_rng(1).random((5, len(skeleton))) < 0.3] = np.nan
    poses = _poses(skeleton, points)
    np.testing.assert_allclose(keypoints_as(poses), poses.to(CANONICAL).keypoints, rtol=1e-5)


@pytest.fixture
def bodies():
    """Two hundred poses whose keypoints hang together in a chain."""
    steps = np.random.default_rng(4).normal(size=(200, 15, 2)).astype(np.float32)
    return steps.cumsum(axis=1) * 20 + 300


def test_a_missing_keypoint_is_expected_between_its_neighbours(bodies):
    precision = precision_of(bodies)
    pose = bodies[:1].copy()
    pose[0, 7] = np.nan
    points, valid = normalize(pose, precision)
    whole, _ = normalize(bodies[:1], precision)
    assert valid[0].tolist() == [i != 7 for i in range(15)]
    between = points[0, [6, 8]].mean(axis=0)
    assert np.linalg.norm(points[0, 7] - between) < 0.1
    assert np.abs(points - whole)[0, valid[0]].max() < 0.15


def test_completed_poses_keep_their_centre_where_incomplete_ones_lose_it(bodies):
    precision = precision_of(bodies)
    holes = np.random.default_rng(0).random((200, 15)) < 1 / 3
    partial = np.where(holes[..., None], np.float32(np.nan), bodies)
    whole, _ = normalize(bodies)
    off = [np.abs(normalize(partial, q)[0] - whole)[~holes].mean() for q in (None, precision)]
    assert off[1] < 0.7 * off[0]


def test_completion_moves_and_grows_with_the_pose(bodies):
    precision = precision_of(bodies)
    bodies[:, 3:6] = np.nan
    still, _ = normalize(bodies, precision)
    moved, _ = normalize(bodies * 5 - 1000, precision)
    np.testing.assert_allclose(still, moved, atol=1e-3)


def test_a_keypoint_that_no_pose_has_changes_nothing(bodies):
    bodies[:, 0] = np.nan
    points, valid = normalize(bodies, precision_of(bodies))
    assert np.isfinite(points).all()
    assert not valid[:, 0].any()
    assert valid[:, 1:].all()
