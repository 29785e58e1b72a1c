"""Quality does not fall: the shortest clip beside the committed table of figures."""

from dataclasses import replace

import clips as benchmark
import committed as table
import motmetrics
import numpy as np
import pytest
from material import truth_of, video_of
from scoring import LEAST_IOU, score

from lighttrack.evaluation import box_iou
from lighttrack.video import open_video

pytestmark = [pytest.mark.models, pytest.mark.clips]

CLIP = "TUD-Campus"
"""The only one that is short enough for every run of the tests."""


@pytest.fixture(scope="module")
def tracked(networks, clips_dir):
    with open_video(video_of(clips_dir, CLIP)) as frames:
        return benchmark.CONFIGURATIONS["default"].tracker().follow(frames)


@pytest.fixture(scope="module")
def truth(clips_dir, tracked):
    return truth_of(clips_dir, CLIP, len(tracked[0]))


@pytest.fixture(scope="module")
def figures(truth, tracked):
    return score(truth, *tracked)


@pytest.fixture(scope="module")
def committed():
    return table.committed()["default"][CLIP]


def test_figures_have_not_fallen_below_the_committed_ones(figures):
    assert table.losses({"default": {CLIP: figures}}) == []


def test_a_figure_that_has_fallen_is_named(figures, committed):
    worse = replace(figures, mota=committed["mota"] - 0.04, idf1=committed["idf1"])
    [loss] = table.losses({"default": {CLIP: worse}})
    assert loss.startswith(f"default, {CLIP}: MOTA")


def test_the_detector_rests_most_of_the_time(figures):
    assert figures.detector_share <= 0.2


def test_the_people_of_the_truth_are_those_that_the_table_was_made_with(figures, committed):
    assert figures.people == committed["people"]


def test_motmetrics_says_the_same(truth, tracked, figures):
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for (known, boxes), (ids, found) in zip(truth, tracked[0], strict=True):
        distance = 1.0 - box_iou(boxes, found)
        distance[distance > 1 - LEAST_IOU] = np.nan
        accumulator.update(known, ids, distance)
    row = motmetrics.metrics.create().compute(
        accumulator, metrics=["mota", "idf1", "num_switches", "num_false_positives", "num_misses"]
    )
    ours = [
        *(figures.mota, figures.idf1),
        *(figures.switches, figures.false_positives, figures.misses),
    ]
    assert row.iloc[0].tolist() == pytest.approx(ours, abs=1e-4)
