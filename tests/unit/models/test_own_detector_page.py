"""The page docs/your-own-detector.md says what is true."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from lighttrack.models.contract import KINDS, configuration
from lighttrack.structures import Detections, Regions
from lighttrack.tracking import Detector, PoseEstimator

PAGE = (Path(__file__).parents[3] / "docs" / "your-own-detector.md").read_text(encoding="utf-8")


def _blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


NAMES = {}
for _program in _blocks("python"):
    exec(_program, NAMES)


def test_the_object_of_the_page_is_a_detector():
    empty = np.full((60, 80, 3), 90, np.uint8)
    detector = NAMES["MovingThings"](empty)
    assert isinstance(detector, Detector)
    a_person = empty.copy()
    a_person[10:50, 20:35] = 200
    found = detector(a_person)
    assert isinstance(found, Detections)
    assert found.boxes.tolist() == [[20, 10, 35, 50]]
    assert len(detector(empty)) == 0


def test_the_other_object_of_the_page_is_a_pose_estimator():
    estimator = NAMES["StandingFigure"](np.full((17, 2), 0.5, np.float32))
    assert isinstance(estimator, PoseEstimator)
    poses = estimator(
        np.zeros((60, 80, 3), np.uint8), Regions.of([[0, 0, 10, 20], [20, 0, 40, 60]])
    )
    np.testing.assert_array_equal(poses.keypoints[:, 3], [[5, 10], [30, 30]])
    assert len(estimator(np.zeros((60, 80, 3), np.uint8), Regions.of(np.zeros((0, 4))))) == 0


@pytest.mark.parametrize("toml", _blocks("toml"))
def test_the_contracts_of_the_page_are_understood(toml):
    contract = {"kind": "heat-map", **tomllib.loads(toml)}
    kind = KINDS[contract["kind"]]
    assert configuration(kind, contract, "the page")


def test_every_entry_of_every_kind_is_on_the_page():
    for name, kind in KINDS.items():
        if kind.networks > 1 or name == "blazepose-landmarks":
            continue
        assert f"| `{name}` |" in PAGE
        for entry in kind.config.__dataclass_fields__:
            assert f"`{entry}`" in PAGE, (name, entry)
