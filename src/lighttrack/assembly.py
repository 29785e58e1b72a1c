"""Puts a tracker together from names: the one place that knows models, matching and tracking."""

from collections.abc import Callable, Collection, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

from lighttrack.structures import Detections
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

if TYPE_CHECKING:
    from lighttrack.models.presets import Preset

PresetName: TypeAlias = Literal["embedded", "fast", "balanced", "accurate"]
MatcherName: TypeAlias = Literal["sgcn", "euclidean", "anybody", "none"]

NameOrPath: TypeAlias = str | PathLike[str]
"""A network of the catalog, or the path of an `.onnx` file with its `.toml` beside it."""

Matcher: TypeAlias = PoseDistance | MatcherName | NameOrPath
"""An object, a name, or the path of weights that `lighttrack train matcher` wrote."""

DetectionsGiven: TypeAlias = NameOrPath | Mapping[int, Detections] | None
"""A file of boxes, or boxes by frame number from 0; None: a detector finds people."""

DEFAULT_PRESET: PresetName = "embedded"
DEFAULT_MATCHER: MatcherName = "sgcn"
NO_APPEARANCE = "none"


class TrackerOptions(TypedDict, total=False):
    """Options of `load_tracker` that `track_video` and `stream` hand on."""

    preset: PresetName
    detector: Detector | NameOrPath | None
    pose: PoseEstimator | NameOrPath | None
    matcher: Matcher | None
    camera: CameraMotionEstimator | None
    appearance: AppearanceModel | NameOrPath | None
    config: TrackerConfig
    threads: int | None
    detections: DetectionsGiven


def load_tracker(
    preset: PresetName = DEFAULT_PRESET,
    *,
    detector: Detector | NameOrPath | None = None,
    pose: PoseEstimator | NameOrPath | None = None,
    matcher: Matcher | None = DEFAULT_MATCHER,
    camera: CameraMotionEstimator | None = None,
    appearance: AppearanceModel | NameOrPath | None = None,
    target: Target | Collection[Target] | None = None,
    config: TrackerConfig | None = None,
    skeleton: str | None = None,
    threads: int | None = None,
    detections: DetectionsGiven = None,
) -> PoseTracker:
    """A tracker with its networks loaded; what is missing is downloaded once.

    Args:
        preset: which detector and pose estimator: `embedded`, `fast`, `balanced` or `accurate`.
        detector: replaces the preset's: a name of the catalog (`lighttrack models list`), an ONNX
            file, or any object that fulfils the `Detector` protocol.
        pose: replaces the preset's pose estimator in the same way.
        matcher: `sgcn`, `euclidean`, `anybody`, `none`, a file of weights that `lighttrack train
            matcher` wrote, or any object that fulfils the `PoseDistance` protocol.
        camera: estimates the camera's motion, if not `BackgroundCamera`; the configuration says
            whether it is estimated at all.
        appearance: embeds people's appearance for re-identification, in place of the preset's: a
            name of the catalog, an ONNX file, or any object that fulfils the `AppearanceModel`
            protocol. `none`: only the colour descriptor does. The preset's is left out where the
            configuration has no re-identification, as the paper's.
        target: follow one person only: `Target.largest()`, `Target.at(x, y)` and so on; or several,
            as a collection of targets.
        config: how people are followed; by default `preset_config`.
        skeleton: keypoints that are wanted in the end, by name: BlazePose gives all 33 that it
            knows for skeletons with feet, COCO's 17 otherwise. `Poses.to` makes any other of them.
        threads: CPU threads for each network; without it, all.
        detections: boxes that are known beforehand, in the detector's place: a file
            (`formats.read_detections`), or `Detections` by frame number from 0. Every frame that
            has boxes is a key frame, unless `config.keyframes.at_detections` is off.

    Raises:
        ValueError: if a name is unknown, naming those that exist, or a matcher other than the
            default is given that the configuration leaves without effect.
        OSError: if a network is missing and cannot be downloaded.

    Example:
        >>> tracker = load_tracker("fast", threads=2)  # doctest: +SKIP
    """
    config = config or preset_config(preset)
    if matcher not in (None, "none", DEFAULT_MATCHER):
        require_matching(config, targeted=bool(target))
    distance = build_matcher(matcher)  # first: what is misspelt is said before anything is loaded
    if detections is not None:
        detector = known_detector(detections)
    if detector is None:
        detector = networks_of(preset)[0]
    if pose is None:
        pose = networks_of(preset)[1]
    if appearance is None:
        appearance = appearance_of(preset, config)
    return PoseTracker(
        build_detector(detector, threads=threads),
        build_estimator(pose, skeleton=skeleton, threads=threads),
        matcher=distance,
        camera=camera or build_camera(),
        appearance=_appearance(appearance, threads),
        target=target,
        config=config,
    )


def build_detector(given: Detector | NameOrPath, *, threads: int | None = None) -> Detector:
    """The detector of that name or file; an object is given back as it is.

    A file `.pt` is one of `lighttrack train detector`, and runs on torch.

    Raises:
        RuntimeError: if a file needs torch, and it is not installed.
    """
    if not isinstance(given, str | PathLike):
        return given
    if fspath(given).endswith(".pt"):
        return _torch_detector(Path(given))
    from lighttrack.models import builders

    return builders.build_detector(fspath(given), threads=threads)


