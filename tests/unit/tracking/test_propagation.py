import numpy as np
import pytest
from tracking_people import assert_same, changed, people

from lighttrack.structures import boxes
from lighttrack.structures.skeletons import COCO_17, POSETRACK_15
from lighttrack.tracking import propagation
from lighttrack.tracking.config import Propagation

CONFIG = Propagation()
KEYPOINTS = np.array([[[10, 20], [60, 120], [500, 900]]], np.float32)
TWO_OF_THREE = np.array([[True, True, False]])
NONE = np.zeros((1, 4), np.float32)


def test_the_papers_box_is_the_extent_of_the_confident_keypoints_and_a_fifth_on_each_side():
    box = propagation.keypoint_boxes(KEYPOINTS, TWO_OF_THREE, 0.2)
    np.testing.assert_allclose(box, [[0, 0, 70, 140]])
    ages = np.array([[0, 0, 0.1]], np.float32)  # known a moment ago, but not now
    config = Propagation(box="keypoints", enlargement=0.2)
    box = propagation.propagate(KEYPOINTS, ages, TWO_OF_THREE, NONE + 9, config)
    np.testing.assert_allclose(box, [[0, 0, 70, 140]])


def test_without_a_confident_keypoint_the_papers_box_is_that_of_all():
    config = Propagation(box="keypoints", enlargement=0)
    nothing = np.zeros((1, 3), bool)
    box = propagation.propagate(KEYPOINTS, np.zeros((1, 3), np.float32), nothing, NONE, config)
    np.testing.assert_allclose(box, [[10, 20, 500, 900]])
    box = propagation.keypoint_boxes(KEYPOINTS, nothing, 0.2)
    assert np.isnan(box).all()


def test_a_box_of_one_keypoint_has_the_minimum_size():
    point, known = np.full((1, 1, 2), 40, np.float32), np.ones((1, 1), bool)
    for box, side in (
        (propagation.keypoint_boxes(point, known, 0.2, 16), 16),
        (propagation.keypoint_boxes(point, known, 0.2), 1),
        (propagation.body_boxes(point, known, NONE, 16), 16),
        (propagation.body_boxes(point, known, NONE), 1),
        (propagation.propagate(point, np.zeros((1, 1)), known, NONE, Propagation(min_size=8)), 8),
        (propagation.propagate(point, np.zeros((1, 1)), known, NONE,
                               Propagation(box="keypoints", min_size=8)), 8),
    ):  # fmt: skip
        half = side / 2
        np.testing.assert_allclose(box, [[40 - half, 40 - half, 40 + half, 40 + half]])


def test_boxes_grow_only_where_they_are_too_small():
    two = np.array([[10, 10, 12, 40], [0, 0, 16, 16]], np.float32)
    grown = boxes.at_least(two, 16)
    np.testing.assert_array_equal(grown, [[3, 10, 19, 40], [0, 0, 16, 16]])
    np.testing.assert_array_equal(boxes.at_least(two[1:], 16), two[1:])


def test_a_body_box_is_the_extent_of_the_known_keypoints_and_margins_of_its_longer_side():
    margins = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    box = propagation.body_boxes(KEYPOINTS, TWO_OF_THREE, margins)
    np.testing.assert_allclose(box, [[10 - 10, 20 - 20, 60 + 30, 120 + 40]])  # 100 pixels high
    lying = KEYPOINTS[..., ::-1]
    box = propagation.body_boxes(lying, TWO_OF_THREE, margins)
    np.testing.assert_allclose(box, [[20 - 10, 10 - 20, 120 + 30, 60 + 40]])


@pytest.mark.parametrize(("age", "right"), [(1.9, 500), (2.0, 60), (np.inf, 60)])
def test_a_keypoint_that_was_confident_a_short_time_ago_counts_for_the_body(age, right):
    ages = np.array([[0, 1, age]], np.float32)
    now = np.array([[True, False, False]])
    config = Propagation(keypoint_max_age=2.0)
    box = propagation.propagate(KEYPOINTS, ages, now, NONE, config)
    assert box[0, 2] == right


def test_margins_go_part_of_the_way_to_what_a_detection_shows():
    keypoints, known = KEYPOINTS, TWO_OF_THREE  # from 10, 20 to 60, 120: 100 pixels high
    detected = np.array([[0, 0, 80, 125]], np.float32)  # 10, 20, 20, 5 pixels beyond
    learnt = propagation.learn_margins(NONE, keypoints, known, detected, 0.5)
    np.testing.assert_allclose(learnt, [[0.05, 0.1, 0.1, 0.025]], atol=1e-6)
    learnt = propagation.learn_margins(NONE + 0.1, keypoints, known, detected, 0.25)
    np.testing.assert_allclose(learnt, [[0.1, 0.125, 0.125, 0.0875]], atol=1e-6)
    assert learnt.dtype == np.float32


