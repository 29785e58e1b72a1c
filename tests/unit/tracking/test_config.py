"""Every setting has a documented default, a unit and bounds, and refuses what is beyond them."""

import math
import tomllib
from dataclasses import FrozenInstanceError

import pytest

from lighttrack.tracking import Setting, TrackerConfig, settings
from lighttrack.tracking.config import Association, Keyframes, Lifecycle

INF = math.inf
NUMBERS = """
keyframes.interval 10 1 inf frames
keyframes.min_gap 0.5 0 1 -
keyframes.max_seconds 1.0 0 inf s
keyframes.scan_seconds 2.0 0.01 inf s
keyframes.same_view 0.7 0 1 -
keyframes.refusal_memory 0.5 0 inf s
propagation.enlargement 0.2 0 2 -
propagation.keypoint_max_age 2.0 0 inf s
propagation.margin_gain 0.5 0 1 -
propagation.min_agreement 0.5 0 1 -
propagation.min_size 16.0 1 inf pixels
propagation.min_visible 0.1 0 1 -
motion.reaction_time 0.15 0.001 inf s
motion.size_time 0.4 0.001 inf s
motion.stop_time 0.7 0.001 inf s
association.iou_threshold 0.3 0 1 -
reidentification.max_lost_time 5.0 0 inf s
reidentification.remember_time 0.0 0 inf s
reidentification.reacquire_time 0.6 0 inf s
reidentification.speed 0.9 0 inf body_heights/s
reidentification.position_uncertainty 0.4 0.01 inf body_heights
reidentification.max_distance 2.0 0.01 inf body_heights
reidentification.min_inside 0.3 0 1 -
reidentification.reentry_distance 1.0 0.01 inf body_heights
reidentification.max_height_ratio 1.6 1.001 inf -
reidentification.min_affinity 0.1 0 1 -
reidentification.sure_affinity 0.3 0 1 -
reidentification.rival_share 0.4 0 1 -
reidentification.max_wait 4.0 0 inf -
reidentification.return_log_odds 2.0 -inf inf -
reidentification.min_likeness_elsewhere 0.8 0 1 -
reidentification.switch_log_odds 4.0 0 inf -
reidentification.switch_distance 2.5 0 inf body_heights
reidentification.contact_rate 0.05 0 inf 1/s
reidentification.hidden_rate 0.7 0 inf 1/s
reidentification.evidence_share 0.3 0 1 -
reidentification.decision_scale 0.1 0.001 inf -
appearance.min_log_odds -4.0 -inf inf -
appearance.learning_rate 0.2 0 1 -
occlusion.clear 0.3 0 1 -
occlusion.usable 0.6 0 1 -
occlusion.contested_similarity 0.6 0 1 -
occlusion.contested_margin 0.1 0 1 -
occlusion.duplicate_oks 0.6 0 1 -
lifecycle.max_people None 1 inf -
lifecycle.detection_threshold None 0 1 -
lifecycle.tracked_threshold None 0 1 -
lifecycle.confirmation 3 1 inf frames
lifecycle.confident_detection 0.33 0 1 -
lifecycle.max_missed_detections 2 1 inf key_frames
output.lost_for 0.2 0 inf s
output.smoothing 0.5 0 1 -
"""
"""Name, default, lowest and highest value, unit."""

CHOICES = {
    "keyframes.mode": ("both", ("fixed", "adaptive", "both")),
    "propagation.box": ("body", ("keypoints", "body")),
    "association.stages": (
        ("spatial consistency", "re-identification"),
        ("spatial consistency", "pose matching", "re-identification"),
    ),
    "association.known": ("tracked", ("all", "tracked")),
    "association.detections": ("all", ("all", "confident")),
}

SWITCHES = {
    "keyframes.restart_interval": True,
    "keyframes.search_when_empty": True,
    "keyframes.at_detections": True,
    "keyframes.detect_first": False,
    "motion.predict": True,
    "motion.camera": True,
    "appearance.colours": True,
    "occlusion.resolve_contested": True,
    "output.include_unconfirmed": False,
}

NAMED = {f"{each.group}.{each.name}": each for each in settings()}
NUMERIC = [name for name in NAMED if name not in CHOICES and name not in SWITCHES]