def _torch_detector(path: Path) -> Detector:
    try:
        from lighttrack.networks.detection.detector import TorchDetector
    except ImportError as error:
        raise RuntimeError(
            f"{path.name} runs on torch, which is not installed: pip install 'lighttrack[train]'"
        ) from error
    return TorchDetector.read(path)


def known_detector(given: NameOrPath | Mapping[int, Detections]) -> Detector:
    """A detector that gives the boxes of a file, or those given by frame number from 0.

    Raises:
        OSError: if the file cannot be read.
        lighttrack.formats.FormatError: if it is in none of the formats.
    """
    from lighttrack.formats import read_detections
    from lighttrack.models.recorded import KnownDetector

    return KnownDetector(given if isinstance(given, Mapping) else read_detections(given))


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
    if given == NO_APPEARANCE:
        return None
    from lighttrack.models.assets import AssetError
    from lighttrack.models.builders import build_appearance

    try:
        return build_appearance(fspath(given), threads=threads)
    except AssetError as error:
        raise AssetError(f"{error} To go without it: appearance {NO_APPEARANCE}.") from error


def networks_of(preset: str) -> tuple[str, str]:
    """Names of the detector and the pose estimator of a preset.

    Raises:
        ValueError: if there is none of that name, naming those that exist.
    """
    found = _preset(preset)
    return found.detector, found.estimator


def appearance_of(preset: str, config: TrackerConfig) -> str | None:
    """Name of a preset's appearance network; None without one, or without re-identification.

    Raises:
        ValueError: if there is no preset of that name, naming those that exist.
    """
    wanted = "re-identification" in config.association.stages
    return _preset(preset).appearance if wanted else None


def preset_config(preset: str) -> TrackerConfig:
    """The tracker's settings with a preset: the default, and what was chosen for its networks.

    Raises:
        ValueError: if there is no preset of that name, naming those that exist.

    Example:
        >>> preset_config("balanced").keyframes.interval
        5
    """
    return TrackerConfig().changed(_preset(preset).settings)


def _preset(name: str) -> "Preset":
    from lighttrack.models.presets import PRESETS

    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; known: {', '.join(PRESETS)}")
    return PRESETS[name]


def build_matcher(given: Matcher | None, *, threshold: float | None = None) -> PoseDistance | None:
    """The matcher of that name or file; an object is given back as it is, `none` is None.

    Args:
        given: `sgcn`, `euclidean`, `anybody`, `none`, or a file that `lighttrack train matcher`
            wrote.
        threshold: the distance below which two poses count as the same person; without it, the
            matcher's own.

    Raises:
        ValueError: if there is no such name, naming those that exist, the file holds something
            else, or a threshold is given that the matcher cannot have.
        FileNotFoundError: if there is no such file.

    Example:
        >>> build_matcher("euclidean", threshold=0.3).threshold
        0.3
    """
    if given is None or not isinstance(given, str | PathLike):
        if threshold is not None:
            raise ValueError("a threshold goes with the name of a matcher or a file of weights")
        return given
    name = fspath(given)
    if name in MATCHERS:
        return MATCHERS[name](threshold)
    if not isinstance(given, str) or name.endswith(".safetensors") or Path(name).exists():
        return _graph_matcher(threshold, Path(name))
    raise ValueError(
        f"unknown matcher {name!r}; known: {', '.join(MATCHERS)}, or a file of weights "
        "(.safetensors) that `lighttrack train matcher` wrote"
    )


def require_matching(config: TrackerConfig, *, targeted: bool) -> None:
    """Refuse a matcher that no stage of the configuration would ever ask.

    Args:
        config: how people are followed.
        targeted: whether one person alone is followed, whom re-identification compares by pose
            wherever they appear.

    Raises:
        ValueError: if the matcher would be without effect; it says why.
    """
    stages = config.association.stages
    if "pose matching" in stages:
        return
    if "re-identification" not in stages:
        raise ValueError(
            "the matcher is without effect: association.stages holds neither 'pose matching' nor "
            f"'re-identification', only {', '.join(map(repr, stages)) or 'nothing'}"
        )
    if not (config.motion.camera or targeted):
        raise ValueError(
            "the matcher is without effect: without motion.camera no jump of the camera is "
            "noticed, after which 're-identification' compares poses; add 'pose matching' to "
            "association.stages, or set motion.camera"
        )


def _no_matcher(threshold: float | None) -> None:
    if threshold is not None:
        raise ValueError("the matcher 'none' compares nothing, and has no threshold")


def _anybody_matcher(threshold: float | None) -> PoseDistance:
    from lighttrack.matching import AnybodyMatcher

    if threshold is not None:
        raise ValueError("the matcher 'anybody' takes whoever is left, and has no threshold")
    return AnybodyMatcher()


def _euclidean_matcher(threshold: float | None) -> PoseDistance:
    from lighttrack.matching import EuclideanMatcher

    return EuclideanMatcher() if threshold is None else EuclideanMatcher(threshold=threshold)


def _graph_matcher(threshold: float | None, weights: Path | None = None) -> PoseDistance:
    from lighttrack.matching import PoseMatcher

    return PoseMatcher(weights, threshold=threshold)


MATCHERS: Mapping[str, Callable[[float | None], PoseDistance | None]] = {
    "none": _no_matcher,
    "anybody": _anybody_matcher,
    "euclidean": _euclidean_matcher,
    "sgcn": _graph_matcher,
}
"""Ways to match poses, by the names that users write."""