def test_a_detection_that_holds_a_neighbour_or_cuts_a_body_does_not_spoil_the_box():
    far = np.array([[-900, -900, 2000, 2000]], np.float32)
    learnt = propagation.learn_margins(NONE, KEYPOINTS, TWO_OF_THREE, far, 1.0)
    np.testing.assert_allclose(learnt, [[0.3, 0.3, 0.3, 0.3]])
    half = np.array([[30, 60, 40, 80]], np.float32)
    learnt = propagation.learn_margins(NONE, KEYPOINTS, TWO_OF_THREE, half, 1.0)
    np.testing.assert_allclose(learnt, [[-0.05, -0.05, -0.05, -0.05]])


def test_without_known_keypoints_nothing_is_learnt():
    learnt = propagation.learn_margins(NONE + 0.2, KEYPOINTS, ~TWO_OF_THREE & False, NONE, 0.5)
    np.testing.assert_allclose(learnt, NONE + 0.2)


def test_a_skeleton_with_a_top_of_the_head_needs_less_above_it():
    np.testing.assert_allclose(propagation.usual_margins(COCO_17), [0.045, 0.09, 0.045, 0.07])
    np.testing.assert_allclose(propagation.usual_margins(POSETRACK_15), [0.045, 0.01, 0.045, 0.07])


class TestCorrectBoxes:
    """What detections say of the size of people who are followed."""

    def two(self):
        crowd = people((100, 100, 140, 200), (300, 100, 340, 200))
        return changed(crowd, margins=np.zeros((2, 4)))

    def correct(self, rows, detected, **config):
        detected = np.array(detected, np.float32).reshape(-1, 4)
        rows = np.array(rows, np.intp)
        return propagation.correct_boxes(self.two(), rows, detected, Propagation(**config))

    def test_margins_and_boxes_of_those_detected_are_corrected(self):
        after = self.correct([1], [(290, 95, 345, 210)], margin_gain=0.5)
        assert_same(after, self.two(), but=("margins", "boxes"))
        np.testing.assert_allclose(after.body.margins[1], [0.05, 0.025, 0.025, 0.05], atol=1e-6)
        np.testing.assert_allclose(after.body.boxes[1], [295, 97.5, 342.5, 205], atol=1e-4)
        assert_same(after[:1], self.two()[:1])

    def test_a_detection_that_hardly_overlaps_corrects_nothing(self):
        upper_half = (300, 100, 340, 150)  # IoU of a half
        assert_same(self.correct([1], [upper_half], min_agreement=0.5), self.two())
        after = self.correct([1], [upper_half], min_agreement=0.49)
        assert after.body.margins[1, 3] == pytest.approx(-0.05)

    def test_each_detection_is_compared_with_its_own_person(self):
        after = self.correct([1, 0], [(300, 100, 340, 206), (300, 100, 340, 206)])
        assert_same(after[:1], self.two()[:1])
        assert after.body.margins[1, 3] == pytest.approx(0.03)

    def test_the_papers_boxes_take_no_notice_of_detections(self):
        assert_same(self.correct([1], [(290, 95, 345, 210)], box="keypoints"), self.two())
        assert_same(self.correct([], []), self.two())

    def test_keypoints_that_are_too_old_do_not_count(self):
        ages = np.zeros((2, 17))
        ages[1, 16] = 2.0  # the lowest keypoint, at the bottom right
        crowd = changed(self.two(), keypoint_ages=ages)
        extent = crowd.body.keypoints[1, :16].max(axis=0)
        after = propagation.correct_boxes(
            crowd, np.array([1]), np.array([[300, 100, *extent]], np.float32), CONFIG
        )
        np.testing.assert_allclose(after.body.boxes[1, 2:], extent, atol=1e-4)

    def test_boxes_keep_the_least_size(self):
        crowd = changed(people((100, 100, 104, 200)), margins=np.zeros((1, 4)))
        after = propagation.correct_boxes(
            crowd, np.array([0]), crowd.body.boxes, Propagation(min_size=30)
        )
        np.testing.assert_allclose(after.body.boxes, [[87, 100, 117, 200]])


@pytest.mark.parametrize(
    ("box", "share"),
    [
        ((0, 0, 10, 10), 1),
        ((0, 0, 100, 50), 1),
        ((-10, 0, 10, 10), 0.5),
        ((0, -30, 10, 10), 0.25),
        ((90, 0, 110, 10), 0.5),
        ((0, 45, 10, 55), 0.5),
        ((200, 0, 210, 9), 0),
    ],
)
def test_the_share_of_a_box_inside_the_image(box, share):
    one = np.array([box], np.float32)
    np.testing.assert_allclose(boxes.visible_share(one, 100, 50), [share])
    beside_another = np.array([box, (-10, 0, 10, 10)], np.float32)
    shares = boxes.visible_share(beside_another, 100, 50)
    np.testing.assert_allclose(shares, [share, 0.5])
    assert boxes.visible_share(one[:0], 100, 50).shape == (0,)
    assert shares.dtype == boxes.visible_share(one, 9999, 9999).dtype == np.float32
