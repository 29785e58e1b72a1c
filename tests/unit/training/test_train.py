"""Training by one call."""

import pytest

from lighttrack.matching import PoseMatcher
from lighttrack.training import train_matcher


def test_one_call_trains_a_matcher_and_reports_each_epoch(torch, motion_folder, tmp_path):
    lines = []
    weights = train_matcher(
        motion_folder, tmp_path / "run", epochs=1, steps=1, threads=1, progress=lines.append
    )
    assert weights == tmp_path / "run" / "pose.safetensors"
    assert [line.partition(":")[0] for line in lines] == ["epoch 1 of 1"]
    assert PoseMatcher(weights).card["recipe"]["steps"] == 1


def test_a_folder_without_data_is_refused(torch, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no motion capture \(.npz\) and no tracks"):
        train_matcher(tmp_path, tmp_path / "run")
