from dataclasses import replace

import numpy as np
import pytest

from lighttrack.training.corruption import CLEAN, corrupt
from lighttrack.training.motion import SKELETON, load_motion
from lighttrack.training.scenes import SceneConfig, draw_scenes

MOMENTS = np.tile(np.float32([0, 1, 8]), (60, 1))


@pytest.fixture(scope="module")
def view(motion_folder):
    rng = np.random.default_rng(0)
    return draw_scenes(load_motion(motion_folder), MOMENTS, SceneConfig(spread=(0.1, 0.3)), rng)


def _corrupt(view, **changes):
    return corrupt(view, MOMENTS, replace(CLEAN, **changes), np.random.default_rng(1)).keypoints


def test_without_corruption_only_the_image_border_truncates(view):
    points = _corrupt(view)
    seen = np.isfinite(points[..., 0])
    assert seen[view.inside.all(axis=-1)].all()
    assert not seen[~view.inside].any()
    np.testing.assert_allclose(points[seen], view.keypoints[seen], atol=0.5)


def test_the_view_is_unchanged(view):
    before = view.keypoints.copy()
    _corrupt(view, noise=(0.05, 0.06), swap=0.5, no_nose=1.0)
    np.testing.assert_array_equal(view.keypoints, before)


def test_noise_grows_with_the_person(view):
    clean = corrupt(view, MOMENTS, CLEAN, np.random.default_rng(1))
    noisy = _corrupt(view, noise=(0.03, 0.0301))
    error = np.linalg.norm(noisy - clean.keypoints, axis=-1)
    size = clean.boxes[..., 2:] - clean.boxes[..., :2]
    relative = error / np.sqrt(size.prod(axis=-1))[..., None]
    assert 0.02 < np.nanmedian(relative) < 0.05


def test_swapped_limbs_change_places_and_nothing_else(view):
    clean, swapped = _corrupt(view), _corrupt(view, swap=1.0)
    # Everything is swapped, then arms and legs again: only the shoulders to ankles stay.
    np.testing.assert_allclose(clean, swapped, atol=1.0)
    once = _corrupt(view, swap=0.5)
    left, right = SKELETON.index["left_wrist"], SKELETON.index["right_wrist"]
    exchanged = np.abs(once[..., left, :] - clean[..., right, :]).max(axis=-1) < 0.5
    assert 0.3 < exchanged[np.isfinite(clean[..., right, 0])].mean() < 0.7


def test_torsos_in_front_occlude_keypoints_behind(view):
    clean, hidden = _corrupt(view), _corrupt(view, occlusion=1.0)
    lost = np.isfinite(clean[..., 0]) & np.isnan(hidden[..., 0])
    nearest = view.depth == view.depth.min(axis=1, keepdims=True)
    assert lost.mean() > 0.05
    assert not lost[nearest].any()


def test_furniture_occludes_one_side_of_a_person_at_all_moments(view):
    lost = np.isnan(_corrupt(view, furniture=1.0)[..., 0]) & view.inside
    assert 0.1 < lost.mean() < 0.7


def test_a_dropping_estimator_loses_up_to_its_share(view):
    points = _corrupt(view, dropping=1.0, dropped=0.4)
    share = np.isnan(points[..., 0])[view.inside].mean()
    assert 0.1 < share < 0.35


def _kept(view, **changes):
    """Of the keypoints lost at the first moment, the shares lost at each."""
    lost = np.isnan(_corrupt(view, dropping=1.0, dropped=0.5, **changes)[..., 0])
    asked = lost[:, :, 0] & view.inside.all(axis=2)
    return [float(lost[:, :, moment][asked].mean()) for moment in range(3)]


def test_what_is_dropped_stays_dropped_for_a_while(view):
    first, soon, later = _kept(view, fleeting=0.0)
    assert first == 1
    assert soon > 0.8
    assert soon > later + 0.1
    _, soon, later = _kept(view, fleeting=1.0)
    assert abs(soon - later) < 0.1


def test_noise_wanders_and_keeps_its_size(view):
    clean = _corrupt(view)
    size = corrupt(view, MOMENTS, CLEAN, np.random.default_rng(1)).boxes
    scale = np.sqrt((size[..., 2:] - size[..., :2]).prod(axis=-1))[..., None, None]
    errors = {}
    for wander in (0.0, 1.0):
        noisy = _corrupt(view, noise=(0.03, 0.0301), wander=wander, fleeting=0.0)
        errors[wander] = (noisy - clean) / scale
    spread = {wander: np.nanstd(error) for wander, error in errors.items()}
    assert spread[1.0] == pytest.approx(spread[0.0], rel=0.1)
    jumps = {w: np.nanstd(error[:, :, 1] - error[:, :, 0]) for w, error in errors.items()}
    assert jumps[1.0] < 0.5 * jumps[0.0]


def test_poses_of_fewer_than_four_keypoints_are_removed(view):
    count = np.isfinite(_corrupt(view, dropping=1.0, dropped=1.0)[..., 0]).sum(axis=-1)
    assert (count == 0).any()
    assert not ((count > 0) & (count < 4)).any()


def test_heads_follow_posetrack_or_coco(view):
    derived = _corrupt(view, derived_head=1.0)
    shoulders = derived[..., [3, 4], :].mean(axis=-2)
    known = np.isfinite(derived[..., 1, 0] + shoulders[..., 0])
    assert known.mean() > 0.5
    np.testing.assert_allclose(derived[known, 1], shoulders[known], atol=1.0)
    assert np.isnan(_corrupt(view, no_nose=1.0)[..., 0, 0]).all()
