"""Table 1: pairs of poses by kind, without torch."""

import json
import subprocess
import sys

import pytest
from experiment_walk import ROOT, rows_of, run, walk

from lighttrack.experiments import run_experiment

PLAN = 'title = "Pairs"\ntask = "pairs"\ndata = "posetrack"\n'


def test_pairs_are_counted_by_kind_for_each_part_of_the_data(tmp_path):
    """Two people in 12 and 5 frames: 2 positives a step; negatives 1 a frame and 2 a step."""
    for part, frames in (("val", 5), ("train", 12), ("test", 0)):
        (tmp_path / "data").mkdir(exist_ok=True)
        walk(tmp_path / "data" / part, frames=frames) if frames else None
    made = run_experiment(ROOT / "experiments" / "table-1.toml", tmp_path / "data")
    assert made.columns[:3] == ("", "train", "val")
    assert made.columns[3] == "paper, train (PoseTrack'18)"
    assert [row[:4] for row in made.rows] == [
        ("Positive Pairs", 22, 8, 56908),
        ("Hard Negative Pairs", 0, 0, 25064),
        ("Other Negative Pairs", 34, 13, 241450),
    ]
    alone = run_experiment(ROOT / "experiments" / "table-1.toml", tmp_path / "data" / "val")
    assert alone.columns[1] == "val"
    assert alone.rows[0][1] == 8


def test_frames_without_labels_make_no_pairs(tmp_path, capsys):
    data = walk(tmp_path / "data", frames=12)
    file = data / "000001_mpii_test.json"
    content = json.loads(file.read_text())
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] != 5]
    file.write_text(json.dumps(content))
    assert run(tmp_path, plan=PLAN) == 0
    shown = capsys.readouterr().out
    assert [row[1] for row in rows_of(shown)] == ["18", "0", "29"]


def test_counting_needs_no_torch(tmp_path):
    walk(tmp_path / "data")
    (tmp_path / "plan.toml").write_text(PLAN)
    code = (
        "import sys; sys.modules['torch'] = None; from lighttrack.cli.app import main; "
        "sys.exit(main(sys.argv[1:]))"
    )
    line = ["experiment", str(tmp_path / "plan.toml"), "--data", str(tmp_path / "data")]
    done = subprocess.run([sys.executable, "-c", code, *line], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Positive Pairs" in done.stdout


@pytest.mark.parametrize(("name", "message"), [("gone", "no such folder"), ("data", "no tracks")])
def test_missing_data_are_named(tmp_path, name, message):
    (tmp_path / "data").mkdir()
    with pytest.raises(ValueError, match=message):
        run_experiment(ROOT / "experiments" / "table-1.toml", tmp_path / name)
