"""Images as files: what is written is read by another decoder."""

import numpy as np
import pytest

from lighttrack.render.canvas import encode_jpeg, encode_png
from lighttrack.video.images import ImageDecoder


@pytest.fixture
def image():
    """Red, green and blue stripes, odd in both directions."""
    stripes = np.zeros((31, 45, 3), np.uint8)
    for channel in range(3):
        stripes[:, 15 * channel : 15 * channel + 15, channel] = 200
    return stripes


def test_a_png_keeps_every_pixel(image, tmp_path):
    (tmp_path / "a.png").write_bytes(encode_png(image))
    np.testing.assert_array_equal(ImageDecoder().read(tmp_path / "a.png"), image)


def test_a_jpeg_keeps_the_colours_and_is_smaller_at_lower_quality(image, tmp_path):
    (tmp_path / "a.jpg").write_bytes(encode_jpeg(image, quality=95))
    back = ImageDecoder().read(tmp_path / "a.jpg")
    for column in (7, 22, 37):
        np.testing.assert_allclose(back[15, column].astype(int), image[15, column], atol=8)
    assert len(encode_jpeg(image, quality=10)) < len(encode_jpeg(image, quality=95))


@pytest.mark.parametrize("encode", [encode_png, encode_jpeg])
@pytest.mark.parametrize("shape", [(9, 16), (9, 16, 4), (0, 16, 3)])
def test_what_is_no_image_is_refused(encode, shape):
    with pytest.raises(ValueError, match="image"):
        encode(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("quality", [0, 101])
def test_a_quality_out_of_bounds_is_refused(image, quality):
    with pytest.raises(ValueError, match=f"quality must be 1 to 100, got {quality}"):
        encode_jpeg(image, quality=quality)
