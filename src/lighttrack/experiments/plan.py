"""What an experiment is: a grid of components, unfolded into cells, and a data set."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from lighttrack.experiments.cameras import STILL
from lighttrack.tracking import TrackerConfig
from lighttrack.tracking.config import KeyframeMode

TASKS = ("track", "detect", "pairs")
KINDS = ("posetrack", "mot")
AXES = (
    "tracker", "detector", "estimator", "camera", "interval", "mode", "association", "matcher",
    "threshold", "config",
)  # fmt: skip
ASSOCIATIONS: Mapping[str, str] = {
    "spatial": "none",
    "spatial+anybody": "anybody",
    "spatial+euclidean": "euclidean",
    "spatial+gcn": "sgcn",
}
"""The ways to associate, and the pose matcher of each."""
LIGHTTRACK = "lighttrack"
OFFLINE = ("poseflow", "flowtrack", "detect-and-track")
"""Trackers of the paper's offline rows."""
TRACKERS = (LIGHTTRACK, *OFFLINE, "oc-sort", "bot-sort")
UNLEARNED = ("none", "anybody")
"""Matchers without a threshold."""
CONFIGS = ("paper", "default")
Scoring = Literal["official", "strict"]


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
    camera: str = STILL
    """One of `cameras.CAMERAS`, through which the ground truth is seen."""
    tracker: str = LIGHTTRACK
    """One of `TRACKERS`; all but lighttrack call the detector in every frame."""
    matcher: str | None = None
    """The matcher of poses by name, or the file of its weights; None: the association's."""
    threshold: float | None = None
    """The distance below which two poses are of one person; None: the matcher's own."""

    @property
    def pose_matcher(self) -> str:
        """The matcher that the cell runs: one of the names of `ASSOCIATIONS`, or a file."""
        return self.matcher or ASSOCIATIONS[self.association]

    def identity(self) -> dict[str, Any]:
        """What the result of the cell depends on, however it was named."""
        values = asdict(self)
        del values["association"]
        for axis in ("detector", "estimator"):
            values[axis] = _content(values[axis])
        matcher = values["matcher"] = self.pose_matcher
        file = Path(matcher)
        if matcher not in ASSOCIATIONS.values() and file.is_file():
            values["matcher"] = hashlib.sha256(file.read_bytes()).hexdigest()
        return values


@dataclass(frozen=True, slots=True)
class Published:
    """A row of the paper, to stand beside ours."""

    name: str
    source: str
    """Where it is printed, and on which data."""
    figures: Mapping[str, float | tuple[float, ...]]
    """By column; with a pivot, one for each of its values."""


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
    published: tuple[Published, ...] = ()
    scoring: Scoring = "official"
    """By whose rules PoseTrack's data are scored, see docs/evaluation.md."""
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
    """Predicted keypoints that score less are left out for all figures but AP before dropping."""
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
        everything = [self.task, self.kind, self.stride, self.fps, cell.identity(), noise]
        if cell.config in self.configs:
            everything.append(dict(self.configs[cell.config]))
        digest = hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()[:8]
        networks = (_folder_name(cell.detector), _folder_name(cell.estimator))
        if cell.tracker != LIGHTTRACK:
            return "-".join([cell.tracker, *networks, digest])
        parts = (*networks, f"{cell.interval}f", cell.mode)
        return "-".join([*parts, Path(cell.pose_matcher).stem, cell.config, digest])

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


def _content(name: str) -> str:
    """A component's name, or a hash of the network file of that path and its contract."""
    file = Path(name)
    if not file.is_file():
        return name
    contract = file.with_suffix(".toml")
    content = file.read_bytes() + (contract.read_bytes() if contract.is_file() else b"")
    return hashlib.sha256(content).hexdigest()


def _folder_name(name: str) -> str:
    """A component's name as a part of a folder's; of a file that of its run, and its own."""
    file = Path(name)
    return f"{file.parent.name}-{file.stem}".strip("-") if file.is_file() else name
