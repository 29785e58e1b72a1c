"""Tables of experiments."""

from experiment_walk import PLAN, rows_of, run, walk


def test_an_axis_can_be_spread_over_the_columns(tmp_path, capsys):
    walk(tmp_path / "data")
    run(tmp_path, plan='pivot = "detector"\n' + PLAN)
    shown = capsys.readouterr().out
    assert "MOTA Total truth" in shown
    assert "MOTA Total half blind" in shown
    assert [row[0] for row in rows_of(shown)] == ["1F", "4F"]


def test_detectors_are_compared_at_thresholds(tmp_path, capsys):
    walk(tmp_path / "data")
    plan = 'title = "d"\ntask = "detect"\ndata = "posetrack"\n[grid]\ndetector = ["truth"]\n'
    assert run(tmp_path, plan=plan) == 0
    assert rows_of(capsys.readouterr().out) == [["truth", *["100.0"] * 10]]
