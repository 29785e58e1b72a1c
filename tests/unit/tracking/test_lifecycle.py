"""How tracklets begin, are confirmed, are taken for false positives, and end."""

import numpy as np
import pytest
from tracking_people import assert_same, changed, in_view, people, poses_in

from lighttrack.structures import Detections, Poses
from lighttrack.structures.skeletons import COCO_17
from lighttrack.tracking import TrackerConfig, Tracklets, lifecycle, propagation
from lighttrack.tracking.config import Lifecycle, Propagation, Reidentification

CONFIG = Lifecycle()
PLACES = [(100, 100, 140, 200), (300, 100, 340, 200), (500, 100, 540, 200)]
ALL = np.ones((3, 17), bool)


def init(poses, confident, detected, **config):
    like = Tracklets.found(Poses.empty(COCO_17), descriptor=2, models=1)
    return lifecycle.init_tracklets(poses, confident, detected, like, Propagation(**config))


def test_a_new_tracklet_is_an_unconfirmed_body_of_which_nothing_else_is_known():
    poses = poses_in(*PLACES[:2])
    confident = ALL[:2].copy()
    confident[1, 4] = False
    new = init(poses, confident, poses.boxes)
    body, identity = new.body, new.identity
    assert body.poses is poses
    assert body.tracked.tolist() == [True, True]
    np.testing.assert_array_equal(body.keypoints, poses.keypoints)
    assert body.keypoint_ages[0].tolist() == [0] * 17
    assert np.nonzero(np.isinf(body.keypoint_ages[1]))[0].tolist() == [4]
    for name, value in (("velocities", 0), ("ages", 0), ("lost_for", 0), ("missed_detections", 0),
                        ("position_unknown", False), ("confident", False)):  # fmt: skip
        assert (getattr(body, name) == value).all(), name
    assert identity.ids.tolist() == [-1, -1]
    assert np.isnan(identity.appearances).all()
    assert (identity.views == 0).all()
    assert identity.frames_tracked.tolist() == [1, 1]
    assert identity.reidentified.tolist() == [False, False]
    assert_same(
        Tracklets.concatenate([Tracklets.found(Poses.empty(COCO_17), descriptor=2, models=1), new]),
        new,
    )


def test_a_new_box_is_between_the_usual_one_and_the_detected_one():
    poses = poses_in(PLACES[0])
    new = init(poses, ALL[:1], poses.boxes, margin_gain=0.5)
    usual = propagation.usual_margins(COCO_17)
    np.testing.assert_allclose(new.body.margins, [usual / 2], rtol=1e-5)
    outwards = 100 * usual / 2 * np.array([-1, -1, 1, 1])
    np.testing.assert_allclose(new.body.boxes, poses.boxes + outwards, rtol=1e-5)
    as_published = init(poses, ALL[:1], poses.boxes, box="keypoints", enlargement=0.2)
    np.testing.assert_allclose(as_published.body.boxes, [[92, 80, 148, 220]])


class TestStartTracklets:
    def start(self, known, scores, threshold=0.4, **config):
        poses = poses_in(*PLACES[: len(scores)])
        found = Detections(poses.boxes, scores)
        return lifecycle.start_tracklets(
            known,
            poses,
            ALL[: len(scores)],
            found,
            threshold,
            TrackerConfig(lifecycle=Lifecycle(**config)),
        )

    def test_each_detection_above_the_threshold_starts_one_the_best_first(self):
        known = people((0, 0, 40, 100))
        after = self.start(known, [0.5, 0.39, 0.9])
        assert_same(after[:1], known)
        assert after.identity.ids.tolist() == [1, -1, -1]
        assert after.body.poses.boxes[1:, 0].tolist() == [500, 100]
        assert after.body.confident.tolist() == [False, True, False]

    def test_a_detection_at_the_threshold_starts_one(self):
        assert len(self.start(people(), [0.5, 0.25], threshold=0.25)) == 2
        assert len(self.start(people(), [0.5, 0.25], threshold=0.5)) == 1
        assert len(self.start(people(), [0.5, 0.25], threshold=0.51)) == 0
        assert len(self.start(people(), [])) == 0

    def test_equal_detections_keep_their_order(self):
        places = [(10 * i, 0, 10 * i + 40, 100) for i in range(64)]
        poses = poses_in(*places)
        scores = np.where(np.arange(64) % 3 == 0, 0.9, 0.5)
        after = lifecycle.start_tracklets(
            people(), poses, np.ones((64, 17), bool), Detections(poses.boxes, scores), 0.4,
            TrackerConfig(),
        )  # fmt: skip
        order = [i for i in range(64) if i % 3 == 0] + [i for i in range(64) if i % 3]
        assert after.body.poses.boxes[:, 0].tolist() == [10 * i for i in order]

    @pytest.mark.parametrize(
        ("tracked", "limit", "left"), [([1, 1], 3, [500]), ([1, 0], 3, [500, 100]), ([1, 1], 1, [])]
    )
    def test_no_more_people_than_wanted_are_followed(self, tracked, limit, left):
        known = changed(people((0, 0, 40, 100), (50, 0, 90, 100)), tracked=tracked)
        after = self.start(known, [0.5, 0.45, 0.9], max_people=limit)
        starts = after.body.poses.boxes[2:, 0].tolist()
        assert starts == left

    def test_each_new_one_has_the_pose_and_the_box_of_its_own_detection(self):
        after = self.start(people(), [0.5, 0.6])
        first = self.start(people(), [0.5])
        assert_same(after[1:], first)


