import numpy as np
import pytest

from lighttrack.models.recorded import (
    RecordedDetector,
    RecordedEstimator,
    RecordedNoise,
    blank_frames,
    numbered,
)
from lighttrack.structures import Detections, Frame, Poses, Regions, VideoInfo
from lighttrack.structures.skeletons import COCO_17

INFO = VideoInfo("none", width=1920, height=1080, fps=25.0)
BOXES = np.array([[0, 0, 100, 200], [300, 0, 400, 200]], np.float32)
REGIONS = Regions.of(BOXES)


@pytest.fixture
def poses():
    points = np.random.default_rng(0).uniform(0, 100, (2, 17, 2)).astype(np.float32)
    points[1, :, 0] += 300
    return Poses(COCO_17, points, np.full((2, 17), 0.8), BOXES, np.array([0.9, 0.7]))


def _images(count=10):
    return [frame.image for frame in blank_frames(INFO, count)]


def test_each_frame_gets_what_was_recorded_for_it_in_any_order():
    detector = RecordedDetector({0: Detections(BOXES, [0.9, 0.8]), 2: Detections(BOXES[:1], [0.5])})
    images = _images(3)
    assert [len(detector(images[i])) for i in (2, 0, 1, 0)] == [1, 2, 0, 2]


def test_real_images_can_be_numbered_without_being_copied():
    pixels = np.zeros((4, 6, 3), np.uint8)
    [frame] = numbered([Frame(7, 0.28, pixels)])
    pixels[1, 2] = 9
    assert frame.image[1, 2].tolist() == [9, 9, 9]
    assert len(RecordedDetector({7: Detections(BOXES, [1, 1])})(frame.image)) == 2


def test_blank_frames_have_the_size_of_the_video_and_no_weight():
    [frame] = blank_frames(INFO, 1)
    assert (frame.width, frame.height) == (1920, 1080)
    assert not any(frame.image.strides)


def test_an_image_without_a_number_is_refused_with_the_way_out():
    with pytest.raises(ValueError, match=r"lighttrack\.models\.recorded\.numbered"):
        RecordedDetector({})(np.zeros((4, 4, 3), np.uint8))


def test_each_box_gets_the_pose_that_it_overlaps(poses):
    estimator = RecordedEstimator({0: poses}, COCO_17)
    asked = BOXES[::-1] + np.float32(10)
    found = estimator(_images(1)[0], Regions.of(asked))
    np.testing.assert_array_equal(found.keypoints, poses.keypoints[::-1])
    np.testing.assert_array_equal(found.boxes, asked)
    np.testing.assert_allclose(found.person_scores, [0.7, 0.9])


def test_a_box_with_no_person_gets_a_missing_pose(poses):
    found = RecordedEstimator({0: poses}, COCO_17)(
        _images(1)[0], Regions.of(BOXES + np.float32(1000))
    )
    assert np.isnan(found.keypoints).all()
    assert not found.scores.any()


def test_a_frame_that_was_not_recorded_has_no_person(poses):
    found = RecordedEstimator({0: poses}, COCO_17)(_images(2)[1], REGIONS)
    assert len(found) == 2
    assert not found.scores.any()


def test_noise_has_the_stated_size_and_is_the_same_each_time(poses):
    noise = RecordedNoise(spread=0.05, seed=3)
    estimator = RecordedEstimator(dict.fromkeys(range(200), poses), COCO_17, noise=noise)
    images = _images(200)
    error = np.stack([estimator(image, REGIONS).keypoints - poses.keypoints for image in images])
    size = np.sqrt(100 * 200)
    assert error.std() == pytest.approx(0.05 * size, rel=0.05)
    assert np.abs(error.mean()) < 0.02 * size
    for row in (0, 1):  # asked for one person alone, that person's error is the same
        alone = estimator(images[9], Regions.of(BOXES[row : row + 1])).keypoints[0]
        np.testing.assert_allclose(alone - poses.keypoints[row], error[9, row], atol=1e-4)


def test_people_are_missed_as_often_as_stated(poses):
    noise = RecordedNoise(missed=0.25, seed=1)
    estimator = RecordedEstimator(dict.fromkeys(range(1000), poses), COCO_17, noise=noise)
    seen = np.array([estimator(image, REGIONS).person_scores > 0 for image in _images(1000)])
    assert 1 - seen.mean() == pytest.approx(0.25, abs=0.03)
