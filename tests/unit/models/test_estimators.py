import numpy as np
import pytest
from toy_networks import NOSE, spot

from lighttrack.models.estimators import (
    HeatMapConfig,
    HeatMapEstimator,
    SimCCConfig,
    SimCCEstimator,
)
from lighttrack.models.session import PixelContract
from lighttrack.structures import Regions

PLAIN = PixelContract(deviation=(255.0, 255.0, 255.0))
BOX = Regions.of(np.array([[60, 30, 96, 86]], np.float32))


def _heat_map(path, **changes):
    config = HeatMapConfig(skeleton=NOSE, pixels=PLAIN, **changes)
    return HeatMapEstimator(path, config, threads=1)


@pytest.mark.parametrize("where", [(75.3, 50.8), (64.0, 34.0), (90.5, 78.2)])
def test_a_heat_map_keypoint_lands_on_the_spot(heat_map_file, where):
    poses = _heat_map(heat_map_file)(spot(*where), BOX)
    np.testing.assert_allclose(poses.keypoints[0, 0], where, atol=0.25)
    assert poses.scores[0, 0] > 0


@pytest.mark.parametrize("where", [(75.0, 50.0), (64.0, 34.0), (93.0, 82.0)])
def test_a_simcc_keypoint_lands_on_the_spot(simcc_file, where):
    estimator = SimCCEstimator(simcc_file, SimCCConfig(skeleton=NOSE, pixels=PLAIN), threads=1)
    poses = estimator(spot(*where), BOX)
    np.testing.assert_allclose(poses.keypoints[0, 0], where, atol=1.0)
    assert poses.scores[0, 0] == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("where", [(75.3, 50.8), (62.7, 40.1)])
def test_the_flip_test_agrees_with_the_plain_one(heat_map_file, where):
    """A network without a side of its own must say the same of the mirror image."""
    plain = _heat_map(heat_map_file)(spot(*where), BOX)
    flipped = _heat_map(heat_map_file, flip_test=True)(spot(*where), BOX)
    np.testing.assert_allclose(flipped.keypoints, plain.keypoints, atol=0.1)
    np.testing.assert_allclose(flipped.scores, plain.scores, atol=0.02)


def test_a_spot_outside_the_box_is_not_seen(heat_map_file):
    poses = _heat_map(heat_map_file)(spot(150, 120), BOX)
    assert poses.scores[0, 0] < 0.01


def test_a_box_partly_outside_the_image_still_finds_what_is_inside(heat_map_file):
    box = np.array([[-20, -30, 30, 40]], np.float32)
    poses = _heat_map(heat_map_file)(spot(12, 21), Regions.of(box))
    np.testing.assert_allclose(poses.keypoints[0, 0], (12, 21), atol=0.4)


@pytest.mark.models
def test_tinypose_finds_joints_inside_the_people(models_dir, street):
    image, people = street
    estimator = HeatMapEstimator(models_dir / "tinypose-256x192.onnx", threads=1)
    poses = estimator(image, Regions.of(people))
    lower, upper = people[:, None, :2] - 10, people[:, None, 2:] + 10
    inside = ((poses.keypoints >= lower) & (poses.keypoints <= upper)).all(axis=2)
    assert inside.mean() > 0.9
    nose, ankles = poses.keypoints[:, 0, 1], poses.keypoints[:, 15:, 1].mean(axis=1)
    assert (ankles - nose > 0.6 * (people[:, 3] - people[:, 1])).all()
    assert (poses.scores.mean(axis=1) > estimator.tracked_threshold).all()


@pytest.mark.models
def test_the_flip_test_moves_tinypose_by_little_and_to_no_side(models_dir, street):
    image, people = street
    regions = Regions.of(people)
    path = models_dir / "tinypose-256x192.onnx"
    plain = HeatMapEstimator(path, threads=1)(image, regions)
    flipped = HeatMapEstimator(path, HeatMapConfig(flip_test=True), threads=1)(image, regions)
    apart = flipped.keypoints - plain.keypoints
    height = (people[:, 3] - people[:, 1]).mean()
    assert np.abs(apart).mean() < 0.01 * height
    assert np.abs(np.median(apart[..., 0])) < 0.003 * height
