from typing import get_args

import pytest

from lighttrack.assembly import DEFAULT_MATCHER, DEFAULT_PRESET, MATCHERS
from lighttrack.cli import convert, track
from lighttrack.cli.app import main
from lighttrack.formats import FORMATS
from lighttrack.models.presets import PRESETS
from lighttrack.pipeline.outputs import KINDS
from lighttrack.pipeline.request import Outcome
from lighttrack.structures import VideoInfo
from lighttrack.structures.skeletons import COCO_17, SKELETONS
from lighttrack.tracking import TrackerConfig
from lighttrack.tracking.config import KeyframeMode


@pytest.mark.parametrize(
    ("offered", "known"),
    [
        (track.Preset, PRESETS),
        (track.Matcher, MATCHERS),
        (track.KeyframeMode, get_args(KeyframeMode)),
        (convert.FormatName, FORMATS),
    ],
)
def test_every_choice_is_offered_and_exists(offered, known):
    assert sorted(get_args(offered)) == sorted(known)


@pytest.mark.parametrize("name", [*SKELETONS, *KINDS])
def test_help_names_every_skeleton_and_output(name, capsys):
    main(["track", "--help"])
    assert name in "".join(capsys.readouterr().out.split("│"))


def test_help_tells_the_true_defaults():
    told = track.track.__doc__
    assert TrackerConfig().keyframe_interval == 10
    assert TrackerConfig.paper().keyframe_interval == 2
    assert "by default 10, and 2" in told
    defaults = track.track.__kwdefaults__
    assert (defaults["preset"], defaults["matcher"]) == (DEFAULT_PRESET, DEFAULT_MATCHER)


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
