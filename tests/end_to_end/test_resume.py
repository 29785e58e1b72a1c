"""`--resume` on a real clip with real networks."""

import json
import shutil
import signal
import subprocess
import time

import pytest

from lighttrack.formats import read_tracks
from lighttrack.structures import TrackState
from lighttrack.video import open_video

pytestmark = [pytest.mark.models, pytest.mark.clips]

OPTIONS = ["--write", "jsonl,video,mot"]


def lines(folder):
    """The lines of the frames, without the header."""
    return (folder / "TUD-Campus.tracks.jsonl").read_text().splitlines()[1:]


@pytest.fixture(scope="module")
def interrupted(networks, campus, command, tmp_path_factory):
    """A folder in which a run was interrupted (Ctrl-C) before its end."""
    folder = tmp_path_factory.mktemp("interrupted")
    line = [*command, "track", str(campus), "-o", str(folder), "--preset", "fast", "--threads", "1"]
    process = subprocess.Popen([*line, *OPTIONS], stderr=subprocess.PIPE, text=True)
    stored = folder / "TUD-Campus.tracks.jsonl"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (stored.exists() and len(lines(folder)) >= 15):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    return folder


@pytest.fixture
def begun(interrupted, tmp_path):
    return shutil.copytree(interrupted, tmp_path / "out")


def test_an_interrupted_and_resumed_run_equals_an_uninterrupted_one(begun, track, campus, tmp_path):
    before = len(lines(begun))
    assert 15 <= before < 71
    resumed = track(campus, begun, *OPTIONS, "--resume")
    assert resumed.code == 0
    assert "again from the first frame" not in resumed.err
    whole = track(campus, tmp_path / "whole", *OPTIONS)
    assert lines(begun) == lines(whole.folder)
    # Other files are made again from the lines, whose numbers are rounded.
    people = [read_tracks(each / "TUD-Campus.mot.txt") for each in (begun, whole.folder)]
    for one, other in zip(people[0].frames, people[1].frames, strict=True):
        assert one.ids.tolist() == other.ids.tolist()
        assert one.boxes == pytest.approx(other.boxes, abs=0.02)
    with open_video(begun / "TUD-Campus.mp4") as drawn:
        assert sum(1 for _ in drawn) == 71
    assert (resumed.summary["frames"], resumed.summary["frames_before"]) == (71, before)
    result = read_tracks(begun / "TUD-Campus.tracks.jsonl")
    here = sum(int((frame.states != TrackState.LOST).sum()) for frame in result.frames)
    assert resumed.summary["people"] == here
    names = [sorted(path.name for path in folder.iterdir()) for folder in (begun, whole.folder)]
    assert names[0] == names[1]


def test_a_half_written_line_is_done_again(begun, track, campus):
    path = begun / "TUD-Campus.tracks.jsonl"
    state_of = len(lines(begun))
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"frame":' + str(state_of))
    assert track(campus, begun, *OPTIONS, "--resume").code == 0
    assert [frame.index for frame in read_tracks(path).frames] == list(range(71))


def test_without_its_state_a_run_begins_again_and_says_so(begun, track, campus):
    (begun / "TUD-Campus.state.npz").unlink()
    run = track(campus, begun, *OPTIONS, "--resume", "--end", "0.4")
    assert run.code == 0
    assert "TUD-Campus.state.npz is missing: tracking again from the first frame" in run.err
    assert len(lines(begun)) == 10
    assert run.summary["frames_before"] == 0


def test_resuming_what_is_complete_changes_nothing(track, campus, tmp_path):
    track(campus, tmp_path, "--end", "0.4", *OPTIONS)
    content = (tmp_path / "TUD-Campus.tracks.jsonl").read_bytes()
    run = track(campus, tmp_path, "--end", "0.4", *OPTIONS, "--resume")
    assert run.code == 0
    assert (tmp_path / "TUD-Campus.tracks.jsonl").read_bytes() == content
    assert run.summary["frames"] == run.summary["frames_before"] == 10


def test_other_settings_do_not_continue_a_result(begun, track, campus):
    path = begun / "TUD-Campus.tracks.jsonl"
    content = path.read_bytes()
    run = track(campus, begun, *OPTIONS, "--resume", "--pose", "tinypose-256x192")
    assert run.code == 1
    assert "made with pose 'tinypose-128x96', and this run has 'tinypose-256x192'" in run.err
    assert path.read_bytes() == content
    assert json.loads((begun / "TUD-Campus.summary.json").read_text())["problem"]
