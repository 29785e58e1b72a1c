"""Settings as a TOML file."""

import re
import tomllib

import pytest

from lighttrack.pipeline.settings import read_settings, settings_text
from lighttrack.tracking import TrackerConfig, settings


@pytest.mark.parametrize("config", [TrackerConfig(), TrackerConfig.paper()])
def test_what_is_shown_can_be_read(config, tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(settings_text(config))
    assert read_settings(path) == config


def test_every_setting_is_shown_with_its_unit_and_bounds():
    text = settings_text()
    for setting in settings():
        assert re.search(rf"^(# )?{setting.name} =", text, re.MULTILINE)
        assert setting.description in text
    assert "# time for which a pose is still estimated" in text
    assert re.search(r"; s; at least 0\nreacquire_time = 0\.6\n", text)
    assert '; of fixed, adaptive, both\nmode = "both"\n' in text
    assert re.search(r"at least 0, at most 1\niou_threshold = ", text)


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("[keyframes]\ninterval = 4\n[lifecycle]\nmax_people = 2\n")
    config = read_settings(path, TrackerConfig.paper())
    changes = {"keyframes": {"interval": 4}, "lifecycle": {"max_people": 2}}
    assert config == TrackerConfig.paper().changed(changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[keyframes\n", "is no TOML"),
        ("[keyframe]\ninterval = 4\n", "unknown group of settings 'keyframe'; known: keyframes"),
        ("[keyframes]\ngap = 4\n", r"unknown setting keyframes.gap; known in keyframes: interval"),
        ("[keyframes]\ninterval = 0\n", "keyframes.interval must be at least 1, got 0"),
        ("interval = 3\n", "unknown group"),
    ],
)
def test_a_mistake_is_told_with_the_file(text, message, tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"settings\.toml.*{message}"):
        read_settings(path)


def test_every_setting_that_is_shown_is_toml():
    assert set(tomllib.loads(settings_text())) == {setting.group for setting in settings()}
