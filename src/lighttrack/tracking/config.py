"""The tracker's settings, in groups: the default, and the system as the paper publishes it."""

import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Literal, Self, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

KeyframeMode = Literal["fixed", "adaptive", "both"]

StageName = Literal["spatial consistency", "pose matching", "re-identification"]


def _setting(
    default: T,
    description: str,
    *,
    unit: str = "",
    low: float = -math.inf,
    high: float = math.inf,
) -> T:
    """A field of a group, with what `settings` says of it."""
    about = {"description": description, "unit": unit, "low": low, "high": high}
    made: T = field(default=default, metadata=about)
    return made


def _choices(hint: Any) -> tuple[str, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    if get_origin(hint) is tuple:
        return _choices(get_args(hint)[0])
    return ()


def _check(name: str, value: Any, hint: Any, part: "Field[Any]") -> None:
    about, choices = part.metadata, _choices(hint)
    if choices:
        values = value if get_origin(hint) is tuple else (value,)
        if not isinstance(values, tuple) or any(each not in choices for each in values):
            raise ValueError(f"{name} must be of {', '.join(choices)}, got {value!r}")
        return
    if hint is bool:
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, got {value!r}")
        return
    if value is None and type(None) in get_args(hint):
        return
    kind = int if int in (hint, *get_args(hint)) else (int, float)
    if isinstance(value, bool) or not isinstance(value, kind) or value != value:
        wanted = "a whole number" if kind is int else "a number"
        raise ValueError(f"{name} must be {wanted}, got {value!r}")
    if value < about["low"]:
        raise ValueError(f"{name} must be at least {about['low']:g}, got {value!r}")
    if value > about["high"]:
        raise ValueError(f"{name} must be at most {about['high']:g}, got {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsGroup:
    """Settings of one part of the tracker; each is checked against its type and its bounds."""

    def __post_init__(self) -> None:
        hints, group = get_type_hints(type(self)), type(self).__name__.lower()
        for part in fields(self):
            _check(f"{group}.{part.name}", getattr(self, part.name), hints[part.name], part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyframes(SettingsGroup):
    """When the detector is called (paper, section 3.1)."""

    interval: int = _setting(
        10, "frames from one key frame to the next (FKI)", unit="frames", low=1
    )
    mode: KeyframeMode = _setting(
        "both", "fixed: every interval (FKI); adaptive: when somebody is lost (AKI); both"
    )
    min_gap: float = _setting(
        0.5,
        "share of the interval before somebody who is lost calls the detector again",
        low=0,
        high=1,
    )
    max_seconds: float = _setting(
        1.0,
        "time without a detector call after which `both` makes one; 0: never, as in the paper",
        unit="s",
        low=0,
    )
    detect_first: bool = _setting(
        False,
        "whether a scheduled key frame takes its poses from detected boxes alone, as in the paper; "
        "otherwise everybody is first estimated in the propagated boxes",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Propagation(SettingsGroup):
    """How a person's next box follows from their keypoints (paper, section 3.1)."""

    box: Literal["keypoints", "body"] = _setting(
        "body",
        "keypoints: extent of the confident keypoints plus `enlargement`, as in the paper; body: "
        "extent of all known keypoints plus margins learnt from the person's detections",
    )
    enlargement: float = _setting(
        0.2, "share of the extent added on each side if `box` is `keypoints`", low=0, high=2
    )
    keypoint_max_age: float = _setting(
        2.0, "time for which a keypoint that is not confident moves with its body", unit="s", low=0
    )
    margin_gain: float = _setting(
        0.5, "share by which a detection moves the learnt margins", low=0, high=1
    )
    min_agreement: float = _setting(
        0.5, "IoU with the body from which a detection corrects its box", low=0, high=1
    )
    min_size: float = _setting(16.0, "least side of a box", unit="pixels", low=1)
    min_visible: float = _setting(
        0.1, "share of a box inside the image from which its pose is estimated", low=0, high=1
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion(SettingsGroup):
    """Where people are expected in the next frame."""

    predict: bool = _setting(True, "whether boxes move on with their person's velocity")
    camera: bool = _setting(True, "whether the camera's motion is estimated and compensated")
    reaction_time: float = _setting(
        0.15, "time constant of a tracked person's velocity", unit="s", low=0.001
    )
    size_time: float = _setting(0.4, "time constant of a box's size", unit="s", low=0.001)
    stop_time: float = _setting(
        0.7, "time in which a lost person's velocity falls to 1/e", unit="s", low=0.001
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Association(SettingsGroup):
    """How detections and unconfirmed people get the identities they had."""

    stages: tuple[StageName, ...] = _setting(
        ("spatial consistency", "re-identification"),
        "stages in their order: spatial consistency compares people with detections; pose matching "
        "and re-identification compare the lost with the unconfirmed",
    )
    iou_threshold: float = _setting(
        0.3, "τo of eq. (2): IoU above which a detection is the person there", low=0, high=1
    )
    known: Literal["all", "tracked"] = _setting(
        "tracked", "who may be matched with a detection by IoU; all: also the lost, as in the paper"
    )
    detections: Literal["all", "confident"] = _setting(
        "all",
        "which detections may be matched; confident: only those above the detection threshold",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reidentification(SettingsGroup):
    """When somebody who appears is one of the lost, and when two people have changed identities."""

    max_lost_time: float = _setting(
        5.0,
        "time after which a lost person is deleted at the next key frame; 0: at once, as in the "
        "paper",
        unit="s",
        low=0,
    )
    reacquire_time: float = _setting(
        0.6, "time for which a pose is still estimated where a lost person is expected",
        unit="s", low=0,
    )  # fmt: skip
    speed: float = _setting(
        0.9, "how fast the position of a lost person becomes uncertain",
        unit="body heights/s", low=0,
    )  # fmt: skip
    position_uncertainty: float = _setting(
        0.4, "distance from the expected position at once", unit="body heights", low=0.01
    )
    max_distance: float = _setting(
        2.0, "greatest distance from the expected position", unit="body heights", low=0.01
    )
    max_height_ratio: float = _setting(
        1.6, "greatest ratio of two heights of one person", low=1.001
    )
    min_affinity: float = _setting(
        0.1, "affinity above which somebody may be a lost person", low=0, high=1
    )
    sure_affinity: float = _setting(
        0.3, "affinity from which one frame decides, if nobody else may be meant", low=0, high=1
    )
    rival_share: float = _setting(
        0.4, "share of the best affinity from which another pair is a rival", low=0, high=1
    )
    max_wait: float = _setting(
        4.0, "`confirmation` times after which a choice is made without a clear view", low=0
    )
    return_log_odds: float = _setting(
        3.0,
        "log-odds for whoever appears at once to be the person lost there; they fade with "
        "`reacquire_time`",
    )
    min_likeness_elsewhere: float = _setting(
        0.8, "likeness from which somebody far from the expected position may be a lost person",
        low=0, high=1,
    )  # fmt: skip
    switch_log_odds: float = _setting(
        4.0, "log-odds by which two people must fit better with their identities exchanged", low=0
    )
    switch_distance: float = _setting(
        2.5, "greatest distance of two people who are exchanged", unit="body heights", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance(SettingsGroup):
    """What is remembered of how people look."""

    colours: bool = _setting(
        True, "whether the colours of clothes, read along the limbs, help to tell people apart"
    )
    learning_rate: float = _setting(
        0.2, "least share of a new descriptor in the one that is kept", low=0, high=1
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Occlusion(SettingsGroup):
    """What happens where people overlap."""

    clear: float = _setting(
        0.3, "share of a body out of view up to which a person is seen clearly", low=0, high=1
    )
    usable: float = _setting(
        0.6, "share of a body out of view up to which its appearance is compared", low=0, high=1
    )
    resolve_contested: bool = _setting(
        True, "whether a keypoint that two people claim is given to the one expected there"
    )
    contested_similarity: float = _setting(
        0.6, "keypoint similarity from which two people claim one keypoint", low=0, high=1
    )
    contested_margin: float = _setting(
        0.1, "agreement by which the younger person must exceed the older", low=0, high=1
    )
    duplicate_oks: float = _setting(
        0.6, "OKS above which two poses are one person estimated twice", low=0, high=1
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle(SettingsGroup):
    """When a tracklet begins, gets an identity, and ends."""

    max_people: int | None = _setting(
        None, "most people followed at a time, the best detections first; none: no limit", low=1
    )
    detection_threshold: float | None = _setting(
        None, "score from which a detection starts a tracklet; none: the detector's own",
        low=0, high=1,
    )  # fmt: skip
    tracked_threshold: float | None = _setting(
        None, "τs of eq. (1): mean keypoint score above which a person is tracked; none: the "
        "estimator's own", low=0, high=1,
    )  # fmt: skip
    confirmation: int = _setting(
        3, "frames in which a new person is tracked before an identity is given", unit="frames",
        low=1,
    )  # fmt: skip
    confident_detection: float = _setting(
        0.33, "share of the way from the detection threshold to 1 at which one detection confirms",
        low=0, high=1,
    )  # fmt: skip
    max_missed_detections: int = _setting(
        2, "key frames in a row without a detection after which a person in plain view is taken "
        "for a false positive", unit="key frames", low=1,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(SettingsGroup):
    """Who is in the output."""

    lost_for: float = _setting(
        0.2, "time for which a person lost inside the image stays in the output, without keypoints",
        unit="s", low=0,
    )  # fmt: skip
    include_unconfirmed: bool = _setting(
        False, "whether the lost, and the unconfirmed with the id -1, are in the output"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """All settings of a `PoseTracker`, in groups.

    The default is the full system; `TrackerConfig.paper()` is the one as published. `settings()`
    lists every setting with its unit and bounds.

    Example:
        >>> TrackerConfig(keyframes=Keyframes(interval=5)).keyframes.mode
        'both'
        >>> TrackerConfig().changed({"keyframes": {"interval": 0}})
        Traceback (most recent call last):
        ...
        ValueError: keyframes.interval must be at least 1, got 0
    """

    keyframes: Keyframes = Keyframes()
    propagation: Propagation = Propagation()
    motion: Motion = Motion()
    association: Association = Association()
    reidentification: Reidentification = Reidentification()
    appearance: Appearance = Appearance()
    occlusion: Occlusion = Occlusion()
    lifecycle: Lifecycle = Lifecycle()
    output: Output = Output()

    @classmethod
    def paper(cls) -> Self:
        """The system of the paper's section 3.1: two stages, and one frame of memory.

        The paper leaves τo open; 0.3 is the value of its authors' code.
        """
        return cls(
            keyframes=Keyframes(interval=2, min_gap=0, max_seconds=0, detect_first=True),
            propagation=Propagation(box="keypoints"),
            motion=Motion(predict=False, camera=False),
            association=Association(
                stages=("spatial consistency", "pose matching"), known="all", detections="confident"
            ),
            reidentification=Reidentification(max_lost_time=0, reacquire_time=0),
            appearance=Appearance(colours=False),
            occlusion=Occlusion(resolve_contested=False),
            lifecycle=Lifecycle(confirmation=1, max_missed_detections=1),
            output=Output(lost_for=0),
        )

    def changed(self, changes: Mapping[str, Mapping[str, Any]]) -> Self:
        """The same configuration with some settings changed.

        Args:
            changes: new values by group and setting, as a TOML file holds them.

        Raises:
            ValueError: if a group or a setting is unknown or a value is not allowed.
        """
        groups: dict[str, Any] = {}
        for name, values in changes.items():
            if name not in GROUPS:
                raise ValueError(f"unknown group of settings {name!r}; known: {', '.join(GROUPS)}")
            if not isinstance(values, Mapping):
                raise ValueError(f"{name} must be a table of settings, got {values!r}")
            group = getattr(self, name)
            known = [part.name for part in fields(group)]
            for key in values:
                if key not in known:
                    raise ValueError(
                        f"unknown setting {name}.{key}; known in {name}: {', '.join(known)}"
                    )
            tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
            groups[name] = replace(group, **tuples)
        return replace(self, **groups)

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Every setting by group and name, for a result's provenance."""
        return {
            name: {part.name: getattr(group, part.name) for part in fields(group)}
            for name, group in ((name, getattr(self, name)) for name in GROUPS)
        }


GROUPS: Mapping[str, type[SettingsGroup]] = {
    part.name: type(getattr(TrackerConfig(), part.name)) for part in fields(TrackerConfig)
}
"""The groups of `TrackerConfig` by name."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What can be said of one setting."""

    group: str
    name: str
    type: str
    """As it is written in Python."""
    default: Any
    unit: str
    """Empty for numbers without one."""
    low: float
    high: float
    """Bounds, both allowed; infinite where there is none."""
    choices: tuple[str, ...]
    """Empty where any value of the type within the bounds is allowed."""
    description: str


def settings() -> tuple[Setting, ...]:
    """Every setting of `TrackerConfig`, in the order of its groups.

    Example:
        >>> first = settings()[0]
        >>> first.group, first.name, first.default, first.unit
        ('keyframes', 'interval', 10, 'frames')
    """
    return tuple(
        Setting(
            group=name,
            name=part.name,
            type=str(hint.__name__ if isinstance(hint, type) else hint).replace("typing.", ""),
            default=part.default,
            choices=_choices(hint),
            **part.metadata,
        )
        for name, group in GROUPS.items()
        for part, hint in ((part, get_type_hints(group)[part.name]) for part in fields(group))
    )
