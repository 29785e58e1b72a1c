"""Data sets of experiments: frames, ground truth, and what is missing."""

import json

import numpy as np
import pytest
from experiment_walk import PLAN, rows_of, run, walk, walk_images, written

from lighttrack.experiments.data import find_videos
from lighttrack.experiments.reading import read_plan


def test_images_are_those_that_the_file_lists_and_time_is_their_number(tmp_path):
    """A folder may hold more images than are annotated, and a file may list every fourth."""
    data = walk(tmp_path / "data")
    file = data / "000001_mpii_test.json"
    content = json.loads(file.read_text())
    for image in content["images"]:
        image["file_name"] = f"000001_mpii_test/{4 * image['id'] + 8:06d}.jpg"
    file.write_text(json.dumps(content))
    images = walk_images(tmp_path / "images", range(61))
    video = find_videos(read_plan(written(tmp_path, PLAN)), data, images)[0]
    frames = list(video.frames())
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.time for frame in frames] == pytest.approx(np.arange(12) * 4 / 25)
    assert all(frame.image.shape == (320, 640, 3) for frame in frames)
    # The third is image 16: a person stands at 200 - 2 * 16.
    assert np.flatnonzero(frames[2].image[100, :, 0] > 127)[0] == 168
    blank = list(find_videos(read_plan(tmp_path / "plan.toml"), data)[0].frames())
    assert [frame.time for frame in blank] == [frame.time for frame in frames]


def test_the_truth_is_replayed_over_images_and_networks_see_them(
    tmp_path, capsys, monkeypatch, models_dir
):
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(models_dir))
    walk(tmp_path / "data")
    images = walk_images(tmp_path / "images", range(12))
    plan = PLAN.replace('estimator = "truth"', 'estimator = "stand-in"').replace("[1, 4]", "4")
    plan += '[estimators.stand-in]\nspread = 0.01\n[networks]\nstand-in = "tinypose-128x96"\n'
    assert run(tmp_path, plan=plan) == 0
    alone = rows_of(capsys.readouterr().out)
    assert run(tmp_path, "--images", str(images), plan=plan) == 0
    seen = capsys.readouterr()
    assert "tinypose-128x96" in seen.err
    assert alone[0][:3] == ["truth", "100.0", "100.0"]
    # Two rectangles are no people, so what the network sees in them is wrong.
    assert float(rows_of(seen.out)[0][2]) < 50


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "000001_mpii_test.json: not JSON"),
        (
            '{"annolist": [{"image": [{"name": "a/1.jpg"}], "annorect": []}]}',
            "no frame is labelled, so there is nothing to score",
        ),
    ],
)
def test_a_truth_that_cannot_be_used_is_named(tmp_path, capsys, text, message):
    walk(tmp_path / "data")
    (tmp_path / "data" / "000001_mpii_test.json").write_text(text)
    assert run(tmp_path) == 1
    assert message in capsys.readouterr().err


def test_missing_data_is_named(tmp_path, capsys):
    assert run(tmp_path) == 1
    assert "no such folder" in capsys.readouterr().err
    (tmp_path / "data").mkdir()
    assert run(tmp_path) == 1
    assert "no NAME.json is in this folder" in capsys.readouterr().err
    walk(tmp_path / "data")
    assert run(tmp_path, "--jobs", "0") == 1
    assert "jobs must be 1 or more" in capsys.readouterr().err
    assert run(tmp_path, plan='videos = ["x"]\n' + PLAN) == 1
    assert "lacks x; it has 000001_mpii_test" in capsys.readouterr().err
    assert run(tmp_path, "--images", str(tmp_path)) == 1
    expected = "000001_mpii_test.json: 12 of its 12 images are missing, the first is "
    assert expected in capsys.readouterr().err
