import cv2
import numpy as np
import pytest

from lighttrack.models.camera import BackgroundCamera
from lighttrack.structures import CameraMotion
from lighttrack.video import open_video

WIDTH, HEIGHT = 640, 360
NO_PEOPLE = np.zeros((0, 4), np.float32)


def landscape(seed, width=1600, height=1000):
    """An image with large and small things in it."""
    random = np.random.default_rng(seed)
    image = np.zeros((height, width, 3), np.float32)
    for size, contrast in ((200, 60), (60, 40), (20, 30), (8, 15)):
        coarse = random.normal(0, contrast, (height // size + 2, width // size + 2, 3))
        image += cv2.resize(
            coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
    return np.clip(image + 120, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def scene():
    return landscape(1)


@pytest.fixture
def camera():
    return BackgroundCamera()


def window(scene, x, y, zoom=1.0):
    """What a camera sees whose image's top left is at x, y of the scene."""
    to_scene = np.array([[1 / zoom, 0, x], [0, 1 / zoom, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(scene, to_scene, (WIDTH, HEIGHT), flags=flags)


def noisy(image, seed, sigma=4.0):
    noise = np.random.default_rng(seed).normal(0, sigma, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def seen_between(camera, before, now, people=NO_PEOPLE):
    return camera.estimate(camera.preprocess(before), camera.preprocess(now), people)


def worst_error(motion, truth):
    """Pixels, over the corners and the middle of the image."""
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
def test_a_shift_by_a_third_of_the_image_is_found(camera, scene, shift):
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


def test_people_who_fill_half_the_image_do_not_move_the_camera(camera, scene):
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


def test_a_wall_without_texture_is_taken_for_still(camera):
    wall = np.full((HEIGHT, WIDTH, 3), 140, np.uint8)
    assert seen_between(camera, noisy(wall, 0), noisy(wall, 1)).is_still


def test_noise_does_not_hide_a_pan(camera, scene):
    before, now = noisy(window(scene, 300, 200), 0, 8), noisy(window(scene, 306, 198), 1, 8)
    assert worst_error(seen_between(camera, before, now), [[1, 0, -6], [0, 1, 2]]) < 0.6


def test_a_pan_is_seen_behind_people_who_walk_the_other_way(camera, scene):
    before, now = window(scene, 300, 200), window(scene, 306, 200)
    boxes = []
    for number, x in enumerate((40, 210, 400)):
        walker = landscape(20 + number)[:300, :130]
        before[40:340, x : x + 130] = walker
        now[40:340, x + 9 : x + 139] = walker
        boxes.append([x, 40, x + 130, 340])
    motion = seen_between(camera, before, now, np.array(boxes, np.float32))
    assert worst_error(motion, [[1, 0, -6], [0, 1, 0]]) < 0.4


def move(before, now, seed, size, at, by):
    """Something of so many pixels (width, height) that moves from `at` by so many pixels."""
    (width, height), (x, y), (dx, dy) = size, at, by
    texture = landscape(seed)[:height, :width]
    before[y : y + height, x : x + width] = texture
    now[y + dy : y + dy + height, x + dx : x + dx + width] = texture


def test_traffic_that_fills_most_of_the_image_does_not_move_a_camera_that_stands(camera, scene):
    """No detector finds a lorry: most corners that agree are its own, but many stay at rest."""
    before, now = window(scene, 300, 200), window(scene, 300, 200)
    move(before, now, 7, size=(280, 360), at=(0, 0), by=(8, 0))
    move(before, now, 8, size=(110, 170), at=(500, 0), by=(-10, 4))
    move(before, now, 9, size=(110, 170), at=(500, 180), by=(-6, 0))
    assert seen_between(camera, before, now).is_still


def test_a_slow_pan_is_followed_past_people_who_were_not_detected(camera, scene):
    """They move slowly, but are not at rest, so they are no evidence of a camera that stands."""
    before, now = window(scene, 300, 200), window(scene, 297, 200)
    for number, x in enumerate((20, 230, 440)):
        move(before, now, 20 + number, size=(60, 350), at=(x, 4), by=(-2, 0))
    assert worst_error(seen_between(camera, before, now), [[1, 0, 3], [0, 1, 0]]) < 0.4


def test_people_who_are_not_marked_do_not_move_the_camera(camera, scene):
    before, now = window(scene, 300, 200), window(scene, 300, 200)
    for number, x in enumerate((60, 350)):
        walker = landscape(20 + number)[:330, :140]
        before[20:350, x : x + 140] = walker
        now[20:350, x + 8 : x + 148] = walker
    assert seen_between(camera, before, now).is_still


def test_one_who_fills_the_image_and_moves_is_neither_a_cut_nor_a_motion(camera):
    coat = landscape(9)
    before, now = window(coat, 300, 200), window(coat, 310, 206)
    all_people = np.array([[0, 0, WIDTH, HEIGHT]], np.float32)
    assert seen_between(camera, before, now, all_people).is_still


def test_a_cut_is_noticed_even_if_people_fill_the_image(camera, scene):
    all_people = np.array([[0, 0, WIDTH, HEIGHT]], np.float32)
    for seed in range(2, 5):
        other = window(landscape(seed), 300, 200) // 2
        assert seen_between(camera, window(scene, 300, 200), other, all_people).cut


def test_a_jump_under_other_light_is_still_found(camera, scene):
    now = np.clip(window(scene, 540, 300) * 0.7 + 20, 0, 255).astype(np.uint8)
    motion = seen_between(camera, window(scene, 400, 300), now)
    assert worst_error(motion, [[1, 0, -140], [0, 1, 0]]) < 1.5


def test_a_jump_with_a_slight_turn_is_found(camera, scene):
    turn = cv2.getRotationMatrix2D((720, 480), 3, 1)
    turned = cv2.warpAffine(scene, turn, scene.shape[1::-1])
    motion = seen_between(camera, window(scene, 400, 300), window(turned, 500, 340))
    truth = turn.copy()
    truth[:, 2] += turn[:, :2] @ [400, 300] - [500, 340]
    assert worst_error(motion, truth) < 2


@pytest.mark.parametrize("size", [(360, 640), (1280, 720), (500, 333), (200, 120)])
def test_motion_is_in_pixels_of_the_image_whatever_its_shape_and_size(camera, scene, size):
    width, height = size
    before, now = scene[100 : 100 + height, 100 : 100 + width], scene[103:, 108:]
    motion = seen_between(camera, before, now[:height, :width])
    middle = np.array([[width / 2, height / 2]], np.float32)
    np.testing.assert_allclose(motion.points(middle), middle - [8, 3], atol=0.5)


def test_an_image_of_another_size_is_another_scene(camera, scene):
    assert seen_between(camera, scene[:360, :640], scene[:640, :360]).cut


def test_a_tiny_image_gives_no_motion(camera):
    dots = [np.random.default_rng(seed).integers(0, 255, (9, 7, 3), np.uint8) for seed in (0, 1)]
    assert seen_between(camera, *dots).scale == 1


def test_boxes_that_are_no_numbers_are_refused(camera, scene):
    view = camera.preprocess(window(scene, 0, 0))
    with pytest.raises(ValueError, match="finite"):
        camera.estimate(view, view, np.full((1, 4), np.nan, np.float32))


def test_a_view_keeps_little_and_nothing_of_the_image_itself(camera, scene):
    image = window(scene, 300, 200)
    view = camera.preprocess(image)
    assert view.grey.nbytes + view.thumbnail.nbytes < image.nbytes / 8
    assert not np.shares_memory(view.grey, image)
    kept = view.grey.copy()
    image[:] = 0
    np.testing.assert_array_equal(view.grey, kept)


def test_the_same_images_give_the_same_motion(camera, scene):
    before, now = window(scene, 400, 300), window(scene, 540, 330)
    first, second = (seen_between(camera, before, now) for _ in range(2))
    np.testing.assert_array_equal(first.transform, second.transform)


def people_by_frame(path):
    """Boxes `(N, 4)` of the ground truth by frame, from 0."""
    rows = np.loadtxt(path, delimiter=",", usecols=range(6))
    boxes = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1)
    return lambda index: boxes[rows[:, 0] == index + 1].astype(np.float32)


@pytest.mark.clips
@pytest.mark.parametrize(("clip", "seconds"), [("TUD-Campus", None), ("PETS09-S2L1", 15)])
def test_a_real_camera_on_a_tripod_is_still_in_every_frame(camera, clips_dir, clip, seconds):
    people = people_by_frame(clips_dir / clip / "gt.txt")
    view, seen = None, []
    with open_video(clips_dir / clip / f"{clip}.mp4", end=seconds) as video:
        for frame in video:
            before, view = view, camera.preprocess(frame.image)
            if before is not None:
                seen.append(camera.estimate(before, view, people(frame.index - 1)).is_still)
    assert len(seen) >= 70
    assert all(seen)


@pytest.mark.clips
def test_a_camera_that_pans_zooms_and_jumps_over_a_street_is_followed(camera, clips_dir):
    folder = clips_dir / "TownCentre_A-virtual-camera"
    # Left, top and magnification of the window that each frame shows of the same street.
    windows = np.loadtxt(folder / "camera.txt", delimiter=",", usecols=(1, 2, 3))
    people = people_by_frame(folder / "gt.txt")
    corners = np.array([[0, 0], [960, 0], [0, 540], [960, 540], [480, 270]], np.float32)
    errors, view = [], None
    with open_video(folder / "TownCentre_A-virtual-camera.mp4") as video:
        for frame in video:
            before, view = view, camera.preprocess(frame.image)
            if before is None:
                continue
            motion = camera.estimate(before, view, people(frame.index - 1))
            assert not motion.cut
            x, y, zoom = windows[frame.index]
            x_before, y_before, zoom_before = windows[frame.index - 1]
            street = corners / zoom_before + [x_before, y_before]
            errors.append(np.abs(motion.points(corners) - (street - [x, y]) * zoom).mean())
    assert np.median(errors) < 0.2
    assert max(errors) < 2
