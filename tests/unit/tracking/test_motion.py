"""Where people are expected in the next image, and what a new pose changes."""

import math

import numpy as np
import pytest
from tracking_people import assert_same, changed, people, poses_in

from lighttrack.structures import CameraMotion
from lighttrack.structures.skeletons import BLAZEPOSE_33, COCO_17, motion_weights
from lighttrack.tracking import motion, propagation
from lighttrack.tracking.config import Motion, TrackerConfig

STOP = 0.7


def two(**fields):
    crowd = people((100, 100, 140, 200), (300, 100, 340, 200))
    return changed(crowd, velocities=[[50, 10], [-20, 0]], ages=[3, 4], **fields)


class TestCompensateCamera:
    def test_a_camera_that_stands_still_changes_nothing(self):
        crowd, empty = two(), people()
        assert motion.compensate_camera(crowd, CameraMotion.still()) is crowd
        assert motion.compensate_camera(empty, CameraMotion([[2, 0, 9], [0, 2, 9]])) is empty

    def test_people_move_and_grow_with_the_image(self):
        zoomed = motion.compensate_camera(two(), CameraMotion([[2, 0, -30], [0, 2, 5]]))
        assert_same(zoomed, two(), but=("keypoints", "boxes", "velocities"))
        np.testing.assert_allclose(zoomed.body.boxes[0], [170, 205, 250, 405])
        np.testing.assert_allclose(zoomed.body.velocities, [[100, 20], [-40, 0]])
        np.testing.assert_allclose(
            zoomed.body.keypoints, two().body.keypoints * 2 + np.array([-30, 5]), rtol=1e-5
        )

    def test_velocities_turn_with_the_image(self):
        turned = motion.compensate_camera(two(), CameraMotion([[0, -1, 0], [1, 0, 0]]))
        np.testing.assert_allclose(turned.body.velocities, [[-10, 50], [0, -20]])

    def test_after_a_cut_every_person_is_lost_and_may_be_anywhere(self):
        cut = motion.compensate_camera(two(), CameraMotion.unknown())
        assert_same(cut, two(), but=("tracked", "position_unknown"))
        assert cut.body.tracked.tolist() == [False, False]
        assert cut.body.position_unknown.tolist() == [True, True]


class TestPredict:
    def test_people_go_on_with_their_velocity(self):
        later = motion.predict(two(), 0.5, Motion())
        changes = ("boxes", "keypoints", "ages", "keypoint_ages")
        assert_same(later, two(), but=changes)
        np.testing.assert_allclose(later.body.boxes[0], [125, 105, 165, 205])
        np.testing.assert_allclose(later.body.boxes[1], [290, 100, 330, 200])
        shift = np.array([[[25, 5]], [[-10, 0]]])
        np.testing.assert_allclose(later.body.keypoints, two().body.keypoints + shift, rtol=1e-5)
        np.testing.assert_allclose(later.body.ages, [3.5, 4.5])
        np.testing.assert_allclose(later.body.keypoint_ages, 0.5)

    def test_a_person_who_is_lost_slows_down(self):
        crowd = two(tracked=[True, False], lost_for=[0, 0.2])
        later = motion.predict(crowd, 0.5, Motion(stop_time=STOP))
        np.testing.assert_allclose(later.body.lost_for, [0, 0.7])
        slower = -20 * math.exp(-0.5 / STOP)
        np.testing.assert_allclose(later.body.velocities, [[50, 10], [slower, 0]], rtol=1e-5)
        np.testing.assert_allclose(
            later.body.boxes[1], np.array([300, 100, 340, 200]) + slower * np.array([0.5, 0] * 2),
            rtol=1e-5,
        )  # fmt: skip

    def test_those_who_are_tracked_are_not_lost_whatever_they_were(self):
        crowd = two(tracked=[True, False], lost_for=[0.4, 0.2])
        assert motion.predict(crowd, 0.1, Motion()).body.lost_for[0] == 0

    def test_without_prediction_people_stay_and_age(self):
        crowd = two(tracked=[True, False], lost_for=[0, 0.2])
        later = motion.predict(crowd, 0.5, Motion(predict=False))
        assert_same(later, crowd, but=("ages", "keypoint_ages", "lost_for"))
        np.testing.assert_allclose(later.body.lost_for, [0, 0.7])
        np.testing.assert_allclose(later.body.ages, [3.5, 4.5])
        np.testing.assert_allclose(later.body.keypoint_ages, 0.5)

    def test_numbers_stay_small(self):
        body = motion.predict(two(tracked=[True, False]), 0.04, Motion()).body
        for name in ("lost_for", "ages", "keypoint_ages", "boxes", "keypoints", "velocities"):
            assert getattr(body, name).dtype == np.float32, name


