"""The ground truth as it is published: frames without labels, regions to ignore, two layouts."""

import numpy as np
import pytest
from experiment_walk import written
from posetrack_published import FRAMES, every_second, joints, middle_and_every_fourth, published

from lighttrack.experiments import read_plan, run_experiment
from lighttrack.experiments.data import find_videos
from lighttrack.experiments.figures import without_ignored
from lighttrack.experiments.truth import people_of_frames
from lighttrack.formats.posetrack.annotations import NO_PEOPLE, AnnotatedFrame, K, People
from lighttrack.structures import Detections
from lighttrack.structures.skeletons import POSETRACK_15

PLAN = """
title = "Perfect boxes and poses"
data = "posetrack"
columns = ["ap:Total", "mota:Total", "idf1", "switches"]
scoring = "SCORING"
drop_below = 0.3

[grid]
detector = "truth"
estimator = "truth"
interval = [1, 2, 3]
mode = "both"
config = "paper"
"""


@pytest.mark.parametrize(
    ("labelled", "scoring"),
    [
        (middle_and_every_fourth, "official"),
        (every_second, "official"),
        (middle_and_every_fourth, "strict"),
    ],
)
def test_perfect_boxes_and_poses_are_tracked_through_frames_without_labels(
    tmp_path, labelled, scoring
):
    data = published(tmp_path / "data", labelled)
    plan = read_plan(written(tmp_path, PLAN.replace("SCORING", scoring)))
    made = run_experiment(plan, data, output=tmp_path / "out", progress=lambda line: None)
    assert made.columns[0] == "Interval"
    for row in made.rows:
        assert row[1:] == (100.0, 100.0, 100.0, 0), row
    assert f"{scoring} scoring of labelled frames" in made.title
    assert "key frames: both" in made.title
    results = sorted(path.name for path in (tmp_path / "out").glob("*-1f-both-*/*.json"))
    assert results == [
        "000001_mpii_test.posetrack.json",
        "00002_mpii_relpath_5sec_testsub.posetrack17.json",
    ]


def test_both_layouts_give_the_same_truth(tmp_path):
    plan = read_plan(written(tmp_path, PLAN.replace("SCORING", "official")))
    new, old = find_videos(plan, published(tmp_path / "data", every_second))
    assert (new.layout, old.layout) == (2018, 2017)
    assert new.labelled() == old.labelled() == list(range(0, FRAMES, 2))
    for index, boxes in new.boxes().items():
        np.testing.assert_allclose(boxes, old.boxes()[index], atol=1e-3)
    np.testing.assert_allclose(new.regions()[3][0], old.regions()[3][0])
    assert [frame.time for frame in old.frames()] == [frame.time for frame in new.frames()]


def test_poses_between_labels_are_interpolated_and_boxes_enlarged_by_a_tenth_a_side(tmp_path):
    plan = read_plan(written(tmp_path, PLAN.replace("SCORING", "official")))
    video = find_videos(plan, published(tmp_path / "data", middle_and_every_fourth))[0]
    poses = video.poses()
    first, second, third = (
        np.array([joints(1, index)[name] for name in POSETRACK_15.keypoints]) for index in (4, 5, 8)
    )
    np.testing.assert_allclose(poses[5].keypoints[1], first + (third - first) / 4, atol=1e-3)
    assert np.abs(poses[5].keypoints[1] - second).max() < 4
    low, high = first.min(axis=0), first.max(axis=0)
    tenth = (high - low) / 10
    np.testing.assert_allclose(poses[4].boxes[1], [*(low - tenth), *(high + tenth)], atol=1e-3)


def person(identity: int, place: float, missing: int | None = None) -> People:
    points = np.full((1, K, 2), place)
    if missing is not None:
        points[0, missing] = np.nan
    return People(np.array([identity]), points, np.ones((1, K)), np.full((1, 4), np.nan))


def test_who_is_labelled_on_one_side_only_is_there_as_long_as_that_side_is_nearer():
    unlabelled = AnnotatedFrame("", NO_PEOPLE, False, False)
    frames = [
        unlabelled,
        AnnotatedFrame("", person(7, 0.0, missing=2), True, True),
        *[unlabelled] * 3,
        AnnotatedFrame("", person(7, 8.0), True, True),
        unlabelled,
        AnnotatedFrame("", NO_PEOPLE, False, True),
        unlabelled,
    ]
    found = people_of_frames(frames, range(9))
    assert [people.ids.tolist() for people in found] == [[7]] * 7 + [[], []]
    assert [people.points[0, 0, 0] for people in found[:7]] == [0, 0, 2, 4, 6, 8, 8]
    assert np.isnan(found[2].points[0, 2]).all()
    assert found[4].points[0, 2, 0] == 8
    assert people_of_frames([unlabelled], [0])[0] is NO_PEOPLE


def test_detections_in_regions_to_ignore_are_neither_right_nor_wrong():
    region = np.array([[100.0, 0], [200, 0], [200, 100], [100, 100]])
    person_beside = np.array([[40, 0, 90, 100]], np.float32)
    found = Detections(
        [[40, 0, 90, 100], [110, 10, 150, 90], [170, 10, 260, 90], [300, 0, 340, 90]],
        [0.9, 0.8, 0.7, 0.6],
    )
    truth, left = without_ignored(person_beside, found, [region])
    assert len(truth) == 1
    np.testing.assert_allclose(left.scores, [0.9, 0.7, 0.6])
    inside = np.array([[120, 10, 160, 90]], np.float32)
    assert len(without_ignored(inside, found, [region])[0]) == 0


def test_detectors_are_scored_on_labelled_frames_outside_regions_to_ignore(tmp_path):
    """False detections in the crowd, and in frames without labels, are not counted."""
    plan = read_plan(
        written(
            tmp_path,
            'title = "t"\ntask = "detect"\ndata = "posetrack"\ncolumns = ["prec@0.1", "rec@0.1"]\n'
            '[grid]\ndetector = "truth"\n',
        )
    )
    data = published(tmp_path / "data", middle_and_every_fourth)
    made = run_experiment(plan, data, output=tmp_path / "out", progress=lambda line: None)
    assert made.rows == (("truth", 100.0, 100.0),)
    for path in (tmp_path / "out").glob("*/*.detections.txt"):
        lines = path.read_text().splitlines()
        lines += [f"{frame},-1,650,60,80,200,0.9,-1,-1,-1" for frame in range(1, FRAMES + 1)]
        lines += [f"{frame},-1,10,400,80,200,0.9,-1,-1,-1" for frame in range(2, 20, 4)]
        path.write_text("\n".join(lines) + "\n")
    made = run_experiment(plan, data, output=tmp_path / "out", progress=lambda line: None)
    assert made.rows == (("truth", 100.0, 100.0),)
