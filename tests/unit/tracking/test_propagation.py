import numpy as np
import pytest

from lighttrack.structures.skeletons import COCO_17, POSETRACK_15
from lighttrack.tracking import propagation


def person(x=100.0, y=50.0, height=200.0):
    """A pose whose keypoints span 0.4 x 1.0 of its height."""
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 1, (17, 2)).astype(np.float32)
    points[0], points[1] = (0, 0), (1, 1)
    return points * [0.4 * height, height] + [x, y]


def test_the_papers_box_is_the_extent_of_the_confident_keypoints_and_a_fifth_on_each_side():
    points = np.array([[[10, 20], [60, 120], [500, 900]]], np.float32)
    confident = np.array([[True, True, False]])
    box = propagation.keypoint_boxes(points, confident, 0.2)
    np.testing.assert_allclose(box, [[0, 0, 70, 140]])


def test_a_box_of_one_keypoint_has_the_minimum_size():
    box = propagation.keypoint_boxes(np.full((1, 1, 2), 40, np.float32), np.ones((1, 1), bool), 0.2)
    np.testing.assert_allclose(box, [[32, 32, 48, 48]])


def test_without_a_confident_keypoint_there_is_no_box():
    box = propagation.keypoint_boxes(np.zeros((1, 3, 2), np.float32), np.zeros((1, 3), bool), 0.2)
    assert np.isnan(box).all()


def test_margins_go_half_way_to_what_a_detection_shows():
    points, known = person()[None].astype(np.float32), np.ones((1, 17), bool)
    margins = np.zeros((1, 4), np.float32)
    detected = np.array([[90, 30, 190, 270]], np.float32)  # 10, 20, 10, 20 px outwards
    learnt = propagation.learn_margins(margins, points, known, detected)
    np.testing.assert_allclose(learnt, [[0.025, 0.05, 0.025, 0.05]], atol=1e-6)


def test_a_detection_that_holds_a_neighbour_too_does_not_blow_up_the_box():
    points, known = person()[None].astype(np.float32), np.ones((1, 17), bool)
    far = np.array([[-900, -900, 2000, 2000]], np.float32)
    learnt = propagation.learn_margins(np.zeros((1, 4), np.float32), points, known, far)
    assert (learnt <= 0.3).all()


def test_a_skeleton_with_a_crown_needs_less_above_the_head():
    assert propagation.usual_margins(POSETRACK_15)[1] < propagation.usual_margins(COCO_17)[1]


def test_the_motion_of_a_body_is_that_of_its_trunk_not_of_a_waving_hand():
    before = np.zeros((1, 17, 2), np.float32)
    now = before + np.float32(4)
    now[0, COCO_17.index["left_wrist"]] += 60
    moved = propagation.displacement(before, now, np.ones((1, 17), bool), COCO_17)
    np.testing.assert_allclose(moved, [[4, 4]], atol=0.6)


def test_a_body_has_not_moved_where_no_keypoint_is_in_both_frames():
    before, now = np.zeros((1, 17, 2), np.float32), np.full((1, 17, 2), np.nan, np.float32)
    moved = propagation.displacement(before, now, np.zeros((1, 17), bool), COCO_17)
    np.testing.assert_array_equal(moved, [[0, 0]])


@pytest.mark.parametrize("fps", [5, 25, 100])
def test_velocity_follows_in_time_not_in_frames(fps):
    velocity = np.zeros((1, 2), np.float32)
    for _ in range(fps):  # one second of constant walking at 50 px/s
        unexpected = (np.array([[50.0, 0.0]], np.float32) - velocity) / fps
        velocity = propagation.follow(velocity, unexpected, 1 / fps)
    np.testing.assert_allclose(velocity, [[50, 0]], atol=0.5)


def test_whoever_is_where_they_were_expected_keeps_their_velocity():
    velocity = np.array([[3.0, 4.0]], np.float32)
    nothing = np.zeros((1, 2), np.float32)
    np.testing.assert_array_equal(propagation.follow(velocity, nothing, 0.04), velocity)


def test_a_box_goes_with_the_body_at_once_and_takes_on_a_new_size_gradually():
    expected = np.array([[0, 0, 100, 200]], np.float32)
    wider = np.array([[0, 10, 200, 210]], np.float32)
    moved = np.array([[0, 10]], np.float32)
    box = propagation.steady(expected, moved, wider, 0.04)
    assert box[0, 1] == pytest.approx(10)
    assert 100 < box[0, 2] < 120


def test_the_share_of_a_box_inside_the_picture():
    people = np.array([[0, 0, 10, 10], [-10, 0, 10, 10], [90, 0, 110, 10], [200, 0, 210, 9]])
    share = propagation.visible_share(people.astype(np.float32), 100, 100)
    np.testing.assert_allclose(share, [1, 0.5, 0.5, 0])
