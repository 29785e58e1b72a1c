"""Batches in processes of their own: kills, interruptions, several calls at once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import bright_batch
import bright_people
import pytest

from lighttrack.formats import read_tracks
from lighttrack.pipeline.track_many import track_many

_PROGRAM = """
import sys
import bright_batch
from lighttrack.pipeline.track_many import track_many

result = track_many(
    sys.argv[1], output=sys.argv[2], jobs=1, write="jsonl", progress=False,
    tracker_for=getattr(bright_batch, sys.argv[3]),
)
sys.exit(130 if result.interrupted else 0 if result.is_done else 1)
"""


@pytest.fixture(autouse=True)
def _fixtures_for_workers(monkeypatch):
    """Workers find the stand-ins where the tests do."""
    folders = [str(Path(bright_batch.__file__).parent), *filter(None, sys.path)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))


@pytest.fixture
def videos(tmp_path):
    folder = tmp_path / "videos"
    for number in range(6):
        path = folder / f"day{number % 2}" / f"{number}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        bright_people.video_file(path, 30)
    return folder


def start(videos, results, tracker="slow_tracker_for"):
    command = [sys.executable, "-c", _PROGRAM, str(videos), str(results), tracker]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def track(videos, results, **options):
    return track_many(
        videos,
        output=results,
        write="jsonl",
        progress=False,
        tracker_for=bright_batch.tracker_for,
        **options,
    )


def frames_of(results):
    """The frames of each result, as they are stored."""
    found = {}
    for path in sorted(results.rglob("*.tracks.jsonl")):
        assert len(read_tracks(path).frames) == 30
        found[path.relative_to(results)] = path.read_text().splitlines()[1:]
    return found


def kill_with_workers(process):
    """End a program and its workers as a power cut does."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    workers = children.read_text().split() if children.exists() else []
    process.kill()
    process.wait()
    for worker in workers:
        try:
            os.kill(int(worker), signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_all_videos_are_tracked_and_the_report_lists_them(videos, tmp_path):
    (videos / "broken.mp4").write_bytes(b"no video" * 100)
    result = track(videos, tmp_path / "out", jobs=2)
    assert not result.is_done
    assert [report.job.name for report in result.with_result("failed")] == ["broken"]
    assert len(frames_of(tmp_path / "out")) == 6
    rows = (tmp_path / "out" / "batch.csv").read_text().splitlines()
    assert rows[0].startswith("name,source,result,skipped,frames")
    assert len(rows) == 8
    page = (tmp_path / "out" / "batch.html").read_text()
    assert "6 of 7 videos done" in page
    assert "day0/0.thumbnail.jpg" in page


def test_workers_end_without_a_word(videos, tmp_path, capfd):
    how = {"jobs": 2, "tracker_for": bright_batch.threaded_tracker_for, "progress": False}
    assert track_many(videos / "day0", output=tmp_path / "out", write="jsonl", **how).is_done
    assert capfd.readouterr().err == ""


def test_shards_share_the_videos_without_overlap(videos, tmp_path):
    first = track(videos, tmp_path / "out", shard="0/2", jobs=1)
    second = track(videos, tmp_path / "out", shard="1/2", jobs=1)
    names = [{report.job.name for report in result.reports} for result in (first, second)]
    assert not names[0] & names[1]
    assert len(names[0] | names[1]) == 6
    assert first.is_done
    assert second.is_done
    assert all(report.skipped for report in track(videos, tmp_path / "out").reports)


def test_a_worker_that_is_killed_is_replaced(videos, tmp_path):
    results = tmp_path / "out"
    process = start(videos, results)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        pytest.skip("children of a process are listed on Linux only")
    for _ in range(2):
        seen = len(list(results.rglob("*.tracks.jsonl")))
        while process.poll() is None and len(list(results.rglob("*.tracks.jsonl"))) <= seen:
            time.sleep(0.05)
        for worker in children.read_text().split():
            os.kill(int(worker), signal.SIGKILL)
    assert process.wait(timeout=120) == 0
    assert len(frames_of(results)) == 6


def test_calls_killed_at_random_and_at_once_come_to_the_results_of_one_call(videos, tmp_path):
    choose = random.Random(0)
    track(videos, tmp_path / "alone")
    results = tmp_path / "out"
    calls = [start(videos, results) for _ in range(3)]
    for _ in range(5):
        time.sleep(choose.uniform(0.8, 2.0))
        victim = choose.randrange(3)
        kill_with_workers(calls[victim])
        calls[victim] = start(videos, results)
    assert [call.wait(timeout=180) for call in calls] == [0, 0, 0]
    assert frames_of(results) == frames_of(tmp_path / "alone")
    assert not list(results.rglob("*.claim-*"))
    for marker in results.rglob("*.job.json"):
        assert json.loads(marker.read_text())["status"] == "done"


def test_an_interruption_keeps_what_is_done_and_the_next_call_goes_on(videos, tmp_path):
    results = tmp_path / "out"
    process = start(videos, results)
    while not list(results.rglob("*.tracks.jsonl")):
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    statuses = {json.loads(m.read_text())["status"] for m in results.rglob("*.job.json")}
    assert statuses <= {"running", "done"}
    assert start(videos, results).wait(timeout=60) == 0
    assert len(frames_of(results)) == 6
