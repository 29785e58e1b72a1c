"""Experiments: plans, stand-ins, running, resuming, tables."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import lighttrack
from lighttrack.cli.app import main
from lighttrack.experiments import noise, run_experiment
from lighttrack.experiments.data import find_videos
from lighttrack.experiments.plan import Cell, DetectorNoise, PoseNoise
from lighttrack.experiments.reading import read_plan
from lighttrack.experiments.running import package_digest
from lighttrack.formats import read_tracks
from lighttrack.structures.skeletons import POSETRACK_15
from lighttrack.tracking import TrackerConfig

PLANS = sorted((Path(__file__).resolve().parents[3] / "experiments").glob("*.toml"))
PLAN = """
title = "A small table"
data = "posetrack"
columns = ["ap:Total", "mota:Total", "switches"]

[grid]
detector = ["truth", "half blind"]
estimator = "truth"
interval = [1, 4]
config = "paper"

[detectors."half blind"]
missed = 0.5
seed = 3
"""


def _walk(folder: Path, name: str = "000001_mpii_test", frames: int = 12) -> Path:
    """Two people who walk apart."""
    folder.mkdir(exist_ok=True)
    shape = np.stack([np.tile([0.0, 20, 40], 5), np.repeat(np.arange(5) * 30.0, 3)], axis=1)
    images, annotations = [], []
    for index in range(frames):
        images.append({"id": index, "file_name": f"{name}/{index:06d}.jpg", "is_labeled": True})
        for person, place in enumerate((200 - 2 * index, 400 + 2 * index)):
            points = shape + np.array([place, 50])
            annotations.append(
                {
                    "id": len(annotations),
                    "image_id": index,
                    "track_id": person,
                    "keypoints": np.c_[points, np.ones(15)].ravel().tolist(),
                    "bbox_head": [place, 40, 30, 40],
                }
            )
    category = {"id": 1, "name": "person", "keypoints": list(POSETRACK_15.keypoints)}
    data = {"images": images, "annotations": annotations, "categories": [category]}
    (folder / f"{name}.json").write_text(json.dumps(data))
    return folder


def _images(folder: Path, numbers: range, name: str = "000001_mpii_test") -> Path:
    """An image of 640 x 320 for each number, with white rectangles where `_walk` puts people."""
    (folder / name).mkdir(parents=True)
    for number in numbers:
        image = np.zeros((320, 640, 3), np.uint8)
        for place in (200 - 2 * number, 400 + 2 * number):
            image[50:170, place : place + 40] = 255
        cv2.imwrite(str(folder / name / f"{number:06d}.jpg"), image)
    return folder


def _run(tmp_path: Path, *extra: str, plan: str = PLAN) -> int:
    file = tmp_path / "small.toml"
    file.write_text(plan)
    line = ["experiment", str(file), "--data", str(tmp_path / "data"), "-o", str(tmp_path / "out")]
    return main([*line, *extra])


def _rows(shown: str) -> list[list[str]]:
    lines = [line for line in shown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_truth_in_place_of_networks_is_tracked_without_a_mistake(tmp_path, capsys):
    _walk(tmp_path / "data")
    assert _run(tmp_path) == 0
    rows = _rows(capsys.readouterr().out)
    assert rows[0] == ["truth", "1F", "100.0", "100.0", "0"]
    assert rows[1] == ["truth", "4F", "100.0", "100.0", "0"]
    assert [row[:2] for row in rows[2:]] == [["half blind", "1F"], ["half blind", "4F"]]
    assert float(rows[2][3]) < 100


def test_what_has_run_is_not_run_again_and_a_changed_setting_is(tmp_path, capsys):
    _walk(tmp_path / "data")
    _run(tmp_path)
    first = capsys.readouterr()
    assert first.err.count("000001_mpii_test") == 4
    _run(tmp_path)
    second = capsys.readouterr()
    assert "000001_mpii_test" not in second.err
    assert second.out == first.out
    _run(tmp_path, plan=PLAN.replace("seed = 3", "seed = 4"))
    assert capsys.readouterr().err.count("000001_mpii_test") == 2


def test_several_videos_run_side_by_side_with_the_same_result(tmp_path, capsys):
    for name in ("000001_mpii_test", "000002_mpii_test"):
        _walk(tmp_path / "data", name)
    _run(tmp_path)
    alone = capsys.readouterr().out
    (tmp_path / "out").rename(tmp_path / "before")
    _run(tmp_path, "--jobs", "2")
    assert capsys.readouterr().out == alone


def test_an_axis_can_be_spread_over_the_columns(tmp_path, capsys):
    _walk(tmp_path / "data")
    _run(tmp_path, plan='pivot = "detector"\n' + PLAN)
    shown = capsys.readouterr().out
    assert "MOTA Total truth" in shown
    assert "MOTA Total half blind" in shown
    assert [row[0] for row in _rows(shown)] == ["1F", "4F"]


def test_detectors_are_compared_at_thresholds(tmp_path, capsys):
    _walk(tmp_path / "data")
    plan = 'title = "d"\ntask = "detect"\ndata = "posetrack"\n[grid]\ndetector = ["truth"]\n'
    assert _run(tmp_path, plan=plan) == 0
    assert _rows(capsys.readouterr().out) == [["truth", *["100.0"] * 10]]


def test_stand_ins_make_the_stated_errors_and_the_same_each_time(tmp_path):
    plan = read_plan(_written(tmp_path, PLAN))
    video = find_videos(plan, _walk(tmp_path / "data", frames=200))[0]
    seen = noise.detections(video.boxes(), DetectorNoise(missed=0.3, ghosts=0.5, seed=1), "v")
    count = np.array([len(found) for found in seen.values()])
    assert count.mean() == pytest.approx(2 * 0.7 + 0.5, abs=0.15)
    again = noise.detections(video.boxes(), DetectorNoise(missed=0.3, ghosts=0.5, seed=1), "v")
    np.testing.assert_array_equal(seen[7].boxes, again[7].boxes)

    truth = video.poses()
    made = noise.poses(truth, PoseNoise(spread=0.02, seed=1), "v")
    size = np.sqrt(np.prod(truth[0].boxes[0, 2:] - truth[0].boxes[0, :2]))
    error = np.concatenate([made[i].keypoints - truth[i].keypoints for i in truth])
    assert error.std() == pytest.approx(0.02 * size, rel=0.05)
    gone = noise.poses(truth, PoseNoise(missed=1.0), "v")
    assert all(len(poses) == 0 for poses in gone.values())


def test_images_are_those_that_the_file_lists_and_time_is_their_number(tmp_path):
    """A folder may hold more images than are annotated, and a file may list every fourth."""
    data = _walk(tmp_path / "data")
    file = data / "000001_mpii_test.json"
    content = json.loads(file.read_text())
    for image in content["images"]:
        image["file_name"] = f"000001_mpii_test/{4 * image['id'] + 8:06d}.jpg"
    file.write_text(json.dumps(content))
    images = _images(tmp_path / "images", range(61))
    video = find_videos(read_plan(_written(tmp_path, PLAN)), data, images)[0]
    frames = list(video.frames())
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.time for frame in frames] == pytest.approx(np.arange(12) * 4 / 25)
    assert all(frame.image.shape == (320, 640, 3) for frame in frames)
    # The third is image 16: a person stands at 200 - 2 * 16.
    assert np.flatnonzero(frames[2].image[100, :, 0] > 127)[0] == 168
    blank = list(find_videos(read_plan(tmp_path / "plan.toml"), data)[0].frames())
    assert [frame.time for frame in blank] == [frame.time for frame in frames]


def test_the_truth_is_replayed_over_images_and_networks_see_them(
    tmp_path, capsys, monkeypatch, models_dir
):
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(models_dir))
    _walk(tmp_path / "data")
    images = _images(tmp_path / "images", range(12))
    plan = PLAN.replace('estimator = "truth"', 'estimator = "stand-in"').replace("[1, 4]", "4")
    plan += '[estimators.stand-in]\nspread = 0.01\n[networks]\nstand-in = "tinypose-128x96"\n'
    assert _run(tmp_path, plan=plan) == 0
    alone = _rows(capsys.readouterr().out)
    assert _run(tmp_path, "--images", str(images), plan=plan) == 0
    seen = capsys.readouterr()
    assert "tinypose-128x96" in seen.err
    assert alone[0][:3] == ["truth", "100.0", "100.0"]
    # Two rectangles are no people, so what the network sees in them is wrong.
    assert float(_rows(seen.out)[0][2]) < 50


def test_a_plan_can_name_configurations_of_its_own(tmp_path, capsys):
    """Without re-identification the lost get new ids; a changed setting is run again."""
    _walk(tmp_path / "data", frames=40)
    plan = PLAN.replace('["truth", "half blind"]', '"truth"').replace("[1, 4]", "4")
    plan = plan.replace('estimator = "truth"', 'estimator = "blinking"')
    plan = plan.replace('config = "paper"', 'config = ["default", "no memory"]')
    plan += "[estimators.blinking]\nmissed = 0.3\n[configs.'no memory'.reidentification]\n"
    plan += "max_lost_time = 0\nreacquire_time = 0\n"
    assert _run(tmp_path, plan=plan) == 0
    rows = {row[0]: int(row[3]) for row in _rows(capsys.readouterr().out)}
    assert rows["default"] < rows["no memory"]
    _run(tmp_path, plan=plan.replace("lost_time = 0\n", "lost_time = 5\n"))
    assert capsys.readouterr().err.count("000001_mpii_test") == 1


def test_tables_share_what_has_run(tmp_path, capsys):
    _walk(tmp_path / "data")
    _run(tmp_path)
    capsys.readouterr()
    assert _run(tmp_path, plan=PLAN.replace("A small table", "Another").replace("[1, 4]", "4")) == 0
    shown = capsys.readouterr()
    assert "000001_mpii_test" not in shown.err
    assert [row[0] for row in _rows(shown.out)] == ["truth", "half blind"]


def test_results_of_other_code_are_computed_again(tmp_path, capsys):
    _walk(tmp_path / "data")
    _run(tmp_path)
    for timing in (tmp_path / "out").glob("*/*.timing"):
        timing.write_text(json.dumps(json.loads(timing.read_text()) | {"data": "of last week"}))
    capsys.readouterr()
    _run(tmp_path)
    assert capsys.readouterr().err.count("000001_mpii_test") == 4


def test_a_change_of_any_file_of_the_package_makes_results_stale(tmp_path):
    package = tmp_path / "lighttrack"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(lighttrack.__file__).parent, package, ignore=ignored)
    before = package_digest(package)
    assert before == package_digest(package)
    modules = sorted(package.glob("*.py")) + [
        sorted(folder.rglob("*.py"))[-1] for folder in sorted(package.iterdir()) if folder.is_dir()
    ]
    assert len(modules) > 12
    for module in (*modules, package / "models" / "catalog.toml"):
        content = module.read_bytes()
        module.write_bytes(content + b"#")
        assert package_digest(package) != before, module
        module.write_bytes(content)
    (package / "networks" / "sgcn.py").rename(package / "networks" / "gcn.py")
    assert package_digest(package) != before


def test_changed_code_runs_a_cell_again(tmp_path):
    _walk(tmp_path / "data", frames=3)
    package = tmp_path / "src" / "lighttrack"
    shutil.copytree(Path(lighttrack.__file__).parent, package)
    plan = _written(tmp_path, PLAN.replace("[1, 4]", "4"))
    call = (
        "import sys, lighttrack.experiments as e; "
        "e.run_experiment(*sys.argv[1:3], output=sys.argv[3], progress=print)"
    )
    line = [sys.executable, "-c", call, str(plan), str(tmp_path / "data"), str(tmp_path / "out")]

    def cells_run():
        environment = os.environ | {"PYTHONPATH": str(package.parent)}
        done = subprocess.run(line, env=environment, capture_output=True, text=True, check=True)
        return len(done.stdout.splitlines())

    assert cells_run() == 2
    assert cells_run() == 0
    with (package / "render" / "colors.py").open("a") as module:
        module.write("# a change\n")
    assert cells_run() == 2


def test_python_gets_the_table_that_the_command_shows(tmp_path, capsys):
    _walk(tmp_path / "data")
    assert _run(tmp_path) == 0
    shown = capsys.readouterr().out
    steps = []
    made = run_experiment(
        tmp_path / "small.toml", tmp_path / "data", output=tmp_path / "other", progress=steps.append
    )
    assert made.to_markdown() in shown
    assert made.columns == ("Detector", "Interval", "AP Total", "MOTA Total", "switches")
    assert made.rows[0] == ("truth", "1F", 100.0, 100.0, 0)
    assert len(steps) == 4
    plan = read_plan(tmp_path / "small.toml")
    again = run_experiment(
        plan, tmp_path / "data", output=tmp_path / "other", progress=steps.append
    )
    assert (again, len(steps)) == (made, 4)


def test_the_former_name_of_images_works_with_a_note(tmp_path, capsys):
    _walk(tmp_path / "data")
    assert _run(tmp_path, "--pictures", str(_images(tmp_path / "images", range(12)))) == 0
    assert "--pictures is now called --images" in capsys.readouterr().err


def test_results_can_be_read_as_files_of_their_format(tmp_path):
    data = _walk(tmp_path / "data")
    assert _run(tmp_path) == 0
    truth = json.loads((data / "000001_mpii_test.json").read_text())
    paths = sorted((tmp_path / "out").glob("*/000001_mpii_test.posetrack.json"))
    assert len(paths) == 4
    for path in paths:
        assert json.loads(path.read_text())["images"] == truth["images"]
        assert len(read_tracks(path).frames) == 12


def test_another_truth_under_the_same_name_is_run_again(tmp_path, capsys):
    _walk(tmp_path / "data")
    _run(tmp_path)
    capsys.readouterr()
    _walk(tmp_path / "data", frames=13)
    _run(tmp_path)
    assert capsys.readouterr().err.count("000001_mpii_test") == 4


def _written(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_committed_experiment_can_be_read(path):
    plan = read_plan(path)
    assert len({plan.key(cell) for cell in plan.cells}) == len(plan.cells) > 1


def test_the_plan_that_the_page_shows_can_be_read(tmp_path):
    page = PLANS[0].parents[1] / "docs" / "evaluation.md"
    shown = page.read_text().split("```toml\n")[1].split("```")[0]
    plan = read_plan(_written(tmp_path, shown))
    assert {cell.config for cell in plan.cells} == {"default", "no re-identification"}
    assert plan.configs["no re-identification"] == {
        "base": "default",
        "reidentification": {"max_lost_time": 0, "reacquire_time": 0},
    }


def test_a_configuration_changes_its_base_and_the_grid_its_key_frames(tmp_path):
    plan = read_plan(
        _written(
            tmp_path,
            PLAN.replace('"paper"', '["paper", "dotted", "nested"]')
            + "[configs.dotted]\nmotion.predict = false\nkeyframes.min_gap = 0.25\n"
            + "[configs.nested]\nbase = 'paper'\nkeyframes = {min_gap = 0.25}\n",
        )
    )
    paper, dotted, nested = (plan.config(cell) for cell in plan.cells[3:6])
    axes = {"interval": 4, "mode": "fixed"}
    assert paper == TrackerConfig.paper().changed({"keyframes": axes})
    assert dotted == TrackerConfig().changed(
        {"motion": {"predict": False}, "keyframes": {"min_gap": 0.25, **axes}}
    )
    assert nested == TrackerConfig.paper().changed({"keyframes": {"min_gap": 0.25, **axes}})


def test_settings_by_their_former_names_are_read_with_a_warning(tmp_path, caplog):
    plan = read_plan(_written(tmp_path, PLAN + "[configs.old]\nmotion = false\nmemory = 0\n"))
    assert plan.configs["old"] == {
        "base": "default",
        "motion": {"predict": False},
        "reidentification": {"max_lost_time": 0},
    }
    assert "memory of plans is now called reidentification.max_lost_time" in caplog.text


def test_networks_take_the_place_of_stand_ins_where_there_are_images():
    plan = read_plan(next(path for path in PLANS if path.stem == "table-4"))
    named = plan.with_networks()
    assert named.cells[0] == Cell("rtmdet-nano-person", "tinypose-256x192")
    assert {cell.detector for cell in named.cells} == {"rtmdet-nano-person", "truth"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("title", "titel"), "unknown key 'titel'; known: title, task, data"),
        (('title = "A small table"', ""), "'title' is missing"),
        (('"posetrack"', '"coco"'), "data must be one of posetrack, mot, got 'coco'"),
        (("interval = [1, 4]", "interval = [0]"), "interval must be a whole number from 1, got 0"),
        (("interval", "intervall"), "unknown axis of the grid 'intervall'"),
        (('config = "paper"', 'config = "best"'), "config must be one of paper, default"),
        (("interval = [1, 4]", "interval = []"), "interval must name one or more"),
        (('estimator = "truth"', "estimator = 3"), "estimator must be a name, got 3"),
        (("missed = 0.5", 'missed = "half"'), "missed must be a number from 0, got 'half'"),
        (('[detectors."half blind"]', "[detectors]"), "must be a table of settings, got 0.5"),
        (("[grid]", "stride = 0\n[grid]"), "stride must be larger than 0, got 0"),
        (("[grid]", 'videos = "x"\n[grid]'), "videos must be a list of names, got 'x'"),
        (('"switches"', "3"), "columns and videos must be lists of names, got 3 in one"),
        (('"switches"', '"switchs"'), "unknown column 'switchs'; known: ap after:Ankl, "),
        (("[grid]", "configs.own = 3\n[grid]"), "configs.own must be a table of settings, got 3"),
        (("[grid]", "configs.own.colour = 1\n[grid]"), "own: unknown group of settings 'colour'"),
        (("[grid]", "configs.own.motion.x = 1\n[grid]"), "own: unknown setting motion.x; known"),
        (
            ("[grid]", "configs.own.keyframes.min_gap = true\n[grid]"),
            "own: keyframes.min_gap must be a number, got True",
        ),
        (
            ("[grid]", "configs.own.keyframes.min_gap = 2\n[grid]"),
            "own: keyframes.min_gap must be at most 1, got 2",
        ),
        (
            ("[grid]", "configs.own.keyframes.interval = 2\n[grid]"),
            "own: keyframes.interval is the axis 'interval' of the grid, not a setting",
        ),
        (("[grid]", 'configs.own.base = "x"\n[grid]'), "own.base must be one of paper, default"),
        (("missed", "blind"), "unknown setting of detectors 'blind'; known: jitter"),
        (("[grid]", "[grid"), "not TOML"),
        (('"truth", "half', '"other", "half'), "the network 'other' needs images"),
    ],
)
def test_a_faulty_plan_is_named(tmp_path, capsys, change, message):
    _walk(tmp_path / "data")
    assert _run(tmp_path, plan=PLAN.replace(*change)) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "000001_mpii_test.json: not JSON"),
        (
            '{"annolist": [{"image": [{"name": "a/1.jpg"}], "annorect": []}]}',
            "000001_mpii_test.json: experiments need the layout of PoseTrack18 or 21",
        ),
    ],
)
def test_a_truth_that_cannot_be_used_is_named(tmp_path, capsys, text, message):
    _walk(tmp_path / "data")
    (tmp_path / "data" / "000001_mpii_test.json").write_text(text)
    assert _run(tmp_path) == 1
    assert message in capsys.readouterr().err


def test_missing_data_is_named(tmp_path, capsys):
    assert _run(tmp_path) == 1
    assert "no such folder" in capsys.readouterr().err
    (tmp_path / "data").mkdir()
    assert _run(tmp_path) == 1
    assert "no NAME.json is in this folder" in capsys.readouterr().err
    _walk(tmp_path / "data")
    assert _run(tmp_path, "--jobs", "0") == 1
    assert "jobs must be 1 or more" in capsys.readouterr().err
    assert _run(tmp_path, plan='videos = ["x"]\n' + PLAN) == 1
    assert "lacks x; it has 000001_mpii_test" in capsys.readouterr().err
    assert _run(tmp_path, "--images", str(tmp_path)) == 1
    expected = "000001_mpii_test.json: 12 of its 12 images are missing, the first is "
    assert expected in capsys.readouterr().err
