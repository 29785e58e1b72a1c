import numpy as np
import pytest
from io_clips import numbered_image

from lighttrack.video.orientation import Orientation, Turner, _of_angle, of_matrix

ONE = 65536
EVERY = [
    Orientation(swap, mirror_x, mirror_y)
    for swap in (False, True)
    for mirror_x in (False, True)
    for mirror_y in (False, True)
]


def turned(image: np.ndarray, orientation: Orientation) -> np.ndarray:
    """What an orientation means, in NumPy."""
    if orientation.swap_axes:
        image = image.swapaxes(0, 1)
    return image[:: -1 if orientation.mirror_y else 1, :: -1 if orientation.mirror_x else 1]


@pytest.mark.parametrize("orientation", EVERY, ids=str)
def test_ffmpeg_turns_images_as_orientations_mean_it(orientation):
    import av

    image = np.random.default_rng(0).integers(0, 255, (7, 5, 3), dtype=np.uint8)
    frame = Turner(orientation)(av.VideoFrame.from_ndarray(image, "rgb24"))
    assert np.array_equal(frame.to_ndarray(), turned(image, orientation))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, -90, -180])
def test_matrices_and_angles_agree(degrees):
    cosine, sine = round(np.cos(np.radians(degrees))), round(np.sin(np.radians(degrees)))
    # FFmpeg counts the angle of a display matrix counterclockwise.
    matrix = (cosine * ONE, -sine * ONE, 0, sine * ONE, cosine * ONE)
    assert of_matrix(*matrix) == _of_angle(degrees)
    assert np.array_equal(
        turned(numbered_image(3), of_matrix(*matrix)), np.rot90(numbered_image(3), degrees // 90)
    )


def test_an_upright_frame_is_not_touched():
    import av

    frame = av.VideoFrame(16, 16)
    assert Turner(Orientation())(frame) is frame
