"""What poses tell of the people they were estimated for."""

import numpy as np
from lighttrack.tracking.observation import Observer, newcomers
from lighttrack.tracking.recognition import Recogniser
from scenarios_stage import Person, Stage, walker

from lighttrack.structures import Poses
from lighttrack.structures.skeletons import COCO_17
from lighttrack.tracking import TrackerConfig

PICTURE = np.zeros((200, 300, 3), np.uint8)


def observer(**config):
    config = TrackerConfig(colours=False, **config)
    estimator = Stage([Person(walker(150, 0), (200, 40, 40))]).tracker().estimator
    return Observer(config, estimator, Recogniser(config, estimator.keypoint_threshold, None))


def poses(scores, left=(20.0,)):
    """One pose for each row of scores; all of the same shape, at `left` in the picture."""
    shape = np.stack([np.linspace(0, 40, 17), np.linspace(0, 120, 17)], axis=1)
    keypoints = np.array([shape + np.array([x, 20]) for x in left], np.float32)
    boxes = np.concatenate([keypoints.min(axis=1) - 5, keypoints.max(axis=1) + 5], axis=1)
    scores = np.asarray(scores, np.float32)
    return Poses(COCO_17, keypoints, scores, boxes, scores.mean(axis=1))


def test_somebody_is_there_if_the_mean_of_all_keypoint_scores_exceeds_the_threshold():
    half = [0.9] * 8 + [0.0] * 9  # a mean of 0.42
    assert observer(tracked_threshold=0.4).is_tracked(poses([half])).tolist() == [True]
    assert observer(tracked_threshold=0.45).is_tracked(poses([half])).tolist() == [False]


def test_of_two_people_found_in_one_place_only_one_is_there():
    before = poses(np.full((2, 17), 0.9), left=(20, 60))
    people = newcomers(before, before.scores > 0.3, before.boxes, TrackerConfig())
    seen = poses(np.full((2, 17), 0.9), left=(22, 22))
    assert observer().observe(people, seen, PICTURE).found.tolist() == [True, False]
    claimed = observer(exclusive=False).observe(people, seen, PICTURE)
    assert claimed.found.tolist() == [True, True]
