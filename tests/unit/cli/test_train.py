import numpy as np
import pytest

from lighttrack.cli.app import main
from lighttrack.formats import FORMATS
from lighttrack.matching import PoseMatcher
from lighttrack.structures import Poses, TrackedFrame, VideoInfo
from lighttrack.structures.skeletons import COCO_17


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    """Three short videos of two people who overlap, as tracks of lighttrack."""
    folder = tmp_path_factory.mktemp("tracks")
    rng = np.random.default_rng(0)
    for number in range(3):
        bodies = rng.normal(size=(2, 17, 2)) * 40 + 200
        info = VideoInfo(f"clip-{number}", 400, 400, 30.0)
        path = folder / f"clip-{number}.tracks.jsonl"
        with FORMATS["jsonl"].open(path, info, COCO_17, {}) as writer:
            for index in range(20):
                bodies = bodies + rng.normal(size=bodies.shape)
                boxes = np.concatenate([bodies.min(axis=1), bodies.max(axis=1)], axis=1)
                poses = Poses(COCO_17, bodies, np.ones((2, 17)), boxes, np.ones(2))
                frame = TrackedFrame(index, index / 30, [1, 2], poses, boxes, True, np.zeros(2))
                writer.write(frame)
    return folder


def _train(tracks, output, *more):
    words = ["train", "matcher", str(tracks), "--output", str(output), "--epochs", "1"]
    return main([*words, "--steps", "2", "--device", "cpu", "--threads", "1", *more])


def test_our_own_results_train_a_matcher_for_their_skeleton(torch, tracks, tmp_path, capsys):
    code = _train(tracks, tmp_path / "run", "--skeleton", "coco-17")
    shown = capsys.readouterr()
    assert code == 0
    assert "training pairs: 76 positive, 116 hard negative, 0 other negative" in shown.err
    assert "epoch 1 of 1" in shown.err
    matcher = PoseMatcher(tmp_path / "run" / "pose.safetensors")
    assert matcher.card["skeleton"] == "coco-17"
    assert matcher.embed(Poses.empty(COCO_17)).shape[0] == 0
    assert matcher.dimensions == 128
    assert {path.name for path in (tmp_path / "run").iterdir()} >= {
        "run.json", "curves.json", "checkpoint.pt", "pose.safetensors",
    }  # fmt: skip


def test_a_second_run_into_one_folder_is_refused(torch, tracks, tmp_path, capsys):
    assert _train(tracks, tmp_path / "run") == 0
    assert _train(tracks, tmp_path / "run") == 1
    assert "holds a training run already" in capsys.readouterr().err


def test_a_finished_run_resumes_to_nothing_left_to_do(torch, tracks, tmp_path, capsys):
    assert _train(tracks, tmp_path / "run") == 0
    capsys.readouterr()
    assert _train(tracks, tmp_path / "run", "--resume") == 0
    assert "epoch" not in capsys.readouterr().err


def test_an_empty_folder_is_explained(torch, tmp_path, capsys):
    assert _train(tmp_path, tmp_path / "run") == 1
    assert "no motion capture (.npz) and no tracks" in capsys.readouterr().err
