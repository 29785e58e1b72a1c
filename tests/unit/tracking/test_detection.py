"""Looks of the detector, whole and spread over frames."""

import numpy as np
from scenarios_stage import Person, Stage, walker

from lighttrack.structures import Detections
from lighttrack.tracking import PoseTracker, TrackerConfig

RED, BLUE = (200, 40, 40), (50, 60, 200)


def two_people():
    return Stage([Person(walker(150, 0), RED), Person(walker(450, 0), BLUE)])


class Spread:
    """A detector whose look is spread over four frames; it counts what it is asked."""

    score_threshold = 0.4
    parts = 4

    def __init__(self, stage):
        self.stage, self.looks, self.scans = stage, 0, []

    def __call__(self, image, /):
        self.looks += 1
        return self.stage.detect(image)

    def scan(self, image, part, known, /):
        self.scans.append(part)
        return self.stage.detect(image) if part == 2 else Detections.empty()


def spread(stage, **config):
    detector = Spread(stage)
    estimator = stage.tracker().estimator
    return detector, PoseTracker(detector, estimator, config=TrackerConfig(**config))


def test_a_part_of_a_look_that_sees_somebody_badly_doubts_nobody():
    class Doubtful(Spread):
        def scan(self, image, part, known):
            return Detections(known, np.full(len(known), 0.15))

    stage = two_people()
    estimator = stage.tracker().estimator
    tracker = PoseTracker(Doubtful(stage), estimator, config=TrackerConfig(keyframe_interval=8))
    ids = [tracked.ids.tolist() for tracked in tracker.track(stage.frames(3))]
    assert ids == [[1, 2]] * 75


def test_a_spread_look_finds_newcomers_without_a_whole_look():
    late = Person(walker(450, 0, seen=(0.2, 9)), BLUE)
    stage = Stage([Person(walker(150, 0), RED), late])
    detector, tracker = spread(stage, keyframe_interval=8)
    ids = [tracked.ids.tolist() for tracked in tracker.track(stage.frames(1))]
    assert ids[-1] == [1, 2]
    assert detector.looks == 1
    assert detector.scans[:7] == [1, 2, 3, 0, 1, 2, 3]


def test_a_spread_look_is_not_called_for_before_its_turn():
    vanishing = Person(walker(450, 0, seen=(0, 9)), BLUE)
    stage = Stage([Person(walker(150, 0), RED), vanishing], fps=2)  # lost at 9 s, frame 18
    detector, tracker = spread(stage, keyframe_interval=8)
    frames = list(tracker.track(stage.frames(12)))
    assert [frame.index for frame in frames if frame.is_keyframe] == [0, 8, 16]
    assert detector.looks == 1


def test_the_papers_key_frames_are_whole_looks():
    stage = two_people()
    detector, tracker = spread(stage, **TrackerConfig.paper(keyframe_interval=5).as_dict())
    ids = {i for tracked in tracker.track(stage.frames(1)) for i in tracked.ids.tolist()}
    assert ids == {1, 2}
    assert detector.looks == 5
    assert detector.scans == []


def test_a_spread_look_searches_no_further_once_everybody_wanted_is_followed():
    stage = two_people()
    detector, tracker = spread(stage, keyframe_interval=8, max_people=2)
    ids = [tracked.ids.tolist() for tracked in tracker.track(stage.frames(1))]
    assert ids == [[1, 2]] * 25
    assert (detector.looks, detector.scans) == (1, [])


def test_a_detection_of_somebody_already_followed_starts_nobody_new():
    stage = two_people()
    detector, tracker = spread(stage, keyframe_mode="fixed", keyframe_interval=2, everyone=True)
    shrunk = np.array([0.0, 0.0, 0.0, -0.75])  # of less overlap than the rule of eq. (2) asks

    def upper_bodies(image, part, known):
        heights = known[:, 3:] - known[:, 1:2]
        return Detections(known + shrunk * heights, np.full(len(known), 0.9))

    detector.scan = upper_bodies
    ids = [tracked.ids.tolist() for tracked in tracker.track(stage.frames(1))]
    assert ids == [[1, 2]] * 25
