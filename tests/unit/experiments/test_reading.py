"""Plans of experiments: what can be read, and what is refused."""

import pytest
from experiment_walk import PLAN, ROOT, rows_of, run, walk, written

from lighttrack.experiments.plan import Cell
from lighttrack.experiments.reading import read_plan
from lighttrack.experiments.tables import require_columns
from lighttrack.tracking import TrackerConfig

PLANS = sorted((ROOT / "experiments").glob("*.toml"))


def test_the_papers_tables_follow_one_protocol():
    """The same cell reads the same in every table: one scoring, one threshold, one mode."""
    plans = [read_plan(path) for path in PLANS if path.stem.startswith("table-")]
    tracked = [plan for plan in plans if plan.task == "track"]
    assert [plan.task for plan in plans] == ["pairs", "detect", *["track"] * 4]
    assert {(plan.scoring, plan.drop_below) for plan in tracked} == {("official", 0.5)}
    assert {cell.mode for plan in tracked for cell in plan.cells} == {"both"}
    assert all(plan.published for plan in plans)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_committed_experiment_can_be_read(path):
    plan = read_plan(path)
    require_columns(plan)
    if plan.task == "pairs":
        return
    assert len({plan.key(cell) for cell in plan.cells}) == len(plan.cells) > 1


def test_the_plan_that_the_page_shows_can_be_read(tmp_path):
    page = ROOT / "docs" / "evaluation.md"
    shown = page.read_text().split("```toml\n")[1].split("```")[0]
    plan = read_plan(written(tmp_path, shown))
    assert {cell.config for cell in plan.cells} == {"default", "no re-identification"}
    assert plan.configs["no re-identification"] == {
        "base": "default",
        "reidentification": {"max_lost_time": 0, "reacquire_time": 0},
    }


def test_a_plan_can_name_configurations_of_its_own(tmp_path, capsys):
    """Without re-identification the lost get new ids; a changed setting is run again."""
    walk(tmp_path / "data", frames=40)
    plan = PLAN.replace('["truth", "half blind"]', '"truth"').replace("[1, 4]", "4")
    plan = plan.replace('estimator = "truth"', 'estimator = "blinking"')
    plan = plan.replace('config = "paper"', 'config = ["default", "no memory"]')
    plan += "[estimators.blinking]\nmissed = 0.3\n[configs.'no memory'.reidentification]\n"
    plan += "max_lost_time = 0\nreacquire_time = 0\n"
    assert run(tmp_path, plan=plan) == 0
    rows = {row[0]: int(row[3]) for row in rows_of(capsys.readouterr().out)}
    assert rows["default"] < rows["no memory"]
    run(tmp_path, plan=plan.replace("lost_time = 0\n", "lost_time = 5\n"))
    assert capsys.readouterr().err.count("000001_mpii_test") == 1


