"""Training from folders to a network that tracks, resumed, and by several processes."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from requirements import required_module

from lighttrack.cli.app import main
from lighttrack.models import build_estimator
from lighttrack.structures import Regions
from lighttrack.training.pose import train_pose

RECIPE = """
input_size = [32, 64]
batch = 8
loss = "cross-entropy"
sigmas = [1.0]
average = 0.9
[network]
family = "encoder-decoder"
widths = [8, 16]
[[stages]]
epochs = 3
learning_rate = 2e-3
decay = "cosine"
[[stages]]
epochs = 1
data = "posetrack"
hardest = 7
learning_rate = 1e-3
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def options(recipe, drawn, drawn_posetrack):
    return {"recipe": recipe, "coco": [drawn], "posetrack": [drawn_posetrack],
            "device": "cpu", "threads": 1}  # fmt: skip


def _words(recipe, drawn, drawn_posetrack, output, *more):
    words = [
        "train",
        "pose",
        "--recipe",
        str(recipe),
        "--coco",
        str(drawn),
        "--output",
        str(output),
    ]
    return [*words, "--posetrack", str(drawn_posetrack), "--device", "cpu", "--threads", "1", *more]


def _weights(torch, folder):
    return torch.load(folder / "best.pt", weights_only=True)


@pytest.fixture(scope="module")
def finished(training_packages, recipe, drawn, drawn_posetrack, tmp_path_factory):
    """A run by the command line."""
    output = tmp_path_factory.mktemp("runs") / "run"
    assert main(_words(recipe, drawn, drawn_posetrack, output)) == 0
    return output


def test_a_run_leaves_a_network_its_contract_a_page_and_curves(finished):
    assert {path.name for path in finished.iterdir()} >= {
        "model.onnx", "model.toml", "report.html", "curves.json", "run.json", "checkpoint.pt",
        "best.pt",
    }  # fmt: skip
    curves = json.loads((finished / "curves.json").read_text())
    assert [epoch["stage"] for epoch in curves] == [1, 1, 1, 2]
    assert all(0 <= epoch["ap"] <= 1 for epoch in curves)
    run = json.loads((finished / "run.json").read_text())
    assert run["command"].startswith("lighttrack")
    assert run["people"] == {
        "train": {"0: coco": 8, "1: posetrack": 2},
        "val": {"0: coco": 8, "1: posetrack": 2},
    }
    page = (finished / "report.html").read_text()
    assert page.count("<figure>") == 8
    assert "OKS-AP" in page


def test_the_network_is_a_pose_estimator_at_once(finished, drawn):
    from lighttrack.training.pose.crops import read_image

    estimator = build_estimator(str(finished / "model.onnx"), threads=1)
    assert estimator.skeleton.name == "posetrack-15"
    assert 0 < estimator.tracked_threshold < 1
    image = read_image(drawn / "images" / "000001.png")
    poses = estimator(image, Regions.of(np.array([[20, 10, 80, 140], [90, 10, 150, 140]])))
    assert poses.keypoints.shape == (2, 15, 2)


def test_torch_openvino_and_onnx_runtime_agree(training_packages, finished, recipe):
    runtime = required_module("onnxruntime", "TRAINING")
    import openvino

    from lighttrack.networks.families import pose_network
    from lighttrack.networks.heat_maps import HeatMaps

    torch = training_packages
    network = pose_network("encoder-decoder", 15, widths=[8, 16])
    network.load_state_dict(_weights(torch, finished))
    whole = HeatMaps(network, loss="cross-entropy", sigma=1.0).eval()
    images = torch.rand(3, 3, 64, 32, generator=torch.Generator().manual_seed(0)) * 4 - 2
    with torch.no_grad():
        expected = whole(images).numpy()
    path = str(finished / "model.onnx")
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    [by_runtime] = session.run(None, {session.get_inputs()[0].name: images.numpy()})
    by_openvino = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    np.testing.assert_allclose(by_runtime, expected, atol=1e-4)
    np.testing.assert_allclose(by_openvino(images.numpy())[0], expected, atol=1e-4)


class _Interrupted(Exception):
    pass