def changed(name: str, value: object) -> TrackerConfig:
    group, setting = name.split(".")
    return TrackerConfig().changed({group: {setting: value}})


def value_of(config: TrackerConfig, name: str) -> object:
    group, setting = name.split(".")
    return getattr(getattr(config, group), setting)


def test_numbers_have_the_documented_defaults_bounds_and_units():
    rows = [
        f"{name} {s.default} {s.low:g} {s.high:g} {s.unit.replace(' ', '_') or '-'}"
        for name, s in NAMED.items()
        if name in NUMERIC
    ]
    assert rows == NUMBERS.split("\n")[1:-1]


def test_choices_and_switches_have_the_documented_defaults():
    assert {n: (s.default, s.choices) for n, s in NAMED.items() if s.choices} == CHOICES
    assert {n: s.default for n, s in NAMED.items() if s.type == "bool"} == SWITCHES


def test_settings_say_what_the_configuration_holds_and_in_its_order():
    table = TrackerConfig().as_dict()
    assert [(s.group, s.name) for s in settings()] == [
        (group, name) for group, values in table.items() for name in values
    ]
    for name, setting in NAMED.items():
        assert value_of(TrackerConfig(), name) == setting.default
        assert setting.description
        assert (setting.low, setting.high) == (-INF, INF) or name in NUMERIC


def test_types_are_told_as_they_are_written():
    assert NAMED["keyframes.interval"].type == "int"
    assert NAMED["keyframes.mode"].type == "Literal['fixed', 'adaptive', 'both']"
    assert NAMED["lifecycle.max_people"].type == "int | None"
    assert isinstance(NAMED["lifecycle.max_people"], Setting)


@pytest.mark.parametrize("name", NUMERIC)
def test_a_number_beyond_its_bounds_is_refused(name):
    setting = NAMED[name]
    if setting.low == -INF:
        assert value_of(changed(name, -1e9), name) == -1e9
        return
    below = setting.low - 1 if "int" in setting.type else setting.low - 1e-6
    with pytest.raises(ValueError, match=f"^{name} must be at least {setting.low:g}, got "):
        changed(name, below)
    at_low = type(setting.default if setting.default is not None else 1)(setting.low)
    assert value_of(changed(name, at_low), name) == setting.low
    if setting.high < INF:
        with pytest.raises(ValueError, match=f"^{name} must be at most {setting.high:g}, got "):
            changed(name, setting.high + 1e-6)
        assert value_of(changed(name, float(setting.high)), name) == setting.high
    elif "int" not in setting.type:
        assert value_of(changed(name, 1e9), name) == 1e9


@pytest.mark.parametrize("name", NUMERIC)
@pytest.mark.parametrize("value", ["1", True, [1], math.nan])
def test_what_is_no_number_is_refused(name, value):
    wanted = "a whole number" if "int" in NAMED[name].type else "a number"
    with pytest.raises(ValueError, match=f"^{name} must be {wanted}, got "):
        changed(name, value)


@pytest.mark.parametrize("name", [name for name in NUMERIC if "int" in NAMED[name].type])
def test_a_whole_number_is_not_rounded(name):
    with pytest.raises(ValueError, match=f"^{name} must be a whole number, got 2.5$"):
        changed(name, 2.5)


@pytest.mark.parametrize("name", NUMERIC)
def test_only_settings_that_may_be_left_open_are_none(name):
    if NAMED[name].default is None:
        assert value_of(changed(name, None), name) is None
        assert value_of(changed(name, 1), name) == 1
    else:
        with pytest.raises(ValueError, match=f"^{name} must be "):
            changed(name, None)


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("value", ["kp", "", None, 1, ("kp",), ["spatial consistency", "kp"]])
def test_an_unknown_choice_is_refused_with_those_that_are_known(name, value):
    known = ", ".join(NAMED[name].choices)
    with pytest.raises(ValueError, match=f"^{name} must be of {known}, got "):
        changed(name, value)


@pytest.mark.parametrize("name", [name for name in CHOICES if name != "association.stages"])
def test_every_choice_is_accepted(name):
    for choice in NAMED[name].choices:
        assert value_of(changed(name, choice), name) == choice


