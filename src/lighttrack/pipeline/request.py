"""What a run is asked to do, and what it came to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias

from lighttrack.assembly import (
    DEFAULT_MATCHER,
    DEFAULT_PRESET,
    DetectionsGiven,
    Matcher,
    NameOrPath,
    PresetName,
    preset_config,
)
from lighttrack.pipeline.outputs import VIDEO
from lighttrack.pipeline.sources import Source
from lighttrack.pipeline.target import TargetsGiven
from lighttrack.structures import Skeleton, VideoInfo
from lighttrack.tracking import (
    AppearanceModel,
    CameraMotionEstimator,
    Detector,
    PoseEstimator,
    PoseTracker,
    TrackerConfig,
)

Rotate: TypeAlias = Literal[0, 90, 180, 270, "auto"]
"""Degrees clockwise by which images are turned; `auto`: by which way up people are found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a run is asked to do; see `track_video` for the options."""

    source: Source
    output: Path | None
    """Folder for the files; None: nothing is written."""

    write: tuple[str, ...] = ("jsonl", VIDEO)
    preset: PresetName = DEFAULT_PRESET
    detector: Detector | NameOrPath | None = None
    pose: PoseEstimator | NameOrPath | None = None
    matcher: Matcher | None = DEFAULT_MATCHER
    camera: CameraMotionEstimator | None = None
    appearance: AppearanceModel | NameOrPath | None = None
    config: TrackerConfig | None = None
    tracker: PoseTracker | None = None
    """Replaces all that would be loaded."""

    load_with: Callable[["Request"], PoseTracker] | None = None
    """Gives the tracker where networks stay loaded from video to video."""

    target: TargetsGiven = None
    """Whom alone to follow; see `pipeline.target` for what a text can say."""

    skeleton: str | None = None
    start: float | None = None
    end: float | None = None
    fps: float | None = None
    threads: int | None = None
    smooth: bool = False
    name: str | None = None
    """Of the files, in place of the source's."""

    stream: int | None = None
    """Number of the video stream of a file of several."""

    rotate: Rotate = 0
    reconnect: float = 0.0
    """Seconds in which a live source that broke off is tried again."""

    region: str | PathLike[str] | None = None
    """Follow only people inside: corners of a polygon, or the path of a mask image."""

    detections: DetectionsGiven = None
    """Boxes that are known beforehand, in the detector's place; see `load_tracker`."""

    resume: bool = False
    overwrite: bool = False
    """Whether files that are there may be replaced."""

    command: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.resume and self.output is None:
            raise ValueError("resume goes on with the files of an earlier run: name their output")
        if self.rotate not in (0, 90, 180, 270, "auto"):
            raise ValueError(f"rotate must be 0, 90, 180, 270 or 'auto', got {self.rotate!r}")

    @property
    def configuration(self) -> TrackerConfig:
        """The tracker's settings: those given, or the preset's."""
        return self.config or preset_config(self.preset)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    info: VideoInfo
    skeleton: Skeleton
    """Of the poses that were written."""

    provenance: Mapping[str, Any]
    summary: Mapping[str, Any]
    paths: Mapping[str, Path]
    """What was written, the summary included."""

    problem: str | None
    """A sentence on a stream that was broken or cut short."""

    interrupted: bool
    hint: str = ""
    """Where no person was found: how people might be."""

    @property
    def name(self) -> str:
        """Of the video."""
        return self.info.name
