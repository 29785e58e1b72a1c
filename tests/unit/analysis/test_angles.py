"""Angles against Sports2D's own function, and against what a drawing shows."""

import json
from pathlib import Path

import numpy as np
import pytest

from lighttrack.analysis.angles import ANGLES, angles_of
from lighttrack.analysis.body import BODY, Body
from lighttrack.structures import Track
from lighttrack.structures.skeletons import COCO_17, HALPE_26

GOLDEN = Path(__file__).parents[2] / "golden" / "sports2d_angles.json"


def body(points, skeleton=HALPE_26, **options):
    points = np.asarray(points, np.float32)
    t = len(points)
    indices, times = np.arange(t), np.arange(t) / 25
    track = Track(
        1, skeleton, indices, times, points, np.ones((t, len(skeleton))), np.zeros((t, 4))
    )
    return Body.of(track, indices, times, **options)


@pytest.fixture(scope="module")
def golden():
    return json.loads(GOLDEN.read_text())


@pytest.mark.parametrize("person", [0, 1])
def test_angles_are_those_of_sports2d_within_a_degree(golden, person):
    given = golden["people"][person]
    assert golden["keypoints"] == list(HALPE_26.keypoints)
    points = np.array(given["keypoints"], np.float64)
    wanted = np.array(given["angles"], np.float64)
    mine = angles_of(body(points))
    compared = 0
    for column, name in enumerate(golden["angles"]):
        both = np.isfinite(wanted[:, column]) & np.isfinite(mine[name])
        assert (np.isfinite(wanted[:, column]) == np.isfinite(mine[name])).all(), name
        turn = np.abs(mine[name] - wanted[:, column])[both]
        assert (np.minimum(turn, 360 - turn) < 1).all(), name
        compared += int(both.sum())
    assert compared > 300


def upright():
    """A person who stands straight and faces right, arms hanging."""
    places = {
        "head_top": (0, 0), "nose": (8, 12), "neck": (0, 30), "mid_hip": (0, 90),
        "shoulder": (0, 30), "elbow": (0, 60), "wrist": (0, 85), "hip": (0, 90), "knee": (0, 130),
        "ankle": (0, 170), "heel": (-5, 175), "foot_index": (20, 175), "small_toe": (18, 175),
        "eye": (6, 10), "ear": (0, 10),
    }  # fmt: skip
    return np.array(
        [[places.get(n, places.get(n.partition("_")[2])) for n in HALPE_26.keypoints]], np.float64
    )


def bent(points, *moved):
    points = points.copy()
    for name, x, y in moved:
        points[0, HALPE_26.index[name]] = x, y
    return points


def test_who_stands_straight_has_no_flexion():
    angles = angles_of(body(upright()))
    for joint in ("ankle", "knee", "hip", "shoulder", "elbow"):
        assert angles[f"right_{joint}"][0] == pytest.approx(0, abs=1e-4)
    assert angles["trunk"][0] == pytest.approx(90)
    assert angles["right_foot"][0] == pytest.approx(0)


@pytest.mark.parametrize("facing", [1, -1])
def test_flexion_is_positive_whichever_way_a_person_faces(facing):
    # The shank swings back by 90 degrees: heel behind the knee.
    points = bent(
        upright(),
        ("right_ankle", -40, 130),
        ("right_heel", -45, 130),
        ("right_foot_index", -45, 155),
    )
    angles = angles_of(body(points * (facing, 1)), facing="right" if facing > 0 else "left")
    assert angles["right_knee"][0] == pytest.approx(90)
    assert angles["left_knee"][0] == pytest.approx(0, abs=1e-4)


def test_without_an_end_there_is_no_angle():
    points = upright()
    points[0, HALPE_26.index["right_hip"]] = np.nan
    angles = angles_of(body(points))
    assert np.isnan(angles["right_knee"]).all()
    assert np.isfinite(angles["left_knee"]).all()


def test_a_skeleton_without_feet_has_no_angle_of_the_ankle_but_of_the_knee():
    coco = upright()[:, :17]
    angles = angles_of(body(coco, COCO_17))
    assert np.isnan(angles["right_ankle"]).all()
    assert angles["right_knee"][0] == pytest.approx(0, abs=1e-4)
    assert angles["trunk"][0] == pytest.approx(90)


def test_every_angle_is_of_keypoints_that_the_body_has():
    for angle in ANGLES:
        assert set(angle.keypoints) <= set(BODY.keypoints)
        assert len(angle.keypoints) in (2, 3, 4)
    with pytest.raises(ValueError, match="facing must be auto, right or left, got 'up'"):
        angles_of(body(upright()), facing="up")
