"""Whom the detector doubts, and who proves alive by walking."""

import numpy as np
import pytest
from lighttrack.tracking.observation import newcomers

from lighttrack.structures import Poses
from lighttrack.structures.skeletons import COCO_17
from lighttrack.tracking import TrackerConfig, evidence

CONFIG = TrackerConfig(patience=2)


def somebody(believed: float, x: float = 100.0):
    keypoints = np.linspace([x, 100], [x + 40, 200], 17, dtype=np.float32)[None]
    box = np.array([[x - 5, 90, x + 45, 210]], np.float32)
    poses = Poses(COCO_17, keypoints, np.full((1, 17), 0.8), box, np.array([0.8]))
    people = newcomers(poses, np.ones((1, 17), bool), box, CONFIG)
    return people.updated(evidence=np.array([believed], np.float32))


def looked(people, score: float | None):
    said = evidence.of_detections(np.array([] if score is None else [score]), 0.4, CONFIG)
    rows = np.array([] if score is None else [0], np.intp)
    proof = evidence.after_look(people, rows, said, np.ones(1, bool), CONFIG)
    return people.updated(evidence=proof)


def test_a_sign_that_the_detector_doubts_is_let_go():
    sign = somebody(evidence.at_birth(np.array([0.1], np.float32), CONFIG)[0])
    assert evidence.is_proven(sign).all()
    assert evidence.is_ghost(looked(sign, 0.3)).all()


def test_somebody_who_stands_still_and_is_detected_well_stays():
    person = somebody(0.25)
    for score in (0.5, 0.55, 0.45):
        person = looked(person, score)
        assert not evidence.is_ghost(person).any()
    assert person.evidence[0] == pytest.approx(0.25 + 0.5 + 0.75 + 0.25)


def test_a_certain_detection_outweighs_all_doubt():
    assert looked(somebody(0.1), 0.9).evidence[0] == CONFIG.patience


def test_somebody_who_walked_is_believed_at_any_score_and_missed_for_some_looks_only():
    walker = somebody(1.0).updated(origins=np.array([[30, 150]], np.float32))
    walker = looked(walker, 0.11)
    assert walker.evidence[0] == CONFIG.patience
    walker = looked(looked(walker, None), None)
    assert evidence.is_ghost(walker).all()


def test_motion_is_forgotten_when_somebody_stops():
    walker = somebody(1.0).updated(origins=np.array([[30, 150]], np.float32))
    assert evidence.has_moved(walker).all()
    for _ in range(100):
        walker = walker.updated(origins=evidence.drawn_along(walker, 0.04))
    assert not evidence.has_moved(walker).any()


def test_without_doubt_every_detection_is_full_proof():
    said = evidence.of_detections(np.array([0.1, 0.9]), 0.4, TrackerConfig(doubt=False))
    assert said.tolist() == [1, 1]
