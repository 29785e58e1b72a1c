"""Who is in view where people overlap, and whose a keypoint is that two of them claim."""

from typing import NamedTuple

import numpy as np
import pytest
from tracking_people import HEIGHT, WIDTH, changed, people, poses_in

from lighttrack.structures import Poses, boxes
from lighttrack.structures.skeletons import COCO_17, sigmas_of
from lighttrack.tracking.config import Occlusion
from lighttrack.tracking.occlusion import (
    resolve_contested,
    visibility,
)

CONFIG = Occlusion()
RNG = np.random.default_rng(1)
BODY = RNG.uniform(0, 1, (17, 2)).astype(np.float32) * [60, 160]
LEGS = [COCO_17.index[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]


class TestVisibility:
    @pytest.mark.parametrize(
        ("share", "clear", "usable", "hidden"),
        [(0.2, True, True, False), (0.5, False, True, True), (0.7, False, False, True)],
    )
    def test_a_person_who_is_behind_a_person_is_seen_less(self, share, clear, usable, hidden):
        behind, before = (100, 100, 200, 300), (200 - 100 * share, 100, 300, 310)
        view = visibility(people(behind, before), WIDTH, HEIGHT, CONFIG)
        assert view.clear.tolist() == [clear, True]
        assert view.usable.tolist() == [usable, True]
        assert view.hidden.tolist() == [hidden, False]
        assert view.inside.tolist() == [1, 1]

    @pytest.mark.parametrize(
        ("share", "clear", "usable"), [(0.8, True, True), (0.6, False, True), (0.3, False, False)]
    )
    def test_a_person_who_is_cut_off_by_the_image_is_seen_less_but_hidden_by_no_person(
        self, share, clear, usable
    ):
        view = visibility(people((100 * share - 100, 100, 100 * share, 300)), WIDTH, HEIGHT, CONFIG)
        assert view.inside[0] == pytest.approx(share)
        assert (view.clear.tolist(), view.usable.tolist()) == ([clear], [usable])
        assert view.hidden.tolist() == [False]

    def test_the_worse_of_the_two_counts(self):
        cut_off, before = (-40, 100, 60, 300), (30, 100, 300, 310)
        view = visibility(people(cut_off, before), WIDTH, HEIGHT, CONFIG)
        assert view.usable.tolist() == [True, True]  # 40 % outside, 30 % hidden: not 70 %
        assert view.clear.tolist() == [False, True]
        assert view.hidden.tolist() == [False, False]  # 30 % is not more than 30 %

    def test_shares_are_of_ones_own_box(self):
        behind, before = (100, 100, 200, 300), (100, 100, 150, 310)
        view = visibility(people(behind, before), WIDTH, HEIGHT, CONFIG)
        assert view.hidden.tolist() == [True, False]  # a half, though all of the one before
        wide, small = (100, 100, 200, 300), (100, 250, 200, 310)
        view = visibility(people(wide, small), WIDTH, HEIGHT, CONFIG)
        assert view.hidden.tolist() == [False, False]

    def test_one_person_hides_not_two_together(self):
        crowd = people((100, 100, 200, 300), (75, 100, 125, 310), (175, 100, 225, 310))
        view = visibility(crowd, WIDTH, HEIGHT, CONFIG)
        assert view.hidden.tolist() == [False] * 3  # a quarter each

    def test_those_out_of_sight_hide_no_person_and_are_not_in_view(self):
        crowd = people((100, 100, 200, 300), (110, 100, 210, 310))
        crowd = changed(crowd, tracked=[True, False])
        view = visibility(crowd, WIDTH, HEIGHT, CONFIG)
        assert view.clear.tolist() == view.usable.tolist() == [True, False]
        assert view.hidden.tolist() == [False, False]

    def test_a_person_who_is_lost_may_be_hidden(self):
        crowd = changed(people((100, 100, 200, 300), (110, 100, 210, 310)), tracked=[False, True])
        assert visibility(crowd, WIDTH, HEIGHT, CONFIG).hidden.tolist() == [True, False]

    def test_of_two_in_line_no_person_is_in_front(self):
        view = visibility(people((100, 100, 200, 300), (110, 90, 210, 300)), WIDTH, HEIGHT, CONFIG)
        assert view.hidden.tolist() == [False, False]

    def test_no_person(self):
        view = visibility(people(), WIDTH, HEIGHT, CONFIG)
        assert view.inside.shape == view.hidden.shape == view.clear.shape == (0,)


def test_pairs_that_share_enough_of_the_smaller_box():
    three = np.array([[0, 0, 100, 100], [80, 0, 180, 100], [10, 10, 20, 20]], np.float32)
    first, second = boxes.overlapping_pairs(three, 0.3)
    assert (first.tolist(), second.tolist()) == ([0], [2])  # the smaller one lies within
    first, second = boxes.overlapping_pairs(three, 0.19)
    assert (first.tolist(), second.tolist()) == ([0, 0], [1, 2])
    first, second = boxes.overlapping_pairs(three[1:], 0.3)
    assert (first.tolist(), second.tolist()) == ([], [])
    exactly = np.array([[0, 0, 100, 100], [70, 0, 170, 100]], np.float32)
    assert boxes.overlapping_pairs(exactly, 0.3)[0].tolist() == []


class Contested(NamedTuple):
    """What people lose to others, as `resolve_contested` gives it."""

    keypoints: np.ndarray
    duplicates: np.ndarray


def settle(seen, expected, belief=None, confident=None, asked=None, **config):
    seen, expected = np.stack(seen).astype(np.float32), np.stack(expected).astype(np.float32)
    n = len(seen)
    confident = np.ones((n, 17), bool) if confident is None else confident
    where = boxes.of_points(seen, np.ones((n, 17), bool))
    poses = Poses(COCO_17, seen, np.full((n, 17), 0.8), where, np.ones(n))

    def believed():
        if asked is not None:
            asked.append(1)
        return np.ones(n, np.float32) if belief is None else np.array(belief, np.float32)

    pairs = boxes.overlapping_pairs(poses.boxes, 0.3)
    settings = Occlusion(**config)
    return Contested(*resolve_contested(poses, confident, expected, believed, pairs, settings))


def test_people_apart_claim_nothing_of_one_another():
    asked = []
    contested = settle([BODY, BODY + 300], [BODY, BODY + 300], asked=asked)
    assert not contested.duplicates.any()
    assert not contested.keypoints.any()
    contested = settle([BODY, BODY + 30], [BODY, BODY + 30], asked=asked)  # overlapping, apart
    assert not contested.duplicates.any()
    assert not asked  # belief costs something, and is not asked for in vain


def test_of_two_identities_on_one_body_the_one_expected_there_stays():
    hidden = BODY + np.array([25, 0])
    for seen, expected, duplicates in (
        ([BODY, BODY], [BODY, hidden], [False, True]),
        ([BODY, BODY], [hidden, BODY], [True, False]),
    ):
        contested = settle(seen, expected)
        assert contested.duplicates.tolist() == duplicates
        assert not contested.keypoints.any()


def test_if_neither_is_clearly_expected_there_the_older_identity_stays():
    assert settle([BODY, BODY], [BODY, BODY]).duplicates.tolist() == [False, True]


def test_the_younger_must_exceed_the_older_by_the_margin():
    belief = [0.85, 1.0]
    assert settle([BODY, BODY], [BODY, BODY], belief).duplicates.tolist() == [True, False]
    contested = settle([BODY, BODY], [BODY, BODY], belief, contested_margin=0.2)
    assert contested.duplicates.tolist() == [False, True]


def test_a_person_who_looks_otherwise_is_not_believed():
    contested = settle([BODY, BODY], [BODY, BODY], belief=[0.1, 1.0])
    assert contested.duplicates.tolist() == [True, False]


def test_a_person_who_was_expected_nowhere_does_not_stay():
    nowhere = np.full((17, 2), np.nan)
    assert settle([BODY, BODY], [nowhere, BODY]).duplicates.tolist() == [True, False]


def confused():
    """One body, and another beside it whose legs were found on the first one's."""
    other = BODY + np.array([30, 0])
    seen = other.copy()
    seen[LEGS] = BODY[LEGS]
    return BODY, other, seen


def test_legs_that_two_people_claim_go_to_the_one_who_was_heading_there():
    body, other, seen = confused()
    contested = settle([body, seen], [body, other])
    assert not contested.duplicates.any()
    assert np.nonzero(contested.keypoints[1])[0].tolist() == sorted(LEGS)
    assert not contested.keypoints[0].any()
    contested = settle([seen, body], [other, body])
    assert np.nonzero(contested.keypoints[0])[0].tolist() == sorted(LEGS)
    assert not contested.keypoints[1].any()


def test_keypoints_without_a_better_claim_stay_with_the_older():
    body, _, seen = confused()
    contested = settle([body, seen], [body, seen])
    assert np.nonzero(contested.keypoints[1])[0].tolist() == sorted(LEGS)
    contested = settle([body, seen], [body, seen], belief=[0.85, 1.0])
    assert np.nonzero(contested.keypoints[0])[0].tolist() == sorted(LEGS)
    assert not contested.keypoints[1].any()


def test_keypoints_that_do_not_count_are_claimed_by_no_person():
    body, other, seen = confused()
    confident = np.ones((2, 17), bool)
    confident[1, LEGS[:2]] = False
    contested = settle([body, seen], [body, other], confident=confident)
    assert np.nonzero(contested.keypoints[1])[0].tolist() == sorted(LEGS[2:])
    confident[0, LEGS[2:]] = False
    assert not settle([body, seen], [body, other], confident=confident).keypoints.any()


def test_only_what_counts_decides_whether_a_pose_is_a_duplicate():
    body, other, seen = confused()
    confident = np.zeros((2, 17), bool)
    confident[:, LEGS] = True
    contested = settle([body, seen], [body, other], confident=confident)
    assert contested.duplicates.tolist() == [False, True]


def test_a_pose_as_a_whole_is_a_duplicate_from_the_similarity_given():
    body, other, seen = confused()
    share = len(LEGS) / 17
    assert not settle([body, seen], [body, other], duplicate_oks=0.6).duplicates.any()
    contested = settle([body, seen], [body, other], duplicate_oks=share - 0.01)
    assert contested.duplicates.tolist() == [False, True]
    assert not contested.keypoints.any()


def test_how_near_keypoints_must_be_to_be_claimed():
    knee = LEGS[0]
    sigma = sigmas_of(COCO_17)[knee]
    seen = BODY + np.array([30, 0])
    area = float(np.prod(np.ptp(BODY, axis=0)))
    d = 0.9 * np.sqrt(-8 * sigma**2 * area * np.log(0.6))  # a similarity above .6
    seen[knee] = BODY[knee] + [d, 0]
    near = settle([BODY, seen], [BODY, BODY + np.array([30, 0])])
    assert np.nonzero(near.keypoints[1])[0].tolist() == [knee]
    seen[knee] = BODY[knee] + [d / 0.9 * 1.1, 0]
    far = settle([BODY, seen], [BODY, BODY + np.array([30, 0])])
    assert not far.keypoints.any()


def test_a_duplicate_claims_nothing_of_a_third():
    body, other, seen = confused()
    contested = settle([body, body, seen], [body, body + np.array([25, 0]), other])
    assert contested.duplicates.tolist() == [False, True, False]
    assert np.nonzero(contested.keypoints[2])[0].tolist() == sorted(LEGS)
    assert not contested.keypoints[:2].any()
    # The first of three, who was expected elsewhere, loses to the second.
    contested = settle([body, body, seen], [body + np.array([25, 0]), body, other])
    assert contested.duplicates.tolist() == [True, False, False]
    assert not contested.keypoints[:2].any()


def test_claims_of_several_pairs_add_up():
    body, other, seen = confused()
    far, far_other, far_seen = (each + 500 for each in (body, other, seen))
    contested = settle([body, seen, far, far_seen], [body, other, far, far_other])
    assert [np.count_nonzero(row) for row in contested.keypoints] == [0, 4, 0, 4]
    left, right = body - np.array([30, 0]), body + np.array([30, 0])
    seen_left, seen_right = left.copy(), right.copy()
    seen_left[LEGS[:2]], seen_right[LEGS[2:]] = body[LEGS[:2]], body[LEGS[2:]]
    contested = settle([seen_left, seen_right, body], [left, right, body])
    assert [np.count_nonzero(row) for row in contested.keypoints] == [2, 2, 0]
    contested = settle([body, seen_left, seen_right], [body, left, right], [0.05, 1.0, 1.0])
    assert [np.count_nonzero(row) for row in contested.keypoints] == [4, 0, 0]


def test_keypoints_of_others_are_missing_from_the_pose():
    two = poses_in((0, 0, 60, 160), (100, 0, 160, 160))
    others = np.zeros((2, 17), bool)
    assert two.without(others) is two
    others[0, 3] = True
    left = two.without(others)
    assert np.isnan(left.keypoints[0, 3]).all()
    assert left.scores[0, 3] == 0
    assert np.isfinite(left.keypoints).sum() == 2 * (34 - 1)
    assert np.count_nonzero(left.scores) == 33
    np.testing.assert_array_equal(left.keypoints[1], two.keypoints[1])
    np.testing.assert_array_equal(left.scores[1], two.scores[1])
    np.testing.assert_array_equal(left.boxes, two.boxes)
    np.testing.assert_array_equal(left.person_scores, two.person_scores)
    assert left.skeleton is COCO_17
