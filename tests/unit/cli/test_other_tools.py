"""`convert`, `analyze`, `report` and `render` at the command line, with results made here."""

import csv
import sys

import numpy as np
import pytest
from athletes import jumper, result, walker

from lighttrack.cli.app import main
from lighttrack.formats import read_tracks, write_tracks
from lighttrack.video import VideoWriter, open_video


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "field.tracks.jsonl"
    write_tracks(result({1: walker(3.0), 4: jumper()}), path)
    return path


def convert(stored, to, path, *more):
    return main(["convert", str(stored), "--to", to, "--output", str(path), *more])


def test_an_output_that_exists_is_replaced_only_if_allowed(stored, tmp_path, capsys):
    path = tmp_path / "field.csv"
    assert convert(stored, "csv", path) == 0
    assert convert(stored, "csv", path) == 1
    err = capsys.readouterr().err
    assert "exists already: name another output, or allow it with --overwrite" in err
    assert convert(stored, "csv", path, "--overwrite") == 0


def test_a_folder_of_people_is_written_into_an_empty_folder_and_replaced_only_if_allowed(
    stored, tmp_path
):
    folder = tmp_path / "people"
    folder.mkdir()
    assert convert(stored, "trc", folder) == 0
    assert sorted(p.name for p in folder.iterdir()) == ["field_id_1.trc", "field_id_4.trc"]
    assert convert(stored, "trc", folder) == 1
    assert convert(stored, "trc", folder, "--overwrite") == 0
    assert read_tracks(folder).ids().tolist() == [1, 4]


def test_metres_are_for_formats_that_state_their_unit(stored, tmp_path, capsys):
    assert convert(stored, "trc", tmp_path / "m", "--height", "1.9", "--person", "4") == 0
    header = (tmp_path / "m" / "field_id_4.trc").read_text().splitlines()[2].split("\t")
    assert header[4] == "m"
    assert convert(stored, "csv", tmp_path / "m.csv", "--height", "1.9") == 1
    assert "csv has pixels; metres can be written as trc or c3d" in capsys.readouterr().err


def test_feet_come_with_halpe_26(stored, tmp_path):
    assert convert(stored, "jsonl", tmp_path / "a.jsonl", "--skeleton", "halpe-26") == 0
    assert read_tracks(tmp_path / "a.jsonl").skeleton.name == "halpe-26"


def test_a_library_that_is_not_there_is_one_sentence(stored, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert convert(stored, "parquet", tmp_path / "a.parquet") == 1
    err = capsys.readouterr().err
    assert 'needs pyarrow, which is not installed: pip install "lighttrack[formats]"' in err
    assert err.count("\n") == 1


def test_what_becomes_of_the_result_in_a_file_is_said(stored, tmp_path, caplog):
    assert convert(stored, "ntu", tmp_path / "a.skeleton") == 0
    assert "x, y, z, depth and orientations are 0" in caplog.text


def test_a_result_is_analyzed(stored, tmp_path, capsys):
    line = ["analyze", str(stored), "--height", "1.78", "--person", "4", "-o", str(tmp_path / "n")]
    assert main([*line, "--plots", "png,svg,html"]) == 0
    captured = capsys.readouterr()
    assert "field: 2 people, " in captured.out
    assert "1 jump; lengths in m" in captured.out
    assert "scale: person 4, 1.78 m tall, is 189.6 pixels tall" in captured.err
    names = {path.name for path in (tmp_path / "n").iterdir()}
    assert names == {
        "field.angles.csv", "field.speeds.csv", "field.events.csv", "field.analysis.html",
        "field.id_1.svg", "field.id_4.svg", "field.id_1.png", "field.id_4.png",
    }  # fmt: skip
    with open(tmp_path / "n" / "field.speeds.csv", newline="") as file:
        speeds = [float(row["speed_m_per_s"]) for row in csv.DictReader(file) if row["id"] == "1"]
    assert sum(speeds) / len(speeds) == pytest.approx(100 * 1.78 / 189.6, rel=0.01)


def test_results_are_analyzed_beside_themselves_by_default(stored, capsys):
    assert main(["analyze", str(stored), "--plots", "none", "--people", "4"]) == 0
    assert (stored.parent / "field.analysis" / "field.events.csv").exists()
    assert "lengths in px" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--height", "1.8", "--distance", "1,1,2,2=1"], "one scale is needed"),
        (["--person", "1"], "--person says whose --height it is"),
        (["--distance", "1,2"], "a distance is X0,Y0,X1,Y1=METRES"),
        (["--plots", "gif"], "unknown: gif; choose among png,svg,html or none"),
        (["--people", "9"], "no person has the id 9; ids: 1, 4"),
        (["--height", "1.8", "--person", "9"], "no person has the id 9; ids: 1, 4"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(stored, options, message, capsys, tmp_path):
    assert main(["analyze", str(stored), "-o", str(tmp_path), *options]) == 1
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_a_filter_that_is_none_is_misuse(stored, capsys):
    assert main(["analyze", str(stored), "--filter", "kalman"]) == 2
    assert "--filter" in capsys.readouterr().err


def test_curves_appear_in_the_report(stored, tmp_path, capsys):
    page = tmp_path / "walk.html"
    assert main(["report", str(stored), "--output", str(page)]) == 0
    text = page.read_text()
    assert "Result of field" in text
    assert "knee, degrees" in text
    assert text.count("<polyline") > 20


def test_a_video_is_drawn_in_every_style(tmp_path):
    stored = tmp_path / "field.tracks.jsonl"
    write_tracks(result({1: walker(0.06), 4: jumper()[:3]}), stored)
    video = tmp_path / "field.mp4"
    with VideoWriter(video, width=1280, height=720, fps=50) as writer:
        for index in range(3):
            writer.write(np.full((720, 1280, 3), 120, np.uint8), index / 50)
    out = tmp_path / "drawn.mp4"
    styles = ["--anonymize", "--black-background", "--trails", "--side-by-side", "--thumbnails"]
    assert main(["render", str(stored), "--video", str(video), "-o", str(out), *styles]) == 0
    with open_video(out) as drawn:
        assert (drawn.info.width, drawn.info.height) == (2560, 720)
        assert len(list(drawn)) == 3
    folder = tmp_path / "drawn.thumbnails"
    assert sorted(p.name for p in folder.iterdir()) == ["id_1.jpg", "id_4.jpg"]
