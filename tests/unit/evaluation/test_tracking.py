"""Small scenarios whose figures can be worked out by hand."""

import pickle

import numpy as np
import pytest

from lighttrack.evaluation import (
    EvaluationSequence,
    clear,
    evaluate_boxes,
    evaluate_poses,
    hota,
    identity,
    sequence_of_boxes,
)
from lighttrack.evaluation import tracking as metrics
from lighttrack.evaluation.clear import Convention
from lighttrack.evaluation.sequence import make_sequence
from lighttrack.formats.mot import frames_of_rows
from lighttrack.structures import Poses
from lighttrack.structures.skeletons import POSETRACK_15

LEFT, RIGHT = [0.0, 0, 10, 20], [30.0, 0, 40, 20]
BOTH = ([0, 1], [LEFT, RIGHT])
NO_PEOPLE = ([], np.zeros((0, 4)))


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


def test_a_extra_costs_a_false_positive_and_no_more() -> None:
    extra = ([0, 1, 2], [LEFT, RIGHT, [90.0, 0, 99, 20]])
    figures = evaluate_boxes([BOTH] * 4, [BOTH] * 3 + [extra])
    assert figures["false_positives"] == 1
    assert figures["mota"] == pytest.approx(1 - 1 / 8)
    assert figures["precision"] == pytest.approx(8 / 9)


def test_a_gap_with_the_same_id_is_missed_not_switched() -> None:
    figures = evaluate_boxes([BOTH] * 4, [BOTH, ([0], [LEFT]), ([0], [LEFT]), BOTH])
    assert (figures["misses"], figures["switches"], figures["fragmentations"]) == (2, 0, 1)


def test_someone_who_leaves_and_returns_is_fragmented_only_for_trackeval() -> None:
    away = ([0], [LEFT])
    scenario = [BOTH, away, BOTH]
    assert evaluate_boxes(scenario, scenario)["fragmentations"] == 1
    assert evaluate_boxes(scenario, scenario, convention="motmetrics")["fragmentations"] == 0


def test_four_frames_of_five_are_mostly_tracked_only_for_motmetrics() -> None:
    truth = [([0], [LEFT])] * 5
    seen = [*truth[:4], NO_PEOPLE]
    assert evaluate_boxes(truth, seen)["mostly_tracked"] == 0
    assert evaluate_boxes(truth, seen, convention="motmetrics")["mostly_tracked"] == 1


def test_an_empty_tracker_misses_everyone_and_an_empty_video_scores_nothing() -> None:
    figures = evaluate_boxes([BOTH] * 2, [NO_PEOPLE] * 2)
    assert (figures["misses"], figures["mota"], figures["idf1"], figures["hota"]) == (4, 0, 0, 0)
    assert figures["mostly_lost"] == 2
    assert evaluate_boxes([], [])["frames"] == 0


def _scenario(seed: int, frames: int, people: int) -> EvaluationSequence:
    """People side by side; some are missed, some boxes are off, some ids exchanged."""
    rng = np.random.default_rng(seed)
    truth, seen = [], []
    ids = 100 * seed + np.arange(people)
    for _ in range(frames):
        boxes = np.stack([np.array([30.0 * i, 0, 30 * i + 10, 20]) for i in range(people)])
        found = rng.random(people) > 0.2
        moved = boxes + rng.normal(0, 1.5, (people, 1))
        names = ids.copy()
        if rng.random() < 0.3:
            names[[0, 1]] = names[[1, 0]]
        truth.append((ids, boxes))
        seen.append((names[found], moved[found]))
    return sequence_of_boxes(truth, seen, name=f"scenario {seed}")


def _one_after_the_other(scenarios: list[EvaluationSequence]) -> EvaluationSequence:
    frames = [(scenario, frame) for scenario in scenarios for frame in scenario.frames]
    return make_sequence(
        [scenario.truth_ids[frame.truth] for scenario, frame in frames],
        [scenario.track_ids[frame.tracks] for scenario, frame in frames],
        [frame.similarity for _, frame in frames],
    )


@pytest.mark.parametrize("convention", ["trackeval", "motmetrics"])
def test_parts_that_differ_add_up_to_the_score_of_the_whole(convention: Convention) -> None:
    scenarios = [_scenario(1, 5, 2), _scenario(2, 12, 3), _scenario(3, 9, 4)]
    parts = [
        pickle.loads(pickle.dumps(metrics.evaluate(scenario, convention=convention)))
        for scenario in scenarios
    ]
    together = metrics.summarize(metrics.combine(parts))
    whole = metrics.evaluate(_one_after_the_other(scenarios), convention=convention)
    assert together == pytest.approx(metrics.summarize(whole), abs=1e-12)
    assert together["truths"] == 2 * 5 + 3 * 12 + 4 * 9
    assert all(together["idf1"] != metrics.summarize(part)["idf1"] for part in parts)
    assert all(together["hota"] != metrics.summarize(part)["hota"] for part in parts)


def test_each_metric_combines_by_itself() -> None:
    scenarios = [_scenario(4, 6, 2), _scenario(5, 8, 3)]
    whole = _one_after_the_other(scenarios)
    for metric in (clear, identity, hota):
        parts = metric.combine(metric.evaluate(scenario) for scenario in scenarios)
        assert metric.summarize(parts) == pytest.approx(metric.summarize(metric.evaluate(whole)))
        none = metric.summarize(metric.combine([]))
        assert none == metric.summarize(metric.evaluate(make_sequence([], [], [])))


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