def test_who_is_found_where_another_was_lost_is_a_new_body_without_an_identity():
    crowd = changed(
        people(*PLACES, models=1, descriptor=2), tracked=[True, False, False],
        lost_for=[0, 0.2, 0.3], appearances=np.ones((3, 2)), velocities=np.ones((3, 2)),
        missed_detections=[1, 1, 1], confident=[True] * 3, ages=[5, 5, 5], views=[[2]] * 3,
    )  # fmt: skip
    found = changed(crowd[1:], tracked=[True, True], lost_for=[0, 0], frames_tracked=[8, 8])
    after = lifecycle.reacquired(crowd, found)
    assert_same(after[:3], crowd)
    new = after[3:]
    assert_same(
        new, found,
        but=("ages", "missed_detections", "confident", "ids", "appearances", "views",
             "frames_tracked"),
    )  # fmt: skip
    assert new.body.ages.tolist() == new.body.missed_detections.tolist() == [0, 0]
    assert new.body.confident.tolist() == [False, False]
    assert new.identity.ids.tolist() == [-1, -1]
    assert np.isnan(new.identity.appearances).all()
    assert new.identity.frames_tracked.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("threshold", "share", "enough", "too_little"),
    [(0.4, 0.5, 0.7, 0.69), (0.0, 0.33, 0.33, 0.32), (0.4, 0.0, 0.4, 0.39), (0.4, 1, 1.0, 0.99)],
)
def test_how_confident_a_detection_must_be_to_confirm(threshold, share, enough, too_little):
    scores = np.array([enough + 1e-6, too_little])
    config = Lifecycle(confident_detection=share)
    assert lifecycle.is_confident(scores, threshold, config).tolist() == [True, False]


def test_a_detection_ends_a_row_of_missed_ones_and_may_confirm():
    crowd = changed(
        people(*PLACES, (10, 10, 50, 90)), missed_detections=[1, 1, 1, 1],
        confident=[True, False, False, False],
    )  # fmt: skip
    rows, scores = np.array([2, 0, 1]), np.array([0.4, 0.1, 0.39])

    def found(scores):
        return Detections(crowd.body.boxes[rows], scores)

    after = lifecycle.record_detections(crowd, rows, found(scores), 0.4, TrackerConfig())
    assert after.body.missed_detections.tolist() == [0, 0, 0, 1]
    assert after.body.confident.tolist() == [True, False, False, False]
    assert_same(after, crowd, but=("missed_detections", "boxes", "margins"))
    after = lifecycle.record_detections(crowd, rows, found(scores + 0.5), 0.4, TrackerConfig())
    assert after.body.confident.tolist() == [True, True, True, False]
    assert crowd.body.missed_detections.tolist() == [1, 1, 1, 1]
    assert crowd.body.confident.tolist() == [True, False, False, False]


def test_a_person_who_is_in_plain_view_and_not_detected_is_missed():
    crowd = changed(people(*PLACES, (0, 0, 9, 9)), tracked=[1, 1, 1, 0], missed_detections=[1] * 4)
    view = in_view(4, hidden=[False, False, True, False])
    was_detected = np.array([True, False, False, False])
    after = lifecycle.count_missed_detections(crowd, was_detected, view)
    assert after.body.missed_detections.tolist() == [1, 2, 1, 1]
    assert_same(after, crowd, but=("missed_detections", "boxes", "margins"))


