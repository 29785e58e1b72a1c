"""What an experiment is: read from TOML, checked, and unfolded into cells."""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import product
from pathlib import Path
from typing import Any, Self, get_args

from lighttrack.tracking.config import KeyframeMode

TASKS = ("track", "detect")
KINDS = ("posetrack", "mot")
AXES = ("detector", "estimator", "interval", "mode", "association", "config")
ASSOCIATIONS = ("spatial", "spatial+euclidean", "spatial+gcn")
CONFIGS = ("paper", "default")


@dataclass(frozen=True, slots=True)
class DetectorNoise:
    """A stand-in for a detector: the truth's boxes with seeded errors."""

    jitter: float = 0.0
    """Standard deviation of each side, as a share of the box's size."""
    missed: float = 0.0
    """Probability that a person is not found."""
    ghosts: float = 0.0
    """Mean number of boxes per frame where nobody is."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PoseNoise:
    """A stand-in for a pose estimator: the truth's keypoints with seeded errors."""

    spread: float = 0.0
    """Standard deviation of a keypoint, as a share of the square root of the person's box."""
    missed: float = 0.0
    """Probability that a person is not seen in a frame at all."""
    lost: float = 0.0
    """Probability that a keypoint lands anywhere in the box, with a low score."""
    confused: float = 0.0
    """Probability that a keypoint lands on the same keypoint of a person who overlaps."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of components."""

    detector: str
    estimator: str = "truth"
    interval: int = 1
    mode: KeyframeMode = "fixed"
    association: str = "spatial"
    config: str = "paper"


@dataclass(frozen=True, slots=True)
class Plan:
    """An experiment."""

    name: str
    title: str
    task: str
    kind: str
    cells: tuple[Cell, ...]
    columns: tuple[str, ...]
    """Figures to show, such as `ap:Wri`, `mota:Total`, `idf1`, `fps`, `fps*`."""
    pivot: str | None = None
    """An axis to spread over the columns."""
    detectors: Mapping[str, DetectorNoise] = field(default_factory=dict)
    estimators: Mapping[str, PoseNoise] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    """The networks that take the place of stand-ins where there are pictures."""
    videos: tuple[str, ...] = ()
    """Names of the videos; empty: all of the data set."""
    stride: int = 1
    """For `detect`: every so many frames."""
    drop_below: float | None = None
    fps: float = 25.0
    """Frames per second of sequences that do not say it."""

    def key(self, cell: Cell) -> str:
        """A folder's name that tells the cell and changes with anything that its result is of."""
        noise = {
            "detector": asdict(self.detectors[cell.detector])
            if cell.detector in self.detectors
            else None,
            "estimator": asdict(self.estimators[cell.estimator])
            if cell.estimator in self.estimators
            else None,
        }
        everything = [self.task, self.kind, self.stride, self.fps, asdict(cell), noise]
        digest = hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()[:8]
        parts = (cell.detector, cell.estimator, f"{cell.interval}f", cell.mode, cell.association)
        return "-".join([*(part.replace("+", "_") for part in parts), cell.config, digest])

    def with_networks(self) -> Self:
        """The same with networks in place of the stand-ins that have one."""
        named = self.networks
        cells = tuple(
            replace(
                cell,
                detector=named.get(cell.detector, cell.detector),
                estimator=named.get(cell.estimator, cell.estimator),
            )
            for cell in self.cells
        )
        return replace(self, cells=cells)

    def varying(self) -> tuple[str, ...]:
        """The axes in which the cells differ."""
        return tuple(a for a in AXES if len({getattr(cell, a) for cell in self.cells}) > 1)


def read_plan(path: Path) -> Plan:
    """Read an experiment.

    Raises:
        ValueError: naming what is unknown or missing, and what is allowed.
    """
    try:
        data = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: not TOML ({error})") from None
    try:
        return _plan(path.stem, data)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


_KEYS = (
    "title", "task", "data", "grid", "columns", "pivot", "detectors", "estimators", "networks",
    "videos", "stride", "drop_below", "fps",
)  # fmt: skip


def _plan(name: str, data: dict[str, Any]) -> Plan:
    _known("key", data, _KEYS)
    for key in ("title", "data", "grid"):
        if key not in data:
            raise ValueError(f"{key!r} is missing")
    _choice("task", data.get("task", "track"), TASKS)
    _choice("data", data["data"], KINDS)
    cells = tuple(_cells(data["grid"]))
    pivot = data.get("pivot")
    if pivot is not None:
        _choice("pivot", pivot, AXES)
    return Plan(
        name=name,
        title=data["title"],
        task=data.get("task", "track"),
        kind=data["data"],
        cells=cells,
        columns=tuple(data.get("columns", ())),
        pivot=pivot,
        detectors=_noises(DetectorNoise, "detectors", data.get("detectors", {})),
        estimators=_noises(PoseNoise, "estimators", data.get("estimators", {})),
        networks=dict(data.get("networks", {})),
        videos=tuple(data.get("videos", ())),
        stride=int(data.get("stride", 1)),
        drop_below=data.get("drop_below"),
        fps=float(data.get("fps", 25.0)),
    )


def _cells(grid: Mapping[str, Any]) -> Iterator[Cell]:
    _known("axis of the grid", grid, AXES)
    if "detector" not in grid:
        raise ValueError("the grid needs 'detector'")
    axes = {axis: _as_list(grid[axis]) for axis in AXES if axis in grid}
    for axis, allowed in (
        ("mode", get_args(KeyframeMode)),
        ("association", ASSOCIATIONS),
        ("config", CONFIGS),
    ):
        for value in axes.get(axis, ()):
            _choice(axis, value, allowed)
    for value in axes.get("interval", ()):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"interval must be a whole number from 1, got {value!r}")
    for values in product(*axes.values()):
        yield Cell(**dict(zip(axes, values, strict=True)))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _noises(kind: type[Any], what: str, given: Mapping[str, Any]) -> dict[str, Any]:
    names = [part.name for part in fields(kind)]
    for settings in given.values():
        _known(f"setting of {what}", settings, names)
    return {name: kind(**settings) for name, settings in given.items()}


def _known(what: str, given: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for key in given:
        if key not in allowed:
            raise ValueError(f"unknown {what} {key!r}; known: {', '.join(allowed)}")


def _choice(what: str, value: Any, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} must be one of {', '.join(allowed)}, got {value!r}")
