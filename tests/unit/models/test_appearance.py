import cv2
import numpy as np
import openvino
import openvino.opset13 as ops
import pytest

from lighttrack.models import build_appearance
from lighttrack.models.appearance import (
    ReidentificationConfig,
    ReidentificationNetwork,
    describe,
)
from lighttrack.models.recorded import RecordedDetector, numbered
from lighttrack.models.session import PixelContract
from lighttrack.structures import Detections, Frame
from lighttrack.structures.boxes import enlarge

RED, BLUE = (255, 0, 0), (0, 0, 255)
GREY_IS_ZERO = PixelContract(mean=(127.5,) * 3, channels="BGR")
NETWORKS = ["reid-retail-0287", "reid-retail-0288"]


@pytest.fixture
def colour(mean_colour_file):
    """Sees the mean colour of a box, with black as far from nothing as white."""
    config = ReidentificationConfig(pixels=GREY_IS_ZERO)
    return ReidentificationNetwork(mean_colour_file, config, threads=1)


def crowd(*people, width=200, height=160):
    """A white image with people as rectangles of one colour."""
    image = np.full((height, width, 3), 255, np.uint8)
    for (x0, y0, x1, y1), paint in people:
        image[y0:y1, x0:x1] = paint
    return image


def boxes(*rows):
    return np.array(rows, np.float32)


def recorded_of(image, *found, scores):
    """The image, and a detector with recorded detections of it."""
    detector = RecordedDetector({0: Detections(boxes(*found), np.array(scores))})
    [frame] = numbered([Frame(0, 0.0, image)])
    return frame.image, detector


def test_people_in_other_colours_are_far_apart_and_in_the_same_ones_near(colour):
    image = crowd(((10, 10, 40, 90), RED), ((60, 10, 90, 90), RED), ((110, 10, 140, 90), BLUE))
    first, second, other = colour(
        image, boxes((12, 12, 38, 88), (62, 12, 88, 88), (112, 12, 138, 88))
    )
    assert 1 - first @ second == pytest.approx(0, abs=1e-6)
    assert 1 - first @ other > 1


def test_the_network_gets_its_channels_in_its_own_order(colour):
    embedding = colour(crowd(((10, 10, 40, 90), RED)), boxes((12, 12, 38, 88)))
    np.testing.assert_allclose(embedding * np.sqrt(3), [[-1, -1, 1]], atol=1e-5)


def test_only_what_is_in_the_image_counts(colour):
    """Not the black beyond its edge: someone half out of the image looks the same."""
    image = crowd(((0, 60, 30, 160), BLUE))
    whole, cut = colour(image, boxes((2, 62, 27, 157), (-30, 62, 27, 250)))
    np.testing.assert_allclose(whole, cut, atol=1e-5)


def test_the_probability_falls_from_one_to_nothing_through_one_half(mean_colour_file):
    config = ReidentificationConfig(threshold=0.4, spread=0.1)
    appearance = ReidentificationNetwork(mean_colour_file, config, threads=1)
    probability = appearance.probability(np.array([[0, 0.4], [0.5, 2]], np.float32))
    assert probability[0, 0] > 0.98
    assert probability[0, 1] == pytest.approx(0.5)
    assert probability[1, 0] == pytest.approx(1 / (1 + np.e), abs=1e-4)
    assert probability[1, 1] < 1e-6


def test_a_person_who_was_not_described_has_no_embedding(colour):
    assert colour.probability(np.array([np.nan], np.float32)) == 0.5


def test_a_curve_without_width_is_refused(mean_colour_file):
    with pytest.raises(ValueError, match=r"spread must be above 0, got 0\.0"):
        ReidentificationNetwork(mean_colour_file, ReidentificationConfig(spread=0.0))


def test_a_network_that_gives_no_vectors_of_one_length_is_refused(tmp_path):
    source = ops.parameter([-1, 3, -1, -1], np.float32)
    columns = ops.reduce_mean(source, np.array([1, 2]), keep_dims=False)
    openvino.save_model(openvino.Model([columns], [source], "toy"), tmp_path / "columns.xml")
    with pytest.raises(ValueError, match=r"columns\.xml must fix the length of its embeddings"):
        ReidentificationNetwork(tmp_path / "columns.xml", threads=1)


def test_of_several_people_in_a_portrait_the_largest_is_described(colour):
    image, detector = recorded_of(
        crowd(((10, 10, 40, 60), RED), ((60, 10, 110, 150), BLUE)),
        (10, 10, 40, 60),
        (60, 10, 110, 150),
        scores=[0.9, 0.7],
    )
    found = describe(image, detector, colour)
    np.testing.assert_allclose(found, colour(image, boxes((60, 10, 110, 150)))[0])


def test_a_portrait_in_which_no_person_is_surely_found_is_the_person(colour):
    image, detector = recorded_of(crowd(width=40, height=90), (0, 0, 20, 20), scores=[0.2])
    found = describe(image, detector, colour)
    np.testing.assert_allclose(found, colour(image, boxes((0, 0, 40, 90)))[0])


@pytest.mark.models
@pytest.mark.parametrize("name", NETWORKS)
def test_embeddings_equal_those_of_plain_openvino(models_dir, monkeypatch, name):
    """Within 1e-5, of an image of the input's own size, fed by hand: BGR, 0 to 255."""
    image = cv2.GaussianBlur(
        np.random.default_rng(0).integers(0, 256, (256, 128, 3), np.uint8), (0, 0), 4
    )
    network = openvino.Core().compile_model(
        models_dir / f"{name}.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    fed = image[None, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32)
    [theirs] = network(fed)[0]
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(models_dir))
    [ours] = build_appearance(name, threads=1)(image, boxes((0, 0, 128, 256)))
    np.testing.assert_allclose(ours, theirs / np.linalg.norm(theirs), atol=1e-5)


@pytest.mark.models
@pytest.mark.clips
@pytest.mark.parametrize("name", NETWORKS)
def test_a_person_looks_alike_in_another_box_and_unlike_the_others(
    models_dir, monkeypatch, street, name
):
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(models_dir))
    appearance = build_appearance(name, threads=1)
    image, people = street
    tight, wide = appearance(image, people), appearance(image, enlarge(people, 0.05))
    probability = appearance.probability(1 - tight @ wide.T)
    assert (np.diag(probability) > 0.9).all()
    assert (probability[~np.eye(len(people), dtype=bool)] < 0.5).all()
