import numpy as np
import pytest

from lighttrack.models import build_detector
from lighttrack.models.blazepose_detector import anchors, body_boxes, tiles
from lighttrack.structures.boxes import iou
from lighttrack.tracking import ScanningDetector

NO_PEOPLE = np.zeros((0, 4), np.float32)


def test_there_is_an_anchor_for_every_row_of_the_output():
    found = anchors()
    assert found.shape == (2254, 2)
    np.testing.assert_allclose(found[:3], [[4, 4], [4, 4], [12, 4]])
    np.testing.assert_allclose(found[-1], [208, 208])


@pytest.mark.parametrize("size", [(640, 480), (1080, 1920), (1920, 1080), (300, 300), (3840, 2160)])
def test_tiles_cover_the_image_and_overlap_as_they_should(size):
    side = min(size) / 3
    found = tiles(*size, (side,), 1 / 3)
    for axis in (0, 1):
        starts = np.unique(found[:, axis])
        assert starts[0] == 0
        assert starts[-1] + side == pytest.approx(size[axis])
        assert (np.diff(starts) <= side * 2 / 3 + 0.01).all()
    np.testing.assert_allclose(found[:, 2:] - found[:, :2], side, rtol=1e-5)


def test_a_tile_longer_than_the_image_is_centred_on_it():
    assert tiles(640, 480, (640,), 1 / 3).tolist() == [[0, -80, 640, 560]]


def test_a_body_is_larger_than_the_extent_of_its_landmarks():
    points = np.zeros((1, 33, 2), np.float32)
    points[0, 1] = [40, 100]
    upright, lying = np.array([[0.0], [np.pi / 2]], np.float32)
    np.testing.assert_allclose(body_boxes(points, upright), [[-2.5, -10, 42.5, 104.5]])
    # The head is at the right of a person turned clockwise by a right angle.
    np.testing.assert_allclose(body_boxes(points, lying), [[-4.5, -2.5, 50, 102.5]], atol=1e-4)


@pytest.fixture(scope="module")
def blazepose():
    return build_detector("blazepose", threads=2)


@pytest.mark.network
@pytest.mark.clips
def test_the_tiles_together_show_what_a_call_on_the_whole_image_shows(blazepose, street):
    image, _ = street
    assert isinstance(blazepose, ScanningDetector)
    whole = blazepose(image)
    sure = whole[whole.scores >= blazepose.score_threshold]
    tiles = blazepose.tiles(image.shape[1], image.shape[0])
    parts = [
        blazepose.scan(image, tiles[n : n + 9], NO_PEOPLE).boxes for n in range(0, len(tiles), 9)
    ]
    assert len(sure) >= 3
    assert (iou(sure.boxes, np.concatenate(parts)).max(axis=1) > 0.5).all()


@pytest.mark.network
def test_both_networks_are_named_with_their_hashes(blazepose):
    assert set(blazepose.networks) == {"pose_detection.tflite", "pose_landmark_full.tflite"}
