"""People of whom all is known, measured: heights, speeds, strides, jumps; and what is written."""

import csv
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from athletes import HEIGHT, jumper, result, walker
from requirements import required_module

from lighttrack.analysis import Filter, Scale, analyze, in_metres
from lighttrack.analysis.body import Body
from lighttrack.analysis.events import jumps_of, strides_of
from lighttrack.analysis.scale import body_height
from lighttrack.structures import TrackedVideo, VideoInfo
from lighttrack.structures.skeletons import COCO_17


@pytest.fixture(scope="module")
def field() -> TrackedVideo:
    return result({1: walker(), 4: jumper()})


def body(video, identity):
    [track] = [track for track in video.tracks() if track.id == identity]
    return Body.of(track, track.frame_indices, track.times)


def test_a_height_gives_a_scale_that_bending_does_not_change(field):
    tall = body_height(body(field, 4))
    assert tall == pytest.approx(HEIGHT, rel=0.01)
    scale = Scale.from_height(field, 1.8, 4)
    assert scale.pixels_per_metre == pytest.approx(tall / 1.8)
    assert scale.source == f"person 4, 1.8 m tall, is {tall:.1f} pixels tall"
    assert Scale.from_height(field, 1.8).source.startswith("person 1,")


@pytest.mark.parametrize(
    ("height", "person", "message"),
    [
        (178, 1, "height must be that of a person, 0.3 to 3 metres, got 178"),
        (1.78, 3, "no person has the id 3; ids: 1, 4"),
    ],
)
def test_a_height_that_makes_no_sense_is_refused(field, height, person, message):
    with pytest.raises(ValueError, match=message):
        Scale.from_height(field, height, person)


def test_without_people_a_height_gives_no_scale():
    empty = TrackedVideo(VideoInfo("empty", 640, 480, 25.0), COCO_17, [])
    with pytest.raises(ValueError, match="no person is in the result"):
        Scale.from_height(empty, 1.8)
    found = analyze(empty)
    assert (found.ids(), list(found.events)) == ([], [])


def test_speeds_are_those_that_people_have(field):
    scale = Scale(pixels_per_metre=50.0)
    found = analyze(field, scale=scale)
    walk = found.speeds["id"] == 1
    assert found.unit == "m"
    np.testing.assert_allclose(found.speeds["speed"][walk], 2.0, atol=0.02)
    np.testing.assert_allclose(found.speeds["speed_x"][walk], 2.0, atol=0.02)
    assert found.speeds["distance"][walk][-1] == pytest.approx(12, abs=0.1)
    assert analyze(field).speeds["speed"][walk].mean() == pytest.approx(100, abs=1)


def test_strides_are_found_where_the_feet_are_furthest(field):
    walking = [
        e for e in strides_of(body(field, 1)) if e.kind == "heel_strike" and e.side == "left"
    ]
    assert [e.time for e in walking] == pytest.approx([0.3, 1.5, 2.7, 3.9, 5.1], abs=0.03)
    assert [e.duration for e in walking[1:]] == pytest.approx([1.2] * 4, abs=0.03)
    assert [e.length for e in walking[1:]] == pytest.approx([120] * 4, abs=3)
    assert strides_of(body(field, 4)) == []


def test_a_jump_is_its_flight(field):
    [jump] = jumps_of(body(field, 4))
    assert jump.time == pytest.approx(2.0, abs=0.06)
    assert jump.duration == pytest.approx(0.5, abs=0.08)
    assert jump.length == pytest.approx(9.81 * 0.25 / 8 / 1.8 * HEIGHT, rel=0.12)
    assert jump.height == pytest.approx(9.81 * jump.duration**2 / 8)
    assert jumps_of(body(field, 1)) == []


def test_a_homography_puts_people_on_the_ground(field):
    corners = np.array([[0, 720], [1280, 720], [900, 400], [380, 400]])
    ground = np.array([[0, 0], [10, 0], [10, 20], [0, 20]])
    scale = Scale.from_ground(corners, ground)
    np.testing.assert_allclose(scale.on_ground(corners.astype(float)), ground, atol=1e-9)
    found = analyze(field, scale=scale)
    assert np.isfinite(found.speeds["speed"]).all()
    assert found.speeds["y"].std() < 0.5  # both stay at one depth
    with pytest.raises(ValueError, match="a homography holds on the ground only"):
        in_metres(field, scale)


def test_a_homography_needs_four_points_that_lie_apart(tmp_path):
    with pytest.raises(ValueError, match="four or more points"):
        Scale.from_ground(np.zeros((3, 2)), np.zeros((3, 2)))
    line = np.array([[0, 0], [1, 1], [2, 2], [3, 3]])
    with pytest.raises(ValueError, match="three of them lie on a line"):
        Scale.from_ground(line, line)
    path = tmp_path / "ground.csv"
    path.write_text("x,y,X,Y\n0,720,0,0\n1280,720,10,0\n900,400,10,20\n380,400,0,20\n")
    assert Scale.from_file(path).homography is not None
    path.write_text("hello\n")
    with pytest.raises(ValueError, match="must have lines x,y,X,Y"):
        Scale.from_file(path)


@pytest.mark.parametrize("text", ["", "1,2,3=4", "1,2,3,4", "1,1,1,1=2", "a,b,c,d=1"])
def test_a_distance_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="a distance is X0,Y0,X1,Y1=METRES"):
        Scale.from_text(text)


def test_tables_are_written_with_their_units(field, tmp_path):
    found = analyze(field, scale=Scale(50.0), smoothing=Filter("median"), people=[1])
    paths = found.write(tmp_path / "numbers")
    assert [p.name for p in paths] == [
        "field.angles.csv", "field.speeds.csv", "field.events.csv",
    ]  # fmt: skip
    with open(paths[1], newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "frame", "time", "id", "x_m", "y_m", "speed_x_m_per_s", "speed_y_m_per_s", "speed_m_per_s",
        "distance_m",
    ]  # fmt: skip
    assert len(rows) == 300
    assert {row["id"] for row in rows} == {"1"}
    with pytest.raises(ValueError, match="no person has the id 9; ids: 1, 4"):
        analyze(field, people=[9])


def test_tables_are_written_as_parquet(field, tmp_path):
    required_module("pyarrow", "FORMATS")
    polars = required_module("polars", "FORMATS")
    paths = analyze(field).write(tmp_path, format="parquet")
    table = polars.read_parquet(paths[0])
    assert table.height == 550
    assert {"frame", "time", "id", "right_knee"} <= set(table.columns)


def test_metres_are_written_to_files_that_state_their_unit(field, tmp_path):
    from lighttrack.formats import write_tracks

    write_tracks(in_metres(field, Scale(100.0, source="x")), tmp_path / "field.trc", "trc")
    lines = (tmp_path / "field.trc" / "field_id_4.trc").read_text().splitlines()
    assert lines[2].split("\t")[4] == "m"
    assert lines[5].split("\t")[2:4] == ["7.060000", "-4.220000"]  # the nose at (706, 422)


def test_analysis_is_imported_without_opencv():
    program = "import sys, lighttrack.analysis.analyze; sys.exit('cv2' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_name_from_a_file_never_becomes_a_path(field, tmp_path):
    odd = replace(field, info=replace(field.info, name="../../outside"))
    paths = analyze(odd, people=[4]).write(tmp_path / "a" / "b")
    assert {path.parent for path in paths} == {tmp_path / "a" / "b"}
    assert not list(tmp_path.glob("*outside*"))