class TestConfirm:
    def test_a_confident_detection_in_plain_view_confirms_at_once(self):
        crowd = changed(
            people(*PLACES, *PLACES), ids=[-1, -1, -1, 4, -1, -1], confident=[1, 0, 1, 1, 1, 1],
            frames_tracked=[1, 1, 1, 1, 5, 1], tracked=[1, 1, 1, 1, 1, 0],
        )  # fmt: skip
        view = in_view(6, hidden=[False, False, True, False, False, False])
        after = lifecycle.confirm(crowd, view, Lifecycle(confirmation=3))
        assert after.identity.frames_tracked.tolist() == [3, 1, 1, 1, 5, 1]
        assert_same(after, crowd, but=("frames_tracked",))

    def test_where_no_person_is_to_be_confirmed_no_person_changes(self):
        crowd = changed(people(*PLACES), ids=[-1, -1, 3], confident=[1, 0, 1],
                        frames_tracked=[3, 1, 1])  # fmt: skip
        assert lifecycle.confirm(crowd, in_view(3), Lifecycle(confirmation=3)) is crowd

    def test_the_confirmed_were_tracked_for_long_enough_and_are_detected(self):
        crowd = changed(people(*PLACES), frames_tracked=[3, 2, 4], missed_detections=[0, 0, 2])
        config = Lifecycle(confirmation=3, max_missed_detections=2)
        assert lifecycle.is_confirmed(crowd, config).tolist() == [True, False, False]


def test_a_false_positive_is_missed_too_often():
    crowd = changed(
        people(*PLACES, *PLACES), tracked=[1, 1, 1, 0, 1, 1],
        missed_detections=[1, 2, 3, 3, 1, 0], confident=[1, 1, 1, 1, 0, 0],
    )  # fmt: skip
    config = Lifecycle(max_missed_detections=2)
    false = lifecycle.is_false_positive(crowd, config)
    assert false.tolist() == [False, True, True, False, False, False]


class TestDelete:
    def delete(self, crowd, *, is_scheduled=True, chosen=None, max_lost_time=5.0):
        crowd = (
            changed(crowd, targets=np.where(crowd.identity.ids == chosen, 0, -1))
            if chosen
            else crowd
        )
        return lifecycle.delete(
            crowd, is_scheduled=is_scheduled, config=TrackerConfig(
                reidentification=Reidentification(max_lost_time=max_lost_time)),
        )  # fmt: skip

    def crowd(self):
        """Tracked, unconfirmed, unconfirmed and lost, lost, lost too long, a false positive."""
        return changed(
            people(*PLACES, *PLACES), ids=[1, -1, -1, 2, 3, 4], tracked=[1, 1, 0, 0, 0, 1],
            lost_for=[0, 0, 0.1, 4.9, 5, 0], missed_detections=[0, 0, 0, 9, 0, 2],
            confident=[True] * 6,
        )  # fmt: skip

    def test_at_a_key_frame_the_lost_are_deleted_after_the_longest_time(self):
        after = self.delete(self.crowd())
        assert_same(after, self.crowd()[[0, 1, 3]])

    def test_zero_is_an_identity(self):
        crowd = changed(self.crowd()[2:4], ids=[0, -1])
        assert self.delete(crowd).identity.ids.tolist() == [0]

    def test_but_at_scheduled_key_frames_the_lost_are_kept(self):
        after = self.delete(self.crowd(), is_scheduled=False)
        assert after.identity.ids.tolist() == [1, -1, 2, 3]

    def test_without_a_longest_time_the_lost_are_deleted_at_once(self):
        crowd = changed(self.crowd()[:4], lost_for=[0, 0, 0, 0])
        assert self.delete(crowd, max_lost_time=0).identity.ids.tolist() == [1, -1]

    def test_if_every_person_is_tracked_no_person_is_deleted(self):
        crowd = self.crowd()[:2]
        assert self.delete(crowd, max_lost_time=0) is crowd

    def test_the_chosen_person_is_never_deleted(self):
        assert self.delete(self.crowd(), chosen=3).identity.ids.tolist() == [1, -1, 2, 3]

    def test_a_chosen_false_positive_is_lost_and_looked_for(self):
        after = self.delete(self.crowd(), chosen=4)
        assert after.identity.ids.tolist() == [1, -1, 2, 4]
        assert after.body.tracked.tolist() == [True, True, False, False]
        after = self.delete(self.crowd(), chosen=1)
        assert after.body.tracked.tolist() == [True, True, False]


def test_in_the_last_frame_the_tracked_count_as_confirmed_and_the_others_as_before():
    three = changed(people(*[(0, 0, 9, 9)] * 3), tracked=[1, 0, 1], frames_tracked=[1, 0, 90])
    after = lifecycle.confirm_all(three, Lifecycle(confirmation=5))
    assert after.identity.frames_tracked.tolist() == [5, 0, 90]