def test_a_configuration_changes_its_base_and_the_grid_its_key_frames(tmp_path):
    plan = read_plan(
        written(
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
    plan = read_plan(written(tmp_path, PLAN + "[configs.old]\nmotion = false\nmemory = 0\n"))
    assert plan.configs["old"] == {
        "base": "default",
        "motion": {"predict": False},
        "reidentification": {"max_lost_time": 0},
    }
    assert "memory of plans is now called reidentification.max_lost_time" in caplog.text


def test_networks_take_the_place_of_stand_ins_where_there_are_images():
    plan = read_plan(next(path for path in PLANS if path.stem == "table-4"))
    named = plan.with_networks()
    assert named.cells[0] == Cell("rtmdet-nano-person", "tinypose-128x96", mode="both")
    assert {cell.detector for cell in named.cells} == {"rtmdet-nano-person", "truth"}


def test_a_threshold_makes_no_difference_to_matchers_that_have_none(tmp_path):
    grid = '[grid]\nassociation = ["spatial", "spatial+anybody", "spatial+gcn"]\n'
    grid += 'threshold = ["default", 1.0]\n'
    plan = read_plan(written(tmp_path, PLAN.replace("[grid]", grid).replace("[1, 4]", "4")))
    cells = [(c.association, c.threshold) for c in plan.cells if c.detector == "truth"]
    assert cells == [
        ("spatial", None), ("spatial+anybody", None), ("spatial+gcn", None), ("spatial+gcn", 1.0),
    ]  # fmt: skip


def test_a_matcher_is_named_by_its_association_or_by_itself_with_one_result(tmp_path):
    one = PLAN.replace("[1, 4]", "4").replace('["truth", "half blind"]', '"truth"')
    by_association = one.replace("[grid]", '[grid]\nassociation = "spatial+gcn"')
    by_name = one.replace("[grid]", '[grid]\nmatcher = "sgcn"')
    keys = set()
    for text in (by_association, by_name):
        plan = read_plan(written(tmp_path, text))
        keys |= {plan.key(cell) for cell in plan.cells}
    assert len(keys) == 1


def test_a_file_of_weights_is_a_matcher_and_other_weights_are_another_cell(tmp_path):
    weights = tmp_path / "pose.safetensors"
    text = PLAN.replace("[1, 4]", "4").replace(
        "[grid]", f'[grid]\nassociation = "spatial+gcn"\nmatcher = "{weights}"\nthreshold = 0.8'
    )
    keys = set()
    for content in (b"one", b"other"):
        weights.write_bytes(content)
        plan = read_plan(written(tmp_path, text))
        assert (plan.cells[0].pose_matcher, plan.cells[0].threshold) == (str(weights), 0.8)
        keys.add(plan.key(plan.cells[0]))
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("title", "titel"), "unknown key 'titel'; known: title, task, data"),
        (('title = "A small table"', ""), "'title' is missing"),
        (('"posetrack"', '"coco"'), "data must be one of posetrack, mot, got 'coco'"),
        (("interval = [1, 4]", "interval = [0]"), "interval must be a whole number from 1, got 0"),
        (("interval", "intervall"), "unknown axis of the grid 'intervall'"),
        (('config = "paper"', 'config = "best"'), "config must be one of paper, default"),
        (("[grid]", 'scoring = "mild"\n[grid]'), "scoring must be one of official, strict"),
        (("[grid]", 'task = "pairs"\n[grid]'), "task 'pairs' has no grid"),
        (("[grid]", "published = [3]\n[grid]"), "published must be tables [[published]]"),
        (
            ("[grid]", '[[published]]\nname = "x"\nfigures = {}\n[grid]'),
            "a published row needs name, source and figures; lacks source",
        ),
        (
            ("[grid]", '[[published]]\nname="x"\nsource="y"\nfigures={ap=1}\n[grid]'),
            "unknown column 'ap'; known: ap after:Ankl",
        ),
        (("[grid]", "[grid]\nthreshold = 0"), "threshold must be a number above 0 or 'default'"),
        (
            ("[grid]", '[grid]\nassociation = "spatial+gcn"\nthreshold = 3'),
            "threshold must be at most 2 for a network, got 3",
        ),
        (
            ("[grid]", '[grid]\nmatcher = "gone.safetensors"'),
            "matcher must be one of none, anybody, euclidean, sgcn or a file of weights, got 'gone",
        ),
        (
            ("[grid]", '[grid]\nassociation = "spatial"\nmatcher = "sgcn"'),
            "association 'spatial' and matcher 'sgcn' contradict one another",
        ),
        (("[grid]", '[grid]\ncamera = "falls"'), "camera must be one of still, jumps, pans, zooms"),
        (
            (
                'data = "posetrack"\ncolumns = ["ap:Total", "mota:Total", "switches"]\n\n[grid]',
                'data = "mot"\n[grid]\ncamera = "jumps"',
            ),
            "a camera moves ground truth with poses",
        ),
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
    walk(tmp_path / "data")
    assert run(tmp_path, plan=PLAN.replace(*change)) == 1
    assert message in capsys.readouterr().err
