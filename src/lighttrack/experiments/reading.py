"""Reads an experiment from TOML and checks it."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

from lighttrack.experiments.cameras import CAMERAS, STILL
from lighttrack.experiments.plan import (
    ASSOCIATIONS,
    AXES,
    CONFIGS,
    KINDS,
    LIGHTTRACK,
    TASKS,
    TRACKERS,
    UNLEARNED,
    Cell,
    DetectorNoise,
    Plan,
    PoseNoise,
    Published,
    Scoring,
)
from lighttrack.experiments.settings import grouped
from lighttrack.tracking.config import KeyframeMode


def read_plan(path: Path) -> Plan:
    """Read an experiment.

    Args:
        path: a TOML file; its keys are described in docs/evaluation.md.

    Raises:
        ValueError: naming what is unknown or missing, and what is allowed.

    Example:
        >>> read_plan(Path("experiments/table-4.toml")).title  # doctest: +SKIP
        'Table 4: key-frame intervals, spatial consistency only'
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name}: not TOML ({error})") from None
    try:
        return _plan(data)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


# Every key, what its value is, and that in words.
_FORMS: Mapping[str, tuple[Any, str]] = {
    "title": (str, "text"),
    "task": (str, "text"),
    "data": (str, "text"),
    "grid": (dict, "a table [grid]"),
    "columns": (list, "a list of names"),
    "pivot": (str, "text"),
    "detectors": (dict, "tables [detectors.NAME]"),
    "estimators": (dict, "tables [estimators.NAME]"),
    "configs": (dict, "tables [configs.NAME]"),
    "networks": (dict, "a table [networks]"),
    "videos": (list, "a list of names"),
    "published": (list, "tables [[published]]"),
    "scoring": (str, "text"),
    "stride": (int, "a whole number"),
    "drop_below": (int | float, "a number"),
    "fps": (int | float, "a number"),
}


def _plan(data: dict[str, Any]) -> Plan:
    _check_forms(data)
    task = data.get("task", "track")
    _choice("task", task, TASKS)
    if ("grid" in data) != (task != "pairs"):
        raise ValueError("'grid' is missing" if task != "pairs" else "task 'pairs' has no grid")
    _choice("data", data["data"], KINDS)
    _choice("scoring", data.get("scoring", "official"), get_args(Scoring))
    configs = _configs(data.get("configs", {}))
    cells = tuple(dict.fromkeys(_cells(data.get("grid", {}), (*CONFIGS, *configs))))
    if data["data"] == "mot" and any(cell.camera != STILL for cell in cells):
        raise ValueError("a camera moves ground truth with poses, which data = 'mot' has not")
    pivot = data.get("pivot")
    if pivot is not None:
        _choice("pivot", pivot, AXES)
    return Plan(
        title=data["title"],
        task=task,
        kind=data["data"],
        cells=cells,
        columns=tuple(data.get("columns", ())),
        pivot=pivot,
        published=tuple(_published(data.get("published", ()))),
        scoring=data.get("scoring", "official"),
        detectors=_noises(DetectorNoise, "detectors", data.get("detectors", {})),
        estimators=_noises(PoseNoise, "estimators", data.get("estimators", {})),
        configs=configs,
        networks=dict(data.get("networks", {})),
        videos=tuple(data.get("videos", ())),
        stride=int(data.get("stride", 1)),
        drop_below=data.get("drop_below"),
        fps=float(data.get("fps", 25.0)),
    )


def _check_forms(data: Mapping[str, Any]) -> None:
    _known("key", data, tuple(_FORMS))
    for key in ("title", "data"):
        if key not in data:
            raise ValueError(f"{key!r} is missing")
    for key, value in data.items():
        kind, wanted = _FORMS[key]
        if not isinstance(value, kind):
            raise ValueError(f"{key} must be {wanted}, got {value!r}")
    for value in (*data.get("columns", ()), *data.get("videos", ())):
        if not isinstance(value, str):
            raise ValueError(f"columns and videos must be lists of names, got {value!r} in one")
    for key in ("stride", "fps"):
        if data.get(key, 1) <= 0:
            raise ValueError(f"{key} must be larger than 0, got {data[key]}")


def _cells(grid: Mapping[str, Any], configs: Sequence[str]) -> Iterator[Cell]:
    if not grid:
        return
    _known("axis of the grid", grid, AXES)
    if "detector" not in grid:
        raise ValueError("the grid needs 'detector'")
    axes = {
        axis: grid[axis] if isinstance(grid[axis], list) else [grid[axis]]
        for axis in AXES
        if axis in grid
    }
    for axis, values in axes.items():
        if not values:
            raise ValueError(f"{axis} must name one or more, got an empty list")
        for value in values:
            _check_value(axis, value, configs)
    for values in product(*axes.values()):
        yield _cell(dict(zip(axes, values, strict=True)))


