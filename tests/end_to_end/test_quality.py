"""Quality does not fall: the shortest clip beside the committed table of figures."""

import json

import clips as benchmark
import pytest

pytestmark = [pytest.mark.models, pytest.mark.clips]

CLIP = "TUD-Campus"
"""The only one that is short enough for every run of the tests."""

ALLOWED_LOSS = 0.03


@pytest.fixture(scope="module")
def figures(networks, clips_dir):
    tracker = benchmark.CONFIGURATIONS["default"].tracker()
    return benchmark.measure(clips_dir, CLIP, tracker)


@pytest.fixture(scope="module")
def committed():
    return json.loads(benchmark.FIGURES.read_text())["default"][CLIP]


@pytest.mark.parametrize("name", ["mota", "idf1"])
def test_figures_have_not_fallen_below_the_committed_ones(figures, committed, name):
    assert getattr(figures, name) >= committed[name] - ALLOWED_LOSS


def test_the_detector_rests_most_of_the_time(figures):
    assert figures.detector_share <= 0.2


def test_the_people_of_the_truth_are_those_that_the_table_was_made_with(figures, committed):
    assert figures.people == committed["people"]
