import numpy as np
import pytest

from lighttrack.structures import CameraMotion

BOXES = np.array([[10, 20, 30, 60], [100, 0, 140, 100]], np.float32)


def test_a_still_camera_leaves_everything_where_it_was():
    motion = CameraMotion.still()
    assert motion.is_still
    assert not motion.cut
    assert motion.scale == 1
    np.testing.assert_array_equal(motion.boxes(BOXES), BOXES)


def test_a_cut_moves_nothing_but_is_not_still():
    motion = CameraMotion.unknown()
    assert motion.cut
    assert not motion.is_still
    np.testing.assert_array_equal(motion.points(BOXES[:, :2]), BOXES[:, :2])


def test_a_pan_to_the_right_moves_people_to_the_left():
    motion = CameraMotion([[1, 0, -30], [0, 1, 0]])
    assert not motion.is_still
    np.testing.assert_array_equal(motion.boxes(BOXES), BOXES - np.float32([30, 0, 30, 0]))


def test_a_zoom_makes_people_larger_about_its_centre():
    motion = CameraMotion([[1.5, 0, -10], [0, 1.5, -20]])
    assert motion.scale == pytest.approx(1.5)
    np.testing.assert_allclose(motion.boxes(BOXES)[0], [5, 10, 35, 70])


def test_a_turn_keeps_the_size_of_boxes_and_their_sides_upright():
    turn = np.array([[0, -1, 200], [1, 0, 0]], np.float32)
    motion = CameraMotion(turn)
    assert motion.scale == pytest.approx(1)
    np.testing.assert_allclose(motion.boxes(BOXES)[0], [150, 0, 170, 40])


def test_keypoints_of_any_number_of_people_are_mapped_and_missing_ones_stay_missing():
    keypoints = np.full((3, 17, 2), 5, np.float32)
    keypoints[1, 4] = np.nan
    mapped = CameraMotion([[2, 0, 1], [0, 2, 0]]).points(keypoints)
    assert mapped.shape == (3, 17, 2)
    assert mapped.dtype == np.float32
    np.testing.assert_array_equal(mapped[0, 0], [11, 10])
    assert np.isnan(mapped[1, 4]).all()
    assert np.isfinite(np.delete(mapped[1], 4, axis=0)).all()


def test_no_people_are_no_people_in_the_next_frame():
    assert CameraMotion([[1, 0, 7], [0, 1, 0]]).boxes(BOXES[:0]).shape == (0, 4)


@pytest.mark.parametrize(
    "transform",
    [np.eye(3), [[1, 0, np.nan], [0, 1, 0]], [[-1, 0, 9], [0, 1, 0]], np.zeros((2, 3))],
)
def test_what_is_no_motion_of_a_camera_is_refused(transform):
    with pytest.raises(ValueError, match=r"transform must"):
        CameraMotion(transform)
