"""Poses of lost people are described once, and the description is kept with them."""

import numpy as np
from lighttrack.tracking.observation import newcomers
from lighttrack.tracking.recognition import Recogniser

from lighttrack.matching import EuclideanMatcher
from lighttrack.structures import Floats, Poses
from lighttrack.structures.skeletons import COCO_17
from lighttrack.tracking import TrackerConfig, Tracklets

IMAGE = np.full((360, 640, 3), 128, np.uint8)
CONFIG = TrackerConfig()


class Counting:
    """The Euclidean matcher, with a record of how many poses it described each time."""

    def __init__(self) -> None:
        self.inner, self.described = EuclideanMatcher(), []
        self.threshold = self.inner.threshold

    def embed(self, poses: Poses, /) -> Floats:
        self.described.append(len(poses))
        return self.inner.embed(poses)

    def compare(self, known: Floats, seen: Floats, /) -> Floats:
        return self.inner.compare(known, seen)


def somebody(x: float, matcher: Counting) -> Tracklets:
    keypoints = np.linspace([x, 100], [x + 40, 200], 17, dtype=np.float32)[None]
    box = np.array([[x - 5, 90, x + 45, 210]], np.float32)
    poses = Poses(COCO_17, keypoints, np.full((1, 17), 0.8), box, np.array([0.8]))
    size = matcher.embed(Poses.empty(COCO_17)).shape[1]
    return newcomers(poses, np.ones((1, 17), bool), box, CONFIG, embedding=size)


def test_a_lost_person_is_described_once_however_often_they_are_compared():
    matcher = Counting()
    lost = somebody(100, matcher).updated(
        ids=np.array([7]), tracked=np.array([False]), lost_for=np.array([0.2], np.float32)
    )
    people = Tracklets.concatenate([lost, somebody(400, matcher)])
    recogniser = Recogniser(CONFIG, 0.3, matcher)
    matcher.described.clear()
    for _ in range(3):
        people, _ = recogniser.identify(people, 8, IMAGE)
    assert matcher.described == [1, 1, 1, 1]  # the lost one, and the newcomer in each frame
    np.testing.assert_allclose(people.embeddings[0], matcher.inner.embed(lost.poses)[0])


def test_nobody_is_described_while_nobody_comes():
    matcher = Counting()
    lost = somebody(100, matcher).updated(ids=np.array([7]), tracked=np.array([False]))
    matcher.described.clear()
    Recogniser(CONFIG, 0.3, matcher).identify(lost, 8, IMAGE)
    assert matcher.described == []
