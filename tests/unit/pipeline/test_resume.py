"""An interrupted and resumed run equals an uninterrupted one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from bright_people import bright_tracker, video_file

from lighttrack.pipeline.request import Request
from lighttrack.pipeline.resume import Checkpoint, Moment, cut_back, require_same_settings
from lighttrack.pipeline.run import run

COUNT = 40
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return video_file(tmp_path_factory.mktemp("source") / "walk.mp4", COUNT)


def request(path, folder, **options):
    return Request(
        source=path,
        output=folder,
        tracker=bright_tracker(),
        write=("jsonl", "video", "csv"),
        **options,
    )


def lines(folder):
    return (folder / "walk.tracks.jsonl").read_text().splitlines()[1:]


@pytest.fixture(scope="module")
def whole(path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    run(request(path, folder), show=False)
    return folder


def interrupted(path, folder, after, **options):
    """A run that is asked to stop at a frame, as Ctrl-C does."""

    def stop(tracked):
        if tracked.index == after:
            os.kill(os.getpid(), signal.SIGINT)

    outcome = run(request(path, folder, **options), show=False, on_frame=stop)
    assert outcome.interrupted
    return outcome


def names(folder):
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize("after", [0, 3, 17])
@pytest.mark.parametrize("smooth", [False, True])
def test_an_interrupted_and_resumed_run_equals_an_uninterrupted_one(path, tmp_path, after, smooth):
    one, two = tmp_path / "one", tmp_path / "two"
    run(request(path, one, smooth=smooth), show=False)
    interrupted(path, two, after, smooth=smooth)
    assert "walk.state.npz" in names(two)
    assert len(lines(two)) == after + 1
    outcome = run(request(path, two, smooth=smooth, resume=True), show=False)
    assert lines(two) == lines(one)
    assert (two / "walk.csv").read_text() == (one / "walk.csv").read_text()
    assert outcome.summary["frames_before"] == after + 1
    assert (
        outcome.summary["people"] == json.loads((one / "walk.summary.json").read_text())["people"]
    )
    assert names(two) == names(one)  # no state is left


def test_it_may_be_interrupted_again_and_again(path, whole, tmp_path):
    interrupted(path, tmp_path, 4)
    interrupted(path, tmp_path, 20, resume=True)
    run(request(path, tmp_path, resume=True), show=False)
    assert lines(tmp_path) == lines(whole)


def test_lines_beyond_the_state_are_tracked_again(path, whole, tmp_path):
    interrupted(path, tmp_path, 9)
    state = (tmp_path / "walk.state.npz").read_bytes()
    stored = tmp_path / "walk.tracks.jsonl"
    # As after a crash: more lines than the state knows of, the last of them half written.
    every = (whole / "walk.tracks.jsonl").read_text().splitlines(keepends=True)
    stored.write_text("".join(every[:16]) + every[16][:40])
    (tmp_path / "walk.state.npz").write_bytes(state)
    outcome = run(request(path, tmp_path, resume=True), show=False)
    assert outcome.summary["frames_before"] == 10
    assert lines(tmp_path) == lines(whole)


def test_a_killed_run_can_be_resumed(path, whole, tmp_path):
    program = f"""
import sys
sys.path.insert(0, {str(FIXTURES)!r})
from pathlib import Path
from time import sleep
from bright_people import bright_tracker
from lighttrack.pipeline import resume
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.run import run
resume.Checkpoint.__init__.__kwdefaults__["every"] = 0.0
request = Request(source={str(path)!r}, output=Path({str(tmp_path)!r}), tracker=bright_tracker(),
                  write=("jsonl", "video", "csv"))
