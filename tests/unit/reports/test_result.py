"""The page of one result: people, durations, speeds, settings, words."""

from dataclasses import replace

import bright_people
import pytest

from lighttrack.analysis import analyze
from lighttrack.pipeline.track_video import track_video
from lighttrack.refinement import edit
from lighttrack.reports.result import people_table, result_page, settings_table


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    clip = bright_people.video_file(tmp_path_factory.mktemp("clip") / "walk.mp4", 40)
    return track_video(clip, tracker=bright_people.bright_tracker(), progress=False)


def test_people_have_durations_and_speeds(result):
    table = people_table(result, analyze(result))
    first = dict(zip(table.columns, table.rows[0], strict=True))
    assert first["Person"] == "1"
    assert first["duration, s"] == pytest.approx(first["to, s"] - first["from, s"])
    # The first walks a pixel a frame, at 25 frames per second.
    assert first["mean speed, px/s"] == pytest.approx(25, abs=5)


def test_settings_and_changes_are_told(result):
    table = settings_table(edit.swap(result, 1, 2, from_frame=20))
    told = dict(table.rows)
    assert told["keyframes.interval"] == str(
        result.provenance["config"]["tracker"]["keyframes"]["interval"]
    )
    assert told["changed: swap"].startswith("ids: 1, 2, from_frame: 20")
    assert settings_table(replace(result, provenance={})) is None


def test_the_page_holds_all_of_it_and_names_stay_text(result):
    hostile = {**result.provenance, "names": {"1": "<img onerror=a()>"}}
    page = result_page(replace(result, provenance=hostile), analyze(result))
    for heading in ("People", "Ranges", "Person 1", "Settings", "Glossary"):
        assert f"<h2>{heading}</h2>" in page
    assert "<svg" in page
    assert "<img" not in page
