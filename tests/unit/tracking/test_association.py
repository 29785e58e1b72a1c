import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracking_people import changed, people

from lighttrack.matching import EuclideanMatcher
from lighttrack.structures import Detections
from lighttrack.tracking.association import (
    Stage,
    assign,
    associate,
    pose_matching,
    spatial_consistency,
)
from lighttrack.tracking.config import Association


def test_the_best_sum_wins_over_the_best_single_pair():
    rows, columns = assign(np.array([[0.9, 0.8], [0.8, 0.1]]), 0.2)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_a_forbidden_pair_is_not_made_even_if_nothing_else_is_left():
    rows, columns = assign(np.array([[0.1]]), 0.3)
    assert (len(rows), len(columns)) == (0, 0)
    rows, columns = assign(np.array([[0.9, -np.inf], [0.1, -np.inf]]), 0.3)
    assert (rows.tolist(), columns.tolist()) == ([0], [0])


def test_the_threshold_itself_is_not_enough():
    rows, _ = assign(np.array([[0.3]]), 0.3)  # eq. (2): strictly above
    assert len(rows) == 0
    rows, _ = assign(np.array([[0.31, 0.3], [0.3, 0.3]]), 0.3)
    assert rows.tolist() == [0]


def test_the_threshold_may_be_negative():
    rows, columns = assign(np.array([[-0.5, -0.1], [-0.2, -0.9]]), -0.3)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_two_pairs_hardly_above_the_threshold_are_made():
    rows, _ = assign(np.array([[0.3 + 1e-9, 0.0], [0.0, 0.3 + 1e-9]]), 0.3)
    assert rows.tolist() == [0, 1]


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 10_000))
def test_the_assignment_is_the_best_of_all(n, m, seed):
    affinity = np.random.default_rng(seed).uniform(0, 1, (n, m))
    rows, columns = assign(affinity, 0.4)
    gain = np.where(affinity > 0.4, affinity - 0.4 + 1e-6, 0)
    small, large = sorted((n, m))
    table = gain if n <= m else gain.T
    best = max(sum(table[i, c] for i, c in enumerate(order))
               for order in itertools.permutations(range(large), small))  # fmt: skip
    assert np.isclose(gain[rows, columns].sum(), best)
    assert len(set(rows.tolist())) == len(rows)
    assert len(set(columns.tolist())) == len(columns)


def test_a_later_stage_sees_only_what_is_left():
    first = Stage("spatial consistency", np.array([[0.9, 0.0], [0.0, 0.0]]), 0.3)
    second = Stage("pose matching", np.array([[0.0, 1.0], [0.0, 0.5]]), 0.3)
    assert associate(2, 2, [first, second]).tolist() == [0, 1]
    assert associate(2, 2, [second, first]).tolist() == [-1, 0]
    assert associate(2, 2, []).tolist() == [-1, -1]


def test_only_those_who_take_part_are_matched():
    stage = Stage("lost only", np.ones((2, 1)), 0.3, known=np.array([False, True]))
    assert associate(2, 1, [stage]).tolist() == [1]
    first = Stage("all", np.array([[0.0], [0.0]]), 0.3)
    assert associate(2, 1, [first, stage]).tolist() == [1]
    none = Stage("none", np.ones((2, 1)), 0.3, known=np.array([False, False]))
    assert associate(2, 1, [none, stage]).tolist() == [1]


def test_a_person_who_takes_part_undecided_keeps_others_from_those_they_resemble_more():
    affinity = np.array([[0.9, 0.8], [0.1, 0.7]])
    undecided = Stage("wait", affinity, 0.3, decided=np.array([False, True]))
    assert associate(2, 2, [undecided]).tolist() == [-1, 1]
    last = Stage("whatever is left", np.ones((2, 2)), 0.3)
    assert associate(2, 2, [undecided, last]).tolist() == [0, 1]


def test_no_person_known_and_no_person_seen():
    assert associate(0, 2, [Stage("none", np.zeros((0, 2)), 0.3)]).tolist() == [-1, -1]
    assert associate(2, 0, [Stage("none", np.zeros((2, 0)), 0.3)]).tolist() == []


@pytest.mark.parametrize(
    ("known", "owner"), [("all", [-1, 0, 1]), ("tracked", [-1, 0, -1])]
)  # fmt: skip
def test_a_detection_is_the_person_whose_box_it_overlaps(known, owner):
    crowd = changed(people((0, 0, 40, 100), (200, 0, 240, 100)), tracked=[True, False])
    found = Detections([(500, 0, 540, 100), (0, 0, 40, 80), (200, 0, 240, 100)], [0.9, 0.9, 0.9])
    stage = spatial_consistency(crowd, found, Association(known=known, iou_threshold=0.5))
    np.testing.assert_allclose(stage.affinity, [[0, 0.8, 0], [0, 0, 1]])
    assert (stage.name, stage.threshold, stage.decided) == ("spatial consistency", 0.5, None)
    assert associate(2, 3, [stage]).tolist() == owner


def test_poses_are_matched_with_the_nearest_pose():
    crowd = people(*[(100 * i, 50, 100 * i + 40, 150) for i in range(4)])
    poses = crowd.body.poses.keypoints
    poses[1, 5:11] += 40
    poses[3] = poses[1] + np.array([300, 20], np.float32)
    matcher = EuclideanMatcher(threshold=0.2)
    stage = pose_matching(crowd[:2], crowd[2:], matcher)
    np.testing.assert_allclose(
        stage.affinity, -matcher.distances(crowd[:2].body.poses, crowd[2:].body.poses)
    )
    assert (stage.name, stage.threshold) == ("pose matching", -0.2)
    assert (stage.known, stage.decided) == (None, None)
    assert associate(2, 2, [stage]).tolist() == [0, 1]
    assert associate(1, 1, [pose_matching(crowd[:1], crowd[3:], matcher)]).tolist() == [-1]