class TestUpdate:
    """What is known of people after they were found where they were expected, or beside it."""

    ELAPSED = 0.04

    def update(self, crowd, rows, poses, confident=None, **config):
        confident = np.ones((len(poses), 17), bool) if confident is None else confident
        return motion.update(
            crowd, np.array(rows, np.intp), poses, confident, self.ELAPSED,
            TrackerConfig(motion=Motion(**config)),
        )  # fmt: skip

    def test_empty_found_changes_empty(self):
        crowd = two()
        assert self.update(crowd, [], poses_in()) is crowd

    def test_only_those_found_change(self):
        crowd = two(lost_for=[0, 0.3], tracked=[True, False], position_unknown=[True, True])
        after = self.update(crowd, [1], poses_in((310, 100, 350, 200)))
        assert_same(after[:1], crowd[:1])
        body, identity = after.body, after.identity
        assert body.tracked.tolist() == [True, True]
        assert body.lost_for.tolist() == [0, 0]
        assert body.position_unknown.tolist() == [True, False]
        assert identity.frames_tracked.tolist() == [1, 2]
        assert identity.reidentified.tolist() == [False, True]
        np.testing.assert_array_equal(
            body.keypoints[1], poses_in((310, 100, 350, 200)).keypoints[0]
        )
        np.testing.assert_array_equal(body.poses.boxes[1], [310, 100, 350, 200])
        np.testing.assert_array_equal(body.poses.boxes[0], [100, 100, 140, 200])
        assert_same(
            after, crowd,
            but=("tracked", "lost_for", "position_unknown", "frames_tracked", "reidentified",
                 "keypoints", "boxes", "velocities", "poses.keypoints", "poses.boxes"),
        )  # fmt: skip

    def test_every_person_found_is_as_each_found_alone(self):
        poses = poses_in((105, 101, 145, 201), (310, 100, 352, 200))
        at_once = self.update(two(lost_for=[0, 0.3]), [0, 1], poses)
        one = self.update(two(lost_for=[0, 0.3]), [0], poses[:1])
        assert_same(self.update(one, [1], poses[1:]), at_once)
        assert at_once.identity.reidentified.tolist() == [False, True]

    def test_a_person_who_was_never_lost_is_no_longer_reidentified(self):
        crowd = two(reidentified=[True, True])
        after = self.update(crowd, [0], poses_in((100, 100, 140, 200)))
        assert after.identity.reidentified.tolist() == [False, True]

    def test_velocities_follow_what_was_not_expected(self):
        after = self.update(two(), [1], poses_in((303, 100, 343, 200)), reaction_time=0.15)
        gain = (1 - math.exp(-0.04 / 0.15)) / 0.04
        np.testing.assert_allclose(
            after.body.velocities, [[50, 10], [-20 + 3 * gain, 0]], rtol=1e-4
        )

    def test_boxes_move_at_once_and_grow_slowly(self):
        crowd = two(margins=np.zeros((2, 4)))
        after = self.update(crowd, [1], poses_in((303, 100, 343, 200)), size_time=0.4)
        np.testing.assert_allclose(after.body.boxes[1], [303, 100, 343, 200], rtol=1e-5)
        after = self.update(crowd, [1], poses_in((290, 100, 350, 200)), size_time=0.4)
        moved = (poses_in((290, 100, 350, 200)).keypoints - crowd.body.keypoints[1:])[0]
        weights = motion_weights(COCO_17)
        x = (weights @ moved)[0] / weights.sum()
        gain = 1 - math.exp(-0.04 / 0.4)
        expected = 300 + x + gain * (290 - 300 - x)
        assert after.body.boxes[1, 0] == pytest.approx(expected, abs=1e-3)

    def test_without_prediction_velocities_stay_and_boxes_are_those_of_the_keypoints(self):
        crowd = two(margins=np.zeros((2, 4)))
        after = self.update(crowd, [1], poses_in((290, 100, 350, 200)), predict=False)
        np.testing.assert_allclose(after.body.boxes[1], [290, 100, 350, 200], rtol=1e-5)
        assert_same(after, crowd, but=("boxes", "keypoints", "frames_tracked", "poses.keypoints",
                                       "poses.boxes"))  # fmt: skip

    def test_a_keypoint_that_is_not_confident_moves_with_the_body_and_ages(self):
        crowd = two(keypoint_ages=np.full((2, 17), 0.5))
        confident = np.ones((1, 17), bool)
        confident[0, 16] = False
        poses = poses_in((303, 100, 343, 200))
        poses.keypoints[0, 16] = 0
        after = self.update(crowd, [1], poses, confident)
        np.testing.assert_allclose(after.body.keypoints[1, 16], [343, 200], rtol=1e-5)
        np.testing.assert_allclose(after.body.keypoint_ages[1], [0] * 16 + [0.5])

    def test_a_keypoint_never_seen_before_says_nothing_of_the_motion(self):
        ages = np.zeros((2, 17))
        ages[1, 5] = np.inf
        keypoints = two().body.keypoints.copy()
        keypoints[1, 5] = -900
        crowd = two(keypoint_ages=ages, keypoints=keypoints)
        after = self.update(crowd, [1], poses_in((300, 100, 340, 200)))
        np.testing.assert_allclose(after.body.velocities[1], [-20, 0], atol=1e-3)
        assert after.body.keypoint_ages[1, 5] == 0


