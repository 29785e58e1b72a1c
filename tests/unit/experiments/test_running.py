"""Running: results, what is not run again, and what is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from experiment_walk import PLAN, rows_of, run, walk, written

import lighttrack
from lighttrack.experiments.running import package_digest
from lighttrack.formats import read_tracks


def test_the_truth_in_place_of_networks_is_tracked_without_a_mistake(tmp_path, capsys):
    walk(tmp_path / "data")
    assert run(tmp_path) == 0
    rows = rows_of(capsys.readouterr().out)
    assert rows[0] == ["truth", "1F", "100.0", "100.0", "0"]
    assert rows[1] == ["truth", "4F", "100.0", "100.0", "0"]
    assert [row[:2] for row in rows[2:]] == [["half blind", "1F"], ["half blind", "4F"]]
    assert float(rows[2][3]) < 100


def test_what_has_run_is_not_run_again_and_a_changed_setting_is(tmp_path, capsys):
    walk(tmp_path / "data")
    run(tmp_path)
    first = capsys.readouterr()
    assert first.err.count("000001_mpii_test") == 4
    run(tmp_path)
    second = capsys.readouterr()
    assert "000001_mpii_test" not in second.err
    assert second.out == first.out
    run(tmp_path, plan=PLAN.replace("seed = 3", "seed = 4"))
    assert capsys.readouterr().err.count("000001_mpii_test") == 2


def test_several_videos_run_side_by_side_with_the_same_result(tmp_path, capsys):
    for name in ("000001_mpii_test", "000002_mpii_test"):
        walk(tmp_path / "data", name)
    run(tmp_path)
    alone = capsys.readouterr().out
    (tmp_path / "out").rename(tmp_path / "before")
    run(tmp_path, "--jobs", "2")
    assert capsys.readouterr().out == alone


def test_tables_share_what_has_run(tmp_path, capsys):
    walk(tmp_path / "data")
    run(tmp_path)
    capsys.readouterr()
    assert run(tmp_path, plan=PLAN.replace("A small table", "Another").replace("[1, 4]", "4")) == 0
    shown = capsys.readouterr()
    assert "000001_mpii_test" not in shown.err
    assert [row[0] for row in rows_of(shown.out)] == ["truth", "half blind"]


def test_results_of_other_code_are_computed_again(tmp_path, capsys):
    walk(tmp_path / "data")
    run(tmp_path)
    for timing in (tmp_path / "out").glob("*/*.timing"):
        timing.write_text(json.dumps(json.loads(timing.read_text()) | {"data": "of last week"}))
    capsys.readouterr()
    run(tmp_path)
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
    walk(tmp_path / "data", frames=3)
    package = tmp_path / "src" / "lighttrack"
    shutil.copytree(Path(lighttrack.__file__).parent, package)
    plan = written(tmp_path, PLAN.replace("[1, 4]", "4"))
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


def test_another_truth_under_the_same_name_is_run_again(tmp_path, capsys):
    walk(tmp_path / "data")
    run(tmp_path)
    capsys.readouterr()
    walk(tmp_path / "data", frames=13)
    run(tmp_path)
    assert capsys.readouterr().err.count("000001_mpii_test") == 4


def test_results_can_be_read_as_files_of_their_format(tmp_path):
    data = walk(tmp_path / "data")
    assert run(tmp_path) == 0
    truth = json.loads((data / "000001_mpii_test.json").read_text())
    paths = sorted((tmp_path / "out").glob("*/000001_mpii_test.posetrack.json"))
    assert len(paths) == 4
    for path in paths:
        assert json.loads(path.read_text())["images"] == truth["images"]
        assert len(read_tracks(path).frames) == 12
