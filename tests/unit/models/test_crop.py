import numpy as np
import pytest

from lighttrack.models.crop import (
    check_boxes,
    crop_region,
    crop_regions,
    letterbox,
    stretch,
    to_image_points,
)


@pytest.fixture
def ramp():
    """Red encodes the column, green the row."""
    rows, columns = np.mgrid[:100, :120]
    return np.stack([columns, rows, 0 * rows], axis=2).astype(np.uint8)


def test_a_tall_box_is_widened_and_a_wide_one_made_taller():
    boxes = np.array([[10, 0, 20, 80], [0, 10, 90, 40]], np.float32)
    regions = crop_regions(boxes, aspect=0.75, padding=1.0)
    np.testing.assert_allclose(regions, [[-15, 0, 45, 80], [0, -35, 90, 85]])


def test_a_box_without_size_still_has_a_region():
    regions = crop_regions(np.array([[5, 5, 5, 5]], np.float32), aspect=1.0, padding=1.25)
    assert (regions[:, 2:] > regions[:, :2]).all()


def test_a_crop_of_the_same_size_is_the_image_itself(ramp):
    pixels = np.zeros((20, 30, 3), np.uint8)
    crop_region(ramp, np.array([40, 50, 70, 70], np.float32), pixels)
    np.testing.assert_array_equal(pixels, ramp[50:70, 40:70])


def test_what_lies_outside_the_image_is_black(ramp):
    pixels = np.full((20, 30, 3), 99, np.uint8)
    crop_region(ramp, np.array([110, 90, 140, 110], np.float32), pixels)
    np.testing.assert_array_equal(pixels[:10, :10], ramp[90:, 110:])
    assert not pixels[10:].any()
    assert not pixels[:, 10:].any()


def test_a_region_wholly_outside_is_black_throughout(ramp):
    pixels = np.full((20, 30, 3), 99, np.uint8)
    crop_region(ramp, np.array([-500, -500, -470, -480], np.float32), pixels)
    assert not pixels.any()


def test_an_inverted_region_is_seen_in_a_mirror(ramp):
    straight, mirrored = np.zeros((2, 20, 30, 3), np.uint8)
    crop_region(ramp, np.array([40, 50, 70, 70], np.float32), straight)
    crop_region(ramp, np.array([69, 50, 39, 70], np.float32), mirrored)
    np.testing.assert_array_equal(mirrored, straight[:, ::-1])


def test_points_of_a_crop_find_their_way_back(ramp):
    region = np.array([[10, 20, 70, 60]], np.float32)
    pixels = np.zeros((80, 120, 3), np.uint8)
    crop_region(ramp, region[0], pixels)
    crop_points = np.array([[[30, 40], [100, 8]]], np.float32)
    back = to_image_points(crop_points, region, (120, 80))[0]
    for (x, y), (u, v) in zip(back, crop_points[0].astype(int), strict=True):
        assert pixels[v, u, 0] == pytest.approx(x, abs=1)
        assert pixels[v, u, 1] == pytest.approx(y, abs=1)


def test_letterboxing_keeps_the_aspect_and_fills_the_rest_with_grey(ramp):
    pixels = np.zeros((64, 64, 3), np.uint8)
    scale = letterbox(ramp, pixels)
    assert scale == pytest.approx(64 / 120)
    assert (pixels[round(100 * scale) :] == 114).all()
    assert pixels[:53, :, 0].max() > 110


def test_stretching_fills_everything(ramp):
    pixels = np.full((64, 64, 3), 255, np.uint8)
    stretch(ramp, pixels)
    assert pixels[-1, -1, 0] >= 118
    assert pixels[-1, -1, 1] >= 98


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        (np.zeros(4), r"must have shape \(N, 4\), got \(4,\)"),
        (np.zeros((2, 5)), r"must have shape \(N, 4\), got \(2, 5\)"),
        (np.array([[0, 0, np.nan, 5]]), "finite numbers, got NaN"),
        (np.array([[0, 0, np.inf, 5]]), "finite numbers, got NaN or infinity"),
    ],
)
def test_boxes_that_are_none_are_refused(boxes, message):
    with pytest.raises(ValueError, match=message):
        check_boxes(boxes)
