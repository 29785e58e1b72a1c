from dataclasses import replace

import numpy as np
import pytest

from lighttrack.training.motion import SKELETON, load_motion
from lighttrack.training.scenes import HEIGHT, SceneConfig, draw_scenes, rotations

_PLAIN = SceneConfig(restyled=0, tilted=0, jump=0)


@pytest.fixture(scope="module")
def bank(motion_folder):
    return load_motion(motion_folder)


def _draw(bank, config=_PLAIN, scenes=40, seed=0):
    offsets = np.tile(np.float32([0, 1, 8]), (scenes, 1))
    return draw_scenes(bank, offsets, config, np.random.default_rng(seed))


def test_a_seed_gives_the_same_scenes_again(bank):
    first, again = _draw(bank, SceneConfig()), _draw(bank, SceneConfig())
    np.testing.assert_array_equal(first.keypoints, again.keypoints)
    other = _draw(bank, SceneConfig(), seed=1)
    assert not np.array_equal(first.keypoints, other.keypoints)


def test_heads_are_above_feet_unless_bodies_are_tilted(bank):
    view = _draw(bank)
    whole = view.inside.all(axis=-1)
    head, ankle = (view.keypoints[whole][:, SKELETON.index[k], 1] for k in ("nose", "left_ankle"))
    assert (head < ankle).mean() > 0.99
    tilted = _draw(bank, replace(_PLAIN, tilted=1))
    whole = tilted.inside.all(axis=-1)
    head, ankle = (tilted.keypoints[whole][:, SKELETON.index[k], 1] for k in ("nose", "left_ankle"))
    assert (head < ankle).mean() < 0.9


def test_who_faces_the_camera_has_their_left_on_the_right_of_the_image(bank):
    # Seen from above, a nose that points to the camera lies low in the image.
    above = replace(_PLAIN, people=1, same_way=0, couple=0, camera_height=(4.0, 4.01))
    points = _draw(bank, replace(above, distance=(3.0, 4.0)), scenes=300).keypoints[:, 0, 0]
    x, y = ({name: points[:, i, c] for name, i in SKELETON.index.items()} for c in (0, 1))
    height = y["left_ankle"] - y["head_top"]
    broad = np.abs(x["left_shoulder"] - x["right_shoulder"]) > 0.15 * height
    nose_low = (y["nose"] - y["head_top"]) / height
    left_on_the_right = x["left_shoulder"] > x["right_shoulder"]
    before, behind = nose_low[broad & left_on_the_right], nose_low[broad & ~left_on_the_right]
    assert min(len(before), len(behind)) > 30
    assert before.mean() > behind.mean() + 0.02


def test_inside_means_inside_the_image(bank):
    view = _draw(bank)
    seen = view.keypoints[view.inside]
    assert (seen >= 0).all()
    assert (seen[:, 1] < HEIGHT).all()


def test_a_jump_moves_the_image_between_two_moments(bank):
    still = replace(_PLAIN, camera_drift=(1e-6, 2e-6), people=2)
    calm, shaken = _draw(bank, still), _draw(bank, replace(still, jump=1))

    def travel(view):
        middle = np.nanmean(view.keypoints, axis=(1, 3))
        return np.linalg.norm(middle[:, 2] - middle[:, 0], axis=-1)

    assert np.median(travel(shaken)) > 2 * np.median(travel(calm))


def test_people_of_another_posture_move_differently(bank):
    plain, restyled = _draw(bank), _draw(bank, replace(_PLAIN, restyled=1))
    assert np.abs(plain.keypoints - restyled.keypoints).max() > 5


def test_rotations_keep_lengths_and_undo_each_other():
    vectors = np.random.default_rng(0).normal(size=(6, 3))
    turn, back = rotations(vectors), rotations(-vectors)
    np.testing.assert_allclose(turn @ back, np.broadcast_to(np.eye(3), (6, 3, 3)), atol=1e-6)
    quarter = rotations(np.array([0, 0, np.pi / 2]))
    np.testing.assert_allclose(quarter @ [1, 0, 0], [0, 1, 0], atol=1e-6)