def test_stages_come_as_a_list_in_any_order():
    stages = ["re-identification", "pose matching"]
    assert changed("association.stages", stages).association.stages == tuple(stages)
    assert changed("association.stages", []).association.stages == ()
    with pytest.raises(ValueError, match=r"association.stages must be of .*, got 'pose matching'"):
        changed("association.stages", "pose matching")


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("value", [0, 1, "true", None])
def test_a_switch_is_true_or_false(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be true or false, got {value!r}$"):
        changed(name, value)
    assert value_of(changed(name, not SWITCHES[name]), name) is not SWITCHES[name]


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (lambda: Keyframes(interval=0), "keyframes.interval must be at least 1, got 0"),
        (lambda: Keyframes(min_gap=5), "keyframes.min_gap must be at most 1, got 5"),
        (lambda: Association(iou_threshold=7), "association.iou_threshold must be at most 1"),
        (lambda: Lifecycle(confirmation=0), "lifecycle.confirmation must be at least 1, got 0"),
    ],
)
def test_groups_check_what_they_are_made_of(group, message):
    with pytest.raises(ValueError, match=message):
        group()


def test_unknown_groups_and_settings_are_named_with_those_that_are_known():
    with pytest.raises(
        ValueError, match="unknown group of settings 'keyframe'; known: keyframes, "
    ):
        TrackerConfig().changed({"keyframe": {}})
    message = "unknown setting motion.sped; known in motion: predict, camera, reaction_time, "
    with pytest.raises(ValueError, match=message):
        TrackerConfig().changed({"motion": {"sped": 1}})
    with pytest.raises(ValueError, match="motion must be a table of settings, got 3"):
        TrackerConfig().changed({"motion": 3})


def test_changes_alter_what_they_name_and_keep_the_rest():
    before = TrackerConfig.paper()
    after = before.changed({"keyframes": {"interval": 7}, "output": {"lost_for": 1}})
    table = before.as_dict()
    table["keyframes"]["interval"], table["output"]["lost_for"] = 7, 1
    assert after.as_dict() == table
    assert before == TrackerConfig.paper()
    assert TrackerConfig().changed({}) == TrackerConfig()


def test_a_file_of_settings_can_be_read_back():
    text = '[keyframes]\ninterval = 4\nmode = "fixed"\n[association]\nstages = ["pose matching"]\n'
    config = TrackerConfig().changed(tomllib.loads(text))
    assert (config.keyframes.interval, config.keyframes.mode) == (4, "fixed")
    assert config.association.stages == ("pose matching",)
    assert TrackerConfig().changed(config.as_dict()) == config


def test_the_paper_configuration_is_what_section_3_1_says():
    table, default = TrackerConfig.paper().as_dict(), TrackerConfig().as_dict()
    differs = {
        f"{group}.{name}": value
        for group, values in table.items()
        for name, value in values.items()
        if value != default[group][name]
    }
    assert differs == {
        "keyframes.interval": 2,
        "keyframes.min_gap": 0,
        "keyframes.max_seconds": 0,
        "keyframes.detect_first": True,
        "keyframes.restart_interval": False,
        "propagation.box": "keypoints",
        "motion.predict": False,
        "motion.camera": False,
        "association.stages": ("spatial consistency", "pose matching"),
        "association.known": "all",
        "association.detections": "confident",
        "reidentification.max_lost_time": 0,
        "reidentification.reacquire_time": 0,
        "appearance.colours": False,
        "occlusion.resolve_contested": False,
        "lifecycle.confirmation": 1,
        "lifecycle.max_missed_detections": 1,
        "output.lost_for": 0,
        "output.smoothing": 1,
    }
    assert TrackerConfig.paper().propagation.enlargement == 0.2


def test_a_configuration_cannot_be_altered_in_place():
    with pytest.raises(FrozenInstanceError):
        TrackerConfig().keyframes.interval = 3
    with pytest.raises(FrozenInstanceError):
        TrackerConfig().keyframes = Keyframes()
    with pytest.raises(TypeError):
        Keyframes(5)