def test_weights_of_keypoints_that_swing_with_each_step():
    weights = dict(zip(COCO_17.keypoints, motion_weights(COCO_17).tolist(), strict=True))
    assert [weights[name] for name in ("nose", "left_shoulder", "right_hip")] == [1, 1, 1]
    assert [weights[name] for name in ("left_elbow", "right_knee")] == pytest.approx([0.4, 0.4])
    assert [weights[name] for name in ("right_wrist", "left_ankle")] == pytest.approx([0.1, 0.1])
    weights = dict(zip(BLAZEPOSE_33.keypoints, motion_weights(BLAZEPOSE_33).tolist(), strict=True))
    assert weights["left_heel"] == weights["right_thumb"] == pytest.approx(0.1)


def test_the_motion_of_a_body_is_the_weighted_mean_of_its_keypoints():
    before = np.zeros((1, 17, 2), np.float32)
    now = before + np.float32(4)
    now[0, COCO_17.index["left_wrist"]] += 60
    moved = motion.displacement(before, now, np.ones((1, 17), bool), COCO_17)
    total = float(motion_weights(COCO_17).sum())
    np.testing.assert_allclose(moved, [[4 + 6 / total, 4 + 6 / total]], rtol=1e-5)


def test_the_motion_of_a_single_keypoint_is_that_of_the_body():
    before, now = np.zeros((1, 17, 2), np.float32), np.full((1, 17, 2), np.nan, np.float32)
    both = np.zeros((1, 17), bool)
    np.testing.assert_array_equal(motion.displacement(before, now, both, COCO_17), [[0, 0]])
    wrist = COCO_17.index["left_wrist"]
    now[0, wrist], both[0, wrist] = (7, -3), True
    np.testing.assert_allclose(motion.displacement(before, now, both, COCO_17), [[7, -3]])


@pytest.mark.parametrize("fps", [5, 25, 100])
def test_velocity_follows_in_time_not_in_frames(fps):
    velocity = np.zeros((1, 2), np.float32)
    for _ in range(fps):  # one second of constant walking at 50 px/s
        unexpected = (np.array([[50.0, 0.0]], np.float32) - velocity) / fps
        velocity = motion.update_velocities(velocity, unexpected, 1 / fps, 0.15)
    np.testing.assert_allclose(velocity, [[50 * (1 - math.exp(-1 / 0.15)), 0]], rtol=1e-4)


def test_two_images_at_one_time_leave_velocities_finite():
    velocity = np.array([[3.0, 4.0]], np.float32)
    nothing = np.zeros((1, 2), np.float32)
    np.testing.assert_array_equal(motion.update_velocities(velocity, nothing, 0.04, 0.15), velocity)
    after = motion.update_velocities(velocity, nothing + 9, 0.0, 0.15)
    np.testing.assert_allclose(after, velocity)


def test_a_box_goes_with_the_body_at_once_and_takes_on_a_new_size_gradually():
    expected = np.array([[0, 0, 100, 200]], np.float32)
    wider = np.array([[0, 10, 200, 210]], np.float32)
    moved = np.array([[0, 10]], np.float32)
    box = motion.smooth_boxes(expected, moved, wider, 0.04, 0.4)
    gain = 1 - math.exp(-0.1)
    np.testing.assert_allclose(box, [[0, 10, 100 + gain * 100, 210]], rtol=1e-5)


def test_found_people_keep_the_margins_of_their_bodies():
    margins = np.array([[0.1, 0.1, 0.1, 0.1]] * 2)
    crowd = two(margins=margins)
    after = motion.update(
        crowd, np.array([0]), poses_in((100, 100, 140, 200)), np.ones((1, 17), bool), 0.04,
        TrackerConfig(motion=Motion(predict=False)),
    )  # fmt: skip
    np.testing.assert_allclose(after.body.boxes[0], [90, 90, 150, 210], rtol=1e-5)
    np.testing.assert_array_equal(
        after.body.boxes[0],
        propagation.body_boxes(crowd.body.keypoints[:1], np.ones((1, 17), bool),
                               crowd.body.margins[:1])[0],
    )  # fmt: skip
