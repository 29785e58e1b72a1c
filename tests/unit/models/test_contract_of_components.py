"""What holds for every estimator, detector and appearance network, whatever is inside."""

import numpy as np
import pytest
from toy_networks import NOSE

from lighttrack.models import build_appearance, build_detector, build_estimator
from lighttrack.models.appearance import ReidentificationNetwork
from lighttrack.models.estimators import (
    HeatMapConfig,
    HeatMapEstimator,
    SimCCConfig,
    SimCCEstimator,
)
from lighttrack.models.recorded import RecordedDetector, RecordedEstimator, numbered
from lighttrack.structures import Detections, Frame, Poses, Regions
from lighttrack.structures.boxes import iou
from lighttrack.structures.skeletons import COCO_17
from lighttrack.tracking import Detector, PoseEstimator, ScanningDetector

_ESTIMATORS = ["tinypose-256x192", "tinypose-128x96", "toy heat map", "toy simcc", "recorded"]
_DETECTORS = ["rtmdet-nano-person", "yolox-nano", "picodet-s-pedestrian-416", "recorded"]
_APPEARANCES = ["reid-retail-0287", "reid-retail-0288", "toy"]
pytestmark = [pytest.mark.models, pytest.mark.clips]
_network = pytest.mark.network


def _built(build, name, models_dir):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTTRACK_MODELS", str(models_dir))
        return build(name, threads=2)


# Of session scope, because to compile a network takes longer than to use it.
@pytest.fixture(
    scope="session", params=[*_ESTIMATORS, pytest.param("blazepose-full", marks=_network)]
)
def estimator(request, street):
    name = request.param
    if name == "toy heat map":
        path = request.getfixturevalue("heat_map_file")
        return HeatMapEstimator(path, HeatMapConfig(skeleton=NOSE), threads=2)
    if name == "toy simcc":
        path = request.getfixturevalue("simcc_file")
        return SimCCEstimator(path, SimCCConfig(skeleton=NOSE), threads=2)
    if name == "recorded":
        people = street[1]
        points = np.random.default_rng(0).random((len(people), 17, 2), np.float32) * 100
        ones = np.ones((len(people), 17))
        return RecordedEstimator({0: Poses(COCO_17, points, ones, people, ones[:, 0])}, COCO_17)
    if name == "blazepose-full":
        return build_estimator(name, threads=2)
    return _built(build_estimator, name, request.getfixturevalue("models_dir"))


@pytest.fixture(scope="session", params=[*_DETECTORS, pytest.param("blazepose", marks=_network)])
def detector(request, street):
    if request.param == "recorded":
        return RecordedDetector({0: Detections(street[1], np.array([0.9, 0.8, 0.7]))})
    if request.param == "blazepose":
        return build_detector("blazepose", threads=2)
    return _built(build_detector, request.param, request.getfixturevalue("models_dir"))


@pytest.fixture(scope="session", params=_APPEARANCES)
def appearance(request):
    if request.param == "toy":
        return ReidentificationNetwork(request.getfixturevalue("mean_colour_file"), threads=2)
    return _built(build_appearance, request.param, request.getfixturevalue("models_dir"))


@pytest.fixture
def image(street):
    [frame] = numbered([Frame(0, 0.0, street[0])])
    return frame.image


def test_estimators_fulfil_the_protocol(estimator):
    assert isinstance(estimator, PoseEstimator)
    assert 0 < estimator.tracked_threshold < 1
    assert 0 < estimator.keypoint_threshold < 1
    assert all(len(digest) == 64 for digest in estimator.networks.values())


def test_no_boxes_in_no_poses_out(estimator, image):
    poses = estimator(image, Regions.of(np.zeros((0, 4), np.float32)))
    assert len(poses) == 0
    assert poses.skeleton == estimator.skeleton


def test_order_is_kept_and_inputs_are_not_changed(estimator, image, street):
    people = street[1]
    before = image.copy()
    straight, backwards = (estimator(image, Regions.of(boxes)) for boxes in (people, people[::-1]))
    np.testing.assert_array_equal(straight.boxes, people)
    np.testing.assert_allclose(straight.keypoints, backwards.keypoints[::-1], atol=1e-3)
    np.testing.assert_array_equal(image, before)


def test_one_box_or_many_the_answer_is_the_same(estimator, image, street):
    """Within a thousandth of a pixel: one image may run on more threads than each of many."""
    people = street[1]
    many = estimator(image, Regions.of(people))
    for row, box in enumerate(people):
        alone = estimator(image, Regions.of(box[None]))
        np.testing.assert_allclose(alone.keypoints[0], many.keypoints[row], atol=1e-3)
        np.testing.assert_allclose(alone.scores[0], many.scores[row], atol=1e-4)


