"""The axis `tracker`: other trackers on the same detections and poses."""

import json
import sys

import pytest
from experiment_walk import PLAN, rows_of, run, walk, walk_images, written

from lighttrack.experiments import read_plan

OFFLINE = ["poseflow", "flowtrack", "detect-and-track"]
TRACKERS = PLAN.replace("[grid]", f"[grid]\ntracker = {['lighttrack', *OFFLINE]}").replace(
    '["truth", "half blind"]', '"truth"'
)


def test_offline_trackers_have_a_row_each_and_follow_the_truth(tmp_path, capsys):
    walk(tmp_path / "data")
    assert run(tmp_path, plan=TRACKERS) == 0
    rows = rows_of(capsys.readouterr().out)
    assert [row[:2] for row in rows] == [
        ["lighttrack", "1F"],
        ["lighttrack", "4F"],
        *[[f"{name} (offline)", "1F"] for name in OFFLINE],
    ]
    assert [row[2:] for row in rows] == [["100.0", "100.0", "0"]] * 5


def test_images_partly_labelled_with_regions_to_ignore(tmp_path, capsys):
    folder = walk(tmp_path / "data")
    file = folder / "000001_mpii_test.json"
    data = json.loads(file.read_text())
    for image in data["images"]:
        image["is_labeled"] = image["id"] % 4 == 0
        image["ignore_regions_x"] = [[0, 20, 20, 0]]
        image["ignore_regions_y"] = [[0, 0, 20, 20]]
    data["annotations"] = [one for one in data["annotations"] if one["image_id"] % 4 == 0]
    file.write_text(json.dumps(data))
    images = walk_images(tmp_path / "images", range(12))
    assert run(tmp_path, "--images", str(images), plan=TRACKERS) == 0
    rows = rows_of(capsys.readouterr().out)
    assert [row[2:] for row in rows] == [["100.0", "100.0", "0"]] * 5


def test_a_name_alone_and_an_unknown_one(tmp_path):
    one = PLAN.replace("[grid]", '[grid]\ntracker = "poseflow"')
    cells = read_plan(written(tmp_path, one)).cells
    assert [(cell.tracker, cell.detector) for cell in cells] == [
        ("poseflow", "truth"),
        ("poseflow", "half blind"),
    ]
    with pytest.raises(ValueError, match="tracker must be one of lighttrack, poseflow, flowtrack"):
        read_plan(written(tmp_path, one.replace('"poseflow"', '"sort"')))


def test_a_peer_without_its_package_is_one_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "trackers", None)
    walk(tmp_path / "data")
    plan = PLAN.replace("[grid]", '[grid]\ntracker = "oc-sort"')
    assert run(tmp_path, plan=plan) == 1
    assert "group peers" in capsys.readouterr().err
