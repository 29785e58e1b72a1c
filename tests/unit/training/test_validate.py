import numpy as np
import pytest

from lighttrack.matching.pairs import PoseSequence
from lighttrack.training.validate import (
    best_balanced_accuracy,
    calibrate,
    judged_pairs,
    score,
)


def _sequences(seed=0):
    """Two people in one place who keep their poses, over sixteen frames."""
    rng = np.random.default_rng(seed)
    pose = rng.normal(size=(1, 2, 15, 2))
    keypoints = pose + 0.02 * rng.normal(size=(16, 2, 15, 2)).cumsum(axis=0)
    boxes = np.broadcast_to(np.float32([0, 0, 1, 1]), (16, 2, 4))
    return [PoseSequence("two", keypoints.astype(np.float32), boxes)]


def _offsets(sequences, pairs):
    """Mean keypoint offsets of pairs: no network needed."""
    first, second = (
        np.stack([sequences[s].keypoints[f, i] for s, f, i in places])
        for places in (pairs.first, pairs.second)
    )
    return np.linalg.norm(first - second, axis=-1).mean(axis=-1).astype(np.float32)


def test_best_balanced_accuracy_weighs_both_kinds_alike():
    distances = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    same = np.array([True, False, True, False, False, False])
    assert best_balanced_accuracy(distances, same) == (0.875, 0.3)


def test_one_kind_alone_has_no_accuracy():
    accuracy, threshold = best_balanced_accuracy(np.ones(3), np.ones(3, bool))
    assert np.isnan(accuracy)
    assert np.isnan(threshold)


def test_people_who_keep_their_poses_are_distinguished():
    pairs = judged_pairs(_sequences())
    accuracy = score(_offsets(_sequences(), pairs), pairs)
    assert accuracy == pytest.approx({1: 1.0, 4: 1.0, 8: 1.0, 12: 1.0})


def test_calibrated_odds_are_even_between_the_two_kinds():
    pairs = judged_pairs(_sequences())
    calibration = calibrate(_offsets(_sequences(), pairs), pairs)
    near, far = 0.1, 1.7
    for gap in (1, 4, 12):
        chances = calibration.probabilities(np.float32([near, calibration.distance(gap), far]), gap)
        assert chances[0] > 0.9
        assert chances[1] == pytest.approx(0.5, abs=1e-3)
        assert chances[2] < 0.1


def test_calibration_names_the_missing_pairs():
    alone = PoseSequence("one", np.ones((9, 1, 15, 2), np.float32), np.ones((9, 1, 4), np.float32))
    pairs = judged_pairs([alone])
    with pytest.raises(ValueError, match="pairs of one person and overlapping pairs of two"):
        calibrate(np.zeros(len(pairs), np.float32), pairs)