def _cell(values: Mapping[str, Any]) -> Cell:
    """One cell; a threshold is left out where the matcher has none."""
    threshold = None if values.get("threshold") == "default" else values.get("threshold")
    made = Cell(**{**values, "threshold": threshold})
    if made.tracker != LIGHTTRACK:
        # Of another tracker no setting of ours says anything; the mode is that of the whole table.
        return Cell(
            made.detector,
            made.estimator,
            mode=made.mode,
            camera=made.camera,
            tracker=made.tracker,
        )
    if made.matcher is not None:
        _check_matcher(made.matcher, values.get("association"))
    if threshold is None or made.pose_matcher in UNLEARNED:
        return replace(made, threshold=None)
    if made.pose_matcher != "euclidean" and threshold > _FARTHEST:
        raise ValueError(f"threshold must be at most {_FARTHEST} for a network, got {threshold}")
    return made


_FARTHEST = 2
"""The largest distance of two embeddings of length 1."""


def _check_matcher(matcher: str, association: str | None) -> None:
    names = tuple(ASSOCIATIONS.values())
    if matcher not in names and not Path(matcher).is_file():
        raise ValueError(
            f"matcher must be one of {', '.join(names)} or a file of weights, got {matcher!r}"
        )
    if association is None:
        return
    meant = ASSOCIATIONS[association]
    if matcher != meant and (matcher in names or meant != "sgcn"):
        raise ValueError(
            f"association {association!r} and matcher {matcher!r} contradict one another: "
            "give one of them"
        )


_CHOICES: Mapping[str, Sequence[str]] = {
    "tracker": TRACKERS,
    "mode": get_args(KeyframeMode),
    "association": tuple(ASSOCIATIONS),
    "camera": tuple(CAMERAS),
}


def _check_value(axis: str, value: Any, configs: Sequence[str]) -> None:
    if axis == "interval":
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"interval must be a whole number from 1, got {value!r}")
    elif axis == "threshold":
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value != "default" and not (number and value > 0):
            raise ValueError(f"threshold must be a number above 0 or 'default', got {value!r}")
    elif axis == "config":
        _choice(axis, value, configs)
    elif axis in _CHOICES:
        _choice(axis, value, _CHOICES[axis])
    elif not isinstance(value, str):
        raise ValueError(f"{axis} must be a name, got {value!r}")


def _published(given: Sequence[Any]) -> Iterator[Published]:
    """Rows of the paper: a name, a source and figures by column."""
    for row in given:
        if not isinstance(row, dict):
            raise ValueError(f"published must be tables [[published]], got {row!r} in it")
        _known("key of published", row, ("name", "source", "figures"))
        missing = [key for key in ("name", "source", "figures") if key not in row]
        if missing:
            raise ValueError(f"a published row needs name, source and figures; lacks {missing[0]}")
        figures = row["figures"]
        if not isinstance(figures, dict):
            raise ValueError(f"figures of a published row must be a table, got {figures!r}")
        yield Published(
            str(row["name"]),
            str(row["source"]),
            {name: tuple(v) if isinstance(v, list) else v for name, v in figures.items()},
        )


def _configs(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Configurations of the plan's own: a base, and the settings that differ from it."""
    found = {}
    for name, table in given.items():
        if not isinstance(table, dict):
            raise ValueError(f"configs.{name} must be a table of settings, got {table!r}")
        settings = dict(table)
        base = settings.pop("base", "default")
        _choice(f"configs.{name}.base", base, CONFIGS)
        try:
            found[name] = {"base": base, **grouped(settings)}
        except ValueError as error:
            raise ValueError(f"configs.{name}: {error}") from None
    return found


def _noises(kind: type[Any], what: str, given: Mapping[str, Any]) -> dict[str, Any]:
    names = [part.name for part in fields(kind)]
    for name, settings in given.items():
        if not isinstance(settings, dict):
            raise ValueError(f"{what}.{name} must be a table of settings, got {settings!r}")
        _known(f"setting of {what}", settings, names)
        for key, value in settings.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{what}.{name}: {key} must be a number from 0, got {value!r}")
    return {name: kind(**settings) for name, settings in given.items()}


def _known(what: str, given: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for key in given:
        if key not in allowed:
            raise ValueError(f"unknown {what} {key!r}; known: {', '.join(allowed)}")


def _choice(what: str, value: Any, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} must be one of {', '.join(allowed)}, got {value!r}")
