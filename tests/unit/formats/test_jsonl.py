"""The native format: nothing is lost, also not by an interruption."""

import json
import logging
import os
import signal
import subprocess
import sys
from dataclasses import replace

import io_samples
import numpy as np
import pytest
from io_samples import ARM, PAWS, assert_same_people, assert_same_times, frame, video, write

from lighttrack.formats import FormatError, jsonl
from lighttrack.formats.jsonl import JsonlWriter
from lighttrack.structures import TrackedFrame, TrackedVideo, TrackState, VideoInfo
from lighttrack.structures.skeletons import BLAZEPOSE_33, COCO_17


@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33, PAWS, ARM], ids=lambda s: s.name)
def test_everything_comes_back(tmp_path, skeleton):
    written = video(skeleton, "Straße 1, 東京")
    read = jsonl.read(write(JsonlWriter, tmp_path / "a.tracks.jsonl", written))
    assert_same_people(read, written)
    assert_same_times(read, written)
    assert (read.info, read.provenance) == (written.info, written.provenance)
    for part in ("name", "keypoints", "edges", "mirror", "sigmas"):
        assert getattr(read.skeleton, part) == getattr(skeleton, part)
    for got, wanted in zip(read.frames, written.frames, strict=True):
        assert got.is_keyframe == wanted.is_keyframe
        assert got.states.tolist() == wanted.states.tolist()
        np.testing.assert_allclose(got.poses.boxes, wanted.poses.boxes, atol=0.0051)


def test_a_second_round_trip_changes_nothing(tmp_path):
    first = write(JsonlWriter, tmp_path / "a.jsonl", video())
    second = write(JsonlWriter, tmp_path / "b.jsonl", jsonl.read(first))
    assert first.read_bytes() == second.read_bytes()


def test_the_lines_are_what_the_documentation_says(tmp_path):
    path = write(JsonlWriter, tmp_path / "a.jsonl", video(ARM))
    header, first, second, *_ = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert (header["format"], header["version"]) == ("lighttrack-tracks", 2)
    assert list(header) == ["format", "version", "video", "skeleton", "provenance"]
    assert (first["frame"], first["time"], first["keyframe"]) == (0, 0.0, True)
    [person] = first["people"]
    assert list(person) == ["id", "state", "score", "box", "pose_box", "keypoints"]
    assert (person["id"], person["state"], person["box"]) == (0, "tracked", [0, 30, 30, 120])
    assert second == {"frame": 1, "time": 0.04, "keyframe": False, "people": []}


def test_states_are_written_in_the_words_of_the_current_version(tmp_path):
    states = json_states(write(JsonlWriter, tmp_path / "a.jsonl", everyone_in_another_state()))
    assert states == ["tracked", "lost", "unconfirmed", "reidentified"]


def test_files_of_version_1_are_read_and_continued(tmp_path):
    path = write(JsonlWriter, tmp_path / "a.jsonl", everyone_in_another_state())
    text = path.read_text(encoding="utf-8").replace('"version":2', '"version":1')
    text = text.replace('"unconfirmed"', '"tentative"').replace('"reidentified"', '"revived"')
    path.write_text(text, encoding="utf-8")
    assert json_states(path) == ["tracked", "lost", "tentative", "revived"]
    assert jsonl.read(path).frames[0].states.tolist() == list(TrackState)
    done, writer = jsonl.resume(path)
    with writer:
        writer.write(replace(done.frames[0], index=1, time=0.04))
    assert [each.states.tolist() for each in jsonl.read(path).frames] == [list(TrackState)] * 2


def everyone_in_another_state():
    people = replace(frame(0, range(len(TrackState)), ARM), states=list(TrackState))
    return TrackedVideo(VideoInfo("clip", 1, 1, 25.0), ARM, [people])


def json_states(path):
    line = json.loads(path.read_text(encoding="utf-8").splitlines()[1])
    return [person["state"] for person in line["people"]]


def test_what_is_not_finite_is_null_and_comes_back(tmp_path):
    written = frame(0, [3], ARM)
    poses = written.poses
    poses.keypoints[0, 1] = (5.0, np.inf)
    poses.person_scores[0] = np.nan
    nowhere = TrackedFrame(0, 0.0, [3], poses, np.full((1, 4), np.nan), True, [0])
    content = TrackedVideo(VideoInfo("clip", 1, 1, 25.0), ARM, [nowhere])
    path = write(JsonlWriter, tmp_path / "a.jsonl", content)
    assert "NaN" not in path.read_text(encoding="utf-8")
    [read] = jsonl.read(path).frames
    assert np.isnan(read.boxes).all()
    assert np.isnan(read.poses.person_scores).all()
    assert np.isnan(read.poses.keypoints[0, 1]).all()
    assert read.poses.scores[0, 1] == 0


def test_a_frame_is_on_disk_as_soon_as_it_is_written(tmp_path):
    with JsonlWriter(tmp_path / "a.jsonl", video().info, COCO_17, {}) as writer:
        for count, one in enumerate(video().frames, start=1):
            writer.write(one)
            assert len(jsonl.read(tmp_path / "a.jsonl").frames) == count