def test_an_interrupted_run_resumes_to_the_same_weights(
    training_packages, options, finished, tmp_path
):
    torch = training_packages

    def stop_after_two(line):
        if line.startswith("epoch 2 "):
            raise _Interrupted

    with pytest.raises(_Interrupted):
        train_pose(tmp_path / "run", **options, progress=stop_after_two)
    lines = []
    train_pose(tmp_path / "run", **options, resume=True, progress=lines.append)
    assert [line.split(":")[0] for line in lines if line.startswith("epoch")] == [
        "epoch 3 of 4", "epoch 4 of 4",
    ]  # fmt: skip
    whole, resumed = _weights(torch, finished), _weights(torch, tmp_path / "run")
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name
    assert (tmp_path / "run" / "model.toml").read_text() == (finished / "model.toml").read_text()


def test_resuming_another_run_is_refused(training_packages, options, finished):
    with pytest.raises(ValueError, match="holds another run: its data, recipe or seed differ"):
        train_pose(finished, **options, resume=True, seed=1)


def test_a_second_run_into_one_folder_is_refused(finished, recipe, drawn, drawn_posetrack, capsys):
    assert main(_words(recipe, drawn, drawn_posetrack, finished)) == 1
    assert "holds a training run already" in capsys.readouterr().err


def test_data_that_a_recipe_needs_are_asked_for(training_packages, drawn, tmp_path, capsys):
    words = ["train", "pose", "--recipe", "paper-msra152", "--output", str(tmp_path / "run")]
    assert main([*words, "--coco", str(drawn)]) == 1
    assert (
        "trains on posetrack in stage 2: give a folder with --posetrack" in capsys.readouterr().err
    )
    assert main(words) == 1
    assert "give at least one folder with --coco or --posetrack" in capsys.readouterr().err
    assert main([*words, "--coco", str(tmp_path), "--posetrack", str(tmp_path)]) == 1
    assert "has person_keypoints_train*.json" in capsys.readouterr().err


def test_a_stage_ends_early_without_progress(training_packages, options, recipe, tmp_path):
    early = tmp_path / "early.toml"
    text = recipe.read_text().replace("epochs = 3\n", "epochs = 30\npatience = 1\n", 1)
    early.write_text(text.replace("2e-3", "1e-9"))
    lines = []
    train_pose(tmp_path / "run", **{**options, "recipe": early}, progress=lines.append)
    epochs = [line for line in lines if line.startswith("epoch")]
    assert len(epochs) < 12
    assert epochs[-1].startswith("epoch 31 of 31")


def test_weights_of_another_run_begin_a_run(training_packages, options, finished, tmp_path):
    lines = []
    train_pose(
        tmp_path / "run", **options, start=finished / "best.pt", epochs=2, progress=lines.append
    )
    first = json.loads((tmp_path / "run" / "curves.json").read_text())[0]["loss"]
    cold = json.loads((finished / "curves.json").read_text())[0]["loss"]
    assert first < cold


def test_two_processes_train_together(training_packages, recipe, drawn, drawn_posetrack, tmp_path):
    """As `torchrun` starts them; every process sees its share of each batch."""
    words = _words(recipe, drawn, drawn_posetrack, tmp_path / "run", "--epochs", "2")
    code = f"import sys; from lighttrack.cli.app import main; sys.exit(main({words!r}))"
    (tmp_path / "train.py").write_text(code)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    done = subprocess.run(
        [*command, "--nproc-per-node", "2", str(tmp_path / "train.py")],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr.count("epoch 1 of 2") == 1
    assert (tmp_path / "run" / "model.onnx").is_file()


def test_help_needs_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from lighttrack.cli.app import main; sys.exit(main(['train', 'pose', '--help']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "--posetrack" in done.stdout


def test_without_torch_one_sentence_names_the_extra(tmp_path, drawn, capsys, monkeypatch):
    from lighttrack.training import packages

    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    assert main(["train", "pose", "--coco", str(drawn), "--output", str(tmp_path / "run")]) == 1
    told = capsys.readouterr().err
    assert "torch" in told
    assert "pip install 'lighttrack[train]'" in told
