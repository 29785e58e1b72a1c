import csv

import numpy as np
import pytest
from io_samples import ARM, PAWS, assert_same_people, assert_same_times, frame, video, write

from lighttrack.formats import FormatError, table
from lighttrack.formats.table import TableWriter
from lighttrack.structures import TrackedVideo, TrackState
from lighttrack.structures.skeletons import BLAZEPOSE_33, COCO_17


@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33, PAWS, ARM], ids=lambda s: s.name)
def test_people_come_back_with_their_own_keypoints(tmp_path, skeleton):
    written = video(skeleton)
    read = table.read(write(TableWriter, tmp_path / "clip.csv", written))
    assert read.skeleton.keypoints == skeleton.keypoints
    assert_same_people(read, written)
    assert_same_times(read, written)
    assert read.info.name == "clip"
    assert read.info.fps == pytest.approx(25)
    for got, wanted in zip(read.frames, written.frames, strict=True):
        assert got.states.tolist() == wanted.states.tolist()
        assert got.is_keyframe == (wanted.is_keyframe and len(wanted) > 0)


def test_rows_are_what_a_spreadsheet_shows(tmp_path):
    path = write(TableWriter, tmp_path / "clip.csv", video(PAWS))
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    assert list(rows[0])[:11] == list(table.COLUMNS)
    assert list(rows[0])[-3:] == ["tail, tip_x", "tail, tip_y", "tail, tip_score"]
    assert (rows[0]["frame"], rows[0]["id"], rows[0]["state"]) == ("0", "0", "tracked")
    assert (rows[0]["keyframe"], rows[1]["keyframe"]) == ("1", "0")
    cells = [row["tail, tip_x"] for row in rows]
    wanted = np.concatenate([f.poses.keypoints[:, 3, 0] for f in video(PAWS).frames])
    assert [cell == "" for cell in cells] == np.isnan(wanted).tolist()
    assert any(cell == "" for cell in cells)


def test_times_of_a_variable_rate_come_back(tmp_path):
    frames = [frame(0, [1], time=0.0), frame(1, [1], time=0.1), frame(2, [1], time=0.733333)]
    written = TrackedVideo(video().info, COCO_17, frames)
    read = table.read(write(TableWriter, tmp_path / "clip.csv", written))
    assert_same_times(read, written)


def test_an_empty_table_is_a_video_without_people(tmp_path):
    written = TrackedVideo(video().info, COCO_17, [frame(0, []), frame(1, [])])
    assert table.read(write(TableWriter, tmp_path / "clip.csv", written)).frames == []


def test_a_table_that_a_spreadsheet_saved_with_a_mark_is_read(tmp_path):
    path = write(TableWriter, tmp_path / "clip.csv", video())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert_same_people(table.read(path), video())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("frame,", "shot,", 1), "its first line must name the columns"),
        (lambda text: text.replace("nose_y", "nose_z", 1), "its first line must name the columns"),
        (lambda text: "", "its first line must name the columns"),
        (lambda text: text.replace("tracked", "happy", 1), "line 2 of .* cannot be read"),
        (lambda text: text[:-30], "line 8 of .* cannot be read"),
    ],
)
def test_a_broken_table_says_where(tmp_path, change, message):
    path = write(TableWriter, tmp_path / "clip.csv", video())
    path.write_text(change(path.read_text()))
    with pytest.raises(FormatError, match=message):
        table.read(path)


def test_older_words_for_states_are_read(tmp_path):
    path = write(TableWriter, tmp_path / "clip.csv", video(ARM))
    text = path.read_text(encoding="utf-8").replace(",tracked,", ",revived,")
    path.write_text(text.replace(",lost,", ",tentative,"), encoding="utf-8")
    states = {state for each in table.read(path).frames for state in each.states.tolist()}
    assert states == {TrackState.REIDENTIFIED, TrackState.UNCONFIRMED}
