"""What a run is asked to do, and what it came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from lighttrack.assembly import (
    DEFAULT_MATCHER,
    DEFAULT_PRESET,
    MatcherName,
    NameOrPath,
    PresetName,
)
from lighttrack.pipeline.outputs import VIDEO
from lighttrack.pipeline.sources import Source
from lighttrack.structures import Skeleton, VideoInfo
from lighttrack.tracking import (
    AppearanceModel,
    CameraMotionEstimator,
    Detector,
    PoseDistance,
    PoseEstimator,
    PoseTracker,
    Target,
    TrackerConfig,
)


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
    matcher: PoseDistance | MatcherName | None = DEFAULT_MATCHER
    camera: CameraMotionEstimator | None = None
    appearance: AppearanceModel | NameOrPath | None = None
    config: TrackerConfig | None = None
    tracker: PoseTracker | None = None
    """Replaces all that would be loaded."""

    target: Target | str | PathLike[str] | None = None
    """Whom alone to follow; see `pipeline.target` for what a text can say."""

    skeleton: str | None = None
    start: float | None = None
    end: float | None = None
    fps: float | None = None
    threads: int | None = None
    smooth: bool = False
    resume: bool = False
    command: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.resume and self.output is None:
            raise ValueError("resume goes on with the files of an earlier run: name their output")


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

    @property
    def name(self) -> str:
        """Of the video."""
        return self.info.name
