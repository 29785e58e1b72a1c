import pytest

from lighttrack.pipeline import progress
from lighttrack.pipeline.measure import Counts
from lighttrack.pipeline.progress import Progress


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "_PLAIN", 0.0)


def line_of(counts, *arguments, **options):
    """The line that is said of a frame, if one is."""
    lines = []
    with Progress(*arguments, **options, say=lines.append) as shown:
        shown.update(counts)
    return lines


def test_without_a_terminal_there_are_plain_lines(capsys, at_once):
    [line] = line_of(Counts(frames=40, here=3, keyframes=5), "clip", 100)
    assert line.startswith("clip: 40 of 100 frames, ")
    assert line.endswith("frames/s, 3 people, 5 key frames")
    assert capsys.readouterr() == ("", "")


def test_lines_without_a_terminal_are_logged(caplog, at_once):
    caplog.set_level("INFO", "lighttrack.pipeline.progress")
    with Progress("clip", 100) as shown:
        shown.update(Counts(frames=40))
    assert caplog.messages[0].startswith("clip: 40 of 100 frames")


def test_a_stream_without_an_end_has_no_total(at_once):
    [line] = line_of(Counts(frames=1, here=1, keyframes=1), "camera-0", None)
    assert line.startswith("camera-0: 1 frames, ")


def test_lines_come_now_and_then_only():
    counts, lines = Counts(), []
    with Progress("clip", 1000, say=lines.append) as shown:
        for _ in range(1000):
            counts.frames += 1
            shown.update(counts)
    assert lines == []


def test_a_function_is_told_of_every_frame_in_place_of_what_is_shown(at_once):
    told = []
    assert line_of(Counts(frames=7), "clip", None, show=lambda c: told.append(c.frames)) == []
    assert told == [7]


def test_nothing_is_shown_where_nothing_is_wanted(at_once):
    assert line_of(Counts(frames=7), "clip", None, show=False) == []


def test_the_rate_is_that_of_this_run_and_the_count_that_of_all(at_once, monkeypatch):
    monkeypatch.setattr(progress, "perf_counter", iter([0.0, 2.0]).__next__)
    [line] = line_of(Counts(frames=520), "clip", 100, done=500)
    assert line.startswith("clip: 520 of 600 frames, 10.0 frames/s")
