import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from requirements import required_format

from lighttrack.cli.app import main
from lighttrack.formats import FORMATS, read_tracks
from lighttrack.models.assets import list_assets
from lighttrack.video import open_video

pytestmark = [pytest.mark.models, pytest.mark.clips]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_a_stored_result_is_drawn_as_the_run_drew_it(second, campus, tmp_path, capsys):
    drawn = tmp_path / "drawn.mp4"
    tracks = str(second.folder / "TUD-Campus.tracks.jsonl")
    assert main(["render", tracks, "--video", str(campus), "--output", str(drawn)]) == 0
    assert capsys.readouterr().out == f"{drawn}: 71 frames\n"
    with open_video(drawn) as later, open_video(second.folder / "TUD-Campus.mp4") as then:
        for old, new in zip(then, later, strict=False):
            difference = np.abs(old.image.astype(int) - new.image).max(axis=2)
            assert (difference > 60).mean() < 0.001


def test_a_result_of_boxes_alone_is_drawn_too(second, campus, tmp_path):
    drawn, boxes = tmp_path / "drawn.mp4", str(second.folder / "TUD-Campus.mot.txt")
    line = ["render", boxes, "--video", str(campus), "--output", str(drawn), "--boxes"]
    assert main([*line, "--no-labels"]) == 0
    with open_video(campus) as source, open_video(drawn) as result:
        before, after = next(iter(source)), next(iter(result))
    assert (np.abs(before.image.astype(int) - after.image).max(axis=2) > 60).sum() > 200


def test_the_wrong_video_is_refused(second, clips_dir, tmp_path, capsys):
    tracks = str(second.folder / "TUD-Campus.tracks.jsonl")
    other = str(clips_dir / "one-by-one" / "one-by-one.mp4")
    assert main(["render", tracks, "--video", other, "-o", str(tmp_path / "d.mp4")]) == 1
    assert "are 768x432, but the result was made on 640x480" in capsys.readouterr().err


@pytest.mark.parametrize("name", FORMATS)
def test_a_result_is_converted_to_every_format(second, name, tmp_path, capsys):
    required_format(name)
    source = second.folder / "TUD-Campus.tracks.jsonl"
    target = FORMATS[name].path_in(tmp_path, "TUD-Campus")
    assert main(["convert", str(source), "--to", name, "--output", str(target)]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"{target}: 25 frames, ")
    assert ("has no place for" in captured.err) == (name != "jsonl")
    assert read_tracks(target).ids().tolist() == read_tracks(source).ids().tolist()


def test_converting_can_change_the_skeleton(second, tmp_path):
    source = str(second.folder / "TUD-Campus.tracks.jsonl")
    target = tmp_path / "t.tracks.jsonl"
    line = ["convert", source, "--to", "jsonl", "-o", str(target), "--skeleton", "posetrack-15"]
    assert main(line) == 0
    assert read_tracks(target).skeleton.name == "posetrack-15"


def test_what_holds_no_tracks_is_refused_in_one_line(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("buy milk\n")
    line = ["convert", str(tmp_path / "notes.txt"), "--to", "csv", "-o", str(tmp_path / "n.csv")]
    assert main(line) == 1
    err = capsys.readouterr().err
    assert "holds no tracks in a known format; known: jsonl" in err
    assert err.count("\n") == 1


def test_the_list_of_models_says_what_is_here(networks, capsys):
    assert main(["models", "list"]) == 0
    shown = capsys.readouterr().out
    assert "--preset" in shown
    assert "  tinypose-256x192 [here]\n" in shown
    for asset in list_assets():
        assert asset.name in shown
        assert asset.licence in shown


def test_a_model_is_found_and_its_hash_checked(networks, capsys):
    assert main(["models", "path", "tinypose-128x96"]) == 0
    assert capsys.readouterr().out == f"{networks / 'tinypose-128x96.onnx'}\n"
    assert main(["models", "verify", "tinypose-128x96"]) == 0
    assert "588e14db" in capsys.readouterr().out
    assert main(["models", "fetch", "fast"]) == 0
    assert "rtmdet-nano-person.onnx" in capsys.readouterr().out


def test_an_unknown_model_says_which_exist(networks, capsys):
    assert main(["models", "path", "yolo-9000"]) == 1
    assert "unknown asset 'yolo-9000'; known: " in capsys.readouterr().err


def test_the_example_of_drawing_draws_only_the_chosen(second, campus, tmp_path, monkeypatch):
    tracks = second.folder / "TUD-Campus.tracks.jsonl"
    chosen = int(read_tracks(tracks).frames[0].ids[0])
    target = tmp_path / "chosen.mp4"
    monkeypatch.setattr(
        sys, "argv", ["draw_people.py", str(tracks), str(campus), str(target), str(chosen)]
    )
    runpy.run_path(str(EXAMPLES / "draw_people.py"))
    with open_video(target) as drawn:
        assert sum(1 for _ in drawn) == 71


def test_the_example_of_reading_tells_of_every_person(second, monkeypatch, capsys):
    tracks = second.folder / "TUD-Campus.tracks.jsonl"
    monkeypatch.setattr(sys, "argv", ["read_a_result.py", str(tracks)])
    runpy.run_path(str(EXAMPLES / "read_a_result.py"))
    assert capsys.readouterr().out.count("person ") == len(read_tracks(tracks).ids())
