"""Similarity of boxes and poses, against values worked out by hand."""

import numpy as np
import pytest

from lighttrack.evaluation import box_iou, pose_oks
from lighttrack.evaluation.posetrack.frames import contains
from lighttrack.evaluation.similarity import head_normalized_distance
from lighttrack.structures import Poses
from lighttrack.structures.skeletons import COCO_17, POSETRACK_15


def _pose(points: np.ndarray) -> Poses:
    return Poses(COCO_17, points[None], np.ones((1, 17)), [[0, 0, 100, 100]], [1.0])


def test_boxes_that_touch_or_are_empty_share_nothing() -> None:
    assert box_iou([[0, 0, 2, 2]], [[2, 0, 4, 2], [1, 0, 3, 2], [1, 1, 1, 1]]).tolist() == [
        [0, pytest.approx(1 / 3), 0]
    ]
    assert box_iou(np.zeros((0, 4)), [[0, 0, 1, 1]]).shape == (0, 1)


def test_oks_counts_a_keypoint_that_is_not_found_as_wrong_and_one_not_labelled_not_at_all() -> None:
    points = np.tile([[50.0, 50.0]], (17, 1))
    truth, seen = points.copy(), points.copy()
    seen[0] = np.nan
    assert pose_oks(_pose(truth), _pose(seen))[0, 0] == pytest.approx(16 / 17)
    truth[0] = np.nan
    assert pose_oks(_pose(truth), _pose(points))[0, 0] == pytest.approx(1)


def test_oks_falls_to_a_known_value_at_a_known_distance() -> None:
    sigma = COCO_17.sigmas[0]
    truth = np.full((17, 2), np.nan)
    truth[0] = 50, 50
    seen = np.tile([[50.0 + 2 * sigma * 100, 50.0]], (17, 1))  # k s away, with s = 100
    assert pose_oks(_pose(truth), _pose(seen))[0, 0] == pytest.approx(np.exp(-0.5), rel=1e-6)


def test_different_skeletons_are_not_compared() -> None:
    with pytest.raises(ValueError, match="'coco-17' and 'posetrack-15'"):
        pose_oks(Poses.empty(COCO_17), Poses.empty(POSETRACK_15))


def test_head_distances_are_bit_for_bit_those_of_a_norm() -> None:
    rng = np.random.default_rng(5)
    truth, seen = rng.normal(0, 99, (4, 15, 2)), rng.normal(0, 99, (5, 15, 2))
    sizes = rng.uniform(20, 60, 4)
    found = head_normalized_distance(truth, seen, sizes)
    expected = [
        [[np.linalg.norm(np.subtract(a, b)) / s for a, b in zip(t, p, strict=True)] for p in seen]
        for t, s in zip(truth, sizes, strict=True)
    ]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        ((2, 1), True), ((0, 1), False), ((2, 2), False), ((0.5, 3), True), ((3.5, 3), True),
        ((2, 3), False),
    ],
    ids=["in", "on an edge", "in the notch's tip", "left arm", "right arm", "in the notch"],
)  # fmt: skip
def test_a_notched_region_holds_what_lies_strictly_inside(
    point: tuple[float, float], inside: bool
) -> None:
    notched = np.array([[0, 0], [4, 0], [4, 4], [2, 2], [0, 4]], float)
    assert contains([notched], np.array([point], float)).tolist() == [inside]


def test_a_point_on_a_slanted_edge_is_outside_whatever_the_rounding() -> None:
    edge = np.array([[0.1, 0.1], [0.7, 0.3], [0.1, 0.9]])
    middle = (edge[0] + edge[1]) / 2
    nudged = np.array([middle[0], np.nextafter(middle[1], 1)])
    outcome = contains([edge], np.array([middle, nudged]))
    assert outcome[1] or not outcome[0]
