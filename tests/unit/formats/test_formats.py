"""All formats together: recognised, converted, and written without growing."""

import json
import logging
import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from io_samples import assert_same_people, frame, video, write

from lighttrack.formats import FORMATS, FormatError, convert, read_tracks
from lighttrack.formats.formats import detect, format_named
from lighttrack.structures import TrackedVideo, TrackState
from lighttrack.structures.skeletons import COCO_17

NAMES = ["jsonl", "posetrack", "posetrack17", "coco", "mot", "openpose", "csv"]


def test_the_formats_are_these():
    of_tools = ["parquet", "movement", "sleap", "trc", "c3d", "nwb", "rerun"]
    assert list(FORMATS) == [*NAMES, *of_tools, "pyskl", "kinetics", "ntu"]
    assert [each.suffix for each in FORMATS.values()] == [
        ".tracks.jsonl", ".posetrack.json", ".posetrack17.json", ".coco.json", ".mot.txt",
        ".openpose", ".csv",
        ".parquet", ".movement.nc", ".analysis.h5", ".trc", ".c3d", ".nwb", ".rrd", ".pyskl.pkl",
        ".kinetics.json", ".skeleton",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_known_by_what_is_in_it(tmp_path, name):
    each = FORMATS[name]
    path = write(each.open, each.path_in(tmp_path, "clip"), video())
    assert detect(path) is each
    moved = path.rename(tmp_path / "result.data")
    assert detect(moved) is each
    assert read_tracks(moved).ids().tolist() == [0, 2, 7, 12345]


@pytest.mark.parametrize("source", NAMES)
@pytest.mark.parametrize("target", NAMES)
def test_every_format_converts_to_every_other(tmp_path, source, target):
    first = write(FORMATS[source].open, FORMATS[source].path_in(tmp_path, "clip"), video())
    convert(first, target, tmp_path / "converted")
    read = read_tracks(tmp_path / "converted")
    with_boxes = "openpose" not in (source, target)
    with_poses = "mot" not in (source, target)
    assert_same_people(read, video(), boxes=with_boxes, keypoints=False, person_scores=with_boxes)
    if with_poses:
        # Whatever skeletons lie between, body and limbs stay where they are.
        for got, wanted in zip(read.frames, video().frames, strict=True):
            there = got.poses.to(COCO_17).keypoints[:, 5:]
            np.testing.assert_allclose(there, wanted.poses.keypoints[:, 5:], atol=0.011)


@pytest.mark.parametrize("name", NAMES)
def test_states_come_back_from_every_format_that_has_a_place_for_them(tmp_path, name):
    each = FORMATS[name]
    states = [(TrackState.TRACKED,), tuple(TrackState), (TrackState.LOST, TrackState.REIDENTIFIED)]
    frames = [
        replace(frame(i, list(range(len(of_frame)))), states=of_frame)
        for i, of_frame in enumerate(states)
    ]
    written = replace(video(), frames=frames)
    read = each.read(write(each.open, each.path_in(tmp_path, "clip"), written))
    held = "states" not in each.loses
    for got, wanted in zip(read.frames, states, strict=True):
        assert got.states.tolist() == (list(wanted) if held else [TrackState.TRACKED] * len(wanted))


def test_formats_without_a_place_for_states_are_those_of_other_tools():
    with_states = [each.name for each in FORMATS.values() if "states" not in each.loses]
    assert with_states == ["jsonl", "posetrack", "posetrack17", "coco", "csv", "parquet", "rerun"]


@pytest.mark.parametrize("state", ["happy", None, 3, {"mood": "happy"}])
def test_a_state_that_means_something_else_is_passed_over(tmp_path, state):
    path = write(FORMATS["coco"].open, tmp_path / "clip.coco.json", video())
    content = json.loads(path.read_text())
    for annotation in content["annotations"]:
        annotation["state"] = state
    path.write_text(json.dumps(content))
    assert all(not each.states.any() for each in read_tracks(path).frames)


def test_what_a_format_cannot_hold_is_said_once(tmp_path, caplog):
    source = write(FORMATS["jsonl"].open, tmp_path / "clip.tracks.jsonl", video())
    with caplog.at_level(logging.INFO):
        convert(source, "mot", tmp_path / "clip.mot.txt")
    assert caplog.text.count("mot has no place for: poses, times") == 1


def test_an_unknown_format_lists_those_that_exist():
    with pytest.raises(ValueError, match="unknown format 'xml'; known: jsonl, posetrack"):
        format_named("xml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("Dear reader,", r"holds no tracks in a known format; known: jsonl, posetrack"),
        ("1,2,3", "line 1: a row needs frame, id, left, top, width and height, got 3 numbers"),
        ("\x00\xff\x10", "holds no tracks in a known format"),
        ('{"half": ', "is not JSON"),
    ],
)
def test_what_is_no_result_is_refused(tmp_path, content, message):
    (tmp_path / "letter").write_text(content, encoding="latin-1")
    with pytest.raises(FormatError, match=message):
        read_tracks(tmp_path / "letter")


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_tracks(tmp_path / "missing.tracks.jsonl")


@pytest.mark.parametrize("name", NAMES)
def test_memory_does_not_grow_with_the_video(tmp_path, name):
    people = frame(0, list(range(10)))
    # Ten people make some 8 kB of text a frame.
    with FORMATS[name].open(tmp_path / "out", video().info, COCO_17, {}) as writer:
        for index in range(30):
            writer.write(_at(people, index))
        tracemalloc.start()
        for index in range(30, 90):
            writer.write(_at(people, index))
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert grown < 50_000
    assert len(read_tracks(tmp_path / "out").frames) == 90


def _at(people, index):
    return type(people)(
        index, index / 25, people.ids, people.poses, people.boxes, False, people.states
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_unwritable_place_is_an_error_of_the_system(tmp_path, name):
    with pytest.raises(OSError, match=r"No such file or directory"):
        FORMATS[name].open(tmp_path / "no" / "such" / "out", video().info, COCO_17, {})


@pytest.mark.parametrize("name", [n for n in NAMES if n != "openpose"])
def test_a_result_without_people_is_a_result(tmp_path, name):
    content = TrackedVideo(video().info, COCO_17, [frame(i, []) for i in range(3)])
    path = write(FORMATS[name].open, tmp_path / "out", content)
    assert os.path.exists(path)
    assert FORMATS[name].read(path).ids().tolist() == []


def test_io_is_imported_without_ffmpeg():
    program = (
        "import sys, lighttrack.video; from lighttrack.formats import read_tracks, FORMATS; "
        "sys.exit('av' in sys.modules or 'cv2' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", ["coco", "posetrack"])
def test_older_words_for_states_are_read_in_json(tmp_path, name):
    one = frame(0, [1, 2])
    states = [TrackState.UNCONFIRMED, TrackState.REIDENTIFIED]
    content = TrackedVideo(video().info, COCO_17, [replace(one, states=states)])
    path = write(FORMATS[name].open, tmp_path / "out", content)
    text = path.read_text(encoding="utf-8")
    assert ('"state":"unconfirmed"' in text, '"state":"reidentified"' in text) == (True, True)
    text = text.replace('"unconfirmed"', '"tentative"').replace('"reidentified"', '"revived"')
    path.write_text(text, encoding="utf-8")
    assert read_tracks(path).frames[0].states.tolist() == states
