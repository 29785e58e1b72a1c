"""Detections against boxes, by hand."""

import numpy as np
import pytest

from lighttrack.evaluation import detection
from lighttrack.structures import Detections

ONE, TWO = [0.0, 0, 10, 20], [50.0, 0, 60, 20]


def _ghost(score: float) -> Detections:
    return Detections(boxes=[[90, 90, 99, 99]], scores=[score])


def test_a_sure_ghost_costs_more_than_an_unsure_one() -> None:
    both = Detections(boxes=[ONE, TWO], scores=[0.8, 0.7])
    images = [(np.array([ONE, TWO]), both)]
    for score, ap in ((0.1, 1.0), (0.75, 0.5 + 0.5 * 2 / 3), (0.9, 2 / 3)):
        partial = detection.evaluate([*images, (np.zeros((0, 4)), _ghost(score))])
        assert detection.summarize(partial)["ap"] == pytest.approx(ap)


def test_a_double_is_wrong_and_the_surer_of_two_is_right() -> None:
    seen = Detections(boxes=[ONE, [0, 0, 10, 19]], scores=[0.6, 0.9])
    partial = detection.evaluate([(np.array([ONE]), seen)])
    assert partial.hits.tolist() == [True, False]
    assert partial.scores.tolist() == pytest.approx([0.9, 0.6])


def test_the_papers_overlap_is_two_fifths() -> None:
    half = Detections(boxes=[[0, 0, 10, 10]], scores=[1.0])  # IoU 0.5 with ONE
    assert detection.evaluate([(np.array([ONE]), half)]).hits.tolist() == [True]
    assert detection.evaluate([(np.array([ONE]), half)], iou=0.6).hits.tolist() == [False]


def test_precision_and_recall_follow_the_threshold() -> None:
    seen = Detections(boxes=[ONE, [90, 90, 99, 99]], scores=[0.9, 0.5])
    partial = detection.evaluate([(np.array([ONE, TWO]), seen)])
    at = detection.at_thresholds(partial, [0.4, 0.8, 0.95])
    assert at == [
        {"threshold": 0.4, "precision": 0.5, "recall": 0.5},
        {"threshold": 0.8, "precision": 1.0, "recall": 0.5},
        {"threshold": 0.95, "precision": 1.0, "recall": 0.0},
    ]


def test_no_person_there_and_no_person_seen() -> None:
    empty = detection.evaluate([(np.zeros((0, 4)), Detections.empty())])
    assert detection.summarize(empty)["ap"] == 0
    missed = detection.combine([empty, detection.evaluate([([ONE], Detections.empty())])])
    assert detection.summarize(missed) == {"ap": 0.0, "truths": 1, "detections": 0}
