import pytest

from lighttrack.pipeline import progress
from lighttrack.pipeline.measure import Counts
from lighttrack.pipeline.progress import Progress


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "_PLAIN", 0.0)


def test_a_pipe_gets_plain_lines(capsys, at_once):
    with Progress("clip", 100) as shown:
        shown.update(Counts(frames=40, here=3, keyframes=5))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("clip: 40 of 100 frames, ")
    assert err.endswith("frames/s, 3 people, 5 key frames\n")
    assert "\x1b" not in err
    assert "\r" not in err


def test_a_stream_without_an_end_has_no_total(capsys, at_once):
    with Progress("camera-0", None) as shown:
        shown.update(Counts(frames=1, here=1, keyframes=1))
    assert capsys.readouterr().err.startswith("camera-0: 1 frames, ")


def test_a_pipe_is_not_flooded(capsys):
    counts = Counts()
    with Progress("clip", 1000) as shown:
        for _ in range(1000):
            counts.frames += 1
            shown.update(counts)
    assert capsys.readouterr().err == ""


def test_the_rate_is_that_of_this_run_and_the_count_that_of_all(capsys, at_once, monkeypatch):
    monkeypatch.setattr(progress, "perf_counter", iter([0.0, 2.0]).__next__)
    with Progress("clip", 100, done=500) as shown:
        shown.update(Counts(frames=520))
    assert capsys.readouterr().err.startswith("clip: 520 of 600 frames, 10.0 frames/s")
