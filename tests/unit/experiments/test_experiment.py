"""From a plan to a table, in Python and by the command."""

import pytest
from experiment_walk import run, walk, walk_images

from lighttrack.experiments import run_experiment
from lighttrack.experiments.reading import read_plan


def test_python_gets_the_table_that_the_command_shows(tmp_path, capsys):
    walk(tmp_path / "data")
    assert run(tmp_path) == 0
    shown = capsys.readouterr().out
    steps = []
    made = run_experiment(
        tmp_path / "small.toml", tmp_path / "data", output=tmp_path / "other", progress=steps.append
    )
    assert made.to_markdown() in shown
    assert made.columns == ("Detector", "Interval", "AP Total", "MOTA Total", "switches")
    assert made.rows[0] == ("truth", "1F", pytest.approx(100), 100.0, 0)
    assert len(steps) == 4
    plan = read_plan(tmp_path / "small.toml")
    again = run_experiment(
        plan, tmp_path / "data", output=tmp_path / "other", progress=steps.append
    )
    assert (again, len(steps)) == (made, 4)


def test_the_former_name_of_images_works_with_a_note(tmp_path, capsys):
    walk(tmp_path / "data")
    assert run(tmp_path, "--pictures", str(walk_images(tmp_path / "images", range(12)))) == 0
    assert "--pictures is now called --images" in capsys.readouterr().err