def test_two_calls_give_the_same_poses(estimator, image, street):
    regions = Regions.of(street[1])
    first, second = estimator(image, regions), estimator(image, regions)
    np.testing.assert_array_equal(first.keypoints, second.keypoints)
    np.testing.assert_array_equal(first.scores, second.scores)


def test_no_box_is_too_strange(estimator, image):
    """Outside, tiny, inside out, huge: scores are numbers from 0 to 1, keypoints scored are too."""
    boxes = np.array(
        [
            [-900, -900, -800, -700],
            [5000, 10, 5100, 300],
            [100, 100, 100, 100],
            [300, 300, 200, 100],
            [-4000, -4000, 8000, 8000],
            [600, 400, 700, 600],
        ],
        np.float32,
    )
    poses = estimator(image, Regions.of(boxes))
    for scores in (poses.scores, poses.person_scores):
        assert np.isfinite(scores).all()
        assert ((scores >= 0) & (scores <= 1)).all()
    assert np.isfinite(poses.keypoints[poses.scores > 0]).all()


def test_boxes_that_are_no_numbers_are_refused(estimator, image):
    with pytest.raises(ValueError, match="finite numbers"):
        estimator(image, Regions.of(np.full((1, 4), np.nan, np.float32)))


def test_bare_boxes_are_refused_with_the_way_out(estimator, image, street):
    with pytest.raises(TypeError, match=r"takes Regions, got ndarray: pass `Regions.of\(boxes\)`"):
        estimator(image, street[1])


def test_detectors_fulfil_the_protocol(detector):
    assert isinstance(detector, Detector)
    assert 0 < detector.score_threshold < 1
    assert all(len(digest) == 64 for digest in detector.networks.values())


def test_detections_come_best_first_and_leave_the_image_alone(detector, image):
    before = image.copy()
    found = detector(image)
    assert (np.diff(found.scores) <= 0).all()
    assert ((found.scores >= 0) & (found.scores <= 1)).all()
    np.testing.assert_array_equal(image, before)


def test_people_in_plain_view_are_found_above_the_threshold(detector, image, street):
    found = detector(image)
    sure = found[found.scores >= detector.score_threshold]
    overlap = iou(street[1], sure.boxes).max(axis=1)
    # BlazePose, made for one person close by, may miss one of the three.
    assert (overlap > 0.5).sum() >= (2 if isinstance(detector, ScanningDetector) else 3)


def test_two_calls_give_the_same_detections(detector, image):
    first, second = detector(image), detector(image)
    np.testing.assert_array_equal(first.boxes, second.boxes)


@pytest.mark.parametrize("shape", [(40, 400), (300, 30), (7, 5)])
def test_an_image_of_any_shape_can_be_looked_at(detector, shape):
    [frame] = numbered([Frame(5, 0.0, np.zeros((*shape, 3), np.uint8))])
    found = detector(frame.image)
    assert np.isfinite(found.boxes).all()
    assert np.isfinite(found.scores).all()


def test_embeddings_have_length_one_and_their_network_a_name(appearance, image, street):
    embeddings = appearance(image, street[1])
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)
    assert 0 < appearance.threshold < 1
    assert all(len(digest) == 64 for digest in appearance.networks.values())


def test_no_boxes_in_no_embeddings_out(appearance, image, street):
    no_people = appearance(image, np.zeros((0, 4), np.float32))
    assert no_people.shape == (0, appearance.dimensions)
    assert appearance(image, street[1]).shape == (len(street[1]), appearance.dimensions)


def test_embeddings_keep_the_order_and_inputs_stay_unchanged(appearance, image, street):
    before, people = image.copy(), street[1].copy()
    straight, backwards = appearance(image, people), appearance(image, people[::-1])
    np.testing.assert_allclose(straight, backwards[::-1], atol=1e-4)
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(people, street[1])


def test_one_person_or_many_the_embedding_is_the_same(appearance, image, street):
    many = appearance(image, street[1])
    alone = [appearance(image, box[None])[0] for box in street[1]]
    np.testing.assert_allclose(np.stack(alone), many, atol=1e-4)


def test_a_person_who_is_out_of_the_image_has_an_embedding_too(appearance, image):
    boxes = np.array(
        [[-900, -900, -800, -700], [5000, 10, 5100, 300], [100, 100, 100, 100], [300, 300, 20, 10]],
        np.float32,
    )
    embeddings = appearance(image, boxes)
    assert np.isfinite(embeddings).all()


def test_embeddings_of_boxes_that_are_no_numbers_are_refused(appearance, image):
    with pytest.raises(ValueError, match="finite numbers"):
        appearance(image, np.full((1, 4), np.nan, np.float32))
