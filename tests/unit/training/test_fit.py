import json
from dataclasses import replace

import numpy as np
import pytest

from lighttrack.matching import PoseMatcher
from lighttrack.matching.network import Weights
from lighttrack.structures import Poses
from lighttrack.structures.skeletons import COCO_17
from lighttrack.training.recipes import RECIPES, NetworkConfig

_SMALL = replace(
    RECIPES["default"], network=NetworkConfig(width=8, dimensions=16), epochs=2, steps=6, batch=8
)


@pytest.fixture(scope="module")
def run(torch, motion_folder):
    from lighttrack.training.prepare import mocap_run

    def make(**changes):
        recipe = changes.pop("recipe", _SMALL)
        return mocap_run(
            motion_folder, recipe, about={"command": "a test"}, validation_sequences=6, **changes
        )

    return make


@pytest.fixture(scope="module")
def trained(run, tmp_path_factory):
    from lighttrack.training.fit import fit

    output = tmp_path_factory.mktemp("pose")
    reports = []
    weights = fit(run(), output, device="cpu", threads=1, report=reports.append)
    return weights, reports


def _poses():
    points = np.random.default_rng(0).normal(size=(3, 17, 2)) * 50
    return Poses(COCO_17, points, np.ones((3, 17)), np.zeros((3, 4)), np.ones(3))


def test_a_run_leaves_weights_that_match_poses(trained):
    weights, _ = trained
    distances = PoseMatcher(weights).distances(_poses(), _poses())
    np.testing.assert_allclose(np.diag(distances), 0, atol=1e-3)
    assert (distances[~np.eye(3, dtype=bool)] > 0.01).all()


def test_a_run_records_everything_that_is_needed_to_repeat_it(trained):
    weights, reports = trained
    recorded = json.loads((weights.parent / "run.json").read_text())
    assert recorded["recipe"]["steps"] == 6
    assert recorded["seed"] == 0
    assert recorded["command"] == "a test"
    assert len(recorded["data"]["sha256"]) == 64
    assert PoseMatcher(weights).card["data"] == recorded["data"]
    curves = json.loads((weights.parent / "curves.json").read_text())
    assert [epoch["loss"] for epoch in curves] == [epoch.loss for epoch in reports]


def test_the_same_run_gives_the_same_weights(run, trained, tmp_path):
    from lighttrack.training.fit import fit

    again = fit(run(), tmp_path / "again", device="cpu", threads=1)
    poses = _poses()
    np.testing.assert_array_equal(
        PoseMatcher(again).embed(poses), PoseMatcher(trained[0]).embed(poses)
    )


def test_an_interrupted_run_goes_on_to_the_same_end(run, trained, tmp_path):
    from lighttrack.training.fit import fit

    class Interrupted(Exception):
        pass

    def stop(epoch):
        raise Interrupted

    output = tmp_path / "interrupted"
    with pytest.raises(Interrupted):
        fit(run(), output, device="cpu", threads=1, report=stop)
    reports = []
    weights = fit(run(), output, resume=True, device="cpu", threads=1, report=reports.append)
    assert [epoch.number for epoch in reports] == [2]
    np.testing.assert_array_equal(
        PoseMatcher(weights).embed(_poses()), PoseMatcher(trained[0]).embed(_poses())
    )


def test_a_run_is_not_overwritten_and_not_mixed_with_another(run, trained):
    from lighttrack.training.fit import fit

    output = trained[0].parent
    with pytest.raises(FileExistsError, match="holds a training run already"):
        fit(run(), output, device="cpu")
    with pytest.raises(ValueError, match="holds another run"):
        fit(run(seed=1), output, resume=True, device="cpu")


def test_training_stops_when_nothing_gets_better(run, tmp_path):
    from lighttrack.training.fit import fit

    recipe = replace(_SMALL, epochs=30, steps=1, learning_rate=1e-12, patience=2)
    reports = []
    fit(run(recipe=recipe), tmp_path / "still", device="cpu", threads=1, report=reports.append)
    assert len(reports) < 30


def test_the_papers_recipe_trains_on_single_pairs_of_coordinates(run, tmp_path):
    from lighttrack.training.fit import fit

    paper = replace(RECIPES["paper"], epochs=1, steps=3)
    reports = []
    weights = fit(
        run(recipe=paper), tmp_path / "paper", device="cpu", threads=1, report=reports.append
    )
    assert 0 < reports[0].loss < 1
    assert Weights.read(weights).pose.channels == 2
    recorded = PoseMatcher(weights).card["recipe"]
    assert (recorded["momentum"], recorded["optimizer"], recorded["batch"]) == (0.9, "sgd", 32)
    assert (
        run(recipe=RECIPES["paper"]).recipe.steps
        == run(recipe=RECIPES["paper"]).source.steps_per_pass
    )
