"""Small stories whose figures can be worked out by hand."""

import pickle

import numpy as np
import pytest

from lighttrack.evaluation import evaluate_boxes, evaluate_poses, sequence_of_boxes
from lighttrack.evaluation import tracking as metrics
from lighttrack.evaluation.sequence import make_sequence
from lighttrack.formats.mot import frames_of_rows
from lighttrack.structures import Poses
from lighttrack.structures.skeletons import POSETRACK_15

LEFT, RIGHT = [0.0, 0, 10, 20], [30.0, 0, 40, 20]
BOTH = ([0, 1], [LEFT, RIGHT])
NOBODY = ([], np.zeros((0, 4)))


def test_a_perfect_tracker_scores_one_everywhere() -> None:
    figures = evaluate_boxes([BOTH] * 3, [([7, 0], BOTH[1])] * 3)
    rates = ("mota", "motp", "idf1", "idp", "idr", "hota", "deta", "assa", "precision", "recall")
    assert [figures[name] for name in rates] == [1.0] * len(rates)
    assert figures["switches"] == figures["fragmentations"] == figures["misses"] == 0


def test_a_swap_half_way_costs_two_switches_and_half_of_the_association() -> None:
    swapped = ([1, 0], BOTH[1])
    figures = evaluate_boxes([BOTH] * 10, [BOTH] * 5 + [swapped] * 5)
    assert figures["switches"] == 2
    assert figures["mota"] == pytest.approx(1 - 2 / 20)
    assert figures["idf1"] == pytest.approx(0.5)
    # Each pair lasts 5 of 10 frames: 5 / (10 + 10 - 5) = 1/3, the same for all four pairs.
    assert figures["assa"] == pytest.approx(1 / 3)
    assert figures["hota"] == pytest.approx(np.sqrt(1 / 3))


def test_a_ghost_costs_a_false_positive_and_no_more() -> None:
    ghost = ([0, 1, 2], [LEFT, RIGHT, [90.0, 0, 99, 20]])
    figures = evaluate_boxes([BOTH] * 4, [BOTH] * 3 + [ghost])
    assert figures["false_positives"] == 1
    assert figures["mota"] == pytest.approx(1 - 1 / 8)
    assert figures["precision"] == pytest.approx(8 / 9)


def test_a_gap_with_the_same_id_is_missed_not_switched() -> None:
    figures = evaluate_boxes([BOTH] * 4, [BOTH, ([0], [LEFT]), ([0], [LEFT]), BOTH])
    assert (figures["misses"], figures["switches"], figures["fragmentations"]) == (2, 0, 1)


def test_someone_who_leaves_and_returns_is_fragmented_only_for_trackeval() -> None:
    away = ([0], [LEFT])
    story = [BOTH, away, BOTH]
    assert evaluate_boxes(story, story)["fragmentations"] == 1
    assert evaluate_boxes(story, story, convention="motmetrics")["fragmentations"] == 0


def test_four_frames_of_five_are_mostly_tracked_only_for_motmetrics() -> None:
    truth = [([0], [LEFT])] * 5
    seen = [*truth[:4], NOBODY]
    assert evaluate_boxes(truth, seen)["mostly_tracked"] == 0
    assert evaluate_boxes(truth, seen, convention="motmetrics")["mostly_tracked"] == 1


def test_an_empty_tracker_misses_everyone_and_an_empty_video_scores_nothing() -> None:
    figures = evaluate_boxes([BOTH] * 2, [NOBODY] * 2)
    assert (figures["misses"], figures["mota"], figures["idf1"], figures["hota"]) == (4, 0, 0, 0)
    assert figures["mostly_lost"] == 2
    assert evaluate_boxes([], [])["frames"] == 0


def test_parts_of_a_data_set_can_be_scored_apart_and_sent_between_processes() -> None:
    story = sequence_of_boxes([BOTH] * 4, [BOTH] * 2 + [([1, 0], BOTH[1])] * 2)
    parts = [pickle.loads(pickle.dumps(metrics.evaluate(story))) for _ in range(3)]
    together = metrics.summarize(metrics.combine(parts))
    alone = metrics.summarize(parts[0])
    assert together["switches"] == 3 * alone["switches"] == 6
    for name in ("mota", "motp", "idf1", "hota", "assa", "loca"):
        assert together[name] == pytest.approx(alone[name])


def test_poses_are_matched_by_oks_and_by_head_sizes() -> None:
    points = np.stack([np.linspace(10, 50, 15), np.linspace(10, 90, 15)], axis=1)
    pose = Poses(POSETRACK_15, points[None], np.ones((1, 15)), [[10, 10, 50, 90]], [1.0])
    off = Poses(POSETRACK_15, points[None] + 6, np.ones((1, 15)), pose.boxes, [1.0])
    assert evaluate_poses([([3], pose)], [([0], pose)])["mota"] == 1
    shift = np.hypot(6, 6)
    near, far = [np.array([shift / 0.49])], [np.array([shift / 0.51])]
    assert evaluate_poses([([3], pose)], [([0], off)], head_sizes=near)["matches"] == 1
    assert evaluate_poses([([3], pose)], [([0], off)], head_sizes=far)["matches"] == 0


def test_rows_in_any_order_become_frames() -> None:
    rows = frames_of_rows([2, 0, 2], np.array([4, 5, 6]), np.arange(12).reshape(3, 4), 3)
    assert [ids.tolist() for ids, _ in rows] == [[5], [], [4, 6]]
    assert rows[2][1].tolist() == [[0, 1, 2, 3], [8, 9, 10, 11]]


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="truth has 2 frames and the prediction 1"):
        evaluate_boxes([BOTH] * 2, [BOTH])
    with pytest.raises(ValueError, match="frame 1: id 4 stands twice in the tracks"):
        evaluate_boxes([BOTH] * 2, [BOTH, ([4, 4], BOTH[1])])
    with pytest.raises(ValueError, match=r"similarity must have shape \(1, 2\), got \(2, 1\)"):
        make_sequence([[0]], [[1, 2]], [[[0.5], [0.5]]])
    with pytest.raises(ValueError, match="'trackeval' or 'motmetrics', got 'mine'"):
        evaluate_boxes([BOTH], [BOTH], convention="mine")  # type: ignore[arg-type]
