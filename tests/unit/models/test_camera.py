import cv2
import numpy as np
import pytest

from lighttrack.models.camera import BackgroundCamera
from lighttrack.structures import CameraMotion

WIDTH, HEIGHT = 640, 360
NOBODY = np.zeros((0, 4), np.float32)


def landscape(seed, width=1600, height=1000):
    """A picture with large and small things in it."""
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for size, contrast in ((200, 60), (60, 40), (20, 30), (8, 15)):
        coarse = random.normal(0, contrast, (height // size + 2, width // size + 2, 3))
        picture += cv2.resize(
            coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
    return np.clip(picture + 120, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def scene():
    return landscape(1)


@pytest.fixture
def camera():
    return BackgroundCamera()


def window(scene, x, y, zoom=1.0):
    """What a camera sees whose picture's top left is at x, y of the scene."""
    to_scene = np.array([[1 / zoom, 0, x], [0, 1 / zoom, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(scene, to_scene, (WIDTH, HEIGHT), flags=flags)


def noisy(image, seed, sigma=4.0):
    noise = np.random.default_rng(seed).normal(0, sigma, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def seen_between(camera, before, now, people=NOBODY):
    return camera.between(camera.look(before), camera.look(now), people)


def worst_error(motion, truth):
    """Pixels, over the corners and the middle of the picture."""
    corners = np.array([[0, 0], [WIDTH, 0], [0, HEIGHT], [WIDTH, HEIGHT], [320, 180]], np.float32)
    return np.abs(motion.points(corners) - CameraMotion(truth).points(corners)).max()


def test_a_slow_pan_is_followed_to_a_fraction_of_a_pixel(camera, scene):
    motion = seen_between(camera, window(scene, 300, 200), window(scene, 303, 201))
    assert worst_error(motion, [[1, 0, -3], [0, 1, -1]]) < 0.3


def test_a_camera_on_a_tripod_is_exactly_still_in_spite_of_noise(camera, scene):
    image = window(scene, 300, 200)
    for seed in range(5):
        assert seen_between(camera, noisy(image, seed), noisy(image, seed + 100)).is_still


@pytest.mark.parametrize("shift", [(213, 0), (-213, 40), (0, 120), (120, -90)])
def test_a_shift_by_a_third_of_the_picture_is_found(camera, scene, shift):
    x, y = shift
    motion = seen_between(camera, window(scene, 400, 300), window(scene, 400 + x, 300 + y))
    assert not motion.cut
    assert worst_error(motion, [[1, 0, -x], [0, 1, -y]]) < 1.5


@pytest.mark.parametrize("zoom", [1.5, 1 / 1.5])
def test_a_zoom_by_half_is_found(camera, scene, zoom):
    middle = 1 / zoom * np.array([WIDTH, HEIGHT]) / 2
    x, y = np.array([400 + 320, 300 + 180]) - middle
    motion = seen_between(camera, window(scene, 400, 300), window(scene, x, y, zoom))
    assert not motion.cut
    assert worst_error(motion, [[zoom, 0, 320 * (1 - zoom)], [0, zoom, 180 * (1 - zoom)]]) < 3
    assert motion.scale == pytest.approx(zoom, abs=0.01)


def test_another_scene_is_a_cut(camera, scene):
    for seed in range(2, 6):
        motion = seen_between(camera, window(scene, 300, 200), window(landscape(seed), 300, 200))
        assert motion.cut


def test_people_who_fill_half_the_picture_do_not_move_the_camera(camera, scene):
    walker = landscape(7)[:340, :300]
    before, now = window(scene, 300, 200), window(scene, 300, 200)
    before[10:350, 100:400] = walker
    now[10:350, 112:412] = walker
    people = np.array([[100, 10, 400, 350]], np.float32)
    assert seen_between(camera, before, now, people).is_still


def test_a_flash_is_neither_a_cut_nor_a_motion(camera, scene):
    image = window(scene, 300, 200)
    for gain, offset in ((1.6, 30), (0.5, 0)):
        flash = np.clip(image * gain + offset, 0, 255).astype(np.uint8)
        assert seen_between(camera, image, flash).is_still
        assert seen_between(camera, flash, image).is_still


def test_a_wall_without_texture_says_nothing_and_is_taken_for_still(camera):
    wall = np.full((HEIGHT, WIDTH, 3), 140, np.uint8)
    assert seen_between(camera, noisy(wall, 0), noisy(wall, 1)).is_still


def test_the_same_pictures_give_the_same_motion(camera, scene):
    before, now = window(scene, 400, 300), window(scene, 540, 330)
    first, second = (seen_between(camera, before, now) for _ in range(2))
    np.testing.assert_array_equal(first.transform, second.transform)
