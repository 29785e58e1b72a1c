"""What an experiment is: a grid of components, unfolded into cells, and a data set."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from lighttrack.tracking import TrackerConfig
from lighttrack.tracking.config import KeyframeMode

TASKS = ("track", "detect")
KINDS = ("posetrack", "mot")
AXES = ("detector", "estimator", "interval", "mode", "association", "config")
ASSOCIATIONS: Mapping[str, str] = {
    "spatial": "none",
    "spatial+euclidean": "euclidean",
    "spatial+gcn": "sgcn",
}
"""The ways to associate, and the pose matcher of each."""
CONFIGS = ("paper", "default")


@dataclass(frozen=True, slots=True)
class DetectorNoise:
    """A stand-in for a detector: the truth's boxes with seeded errors."""

    jitter: float = 0.0
    """Standard deviation of each side, as a share of the box's size."""
    missed: float = 0.0
    """Probability that a person is not detected."""
    ghosts: float = 0.0
    """Mean number of false positives per frame."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PoseNoise:
    """A stand-in for a pose estimator: the truth's keypoints with seeded errors."""

    spread: float = 0.0
    """Standard deviation of a keypoint, as a share of the square root of the person's box."""
    missed: float = 0.0
    """Probability that a person has no pose in a frame."""
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
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Configurations beside `CONFIGS`: their `base`, and the settings that differ, by group."""
    networks: Mapping[str, str] = field(default_factory=dict)
    """The networks that take the place of stand-ins where there are images."""
    videos: tuple[str, ...] = ()
    """Names of the videos; empty: all of the data set."""
    stride: int = 1
    """For `detect`: every so many frames."""
    drop_below: float | None = None
    fps: float = 25.0
    """Frames per second of sequences whose files do not state it."""

    def key(self, cell: Cell) -> str:
        """A folder's name: the cell, and a hash of all that its result depends on in the plan."""
        noise = {
            "detector": asdict(self.detectors[cell.detector])
            if cell.detector in self.detectors
            else None,
            "estimator": asdict(self.estimators[cell.estimator])
            if cell.estimator in self.estimators
            else None,
        }
        everything = [self.task, self.kind, self.stride, self.fps, asdict(cell), noise]
        if cell.config in self.configs:
            everything.append(dict(self.configs[cell.config]))
        digest = hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()[:8]
        parts = (cell.detector, cell.estimator, f"{cell.interval}f", cell.mode, cell.association)
        return "-".join([*(part.replace("+", "_") for part in (*parts, cell.config)), digest])

    def config(self, cell: Cell) -> TrackerConfig:
        """The tracker's configuration of a cell."""
        changes = dict(self.configs.get(cell.config, {"base": cell.config}))
        base = TrackerConfig.paper() if changes.pop("base") == "paper" else TrackerConfig()
        axes = {"interval": cell.interval, "mode": cell.mode}
        return base.changed({**changes, "keyframes": {**changes.get("keyframes", {}), **axes}})

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
