import numpy as np
import pytest

from lighttrack.training.motion import load_motion


def test_a_clip_is_cut_at_its_glitch(motion_folder):
    bank = load_motion(motion_folder)
    assert len(bank) == 13
    assert sorted(bank.lengths.tolist()) == [45, 47, 80, 80, 90, 91, 92, 94, 95, 96, 97, 98, 99]


def test_couples_refer_to_each_other(motion_folder):
    bank = load_motion(motion_folder)
    couple = np.flatnonzero(bank.partner >= 0)
    assert len(couple) == 2
    assert bank.partner[couple].tolist() == couple[::-1].tolist()


def test_all_people_stand_on_the_floor(motion_folder):
    bank = load_motion(motion_folder)
    assert np.abs(bank.positions[..., 1].min(axis=1)).max() < 0.02


def test_training_and_held_out_clips_share_nothing(motion_folder):
    parts = [load_motion(motion_folder, split) for split in ("train", "held_out")]
    assert sum(map(len, parts)) == len(load_motion(motion_folder))
    first, second = ({pose.tobytes() for pose in part.positions} for part in parts)
    assert second
    assert not first & second


def test_between_two_frames_lies_their_mean(motion_folder):
    bank = load_motion(motion_folder)
    clip = np.zeros(1, np.int64)
    half = bank.at(clip, np.float32([2.5]))[0]
    np.testing.assert_allclose(half, bank.positions[2:4].mean(axis=0), atol=1e-6)


def test_a_head_below_the_neck_is_removed(tmp_path, motion_folder):
    with np.load(motion_folder / "walk_00.npz") as clip:
        positions = clip["xyz"].copy()
    positions[:, 2, 1] = 1.2
    np.savez(tmp_path / "a.npz", xyz=positions, frame_ok=np.ones(90, bool), action="walking")
    bank = load_motion(tmp_path)
    assert np.isnan(bank.positions[:, [0, 2]]).all()
    assert np.isfinite(bank.positions[:, 1]).all()


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no motion-capture clips"):
        load_motion(tmp_path)
