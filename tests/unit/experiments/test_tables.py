"""Tables of experiments."""

from experiment_walk import PLAN, rows_of, run, walk, written

from lighttrack.experiments import read_plan, run_experiment
from lighttrack.experiments.tables import described


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


def test_published_rows_stand_below_ours_with_their_source(tmp_path):
    walk(tmp_path / "data")
    text = PLAN + '[[published]]\nname = "paper: CPN101"\nsource = "Table 4"\n'
    text += 'figures = { "mota:Total" = 60.0 }\n'
    plan = read_plan(written(tmp_path, text))
    made = run_experiment(plan, tmp_path / "data", output=tmp_path / "out")
    assert made.columns[-1] == "Source"
    assert [row[-1] for row in made.rows] == ["this run"] * 4 + ["Table 4"]
    assert made.rows[-1] == ("paper: CPN101", "", None, 60.0, None, "Table 4")


def test_published_rows_follow_the_pivot(tmp_path):
    walk(tmp_path / "data")
    text = 'pivot = "detector"\n' + PLAN + '[[published]]\nname = "paper"\nsource = "Table 5"\n'
    text += 'figures = { "mota:Total" = [68.2, 72.0] }\n'
    plan = read_plan(written(tmp_path, text))
    made = run_experiment(plan, tmp_path / "data", output=tmp_path / "out")
    column = made.columns.index("MOTA Total truth")
    assert made.rows[-1][column : column + 2] == (68.2, 72.0)


def test_the_title_says_the_protocol(tmp_path):
    text = PLAN.replace("[grid]", '[grid]\nmode = "both"')
    plan = read_plan(written(tmp_path, 'scoring = "strict"\ndrop_below = 0.4\n' + text))
    assert described(plan) == (
        "A small table (key frames: both; strict scoring of labelled frames; MOTA, IDF1 and HOTA "
        "without keypoints below 0.4, AP with them)"
    )


def test_dropping_keypoints_is_for_mota_and_the_ap_before_stays(tmp_path):
    """An estimator whose lost keypoints score low: without them MOTA rises."""
    walk(tmp_path / "data", frames=40)
    text = PLAN.replace('["truth", "half blind"]', '"truth"').replace("[1, 4]", "4")
    text = text.replace('estimator = "truth"', 'estimator = "scattered"')
    text = text.replace('"switches"]', '"ap after:Total"]')
    text += "[estimators.scattered]\nlost = 0.3\n"
    rows = [
        run_experiment(
            read_plan(written(tmp_path, drop + text)), tmp_path / "data", output=tmp_path / "out"
        ).rows[0]
        for drop in ("", "drop_below = 0.4\n")
    ]
    assert rows[0][1] == rows[1][1]
    assert rows[0][3] == rows[0][1]
    assert rows[1][2] > rows[0][2] + 20


def test_the_whole_system_is_timed_with_and_without_its_networks(tmp_path):
    walk(tmp_path / "data")
    text = PLAN.replace(
        '["ap:Total", "mota:Total", "switches"]',
        '["fps", "fps*", "fps**", "posed", "people/frame", "ms/person", "ms/person network"]',
    )
    plan = read_plan(written(tmp_path, text))
    made = run_experiment(plan, tmp_path / "data", output=tmp_path / "out")
    assert made.columns[2:] == (
        "frames/s", "frames/s*", "frames/s**", "people posed", "people a frame", "ms a person",
        "ms network",
    )  # fmt: skip
    for row in made.rows:
        assert row[2] < row[3] < row[4]
    assert made.rows[0][5:7] == (24, 2.0)
    assert made.rows[0][7] > 0
    assert made.rows[0][8] is None  # a stand-in has no network


def test_a_network_of_ones_own_is_named_by_its_run_and_known_by_its_content(tmp_path):
    """Not by its path, which would put the results beside it, and would not see it change."""
    from lighttrack.experiments.plan import Cell, Plan

    network = tmp_path / "fpn" / "model.onnx"
    network.parent.mkdir()
    network.write_bytes(b"weights")
    cell = Cell(str(network))
    plan = Plan("t", "detect", "posetrack", (cell,), ())
    first = plan.key(cell)
    assert first.startswith("fpn-model-truth-1f-")
    assert "/" not in first
    network.with_suffix(".toml").write_text('kind = "yolov3"')
    assert plan.key(cell) != first
    assert plan.key(Cell("rtmdet-nano-person")).startswith("rtmdet-nano-person-truth-")
