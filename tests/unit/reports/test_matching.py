import numpy as np
import pytest

from lighttrack.cli.app import main
from lighttrack.formats import FORMATS
from lighttrack.structures import Poses, TrackedFrame, VideoInfo
from lighttrack.structures.skeletons import POSETRACK_15


@pytest.fixture
def tracks(tmp_path):
    """Ten frames of two people in one place, one of whom keeps still; ids 0 and 7."""
    rng = np.random.default_rng(0)
    bodies = rng.normal(size=(2, 15, 2)) * 40 + 200
    path = tmp_path / "two.tracks.jsonl"
    info = VideoInfo("two", 400, 400, 30.0)
    with FORMATS["jsonl"].open(path, info, POSETRACK_15, {}) as writer:
        for index in range(10):
            points = bodies + np.array([[[0]], [[1]]]) * rng.normal(size=(15, 2)) * 3 * index
            lower, upper = points.min(axis=1), points.max(axis=1)
            boxes = np.concatenate([lower, upper], axis=1)
            poses = Poses(POSETRACK_15, points, np.ones((2, 15)), boxes, np.ones(2))
            frame = TrackedFrame(index, index / 30, [0, 7], poses, boxes, True, np.zeros(2))
            writer.write(frame)
    return path


@pytest.mark.parametrize("matcher", ["sgcn", "euclidean"])
def test_the_page_shows_pairs_and_a_map_and_needs_nothing_else(tracks, tmp_path, matcher, capsys):
    page = tmp_path / "report.html"
    code = main(["match-report", str(tracks), "--output", str(page), "--matcher", matcher])
    assert code == 0
    assert "in 24 pairs" in capsys.readouterr().out
    text = page.read_text()
    assert text.count("<svg") > 4
    assert "12 positive" in text
    assert "id 0 in frame" in text
    assert "<title>id 7</title>" in text
    assert "http" not in text
    assert "nan" not in text


def test_mistakes_come_before_right_answers(tracks, tmp_path):
    page = tmp_path / "report.html"
    main(["match-report", str(tracks), "-o", str(page)])
    text = page.read_text()
    assert text.index("taken for two") < text.index("taken for one") < text.index("Right, but")


def test_a_gap_longer_than_the_video_is_explained(tracks, tmp_path, capsys):
    assert main(["match-report", str(tracks), "--gap", "50", "-o", str(tmp_path / "r.html")]) == 1
    assert "no person is seen in two frames 50 apart" in capsys.readouterr().err


def test_weights_do_not_go_with_the_baseline(tracks, capsys):
    words = ["match-report", str(tracks), "--matcher", "euclidean", "--weights", "x.safetensors"]
    assert main(words) == 1
    assert "--weights goes with --matcher sgcn" in capsys.readouterr().err
