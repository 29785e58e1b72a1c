import cv2
import numpy as np
import pytest

from lighttrack.models import background as view

ALL = np.ones((9, 16), np.bool_)


@pytest.fixture(scope="module")
def dots():
    """Bright and dark patches of 8 pixels, 640 x 360."""
    coarse = np.random.default_rng(3).integers(40, 200, (45, 80, 3), np.uint8)
    return cv2.resize(coarse, (640, 360), interpolation=cv2.INTER_CUBIC)


def test_a_view_is_small_and_whole_tiles_whatever_the_image():
    for height, width in ((360, 640), (1080, 1920), (1920, 1080), (333, 500), (9, 7)):
        seen = view.reduced(np.zeros((height, width, 3), np.uint8))
        assert max(seen.grey.shape) <= 320
        assert all(side % (2 * view.TILE) == 0 for side in seen.grey.shape)
        np.testing.assert_allclose(seen.pitch * seen.grey.shape[::-1], [width, height])


def test_corners_of_the_image_stay_corners_of_the_image():
    seen = view.reduced(np.zeros((360, 640, 3), np.uint8))
    found = seen.to_image_points(np.array([[-0.5, -0.5], [319.5, 179.5]], np.float32))
    np.testing.assert_allclose(found, [[-0.5, -0.5], [639.5, 359.5]])


def test_a_shift_of_the_image_is_half_of_it_in_a_view_half_as_large():
    seen = view.reduced(np.zeros((360, 640, 3), np.uint8))
    shift = seen.between_greys([[1, 0, 10], [0, 1, -4]])
    np.testing.assert_allclose(shift, [[1, 0, 5], [0, 1, -2]], atol=1e-6)


def test_no_corner_lies_on_a_person_or_just_beside(dots):
    seen = view.reduced(dots)
    person = np.array([[200, 100, 300, 300]], np.float32)
    corners = view.corners_of(seen.thumbnail, view.background_of(seen, person))
    x, y = seen.to_image_points(corners).T
    assert len(corners) > 80
    assert not ((x > 192) & (x < 308) & (y > 82) & (y < 318)).any()


def test_a_person_who_is_out_of_the_image_hides_nothing(dots):
    seen = view.reduced(dots)
    outside = np.array([[-500, -500, -100, -100], [900, 20, 990, 90]], np.float32)
    assert (view.background_of(seen, outside) == 255).all()


def test_likeness_is_of_the_pattern_not_of_the_light(dots):
    bright = view.reduced(np.clip(dots * 0.5 + 90, 0, 255).astype(np.uint8)).thumbnail
    here, elsewhere = view.reduced(dots).thumbnail, view.reduced(dots[::-1, ::-1]).thumbnail
    assert view.likeness(here, bright, ALL) > 0.97
    assert abs(view.likeness(here, elsewhere, ALL)) < 0.2
    assert view.likeness(here, here, ~ALL) == 0


def test_other_light_is_undone(dots):
    here = view.reduced(dots)
    bright = view.reduced(np.clip(dots * 0.5 + 90, 0, 255).astype(np.uint8))
    everything = np.full_like(here.thumbnail, 255)
    difference = cv2.absdiff(view.relit(bright, here, everything).grey, here.grey)
    assert difference.mean() < 2
    assert view.relit(here, here, everything) is here


def test_a_motion_that_is_undone_brings_the_image_back(dots):
    before, now = view.reduced(dots[:, :600]), view.reduced(dots[:, 40:])
    back, covered = view.undone(now, np.array([[1, 0, -40], [0, 1, 0]], np.float64))
    shown = covered == 255
    assert 0.9 < shown.mean() < 0.95
    assert cv2.absdiff(back.thumbnail, before.thumbnail)[shown].mean() < 2


def test_people_who_moved_about_are_rearranged_and_another_scene_is_not(dots):
    room = np.full((360, 640, 3), 90, np.uint8)
    room[:, 320:] = 150
    before, now = room.copy(), room.copy()
    before[60:300, 100:200] = dots[60:300, 100:200]
    now[70:310, 140:240] = dots[60:300, 100:200]
    assert view.rearranged(view.reduced(before).thumbnail, view.reduced(now).thumbnail)
    assert not view.rearranged(view.reduced(before).thumbnail, view.reduced(dots).thumbnail)
