"""Contracts with numbers that make no sense, and with networks of another kind."""

import math

import pytest

from lighttrack.models.bounds import require_outputs, require_scale_of_bytes
from lighttrack.models.contract import KINDS, configuration
from lighttrack.structures.skeletons import COCO_17


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 1e308, -1e308, 10**26, -(10**400)]
)
def test_no_number_of_any_kind_may_be_odd(kind, value):
    config = KINDS[kind].config
    names = {
        name
        for name in config.__dataclass_fields__
        if isinstance(getattr(config(), name), int | float) and name != "flip_test"
    }
    for name in names:
        with pytest.raises(ValueError, match=f"my.toml: {name} must be (from|like)"):
            configuration(KINDS[kind], {name: value}, "my.toml")


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"padding": 0}, "padding must be from 0.5 to 5, got 0"),
        ({"padding": -1.0}, "padding must be from 0.5 to 5"),
        ({"tracked_threshold": math.nan}, "tracked_threshold must be from 0 to 10, got nan"),
        ({"input_size": [10**6, 256]}, "input_size must be from 16 to 4096, got 1000000"),
        ({"input_size": [192]}, "input_size must be 2 numbers"),
        ({"pixels": {"deviation": [0.0, 1.0, 1.0]}}, "deviation must be from 0.001"),
        ({"pixels": {"deviation": [math.nan] * 3}}, "deviation must be from 0.001"),
        ({"pixels": {"mean": [math.inf] * 3}}, "mean must be from -255 to 255"),
        ({"pixels": {"mean": ["a"] * 3}}, "mean must be like"),
        ({"skeleton": 5}, "skeleton must be a name, or a table"),
        ({"skeleton": "coco-99"}, "skeleton: unknown skeleton 'coco-99'"),
        (
            {"skeleton": {"name": "x", "keypoints": "nose", "edges": [1, 2]}},
            "name must be a text, and keypoints a list of names",
        ),
        (
            {"skeleton": {"name": "x", "keypoints": ["nose"], "edges": [1, 2]}},
            "edges must be a list of pairs",
        ),
        (
            {"skeleton": {"name": "x", "keypoints": ["nose"], "edges": [["nose", "paw"]]}},
            "edge .* names 'paw', not a keypoint",
        ),
    ],
)
def test_an_entry_is_named_with_what_is_allowed(entries, message):
    with pytest.raises(ValueError, match=f"my.toml.*{message}"):
        configuration(KINDS["heat-map"], entries, "my.toml")


def test_means_of_0_to_1_are_refused_with_those_of_0_to_255():
    with pytest.raises(ValueError, match=r"mean = \[123\.675, .* deviation = \[58\.395"):
        require_scale_of_bytes([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], "my.toml")
    require_scale_of_bytes([0.0, 0.0, 0.0], [1.0, 1.0, 1.0], "my.toml")
    require_scale_of_bytes([0.0, 0.0, 0.0], [255.0, 255.0, 255.0], "my.toml")


HEAT_MAPS = [(1, 17, 64, 48)]
SIMCC = [(1, 17, 384), (1, 17, 512)]
RTMDET = [(1, None, 5), (1, None)]
YOLOX = [(1, 3549, 85)]
PICODET = [(1, 3598, 4), (1, 1, 3598)]
VECTOR = [(1, 256)]
LOOKS = {
    "heat-map": HEAT_MAPS, "simcc": SIMCC, "rtmdet": RTMDET, "yolox": YOLOX, "picodet": PICODET,
    "re-identification": VECTOR,
}  # fmt: skip


@pytest.mark.parametrize("kind", LOOKS)
@pytest.mark.parametrize("other", LOOKS)
def test_outputs_of_another_kind_are_refused(kind, other):
    config = KINDS[kind].config()
    if kind == other:
        require_outputs(kind, LOOKS[other], config, "my.toml")
        return
    with pytest.raises(ValueError, match=rf"my\.toml: a network of the kind '{kind}' gives .*"):
        require_outputs(kind, LOOKS[other], config, "my.toml")


def test_another_number_of_keypoints_than_the_skeleton_s_is_refused():
    config = KINDS["heat-map"].config()
    assert len(config.skeleton) == len(COCO_17)
    with pytest.raises(ValueError, match=r"this one: \(1, 14, 64, 48\)"):
        require_outputs("heat-map", [(1, 14, 64, 48)], config, "my.toml")


def test_what_a_file_leaves_open_passes():
    for kind, shapes in LOOKS.items():
        open_shapes = [tuple(None for _ in shape) for shape in shapes]
        require_outputs(kind, open_shapes, KINDS[kind].config(), "my.toml")
