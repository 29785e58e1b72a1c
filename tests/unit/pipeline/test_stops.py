"""Runs that are ended from outside: by signals at any moment, and by a disk that is full."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bright_people import video_file

from lighttrack.formats import read_tracks
from lighttrack.video import VideoError, open_video

COUNT = 150
SEED = 17
KILLS = int(os.environ.get("LIGHTTRACK_KILLS", "4"))
"""How often a run is killed; more by `LIGHTTRACK_KILLS=100`."""

FORMATS_AT_ONCE = ("jsonl", "video", "mot", "csv", "openpose")

PROGRAM = """
import sys, time
from pathlib import Path
from lighttrack.cli.app import main
import lighttrack.pipeline.loading as loading
sys.path.insert(0, sys.argv[1])
from bright_people import bright_tracker

loading.load_tracker = lambda *args, **options: bright_tracker()
import lighttrack.pipeline.run as running
steps = running._Run._store
def slow(self, outputs, step):
    time.sleep(0.02)
    steps(self, outputs, step)
running._Run._store = slow
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return video_file(tmp_path_factory.mktemp("source") / "walk.mp4", COUNT)


def begin(source, folder, *options, kinds=FORMATS_AT_ONCE, **how):
    fixtures = str(Path(__file__).parents[2] / "fixtures")
    line = ["track", str(source), "-o", str(folder), "--write", ",".join(kinds), *options]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, fixtures, *line],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **how,
    )  # fmt: skip


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def frames_in(path):
    return len(read_tracks(path).frames)


def test_killed_at_any_moment_every_output_can_be_read(source, tmp_path):
    """The drawn video up to its last two seconds, the others up to their last frame."""
    rng = random.Random(SEED)
    for number in range(KILLS):
        folder = tmp_path / str(number)
        process = begin(source, folder)
        wait_for((folder / "walk.tracks.jsonl").exists)
        time.sleep(rng.uniform(0, 2.5))
        process.kill()
        process.communicate()
        lines = (folder / "walk.tracks.jsonl").read_bytes().count(b"\n")
        if lines == 0:  # killed before the header was written
            continue
        count = frames_in(folder / "walk.tracks.jsonl")
        for name in ("walk.mot.txt", "walk.csv", "walk.openpose"):
            if count > 1:
                assert abs(frames_in(folder / name) - count) <= 1
        try:
            with open_video(folder / "walk.mp4") as video:
                drawn = sum(1 for _ in video)
        except VideoError:
            drawn = 0
        # 2 s of key frames, and what the encoder holds back: 25 frames a second.
        assert drawn >= count - 50 - 25


def test_a_killed_run_that_is_resumed_equals_one_that_was_not(source, tmp_path):
    whole = begin(source, tmp_path / "whole", kinds=("jsonl",))
    killed = begin(source, tmp_path / "killed", kinds=("jsonl",))
    stored = tmp_path / "killed" / "walk.tracks.jsonl"
    wait_for(lambda: stored.exists() and stored.read_bytes().count(b"\n") > 20)
    killed.kill()
    killed.communicate()
    # The state is saved every five seconds: this run had none, the next begins again.
    again = begin(source, tmp_path / "killed", "--resume", kinds=("jsonl",))
    for process in (whole, again):
        process.communicate(timeout=100)
        assert process.returncode == 0
    whole, killed = (
        (tmp_path / name / "walk.tracks.jsonl").read_text().splitlines()[1:]
        for name in ("whole", "killed")
    )
    assert killed == whole


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without a signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sigterm_is_ctrl_c(source, tmp_path, number):
    process = begin(source, tmp_path, kinds=("jsonl", "video", "coco", "posetrack"))
    stored = tmp_path / "walk.tracks.jsonl"
    wait_for(lambda: stored.exists() and stored.read_bytes().count(b"\n") > 10)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    count = frames_in(stored)
    assert err.endswith(f"interrupted after {count} frames, which are kept\n")
    assert frames_in(tmp_path / "walk.coco.json") == count
    assert frames_in(tmp_path / "walk.posetrack.json") == count
    with open_video(tmp_path / "walk.mp4") as video:
        assert sum(1 for _ in video) == count
    assert json.loads((tmp_path / "walk.summary.json").read_text())["frames"] == count
    assert not (tmp_path / ".walk.running").exists()


def test_sigterm_while_networks_load_is_an_interruption(tmp_path):
    program = (
        "import sys, os, signal\n"
        "import lighttrack.cli.app as app\n"
        "app.app = lambda *a, **k: os.kill(os.getpid(), signal.SIGTERM) or __import__('time')"
        ".sleep(9)\n"
        "sys.exit(app.main(['track', 'x.mp4']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 130


def limited(size):
    resource = pytest.importorskip("resource")
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [0, 1, 500, 3000, 9001, 20_000])
def test_a_disk_full_at_any_byte_names_the_file_and_keeps_the_rest(source, tmp_path, size):
    """A limit on the size of each file stands for the disk."""
    process = begin(
        source, tmp_path, "--end", "2", kinds=("jsonl", "video", "mot"), preexec_fn=limited(size)
    )
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.count("\n") == 1, err
    assert err.startswith("lighttrack: ")
    assert "File too large" in err
    assert "walk" in err
    stored = tmp_path / "walk.tracks.jsonl"
    whole = stored.read_bytes().count(b"\n") if stored.exists() else 0
    if whole > 1:
        assert frames_in(stored) >= whole - 1
        again = begin(source, tmp_path, "--end", "2", "--resume", kinds=("jsonl", "video", "mot"))
        again.communicate(timeout=60)
        assert again.returncode == 0
        assert frames_in(stored) == 50
