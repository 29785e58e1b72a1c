import tomllib
from typing import get_args

import pytest

from lighttrack.assembly import (
    DEFAULT_MATCHER,
    DEFAULT_PRESET,
    MATCHERS,
    MatcherName,
    PresetName,
    preset_config,
)
from lighttrack.cli import convert, track, tracking
from lighttrack.cli.app import main
from lighttrack.formats import FORMATS
from lighttrack.models.presets import PRESETS
from lighttrack.pipeline.outputs import KINDS
from lighttrack.pipeline.request import Outcome
from lighttrack.structures import VideoInfo
from lighttrack.structures.skeletons import COCO_17, SKELETONS
from lighttrack.tracking import TrackerConfig, settings


def choices(group, name):
    [found] = [each for each in settings() if (each.group, each.name) == (group, name)]
    return found.choices


@pytest.mark.parametrize(
    ("offered", "known"),
    [
        (PresetName, PRESETS),
        (MatcherName, MATCHERS),
        (tracking.KeyframeMode, choices("keyframes", "mode")),
        (convert.FormatName, FORMATS),
    ],
)
def test_every_choice_is_offered_and_exists(offered, known):
    assert sorted(get_args(offered)) == sorted(known)


@pytest.mark.parametrize("name", [*SKELETONS, *KINDS])
def test_help_names_every_skeleton_and_output(name, capsys):
    main(["track", "--help"])
    assert name in "".join(capsys.readouterr().out.split("│"))


def test_help_tells_the_true_defaults(capsys):
    main(["track", "--help"])
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert preset_config("balanced").keyframes.interval == 5
    assert preset_config("embedded").keyframes.interval == 10
    assert TrackerConfig.paper().keyframes.interval == 2
    assert "by default 5, 10 with embedded, and 2" in told
    assert tracking.TrackingOptions().preset == DEFAULT_PRESET
    assert f"{DEFAULT_MATCHER}, the default" in told
    assert all(name in told for name in MATCHERS)


@pytest.mark.parametrize("matcher", ["sgcn", "euclidean"])
def test_a_matcher_without_effect_is_refused_and_says_why(matcher, tmp_path, capsys):
    settings = tmp_path / "still.toml"
    settings.write_text("[motion]\ncamera = false\n")
    given = ["track", "none.mp4", "--settings", str(settings), "--matcher", matcher]
    assert main(given) == 1
    assert "without effect: without motion.camera" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ids", "told"), [(0, "0 identities"), (1, "1 identity"), (8, "8 identities")]
)
def test_the_closing_line_counts_identities(ids, told, capsys):
    summary = {
        "frames": 71, "ids": ids, "people": 5, "keyframes": 9, "fps": 30.0,
        "config": {"preset": "fast"},
    }  # fmt: skip
    outcome = Outcome(
        info=VideoInfo("match", 640, 480, 25.0),
        skeleton=COCO_17,
        provenance={},
        summary=summary,
        paths={},
        problem=None,
        interrupted=False,
    )
    assert track.report(outcome) == 0
    assert capsys.readouterr().out == f"match: 71 frames, {told}, 9 key frames, 30.0 frames/s\n"


def test_settings_are_shown_as_a_file_that_can_be_given_back(tmp_path, capsys):
    assert main(["track", "--show-settings", "--config", "paper"]) == 0
    shown = capsys.readouterr().out
    assert tomllib.loads(shown)["keyframes"]["interval"] == 2
    path = tmp_path / "settings.toml"
    path.write_text(shown)
    line = ["track", "--show-settings", "--settings", str(path), "--keyframe-interval", "7"]
    assert main(line) == 0
    assert capsys.readouterr().out == shown.replace("interval = 2", "interval = 7")


def test_a_setting_that_is_not_allowed_is_refused_in_one_line(tmp_path, capsys):
    path = tmp_path / "settings.toml"
    path.write_text("[keyframes]\ninterval = 0\n")
    assert main(["track", "clip.mp4", "--settings", str(path)]) == 1
    told = f"lighttrack: {path}: keyframes.interval must be at least 1, got 0\n"
    assert capsys.readouterr() == ("", told)


def test_the_old_name_of_an_option_works_with_a_note(capsys):
    assert main(["track", "--show-settings", "--everyone"]) == 0
    out, err = capsys.readouterr()
    assert tomllib.loads(out)["output"]["include_unconfirmed"] is True
    assert "--everyone is called --include-unconfirmed now" in err
    main(["track", "--show-settings", "--include-unconfirmed"])
    assert capsys.readouterr() == (out, "")
