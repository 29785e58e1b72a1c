"""Puts a tracker together from names: the one place that knows models, matching and tracking."""

from collections.abc import Callable, Mapping
from os import PathLike, fspath
from typing import Literal, TypeAlias, TypedDict

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

PresetName: TypeAlias = Literal["embedded", "fast", "balanced", "accurate"]
MatcherName: TypeAlias = Literal["sgcn", "euclidean", "none"]

NameOrPath: TypeAlias = str | PathLike[str]
"""A network of the catalog, or the path of an `.onnx` file with its `.toml` beside it."""

DEFAULT_PRESET: PresetName = "embedded"
DEFAULT_MATCHER: MatcherName = "sgcn"


class TrackerOptions(TypedDict, total=False):
    """Options of `load_tracker` that `track_video` and `stream` hand on."""

    preset: PresetName
    detector: Detector | NameOrPath | None
    pose: PoseEstimator | NameOrPath | None
    matcher: PoseDistance | MatcherName | None
    camera: CameraMotionEstimator | None
    appearance: AppearanceModel | NameOrPath | None
    config: TrackerConfig
    threads: int | None


def load_tracker(
    preset: PresetName = DEFAULT_PRESET,
    *,
    detector: Detector | NameOrPath | None = None,
    pose: PoseEstimator | NameOrPath | None = None,
    matcher: PoseDistance | MatcherName | None = DEFAULT_MATCHER,
    camera: CameraMotionEstimator | None = None,
    appearance: AppearanceModel | NameOrPath | None = None,
    target: Target | None = None,
    config: TrackerConfig | None = None,
    skeleton: str | None = None,
    threads: int | None = None,
) -> PoseTracker:
    """A tracker with its networks loaded; what is missing is downloaded once.

    Args:
        preset: which detector and pose estimator: `embedded`, `fast`, `balanced` or `accurate`.
        detector: replaces the preset's: a name of the catalog (`lighttrack models list`), an ONNX
            file, or any object that fulfils the `Detector` protocol.
        pose: replaces the preset's pose estimator in the same way.
        matcher: `sgcn`, `euclidean`, `none`, or any object that fulfils the `PoseDistance`
            protocol.
        camera: estimates the camera's motion, if not `BackgroundCamera`; the configuration says
            whether it is estimated at all.
        appearance: embeds people's appearance for re-identification: `reid-retail-0288`, an ONNX
            file, or any object that fulfils the `AppearanceModel` protocol. Without it, only
            the colour descriptor does.
        target: follow one person only: `Target.largest()`, `Target.at(x, y)` and so on.
        config: how people are followed.
        skeleton: keypoints that are wanted in the end, by name: BlazePose gives all 33 that it
            knows for skeletons with feet, COCO's 17 otherwise. `Poses.to` makes any other of them.
        threads: CPU threads for each network; without it, all.

    Raises:
        ValueError: if a name is unknown, naming those that exist.
        OSError: if a network is missing and cannot be downloaded.

    Example:
        >>> tracker = load_tracker("fast", threads=2)  # doctest: +SKIP
    """
    if detector is None:
        detector = networks_of(preset)[0]
    if pose is None:
        pose = networks_of(preset)[1]
    return PoseTracker(
        build_detector(detector, threads=threads),
        build_estimator(pose, skeleton=skeleton, threads=threads),
        matcher=build_matcher(matcher) if isinstance(matcher, str) else matcher,
        camera=camera or build_camera(),
        appearance=_appearance(appearance, threads),
        target=target,
        config=config,
    )


def build_detector(given: Detector | NameOrPath, *, threads: int | None = None) -> Detector:
    """The detector of that name or file; an object is given back as it is."""
    if not isinstance(given, str | PathLike):
        return given
    from lighttrack.models import builders

    return builders.build_detector(fspath(given), threads=threads)


def build_estimator(
    given: PoseEstimator | NameOrPath, *, skeleton: str | None = None, threads: int | None = None
) -> PoseEstimator:
    """The pose estimator of that name or file; an object is given back as it is."""
    if not isinstance(given, str | PathLike):
        return given
    from lighttrack.models import builders

    return builders.build_estimator(fspath(given), skeleton=skeleton, threads=threads)


def build_camera() -> CameraMotionEstimator:
    """The estimator of the camera's motion that is used unless another is given."""
    from lighttrack.models.camera import BackgroundCamera

    return BackgroundCamera()


def _appearance(
    given: AppearanceModel | NameOrPath | None, threads: int | None
) -> AppearanceModel | None:
    if not isinstance(given, str | PathLike):
        return given
    from lighttrack.models.builders import build_appearance

    return build_appearance(fspath(given), threads=threads)


def networks_of(preset: str) -> tuple[str, str]:
    """Names of the detector and the pose estimator of a preset.

    Raises:
        ValueError: if there is none of that name, naming those that exist.
    """
    from lighttrack.models.presets import PRESETS

    if preset not in PRESETS:
        raise ValueError(f"unknown preset {preset!r}; known: {', '.join(PRESETS)}")
    return PRESETS[preset].detector, PRESETS[preset].estimator


def build_matcher(name: str) -> PoseDistance | None:
    """The matcher of that name.

    Raises:
        ValueError: if there is none, naming those that exist.
    """
    if name not in MATCHERS:
        raise ValueError(f"unknown matcher {name!r}; known: {', '.join(MATCHERS)}")
    return MATCHERS[name]()


def _no_matcher() -> None:
    return None


def _euclidean_matcher() -> PoseDistance:
    from lighttrack.matching import EuclideanMatcher

    return EuclideanMatcher()


def _graph_matcher() -> PoseDistance:
    from lighttrack.matching import PoseMatcher

    return PoseMatcher()


MATCHERS: Mapping[str, Callable[[], PoseDistance | None]] = {
    "none": _no_matcher,
    "euclidean": _euclidean_matcher,
    "sgcn": _graph_matcher,
}
"""Ways to match poses, by the names that users write."""
