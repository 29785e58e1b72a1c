import numpy as np
import pytest

from lighttrack.structures import Poses
from lighttrack.structures.skeletons import (
    BLAZEPOSE_33,
    COCO_17,
    HALPE_26,
    OPENPOSE_25,
    SKELETONS,
    mapping,
    skeleton_named,
)


def test_halpe_26_has_the_order_of_its_publishers():
    assert len(HALPE_26) == 26
    assert HALPE_26.keypoints[:17] == COCO_17.keypoints
    assert HALPE_26.keypoints[17:] == (
        "head_top", "neck", "mid_hip", "left_foot_index", "right_foot_index", "left_small_toe",
        "right_small_toe", "left_heel", "right_heel",
    )  # fmt: skip
    assert skeleton_named("halpe-26") is HALPE_26


@pytest.mark.parametrize("part", ["heel", "foot_index"])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("target", [HALPE_26, OPENPOSE_25], ids=lambda s: s.name)
def test_blazepose_s_feet_are_taken_over(target, side, part):
    keypoints = np.arange(66, dtype=np.float32).reshape(1, 33, 2)
    poses = Poses(BLAZEPOSE_33, keypoints, np.ones((1, 33)), np.zeros((1, 4)), np.ones(1)).to(
        target
    )
    name = f"{side}_{part}"
    want = keypoints[0, BLAZEPOSE_33.index[name]]
    assert np.array_equal(poses.keypoints[0, target.index[name]], want)
    assert np.isnan(poses.keypoints[0, target.index[f"{side}_small_toe"]]).all()


def test_halpe_26_is_openpose_25_and_the_top_of_the_head():
    known = mapping(HALPE_26, OPENPOSE_25).any(axis=1)
    assert known.all()
    lacking = set(HALPE_26.keypoints) - set(OPENPOSE_25.keypoints)
    assert lacking == {"head_top"}


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_sides_are_each_other_s_mirror(skeleton):
    assert [skeleton.mirror[other] for other in skeleton.mirror] == list(range(len(skeleton)))
