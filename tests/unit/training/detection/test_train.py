"""Training from folders to a detector that tracks, resumed; and 16 pictures learnt by heart."""

import json
import subprocess
import sys

import numpy as np
import pytest
from labelled_people import coco_folder

from lighttrack.cli.app import main
from lighttrack.models import build_detector
from lighttrack.training.detection import train_detector
from lighttrack.training.pose.crops import read_image

RECIPE = """
input_size = {size}
batch = 4
weight_decay = 0.0
{more}
[network]
family = "{family}"
depth = 18
normalisation = "group"
smallest_anchor = 12
judged = 64
{sizes}
[augmentation]
scale = 0
flipped = 0
brightness = 0
[[stages]]
epochs = {epochs}
learning_rate = 1e-3
decay = "cosine"
warm_up = 10
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    sizes = "width = 32\nbins = 3\nproposals = 20"
    text = RECIPE.format(
        size=64, family="deformable-rfcn", sizes=sizes, epochs=3, more="average = 0.5"
    )
    path.write_text(text.replace("scale = 0", "scale = 0.2"))
    return path


@pytest.fixture
def options(recipe, pictures):
    return {"recipe": recipe, "coco": [pictures], "device": "cpu", "threads": 1}


def _words(recipe, pictures, output, *more):
    words = ["train", "detector", "--recipe", str(recipe), "--coco", str(pictures)]
    return [*words, "--output", str(output), "--device", "cpu", "--threads", "1", *more]


@pytest.fixture(scope="module")
def finished(detection_packages, recipe, pictures, tmp_path_factory):
    """A run by the command line."""
    output = tmp_path_factory.mktemp("runs") / "run"
    assert main(_words(recipe, pictures, output)) == 0
    return output


def test_a_run_leaves_a_network_its_contract_a_page_and_curves(finished):
    assert {path.name for path in finished.iterdir()} >= {
        "model.onnx", "model.toml", "model.pt", "report.html", "curves.json", "run.json",
        "checkpoint.pt", "best.pt",
    }  # fmt: skip
    curves = json.loads((finished / "curves.json").read_text())
    assert [epoch["number"] for epoch in curves] == [1, 2, 3]
    run = json.loads((finished / "run.json").read_text())
    assert run["command"].startswith("lighttrack")
    assert run["images"] == {"train": {"0: coco": 4}, "val": {"0: coco": 4}}
    assert "AP50" in (finished / "report.html").read_text()


class _Interrupted(Exception):
    pass


def test_an_interrupted_run_resumes_to_the_same_weights(
    detection_packages, options, finished, tmp_path
):
    torch = detection_packages

    def stop_after_one(line):
        if line.startswith("epoch 1 "):
            raise _Interrupted

    with pytest.raises(_Interrupted):
        train_detector(tmp_path / "run", **options, progress=stop_after_one)
    lines = []
    train_detector(tmp_path / "run", **options, resume=True, progress=lines.append)
    assert [line.split(":")[0] for line in lines if line.startswith("epoch")] == [
        "epoch 2 of 3", "epoch 3 of 3",
    ]  # fmt: skip
    whole, resumed = (
        torch.load(folder / "checkpoint.pt", weights_only=True)["network"]
        for folder in (finished, tmp_path / "run")
    )
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name
    with pytest.raises(ValueError, match="holds another run: its data, recipe or seed differ"):
        train_detector(tmp_path / "run", **options, resume=True, seed=1)
    with pytest.raises(FileExistsError, match="holds a training run already"):
        train_detector(tmp_path / "run", **options)


def test_wrong_data_are_explained(detection_packages, recipe, tmp_path, capsys):
    words = ["train", "detector", "--recipe", str(recipe), "--output", str(tmp_path / "run")]
    assert main(words) == 1
    assert "give at least one folder with --coco" in capsys.readouterr().err
    assert main([*words, "--coco", str(tmp_path)]) == 1
    assert "has instances_train*.json or person_keypoints_train*.json" in capsys.readouterr().err


def test_help_needs_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from lighttrack.cli.app import main; sys.exit(main(['train', 'detector', '--help']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "--coco" in done.stdout


def test_without_torch_one_sentence_names_the_extra(tmp_path, pictures, capsys, monkeypatch):
    from lighttrack.training import packages

    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    assert main(["train", "detector", "--coco", str(pictures), "-o", str(tmp_path / "run")]) == 1
    assert "pip install 'lighttrack[train]'" in capsys.readouterr().err


def test_sixteen_pictures_are_learnt_by_heart(detection_packages, tmp_path):
    """By the Deformable FPN; R-FCN takes longer: `benchmarks/training/detectors.py --overfit`."""
    sizes = "width = 32\nhidden = 64\nproposals = 60"
    recipe = tmp_path / "overfit.toml"
    recipe.write_text(
        RECIPE.format(size=96, family="deformable-fpn", sizes=sizes, epochs=9, more="")
    )
    folder = coco_folder(tmp_path / "pictures", images=16)
    lines = []
    path = train_detector(
        tmp_path / "run", recipe=recipe, coco=[folder], device="cpu", threads=1,
        progress=lines.append,
    )  # fmt: skip
    assert float(lines[-1].split("AP50 ")[1].split(";")[0]) > 95, lines
    # The exported file finds both people, and nothing else, from its own threshold on.
    people = build_detector(str(path), threads=1)(read_image(folder / "images" / "000001.png"))
    assert (people.scores >= build_detector(str(path)).score_threshold).sum() == 2
    assert np.isfinite(people.boxes).all()
