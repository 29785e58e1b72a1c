"""What poses say of the people they were estimated for: eq. (1) of the paper."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from tracking_people import FRAME, IMAGE, assert_same, changed, people, poses_in

from lighttrack.structures import Detections, Poses
from lighttrack.structures.skeletons import COCO_17
from lighttrack.tracking import TrackerConfig
from lighttrack.tracking.estimation import Estimation

LEFT, RIGHT = (20, 20, 60, 140), (30, 20, 70, 140)


@dataclass
class Fixed:
    """Gives the poses it was told, and keeps the regions it was asked for."""

    poses: Poses | None = None
    skeleton = COCO_17
    tracked_threshold: float = 0.3
    keypoint_threshold: float = 0.5
    regions: object = None

    def __call__(self, image, regions, /):
        self.image, self.regions = image, regions
        return self.poses


@dataclass
class Believing:
    """What is remembered of appearances; it says how far each pose is believed."""

    says: object = None

    def belief(self, people_, seen, image):
        assert image is IMAGE
        return np.ones(len(seen), np.float32) if self.says is None else self.says(people_, seen)


def validator(poses=None, **changes):
    config = TrackerConfig().changed(changes)
    return Estimation(Fixed(poses), Believing(), config)


def scored(*rows):
    scores = np.array(rows, np.float32)
    where = poses_in(*[(100 * i, 0, 100 * i + 40, 100) for i in range(len(rows))])
    return Poses(COCO_17, where.keypoints, scores, where.boxes, where.person_scores)


def test_a_person_is_tracked_if_the_mean_of_all_keypoint_scores_exceeds_the_threshold():
    half = scored([0.9] * 8 + [0.0] * 9)  # a mean of 0.42
    for threshold, tracked in ((0.42, True), (0.43, False)):
        settings = {"tracked_threshold": threshold}
        assert validator(lifecycle=settings).is_tracked(half).tolist() == [tracked]
    exactly = scored([0.5] * 17)
    assert validator(lifecycle={"tracked_threshold": 0.5}).is_tracked(exactly).tolist() == [False]


def test_the_estimators_own_threshold_holds_unless_another_is_set():
    two = scored([0.31] * 17, [0.29] * 17)
    assert validator().is_tracked(two).tolist() == [True, False]
    assert validator(lifecycle={"tracked_threshold": 0}).is_tracked(two).tolist() == [True, True]


def test_keypoints_are_confident_from_the_estimators_threshold():
    [row] = validator().confident(scored([0.5, 0.49] + [0.9] * 15)).tolist()
    assert row == [True, False] + [True] * 15


def test_a_pose_is_estimated_in_each_box():
    two = people(LEFT, (300, 20, 340, 140))
    poses = poses_in(LEFT, (300, 20, 340, 140))
    poses.scores[1] = 0.1
    checker = validator(poses)
    after, estimated = checker.follow(two, FRAME, 0.04)
    assert estimated.tolist() == [True, True]
    assert after.body.tracked.tolist() == [True, False]
    np.testing.assert_array_equal(after.body.poses.keypoints[0], poses.keypoints[0])
    assert checker.estimator.image is IMAGE
    np.testing.assert_array_equal(checker.estimator.regions.boxes, two.body.boxes)
    assert checker.estimator.regions.angles.tolist() == [0, 0]
    assert checker.estimator.regions.expected is None


class TestContested:
    """Two people, the second expected beside the first, whose pose was found in both boxes."""

    TWO = people(LEFT, RIGHT)
    SEEN = poses_in(LEFT, LEFT)

    def test_of_two_people_found_in_one_place_one_is_tracked(self):
        seen, tracked = validator().validate(self.TWO, self.SEEN, IMAGE)
        assert tracked.tolist() == [True, False]
        assert seen is self.SEEN

    def test_a_duplicate_with_confident_keypoints_only_among_those_that_count(self):
        unsure = poses_in(LEFT, LEFT, score=0.4)
        _, tracked = validator().validate(self.TWO, unsure, IMAGE)
        assert tracked.tolist() == [True, True]

    def test_as_published_both_are_tracked(self):
        checker = validator(occlusion={"resolve_contested": False})
        seen, tracked = checker.validate(self.TWO, self.SEEN, IMAGE)
        assert tracked.tolist() == [True, True]
        assert seen is self.SEEN

    def test_belief_decides_between_them(self):
        def belief(people_, seen):
            assert_same(people_, self.TWO)
            assert seen is self.SEEN
            return np.array([0.1, 1], np.float32)

        checker = replace(validator(), memory=Believing(belief))
        assert checker.validate(self.TWO, self.SEEN, IMAGE)[1].tolist() == [False, True]

    def test_people_apart_are_not_compared(self):
        apart = poses_in(LEFT, (58, 20, 98, 140))
        checker = validator(occlusion={"clear": 0.3})

        def unlikely(people_, seen):
            raise AssertionError

        checker = replace(checker, memory=Believing(unlikely))
        assert checker.validate(self.TWO, apart, IMAGE)[1].tolist() == [True, True]

    def test_a_person_who_loses_keypoints_to_another_may_be_lost(self):
        beside = (45, 20, 85, 140)
        seen, two = poses_in(LEFT, beside), people(LEFT, beside)
        claimed = list(range(8))
        seen.keypoints[1, claimed] = seen.keypoints[0, claimed]
        for threshold, tracked in ((0.42, True), (0.43, False)):  # 9 of 17 at 0.8: 0.4235
            checker = validator(lifecycle={"tracked_threshold": threshold})
            poses, found = checker.validate(two, seen, IMAGE)
            assert found.tolist() == [True, tracked]
            assert np.isnan(poses.keypoints[1, claimed]).all()
            assert np.isfinite(poses.keypoints[1, 8:]).all()
            assert np.isfinite(poses.keypoints[0]).all()


class TestRepeats:
    def repeats(self, crowd, *places, **changes):
        return validator(**changes).repeats(crowd, poses_in(*places)).tolist()

    def test_a_pose_of_a_person_tracked_is_a_repeat(self):
        crowd = people(LEFT, (300, 20, 340, 140))
        assert self.repeats(crowd, (301, 20, 341, 140), (400, 20, 440, 140)) == [True, False]

    def test_the_lost_are_not_repeated(self):
        crowd = changed(people(LEFT, (300, 20, 340, 140)), tracked=[True, False])
        assert self.repeats(crowd, (301, 20, 341, 140), LEFT) == [False, True]
        assert self.repeats(crowd[1:], LEFT) == [False]

    def test_no_person_repeats_no_person(self):
        assert self.repeats(people(), LEFT) == [False]
        assert self.repeats(people(LEFT)) == []

    def test_only_keypoints_of_this_frame_are_compared(self):
        crowd = people(LEFT)
        moved = crowd.body.keypoints.copy()
        moved[0, :8] += 500
        ages = np.zeros((1, 17))
        ages[0, :8] = 0.04
        assert self.repeats(changed(crowd, keypoints=moved), LEFT) == [False]
        assert self.repeats(changed(crowd, keypoints=moved, keypoint_ages=ages), LEFT) == [True]
        seen = poses_in(LEFT)
        seen.keypoints[0, :8] += 500
        seen.scores[0, :8] = 0.49
        assert validator().repeats(crowd, seen).tolist() == [True]

    @pytest.mark.parametrize(("oks", "repeat"), [(0.99, False), (0.3, True)])
    def test_how_alike_two_poses_must_be(self, oks, repeat):
        crowd = people(LEFT)
        assert self.repeats(crowd, (24, 22, 64, 142), occlusion={"duplicate_oks": oks}) == [repeat]


HALF = (20, 20, 60, 60)
"""What a box holds that has lost the lower two thirds of LEFT."""


def reconsidered(crowd, poses, found, rows=(0,)):
    checker = validator(poses)
    found = Detections(found, np.full(len(found), 0.9, np.float32))
    return checker, checker.reconsider(crowd, np.array(rows, np.int64), found, FRAME)


def test_a_more_confident_pose_in_a_detection_that_disagrees_takes_the_place_of_the_old_one():
    crowd = changed(people((300, 20, 340, 140), HALF), ages=[4.0, 5.0], missed_detections=[1, 2])
    crowd.body.poses.scores[1] = 0.4
    checker, after = reconsidered(crowd, poses_in(LEFT), [LEFT], rows=(1,))
    np.testing.assert_array_equal(checker.estimator.regions.boxes, [LEFT])
    np.testing.assert_array_equal(after.body.poses.keypoints[1], poses_in(LEFT).keypoints[0])
    assert after.body.boxes[1, 3] > 140  # down to the feet
    assert after.body.ages.tolist() == [4.0, 5.0]  # the person has been followed before
    assert after.body.missed_detections.tolist() == [1, 2]
    assert_same(after[:1], crowd[:1])


@pytest.mark.parametrize(("old", "new"), [(0.8, 0.7), (0.1, 0.2)])
def test_a_pose_that_is_less_confident_or_not_tracked_stays_away(old, new):
    crowd = people(HALF)
    crowd.body.poses.scores[0] = old
    _, after = reconsidered(crowd, poses_in(LEFT, score=new), [LEFT])
    assert_same(after, crowd)


@pytest.mark.parametrize(("found", "rows"), [([LEFT], (0,)), ([], ())])
def test_no_pose_is_estimated_again_where_the_detection_agrees(found, rows):
    crowd = people(LEFT)
    checker, after = reconsidered(crowd, poses_in(RIGHT), np.reshape(found, (-1, 4)), rows)
    assert after is crowd
    assert checker.estimator.regions is None