run(request, show=False, on_frame=lambda tracked: sleep(0.05))
"""
    process = subprocess.Popen([sys.executable, "-c", program])
    stored = tmp_path / "walk.tracks.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (stored.exists() and len(lines(tmp_path)) > 8):
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert 8 < len(lines(tmp_path)) < COUNT
    outcome = run(request(path, tmp_path, resume=True), show=False)
    assert outcome.summary["frames_before"] > 0
    assert lines(tmp_path) == lines(whole)


@pytest.mark.parametrize("left", ["nothing", "rubbish", "another frame's"])
def test_without_a_usable_state_it_says_so_and_begins_again(path, whole, tmp_path, left):
    interrupted(path, tmp_path, 9)
    state = tmp_path / "walk.state.npz"
    if left == "nothing":
        state.unlink()
    elif left == "rubbish":
        state.write_bytes(b"PK rubbish")
    else:
        cut_back(tmp_path / "walk.tracks.jsonl", 5)
    said = []
    outcome = run(request(path, tmp_path, resume=True), show=False, say=said.append)
    assert len(said) == 1
    assert str(state) in said[0]
    assert said[0].endswith("tracking again from the first frame")
    assert outcome.summary["frames_before"] == 0
    assert lines(tmp_path) == lines(whole)
    assert len((tmp_path / "walk.earlier.tracks.jsonl").read_text().splitlines()) > 5


def test_resuming_what_is_complete_changes_nothing(path, tmp_path):
    run(request(path, tmp_path, end=0.6), show=False)
    before = (tmp_path / "walk.tracks.jsonl").read_bytes()
    said = []
    outcome = run(request(path, tmp_path, end=0.6, resume=True), show=False, say=said.append)
    assert said == []
    assert (tmp_path / "walk.tracks.jsonl").read_bytes() == before
    assert outcome.summary["frames"] == outcome.summary["frames_before"] == 15


def test_an_end_before_the_interruption_is_refused_and_nothing_is_cut(path, tmp_path):
    interrupted(path, tmp_path, 20)
    before = lines(tmp_path)
    with pytest.raises(ValueError, match=r"came to 0\.80 s, so end must be later.* got 0\.4 s"):
        run(request(path, tmp_path, resume=True, end=0.4), show=False)
    assert lines(tmp_path) == before


def test_resuming_nothing_is_an_ordinary_run(path, whole, tmp_path):
    run(request(path, tmp_path / "out", resume=True), show=False)
    assert lines(tmp_path / "out") == lines(whole)


def test_a_run_that_begins_again_leaves_no_old_state(path, whole, tmp_path):
    interrupted(path, tmp_path, 9)
    run(request(path, tmp_path, overwrite=True), show=False)
    assert names(tmp_path) == names(whole)


def test_other_settings_do_not_continue_a_result(path, tmp_path):
    interrupted(path, tmp_path, 9)
    before = (tmp_path / "walk.tracks.jsonl").read_bytes()
    with pytest.raises(ValueError, match=r"made with smooth None, and this run has \{"):
        run(request(path, tmp_path, resume=True, smooth=True), show=False)
    assert (tmp_path / "walk.tracks.jsonl").read_bytes() == before


def test_the_setting_of_the_tracker_that_differs_is_named():
    def provenance(interval):
        return {"config": {"end": interval, "tracker": {"keyframes": {"interval": interval}}}}

    require_same_settings(provenance(5), provenance(5))
    with pytest.raises(ValueError, match=r"made with keyframes\.interval 5, and this run has 9"):
        require_same_settings(provenance(5), provenance(9))


def test_json_lines_are_needed(path, tmp_path):
    asked = Request(
        source=path, output=tmp_path, tracker=bright_tracker(), write=("csv",), resume=True
    )
    with pytest.raises(ValueError, match="name jsonl in write"):
        run(asked, show=False)


def test_a_state_comes_back_as_it_was(tmp_path):
    moment = Moment(7, 0.28, {"numbers": np.array([np.nan, 2.0])}, {"ids": np.arange(3)})
    moment.write(tmp_path / "a.state.npz")
    again = Moment.read(tmp_path / "a.state.npz")
    assert (again.index, again.time) == (7, 0.28)
    assert np.array_equal(again.tracker["numbers"], moment.tracker["numbers"], equal_nan=True)
    assert again.smoother["ids"].tolist() == [0, 1, 2]
    assert [each.name for each in tmp_path.iterdir()] == ["a.state.npz"]


def test_a_state_that_cannot_be_saved_is_a_warning(tmp_path, caplog):
    tracker = bright_tracker()
    checkpoint = Checkpoint(tmp_path / "no folder" / "a.state.npz", every=0.0)
    checkpoint.passed(0, tracker.start(), None)
    assert "cannot save the state of the run" in caplog.text
