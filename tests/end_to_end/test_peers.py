"""Other trackers are compared at their best, and the tables say who is ahead."""

import numpy as np
import peer_trackers
import peers
import pytest
from material import Clip
from requirements import required_module
from scoring import Figures

from lighttrack.structures import Detections

COUNT = 20


def boxes(index):
    """Two people who pass one another, one in front of the house and one on the road."""
    step = 3 * index
    return np.array([[20 + step, 40, 60 + step, 130], [260 - step, 150, 300 - step, 235]], float)


@pytest.fixture
def installed():
    required_module("trackers", "PARITY")


@pytest.fixture
def clip():
    return Clip(
        name="walk",
        width=320,
        height=240,
        times=[index / 25 for index in range(COUNT)],
        truth=[(np.array([3, 8]), boxes(index)) for index in range(COUNT)],
        image=lambda index: np.full((240, 320, 3), index, np.uint8),
    )


class UnsureDetector:
    """Finds all people, and is sure of none; the brightness of the image is its frame."""

    score_threshold = 0.3

    def __init__(self):
        self.calls = 0

    def __call__(self, image):
        self.calls += 1
        return Detections(boxes(int(image[0, 0, 0])), [0.45, 0.45])


@pytest.mark.parametrize("name", peer_trackers.GRIDS)
def test_tuning_finds_what_suits_a_detector_that_is_unsure(installed, clip, name, tmp_path):
    detector = UnsureDetector()
    seen = peer_trackers.look_at(clip, detector, tmp_path / "seen.npz")
    assert peer_trackers.idf1(clip.truth, peer_trackers.follow(name, {}, seen)) == 0
    setting = peer_trackers.tune(name, clip.truth, seen)
    assert peer_trackers.idf1(clip.truth, peer_trackers.follow(name, setting, seen)) > 0.95


def test_what_was_found_in_one_run_serves_the_next(installed, clip, tmp_path):
    detector = UnsureDetector()
    first = peer_trackers.measure(clip, "walk", detector, tmp_path)
    assert detector.calls == COUNT
    assert peer_trackers.measure(clip, "walk", detector, tmp_path) == first
    assert detector.calls == COUNT


def figures(mota, idf1):
    return Figures(mota, idf1, 0.9, 0.5, 1, 2, 3, ids=4, people=5, detector_share=0.1)


def test_margins_are_taken_from_the_peer_with_the_best_idf1():
    table = {
        "ByteTrack": figures(0.9, 0.6),
        "OC-SORT": figures(0.7, 0.8),
        "BoT-SORT": figures(0.6, 0.7),
        peers.ONE_IN_TEN: figures(0.65, 0.86),
    }
    assert "OC-SORT's" in peers.margins(table)
    assert "1 frame in 10: IDF1 +6.0, MOTA -5.0" in peers.margins(table)
    lines = peers.markdown({"walk": table}).splitlines()
    assert "| walk | ByteTrack | **0.900** | 0.600 | 0.500 | 1 | 4 / 5 | 10 % |" in lines
