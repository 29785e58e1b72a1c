"""Contracts: what a network expects and gives, as a TOML table, and the component built from it.

The same table stands in the catalog for networks known by name and in the file `name.toml` beside
one's own `name.onnx`: its `kind` names the component, every other key is a field of that
component's configuration.
"""

import dataclasses
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from lighttrack.models.appearance import ReidentificationConfig, ReidentificationNetwork
from lighttrack.models.blazepose import BlazePose, BlazePoseConfig
from lighttrack.models.blazepose_detector import BlazePoseDetector, BlazePoseDetectorConfig
from lighttrack.models.bounds import (
    require_in_range,
    require_outputs,
    require_scale_of_bytes,
)
from lighttrack.models.detectors import (
    YOLOX,
    BoxesScoresLabels,
    BoxesScoresLabelsConfig,
    PicoDet,
    PicoDetConfig,
    RTMDet,
    RTMDetConfig,
    YOLOv3,
    YOLOv3Config,
    YOLOXConfig,
)
from lighttrack.models.estimators import (
    HeatMapConfig,
    HeatMapEstimator,
    SimCCConfig,
    SimCCEstimator,
)
from lighttrack.models.session import PixelContract
from lighttrack.structures import Skeleton, make_skeleton, skeleton_named

Role: TypeAlias = Literal["detector", "estimator", "appearance"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of network that there is a component for."""

    role: Role
    component: Callable[..., Any]
    """Takes paths, a configuration and `threads`."""

    config: Callable[..., Any]
    networks: int = 1
    """How many network files the component takes."""


NOUNS: Mapping[Role, str] = {
    "detector": "a detector",
    "estimator": "an estimator",
    "appearance": "an appearance network",
}
"""The noun of each role in messages."""

KINDS: Mapping[str, Kind] = {
    "rtmdet": Kind("detector", RTMDet, RTMDetConfig),
    "yolox": Kind("detector", YOLOX, YOLOXConfig),
    "picodet": Kind("detector", PicoDet, PicoDetConfig),
    "yolov3": Kind("detector", YOLOv3, YOLOv3Config),
    "boxes-scores-labels": Kind("detector", BoxesScoresLabels, BoxesScoresLabelsConfig),
    "blazepose-detector": Kind("detector", BlazePoseDetector, BlazePoseDetectorConfig, 2),
    "heat-map": Kind("estimator", HeatMapEstimator, HeatMapConfig),
    "simcc": Kind("estimator", SimCCEstimator, SimCCConfig),
    "blazepose-landmarks": Kind("estimator", BlazePose, BlazePoseConfig),
    "re-identification": Kind("appearance", ReidentificationNetwork, ReidentificationConfig),
}


def read_contract(path: Path) -> Mapping[str, Any]:
    """The table of a TOML file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from error


def build(
    contract: Mapping[str, Any],
    paths: Sequence[Path],
    *,
    role: Role,
    origin: str,
    threads: int | None,
) -> Any:
    """The component that a contract describes, with the network of `paths`.

    Args:
        contract: `kind`, and fields of that kind's configuration.
        paths: The network's files; a format of two files is read through its first.
        role: What is wanted.
        origin: Where the contract stands, for messages.
        threads: As for `Network`.

    Raises:
        ValueError: if the contract has unknown or unfit entries; says what is allowed.
    """
    kind_name = contract.get("kind")
    kinds = {name: kind for name, kind in KINDS.items() if kind.role == role}
    if kind_name not in kinds:
        raise ValueError(
            f"{origin}: kind must be one of {', '.join(kinds)} for {NOUNS[role]}, got {kind_name!r}"
        )
    kind = kinds[kind_name]
    config = configuration(kind, contract, origin)
    component = kind.component(*paths[: kind.networks], config, threads=threads)
    shapes = getattr(component, "output_shapes", None)
    if shapes is not None:
        require_outputs(str(kind_name), shapes, config, origin)
    return component


def configuration(kind: Kind, contract: Mapping[str, Any], origin: str) -> Any:
    """The configuration of a kind's component that a contract states.

    Raises:
        ValueError: if the contract has unknown or unfit entries; says what is allowed.

    Example:
        >>> configuration(KINDS["heat-map"], {"padding": 1.1}, "my.toml").padding
        1.1
    """
    return kind.config(**_fields(kind.config, contract, origin))


def _fields(config: Any, table: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Values of the table as values of the configuration's fields."""
    known = {field.name: getattr(config(), field.name) for field in dataclasses.fields(config)}
    open_ended = {f.name: f.metadata["multiple"] for f in dataclasses.fields(config) if f.metadata}
    found = {}
    for key, value in table.items():
        if key == "kind":
            continue
        if key not in known:
            raise ValueError(f"{origin}: unknown entry {key!r}; known: {', '.join(known)}")
        where = f"{origin}: {key}"
        default = known[key]
        if key in open_ended:
            default = _as_long(value, default, open_ended[key], where)
        try:
            found[key] = _value(value, default, where)
        except OverflowError:  # a whole number that no float can hold
            found[key] = value
        require_in_range(key, found[key], where)
    return found


def _as_long(value: Any, default: Any, multiple: int, where: str) -> tuple[float, ...]:
    """A default as long as the value, whose length is free but for what it is a multiple of."""
    if not isinstance(value, list) or not value or len(value) % multiple:
        raise ValueError(
            f"{where} must be a multiple of {multiple} numbers like {list(default)}, got {value!r}"
        )
    return (float(default[0]),) * len(value)


def _value(value: Any, default: Any, where: str) -> Any:
    """A TOML value as a value of the same type as the field's default."""
    if isinstance(default, Skeleton):
        return _skeleton(value, where)
    if isinstance(default, PixelContract):
        return _pixels(value, where)
    if isinstance(default, tuple):
        return _numbers(value, default, where)
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if type(value) is not type(default):
        raise ValueError(f"{where} must be like {default!r}, got {value!r}")
    return value


def _numbers(value: Any, default: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) != len(default):
        raise ValueError(
            f"{where} must be {len(default)} numbers like {list(default)}, got {value!r}"
        )
    return tuple(_value(each, like, where) for each, like in zip(value, default, strict=True))


def _skeleton(value: Any, where: str) -> Skeleton:
    """A skeleton by its name, or from a table of name, keypoints and edges."""
    if isinstance(value, str):
        try:
            return skeleton_named(value)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
    if not isinstance(value, dict) or value.keys() != {"name", "keypoints", "edges"}:
        raise ValueError(f"{where} must be a name, or a table of name, keypoints and edges")
    names, edges = value["keypoints"], value["edges"]
    if not isinstance(value["name"], str) or not _are_texts(names):
        raise ValueError(f"{where}: name must be a text, and keypoints a list of names")
    if not isinstance(edges, list) or not all(_are_texts(e) and len(e) == 2 for e in edges):
        raise ValueError(f"{where}: edges must be a list of pairs of names of keypoints")
    try:
        return make_skeleton(value["name"], names, [(start, end) for start, end in edges])
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _pixels(value: Any, where: str) -> PixelContract:
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be a table, got {value!r}")
    pixels = PixelContract(**_fields(PixelContract, value, where))
    for part, allowed in (("channels", ("RGB", "BGR")), ("layout", ("NCHW", "NHWC"))):
        if getattr(pixels, part) not in allowed:
            raise ValueError(
                f"{where}.{part} must be {' or '.join(allowed)}, got {getattr(pixels, part)!r}"
            )
    require_scale_of_bytes(pixels.mean, pixels.deviation, where)
    return pixels
