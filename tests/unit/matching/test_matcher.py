import numpy as np
import pytest
from bodies import ARMS_UP, STANDING

from lighttrack.matching import PoseMatcher
from lighttrack.matching.matcher import SHIPPED
from lighttrack.matching.network import LAYERS, Weights
from lighttrack.structures import Poses
from lighttrack.structures.protocols import PoseDistance
from lighttrack.structures.skeletons import (
    BLAZEPOSE_33,
    COCO_17,
    POSETRACK_14,
    POSETRACK_15,
    POSETRACK_17,
)

_SIDEWAYS = STANDING.copy()
_SIDEWAYS[:, 0] = 100 + 0.15 * (STANDING[:, 0] - 100)
_SIDEWAYS[13:, 0] += [25, -25, 45, -45]


def _poses(*points, skeleton=COCO_17):
    keypoints = np.stack(points) if points else np.zeros((0, len(skeleton), 2))
    n = len(keypoints)
    scores = np.isfinite(keypoints[..., 0])
    return Poses(skeleton, keypoints, scores, np.zeros((n, 4)), np.ones(n))


@pytest.fixture(scope="module")
def matcher():
    return PoseMatcher()


def test_it_fulfils_the_protocol(matcher):
    assert isinstance(matcher, PoseDistance)
    assert 0 < matcher.threshold < 2


def test_a_pose_is_matched_after_the_camera_jumped_and_zoomed(matcher):
    known = _poses(STANDING, ARMS_UP, _SIDEWAYS)
    seen = _poses(*(pose * 1.8 + np.float32([400, -60]) for pose in (_SIDEWAYS, STANDING, ARMS_UP)))
    distances = matcher.distances(known, seen)
    assert distances.argmin(axis=1).tolist() == [1, 2, 0]
    assert ((distances < matcher.threshold) == (distances < 0.01)).all()


def test_embeddings_have_length_one_and_do_not_depend_on_other_poses(matcher):
    assert matcher.dimensions == 128
    together = matcher.embed(_poses(STANDING, ARMS_UP, _SIDEWAYS))[:, :128]
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = matcher.embed(_poses(ARMS_UP))[:, :128]
    np.testing.assert_allclose(alone[0], together[1], atol=1e-5)


def test_an_occluded_wrist_and_ankle_do_not_change_the_match(matcher):
    partial = STANDING.copy()
    partial[[9, 16]] = np.nan
    distances = matcher.distances(_poses(STANDING), _poses(partial, _SIDEWAYS))
    assert distances[0, 0] < matcher.threshold < distances[0, 1]


def test_left_and_right_are_distinguished(matcher):
    mirrored = _SIDEWAYS[list(COCO_17.mirror)]
    same, turned = matcher.distances(_poses(_SIDEWAYS), _poses(_SIDEWAYS, mirrored))[0]
    assert same < 0.01
    assert turned > 0.2


def test_a_pose_without_keypoints_has_infinite_distances(matcher):
    gone = np.full_like(STANDING, np.nan)
    distances = matcher.distances(_poses(STANDING, gone), _poses(gone, STANDING))
    assert np.isinf(distances[0, 0])
    assert np.isinf(distances[1]).all()
    assert distances[0, 1] < 0.01


def test_no_poses_have_no_distances(matcher):
    assert matcher.distances(_poses(), _poses(STANDING)).shape == (0, 1)
    assert matcher.distances(_poses(STANDING), _poses()).shape == (1, 0)


@pytest.mark.parametrize("skeleton", [POSETRACK_14, POSETRACK_15, POSETRACK_17])
def test_skeletons_are_mapped_by_name(matcher, skeleton):
    coco = _poses(STANDING, _SIDEWAYS)
    distances = matcher.distances(coco, coco.to(skeleton))
    assert (np.diag(distances) < matcher.threshold).all()
    assert distances[0, 1] > distances[0, 0]


def test_blazepose_is_compared_with_coco(matcher):
    points = np.full((33, 2), np.nan, np.float32)
    for name, place in zip(COCO_17.keypoints, STANDING, strict=True):
        points[BLAZEPOSE_33.index[name]] = place
    distances = matcher.distances(_poses(points, skeleton=BLAZEPOSE_33), _poses(STANDING))
    np.testing.assert_allclose(distances, 0, atol=2e-3)


def test_poses_are_unchanged(matcher):
    poses = _poses(STANDING)
    before = poses.keypoints.copy()
    matcher.distances(poses, poses)
    np.testing.assert_array_equal(poses.keypoints, before)


def test_probabilities_fall_with_distance_and_slower_across_long_gaps(matcher):
    distances = np.float32([0, 0.3, 0.6, 1.2, np.inf])
    soon = matcher.probabilities(distances, seconds=1 / 30)
    later = matcher.probabilities(distances, seconds=0.4)
    assert (np.diff(soon) < 0).all()
    assert soon[0] > 0.8
    assert soon[-1] < 1e-3
    assert later[2] > soon[2]
    even = matcher.probabilities(np.float32([matcher.threshold]))
    assert even[0] == pytest.approx(0.5, abs=1e-3)


def test_the_graph_of_the_shipped_weights_is_its_own_mirror_image():
    weights = Weights.read(SHIPPED / "pose.safetensors")
    mirror = list(POSETRACK_15.mirror)
    for layer in LAYERS:
        gather = weights.pose.tensors[f"{layer}.gather"].reshape(15, -1, 15)
        edges = gather.transpose(1, 0, 2) != 0
        np.testing.assert_array_equal(edges[:, mirror][:, :, mirror], edges)


def test_a_less_likely_distance_is_farther(matcher):
    calibration = Weights.read(SHIPPED / "pose.safetensors").calibration
    for gap in (1, 8):
        distances = [calibration.distance(gap, chance) for chance in (0.9, 0.5, 0.2)]
        assert distances == sorted(distances)
        chances = calibration.probabilities(np.float32(distances), gap)
        np.testing.assert_allclose(chances, [0.9, 0.5, 0.2], atol=0.02)


def test_weights_state_their_origin(matcher):
    assert "motion capture" in matcher.card["data"]["source"]
    assert matcher.card["command"].startswith("lighttrack train matcher")
    assert matcher.card["seed"] == 0


def test_other_files_and_thresholds_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no pose-matching weights"):
        PoseMatcher(tmp_path / "none.safetensors")
    with pytest.raises(ValueError, match="threshold must be above 0 and at most 2, got 3"):
        PoseMatcher(threshold=3)
    from safetensors.numpy import save_file

    save_file({"other": np.zeros(3, np.float32)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="does not hold weights of lighttrack's pose matching"):
        PoseMatcher(tmp_path / "other.safetensors")
