"""Figures of pose matching, from distances worked out by hand."""

import numpy as np
import pytest

from lighttrack.evaluation import matching

SAME = [True, True, False, False]


def test_a_matcher_that_separates_is_perfect_and_one_that_guesses_is_not() -> None:
    assert matching.roc_area([0.1, 0.2, 0.8, 0.9], SAME) == 1.0
    assert matching.roc_area([0.8, 0.9, 0.1, 0.2], SAME) == 0.0
    assert matching.roc_area([0.5] * 4, SAME) == 0.5


def test_the_roc_area_counts_pairs_as_a_double_loop_does() -> None:
    rng = np.random.default_rng(3)
    distance, same = rng.integers(0, 8, 60) / 8, rng.random(60) < 0.4
    wins = [float(p < n) + 0.5 * (p == n) for p in distance[same] for n in distance[~same]]
    assert matching.roc_area(distance, same) == pytest.approx(np.mean(wins))


def test_accuracy_is_balanced_between_few_positives_and_many_negatives() -> None:
    distance, same = [0.1] + [0.9] * 8 + [0.2], [True] + [False] * 9
    assert matching.balanced_accuracy(distance, same, threshold=0.5) == pytest.approx(
        (1 + 8 / 9) / 2
    )


def test_the_best_threshold_lies_between_the_nearest_pairs() -> None:
    threshold = matching.best_threshold([0.1, 0.5, 0.4, 0.9], SAME)
    # All positives at the cost of one negative, or one positive at no cost: the same, first wins.
    assert matching.balanced_accuracy([0.1, 0.5, 0.4, 0.9], SAME, threshold=threshold) == 0.75
    everything_same_distance = matching.best_threshold([0.3, 0.3], [True, False])
    assert everything_same_distance > 0.3


def test_rank_one_asks_only_for_people_seen_again_and_takes_no_ties() -> None:
    table = [[0.1, 0.5, 0.5], [0.3, 0.2, 0.5], [0.1, 0.1, 0.1]]
    assert matching.rank_one(table, [1, 2, 3], [1, 2, 9]) == (2, 2)
    assert matching.rank_one(table, [9, 8, 3], [3, 1, 2]) == (0, 1)
    assert matching.rank_one([[0.7]], [4], [4]) == (1, 1)
    assert matching.rank_one(np.zeros((2, 0)), [1, 2], []) == (0, 0)


def test_hard_negatives_and_gaps_are_told_apart() -> None:
    report = matching.evaluate_pairs(
        [0.1, 0.2, 0.3, 0.15, 0.9, 0.8],
        [True, True, True, False, False, False],
        gaps=[1, 1, 5, 1, 1, 5],
        hard=[False, True, False, True, False, False],
        threshold=0.25,
    )
    assert report["hard_negatives"]["pairs"] == 4
    assert report["hard_negatives"]["accuracy"] == pytest.approx((2 / 3 + 0) / 2)
    assert report["other_negatives"]["accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    assert report["by_gap"][1]["accuracy"] == pytest.approx((1 + 0.5) / 2)
    assert report["by_gap"][5]["roc_area"] == 1.0


def test_one_sided_pairs_have_no_figures() -> None:
    assert np.isnan(matching.roc_area([0.1, 0.2], [True, True]))
    assert np.isnan(matching.balanced_accuracy([0.1], [False], threshold=1))
    with pytest.raises(ValueError, match="pairs of different people"):
        matching.best_threshold([0.1], [True])


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="3 distances were given and 2 answers"):
        matching.roc_area([1, 2, 3], [True, False])
    with pytest.raises(ValueError, match="got NaN"):
        matching.roc_area([np.nan, 2], [True, False])
    with pytest.raises(ValueError, match="gaps must have one entry per pair, 2, got 1"):
        matching.evaluate_pairs([1, 2], [True, False], gaps=[1], hard=[0, 0], threshold=1)
