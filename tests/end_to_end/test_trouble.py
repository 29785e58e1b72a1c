import os
import pty
import resource
import signal
import subprocess
import time

import av
import numpy as np
import pytest

from lighttrack.cli.app import main
from lighttrack.formats import read_tracks
from lighttrack.video import VideoWriter, open_video

pytestmark = [pytest.mark.models, pytest.mark.clips]


def remuxed(source, target):
    """The same images in another container."""
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
    return target


def truncated(source, target, share):
    content = source.read_bytes()
    target.write_bytes(content[: int(len(content) * share)])
    return target


def test_of_a_truncated_video_what_could_be_read_is_written(track, campus, tmp_path):
    whole = remuxed(campus, tmp_path / "whole.mkv")
    cut = truncated(whole, tmp_path / "cut.mkv", 0.3)
    run = track(cut, tmp_path / "out", "--write", "jsonl,video")
    assert run.code == 0
    # A slow machine says how far it is before.
    warnings = [line for line in run.err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert "broken or cut short" in warnings[0]
    assert run.err.endswith(warnings[0] + "\n")
    count = run.summary["frames"]
    assert 5 < count < 40
    assert run.summary["problem"] in run.err
    assert len(read_tracks(tmp_path / "out" / "cut.tracks.jsonl").frames) == count
    with open_video(tmp_path / "out" / "cut.mp4") as drawn:
        assert sum(1 for _ in drawn) == count


def test_a_video_without_people_is_a_normal_result(track, tmp_path):
    source = tmp_path / "empty room.mp4"
    with VideoWriter(source, width=320, height=240, fps=25) as video:
        for i in range(12):
            video.write(np.full((240, 320, 3), 100 + i, np.uint8), i / 25)
    run = track(source, tmp_path / "out", "--write", "jsonl,video,posetrack,coco,mot,openpose,csv")
    assert run.code == 0
    assert "No person was found" in run.out
    assert run.summary["people"] == run.summary["ids"] == 0
    frames = read_tracks(tmp_path / "out" / "empty room.tracks.jsonl").frames
    assert [len(frame) for frame in frames] == [0] * 12


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bad.mp4 is empty (0 bytes)"),
        (b"Dear diary, today I filmed nothing.\n" * 50, "not a video"),
        (b"\x00" * 5000, "not a video"),
    ],
)
def test_what_is_no_video_is_refused_in_one_line(track, tmp_path, content, message):
    source = tmp_path / "bad.mp4"
    source.write_bytes(content)
    run = track(source, tmp_path / "out")
    assert (run.code, run.out) == (1, "")
    assert message in run.err
    assert run.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--detector", "rtmdet-giant"], "rtmdet-nano-person"),
        (["--pose", "no/such/file.onnx"], "no/such/file.onnx"),
        (["--skeleton", "smurf"], "unknown skeleton 'smurf'; known: coco-17"),
        (["--write", "avi"], "choose among jsonl,video"),
        (["--start", "2", "--end", "1"], "end must be later than start (2 s), got 1 seconds"),
        (["--start", "99"], "start (99 s) lies beyond the last frame"),
        (["--keyframe-interval", "0"], "keyframes.interval must be at least 1, got 0"),
        (["--max-people", "0"], "lifecycle.max_people must be at least 1, got 0"),
        (["--resume", "--write", "csv"], "resume continues JSON lines: name jsonl in write"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(track, campus, tmp_path, options, message):
    run = track(campus, tmp_path / "out", *options)
    assert (run.code, run.out) == (1, "")
    assert message in run.err
    assert run.err.count("\n") == 1
    assert not list((tmp_path / "out").glob("*"))


def test_threads_are_counted_from_one(networks, campus, tmp_path, capsys):
    line = ["track", str(campus), "-o", str(tmp_path), "--preset", "fast", "--threads", "0"]
    assert main(line) == 1
    assert capsys.readouterr().err == "lighttrack: threads must be at least 1, got 0\n"


def test_the_source_is_not_overwritten(track, campus, tmp_path):
    source = tmp_path / "match.mp4"
    source.write_bytes(campus.read_bytes())
    run = track(source, tmp_path)
    assert run.code == 1
    assert "is the source itself: choose another output" in run.err
    assert source.read_bytes() == campus.read_bytes()


def test_a_folder_that_cannot_be_made_is_named(track, campus, tmp_path):
    (tmp_path / "taken").write_text("a file")
    run = track(campus, tmp_path / "taken" / "out")
    assert run.code == 1
    assert "taken" in run.err
    assert run.err.count("\n") == 1


def test_ctrl_c_keeps_what_is_done(command, networks, clips_dir, tmp_path):
    source = clips_dir / "PETS09-S2L1" / "PETS09-S2L1.mp4"
    line = ["track", str(source), "-o", str(tmp_path), "--preset", "fast", "--threads", "1"]
    running = subprocess.Popen(
        [*command, *line, "--write", "jsonl,video,coco"], stderr=subprocess.PIPE, text=True
    )
    tracks = tmp_path / "PETS09-S2L1.tracks.jsonl"
    deadline = time.monotonic() + 60
    while not tracks.exists() or tracks.read_bytes().count(b"\n") < 10:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    count = len(read_tracks(tracks).frames)
    assert 9 <= count < 795
    assert err.endswith(f"interrupted after {count} frames, which are kept\n")
    assert "Traceback" not in err
    assert len(read_tracks(tmp_path / "PETS09-S2L1.coco.json").frames) == count
    with open_video(tmp_path / "PETS09-S2L1.mp4") as drawn:
        assert sum(1 for _ in drawn) == count
    assert (
        f"interrupted after {count} frames" in (tmp_path / "PETS09-S2L1.summary.json").read_text()
    )


def test_a_full_disk_stops_the_run_and_keeps_what_is_done(command, networks, campus, tmp_path):
    """The limit on the size of a file stands for the disk."""
    limit = 50_000
    done = subprocess.run(
        [*command, "track", str(campus), "-o", str(tmp_path), "--preset", "fast", "--end", "1.5"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    # A slow machine says how far it is before.
    last = done.stderr.splitlines()[-1]
    assert last.startswith("lighttrack: ")
    assert last.endswith("File too large")
    assert "TUD-Campus" in last
    assert len(read_tracks(tmp_path / "TUD-Campus.tracks.jsonl").frames) > 3


def test_a_terminal_shows_a_bar_and_a_pipe_does_not(command, campus, second, tmp_path):
    line = [*command, "track", str(campus), "-o", str(tmp_path), "--preset", "fast"]
    line += ["--write", "jsonl", "--end", "0.4", "--threads", "1"]
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        line, stderr=theirs, stdout=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux says so when the other end has been closed
        pass
    assert running.wait(timeout=60) == 0
    assert b"key frame" in shown
    assert b"frames/s" in shown
    assert b"\x1b[" in shown
    assert "\x1b" not in second.out + second.err


def test_debug_gives_the_traceback(command, networks):
    done = subprocess.run(
        [*command, "track", "no.mp4", "--debug"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert main(["track", "no.mp4"]) == 1
