import time

import numpy as np

from lighttrack.pipeline.measure import (
    Counts,
    Meter,
    TimedAppearance,
    TimedDetector,
    TimedEstimator,
    peak_memory_mb,
)
from lighttrack.structures import Detections, Poses, Regions, TrackedFrame
from lighttrack.structures.skeletons import COCO_17

IMAGE = np.zeros((48, 64, 3), np.uint8)


class SlowDetector:
    score_threshold = 0.4

    def __call__(self, image):
        time.sleep(0.02)
        return Detections([[0, 0, 64, 48]], [0.9])


class SlowEstimator:
    skeleton = COCO_17
    tracked_threshold, keypoint_threshold = 0.2, 0.3

    def __call__(self, image, regions):
        time.sleep(0.01)
        n, boxes = len(regions), regions.boxes
        return Poses(COCO_17, np.zeros((n, 17, 2)), np.ones((n, 17)), boxes, np.ones(n))


def test_networks_are_timed_and_counted_and_otherwise_themselves():
    meter = Meter()
    detector, estimator = (
        TimedDetector(SlowDetector(), meter),
        TimedEstimator(SlowEstimator(), meter),
    )
    for _ in range(3):
        found = detector(IMAGE)
        assert len(estimator(IMAGE, Regions.of(found.boxes))) == 1
    assert meter.calls == {"detect": 3, "pose": 3}
    assert 0.06 <= meter.seconds["detect"] < 0.2
    assert 0.03 <= meter.seconds["pose"] < 0.1
    assert detector.score_threshold == 0.4
    assert estimator.skeleton is COCO_17
    assert estimator.keypoint_threshold == 0.3


class ClockedEstimator(SlowEstimator):
    """One that says how long its network took."""

    network_seconds = 0.0

    def __call__(self, image, regions):
        self.network_seconds += 0.004
        return super().__call__(image, regions)


def test_people_posed_are_counted_and_their_time_is_split_into_network_and_rest():
    meter = Meter()
    estimator = TimedEstimator(ClockedEstimator(), meter)
    for _ in range(2):
        estimator(IMAGE, Regions.of(np.zeros((4, 4), np.float32)))
    assert meter.posed == 8
    times = meter.per_person()
    assert times["ms_per_person_network"] == 1.0
    assert times["ms_per_person"] > 2.4
    assert abs(sum(times.values()) - 2 * times["ms_per_person"]) < 0.01


def test_an_estimator_without_a_clock_has_no_parts_and_without_poses_there_is_no_time():
    meter = Meter()
    assert set(meter.per_person().values()) == {None}
    TimedEstimator(SlowEstimator(), meter)(IMAGE, Regions.of(np.zeros((1, 4), np.float32)))
    times = meter.per_person()
    assert times.pop("ms_per_person") > 9
    assert set(times.values()) == {None}


class Alike:
    dimensions, of_poses = 2, False

    def describe(self, image, boxes, poses):
        time.sleep(0.01)
        return np.tile(np.array([0, 1], np.float32), (len(boxes), 1))


def test_an_appearance_network_is_timed_and_otherwise_itself():
    meter = Meter()
    appearance = TimedAppearance(Alike(), meter)
    assert appearance.describe(IMAGE, np.zeros((3, 4), np.float32), None).shape == (3, 2)
    assert 0.01 <= meter.seconds["appearance"] < 0.1
    assert appearance.dimensions == 2


def test_estimating_no_poses_is_no_call():
    meter = Meter()
    TimedEstimator(SlowEstimator(), meter)(IMAGE, Regions.of(np.zeros((0, 4))))
    assert meter.calls["pose"] == 0


def test_an_error_within_a_stage_still_counts_its_time():
    meter = Meter()
    try:
        with meter.stage("render"):
            time.sleep(0.01)
            raise OSError
    except OSError:
        pass
    assert meter.seconds["render"] >= 0.01


def test_what_networks_take_is_not_the_trackers_time():
    meter = Meter()
    detector = TimedDetector(SlowDetector(), meter)
    with meter.stage("associate", without=("detect", "pose")):
        detector(IMAGE)
        time.sleep(0.01)
    assert meter.seconds["detect"] >= 0.02
    assert 0.01 <= meter.seconds["associate"] < 0.02


def test_people_are_summed_over_frames_and_identities_counted_once():
    counts = Counts()
    for index, ids in enumerate([[0], [0, 4], [], [4]]):
        n = len(ids)
        poses = Poses(COCO_17, np.zeros((n, 17, 2)), np.ones((n, 17)), np.zeros((n, 4)), np.ones(n))
        counts.add(TrackedFrame(index, 0.0, ids, poses, poses.boxes, index == 0, np.zeros(n)))
    assert (counts.frames, counts.people, counts.ids, counts.keyframes) == (4, 4, {0, 4}, 1)
    assert counts.here == 1


def test_the_peak_of_memory_never_falls():
    before = peak_memory_mb()
    big = np.ones(30_000_000)
    assert big.sum() > 0
    after = peak_memory_mb()
    assert after >= before > 10