def test_a_killed_run_loses_nothing(tmp_path):
    path = tmp_path / "a.jsonl"
    program = f"""
import os, signal, sys
sys.path.insert(0, {os.path.dirname(io_samples.__file__)!r})
from io_samples import frame, video
from lighttrack.formats.jsonl import JsonlWriter
writer = JsonlWriter({str(path)!r}, video().info, video().skeleton, {{}})
for index in range(9):
    writer.write(frame(index, [1, 2]))
os.kill(os.getpid(), signal.{signal.SIGTERM.name})
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode != 0
    assert len(jsonl.read(path).frames) == 9


def test_an_error_keeps_what_was_written(tmp_path):
    def fail() -> None:
        with JsonlWriter(tmp_path / "a.jsonl", video().info, COCO_17, {}) as writer:
            writer.write(frame(0, [1]))
            raise KeyError("a mistake elsewhere")

    with pytest.raises(KeyError):
        fail()
    assert len(jsonl.read(tmp_path / "a.jsonl").frames) == 1


@pytest.mark.parametrize("lost", [1, 2, 40, 200])
def test_a_half_written_last_line_is_left_out_with_a_warning(tmp_path, caplog, lost):
    path = write(JsonlWriter, tmp_path / "a.jsonl", video())
    path.write_bytes(path.read_bytes()[:-lost])
    with caplog.at_level(logging.WARNING):
        read = jsonl.read(path)
    # Without its last character, the end of the line, the last line is still whole.
    assert len(read.frames) == (6 if lost == 1 else 5)
    assert ("half written" in caplog.text) == (lost > 1)


@pytest.mark.parametrize("lost", [0, 1, 2, 300])
def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, lost):
    whole = write(JsonlWriter, tmp_path / "whole.jsonl", video()).read_bytes()
    path = tmp_path / "a.jsonl"
    path.write_bytes(whole[: len(whole) - lost])
    done, writer = jsonl.resume(path)
    assert_same_people(done, TrackedVideo(done.info, COCO_17, video().frames[: len(done.frames)]))
    with writer:
        for one in video().frames[len(done.frames) :]:
            writer.write(one)
    assert path.read_bytes() == whole


def test_a_run_that_stopped_after_its_header_goes_on(tmp_path):
    JsonlWriter(tmp_path / "a.jsonl", video().info, COCO_17, {}).close()
    done, writer = jsonl.resume(tmp_path / "a.jsonl")
    assert done.frames == []
    with writer:
        writer.write(frame(0, [4]))
    assert jsonl.read(tmp_path / "a.jsonl").ids().tolist() == [4]


def test_frames_that_were_written_cannot_be_written_again(tmp_path):
    path = write(JsonlWriter, tmp_path / "a.jsonl", video())
    _, writer = jsonl.resume(path)
    with writer, pytest.raises(FormatError, match="ascending order: got 5 after 5"):
        writer.write(frame(5, [1]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: ['{"a": 1}', *lines[1:]], "its first line is no lighttrack-tracks header"),
        (lambda lines: lines[1:], "its first line is no lighttrack-tracks header"),
        (lambda lines: [], "its first line is no lighttrack-tracks header"),
        (
            lambda lines: [lines[0].replace('"version":2', '"version":9'), *lines[1:]],
            "has version 9 of the format; this program reads versions 1 and 2",
        ),
        (
            lambda lines: [lines[0].replace('"mirror"', '"murmur"'), *lines[1:]],
            "the skeleton in the first line of .* cannot be read",
        ),
        (lambda lines: [*lines[:2], "{half", *lines[2:]], "line 3 of .* is not JSON"),
        (
            lambda lines: [lines[0], lines[1].replace('"time"', '"tame"'), *lines[2:]],
            "line 2 of .* has no 'time'",
        ),
        (
            lambda lines: [lines[0], lines[1].replace('"tracked"', '"happy"'), *lines[2:]],
            "line 2 of .*: unknown state 'happy'; known: tracked, lost, unconfirmed, reidentified",
        ),
    ],
)
def test_a_broken_file_says_where(tmp_path, change, message):
    path = write(JsonlWriter, tmp_path / "a.jsonl", video())
    lines = change(path.read_text(encoding="utf-8").splitlines())
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        jsonl.read(path)


def test_another_skeleton_is_refused(tmp_path):
    with (
        JsonlWriter(tmp_path / "a.jsonl", video().info, COCO_17, {}) as writer,
        pytest.raises(FormatError, match=r"a\.jsonl holds poses of 'coco-17', got 'arm'"),
    ):
        writer.write(frame(0, [1], ARM))


def test_a_full_disk_names_the_file():
    if not os.path.exists("/dev/full"):
        pytest.skip("needs a disk that is always full")
    with pytest.raises(OSError, match="No space left on device"):
        JsonlWriter("/dev/full", video().info, COCO_17, {})
