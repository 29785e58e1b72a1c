"""The tracker's settings, in groups: the default, and the system as the paper publishes it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self

from lighttrack.structures.settings import Setting, SettingsGroup, setting, settings_of

KeyframeMode = Literal["fixed", "adaptive", "both"]

StageName = Literal["spatial consistency", "pose matching", "re-identification"]


# One or two lines for a setting, rather than a line for each of its arguments.
# fmt: off


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyframes(SettingsGroup):
    """When the detector is called (paper, section 3.1)."""

    interval: int = setting(10, "frames from one key frame to the next (FKI)", unit="frames", low=1)
    mode: KeyframeMode = setting("both", "fixed: every interval (FKI); adaptive: when a person is "
        "lost (AKI); both")
    min_gap: float = setting(0.5, "share of the interval before a lost person calls the detector "
        "again", low=0, high=1)
    max_seconds: float = setting(1.0, "time without a detector call after which `both` makes one; "
        "0: never, as in the paper", unit="s", low=0)
    restart_interval: bool = setting(True, "whether the interval begins again at a detector call "
        "that was not scheduled")
    search_when_empty: bool = setting(True, "whether the detector is called while no person is "
        "tracked; false with the mode fixed: at the interval alone (pure FKI)")
    scan_seconds: float = setting(2.0, "time in which a tiled detector examines all tiles",
        unit="s", low=0.01)
    same_view: float = setting(0.7, "share of the last image that is still in view below which all "
        "tiles are examined at once, as after a cut", low=0, high=1)
    refusal_memory: float = setting(0.5, "time for which a tiled detector leaves out a place where "
        "it refused a person", unit="s", low=0)
    at_detections: bool = setting(True, "whether every frame for which detections are given, and "
        "no other, is a key frame; false: as `mode` says")
    detect_first: bool = setting(False, "whether a scheduled key frame takes its poses from "
        "detected boxes alone, as in the paper; otherwise people are first estimated in their "
        "propagated boxes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Propagation(SettingsGroup):
    """How a person's next box follows from their keypoints (paper, section 3.1)."""

    box: Literal["keypoints", "body"] = setting("body", "keypoints: extent of the confident "
        "keypoints plus `enlargement`, as in the paper; body: extent of all known keypoints plus "
        "margins learnt from the person's detections")
    enlargement: float = setting(0.2, "share of the extent added on each side if `box` is "
        "`keypoints`", low=0, high=2)
    keypoint_max_age: float = setting(2.0, "time for which a keypoint that is not confident moves "
        "with its body", unit="s", low=0)
    margin_gain: float = setting(0.5, "share by which a detection moves the learnt margins",
        low=0, high=1)
    min_agreement: float = setting(0.5, "IoU with the body from which a detection corrects its "
        "box", low=0, high=1)
    min_size: float = setting(16.0, "least side of a box", unit="pixels", low=1)
    min_visible: float = setting(0.1, "share of a box inside the image from which its pose is "
        "estimated", low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion(SettingsGroup):
    """Where people are expected in the next frame."""

    predict: bool = setting(True, "whether boxes move on with their person's velocity")
    camera: bool = setting(True, "whether the camera's motion is estimated and compensated")
    reaction_time: float = setting(0.15, "time constant of a tracked person's velocity",
        unit="s", low=0.001)
    size_time: float = setting(0.4, "time constant of a box's size", unit="s", low=0.001)
    stop_time: float = setting(0.7, "time in which a lost person's velocity falls to 1/e",
        unit="s", low=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class Association(SettingsGroup):
    """How detections and unconfirmed people get the identities they had."""

    stages: tuple[StageName, ...] = setting(("spatial consistency", "re-identification"), "stages "
        "in their order: spatial consistency compares people with detections; pose matching and "
        "re-identification compare the lost with the unconfirmed")
    iou_threshold: float = setting(0.3, "τo of eq. (2): IoU above which a detection is the person "
        "there", low=0, high=1)
    known: Literal["all", "tracked"] = setting("tracked", "who may be matched with a detection by "
        "IoU; all: also the lost, as in the paper")
    detections: Literal["all", "confident"] = setting("all", "which detections may be matched; "
        "confident: only those above the detection threshold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reidentification(SettingsGroup):
    """When a new person is one of the lost, and when two people have exchanged identities."""

    max_lost_time: float = setting(5.0, "time after which a lost person is deleted at the next "
        "key frame; 0: at once, as in the paper", unit="s", low=0)
    remember_time: float = setting(0.0, "time for which a lost person is remembered, and "
        "re-identified anywhere by appearance alone once `max_lost_time` has passed", unit="s",
        low=0)
    reacquire_time: float = setting(0.6, "time for which a pose is still estimated where a lost "
        "person is expected", unit="s", low=0)
    speed: float = setting(0.9, "how fast the position of a lost person becomes uncertain",
        unit="body heights/s", low=0)
    position_uncertainty: float = setting(0.4, "distance from the expected position at once",
        unit="body heights", low=0.01)
    max_distance: float = setting(2.0, "greatest distance from the expected position",
        unit="body heights", low=0.01)
    min_inside: float = setting(0.3, "share of a box in the image below which its person has left "
        "it and is expected at its border", low=0, high=1)
    reentry_distance: float = setting(1.0, "greatest distance from there",
        unit="body heights", low=0.01)
    max_height_ratio: float = setting(1.6, "greatest ratio of two heights of one person", low=1.001)
    min_affinity: float = setting(0.1, "affinity above which a new person may be a lost one",
        low=0, high=1)
    sure_affinity: float = setting(0.3, "affinity above which one frame decides, if there is no "
        "rival", low=0, high=1)
    rival_share: float = setting(0.4, "share of the best affinity from which another pair is a "
        "rival", low=0, high=1)
    max_wait: float = setting(4.0, "`confirmation` times after which a choice is made without a "
        "clear view", low=0)
    return_log_odds: float = setting(2.0, "log-odds that a person who appears at once is the one "
        "lost there; they fade with `reacquire_time`")
    min_likeness_elsewhere: float = setting(0.8, "likeness above which a person far from the "
        "expected position may be a lost one", low=0, high=1)
    switch_log_odds: float = setting(4.0, "log-odds by which two people must fit better with "
        "their identities exchanged", low=0)
    switch_distance: float = setting(2.5, "greatest distance of two people who are exchanged",
        unit="body heights", low=0)
    contact_rate: float = setting(0.05, "rate at which an identity becomes unsure while people "
        "overlap", unit="1/s", low=0)
    hidden_rate: float = setting(0.7, "the same for a person lost behind another",
        unit="1/s", low=0)
    evidence_share: float = setting(0.3, "share of the log-odds of a clear view that counts for "
        "how sure an identity is; views resemble one another", low=0, high=1)
    decision_scale: float = setting(0.1, "margin of affinity by which the odds that a person was "
        "re-identified correctly grow by a factor of e", low=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance(SettingsGroup):
    """How people's appearance is described and kept."""

    colours: bool = setting(True, "whether the colour descriptor, sampled along the limbs, is "
        "compared")
    min_log_odds: float = setting(-4.0, "log-odds below which a clear view is not learnt, for it "
        "is another person's")
    learning_rate: float = setting(0.2, "least share of a new descriptor in the one that is kept",
        low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occlusion(SettingsGroup):
    """What happens where people overlap."""

    clear: float = setting(0.3, "share of a body out of view up to which a person is seen clearly",
        low=0, high=1)
    usable: float = setting(0.6, "share of a body out of view up to which its appearance is "
        "compared", low=0, high=1)
    resolve_contested: bool = setting(True, "whether a keypoint that two people claim is given to "
        "the one expected there")
    contested_similarity: float = setting(0.6, "keypoint similarity from which two people claim "
        "one keypoint", low=0, high=1)
    contested_margin: float = setting(0.1, "agreement by which the younger person must exceed the "
        "older", low=0, high=1)
    duplicate_oks: float = setting(0.6, "OKS above which two poses are one person estimated twice",
        low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle(SettingsGroup):
    """When a tracklet begins, gets an identity, and ends."""

    max_people: int | None = setting(None, "most people followed at a time, the best detections "
        "first; none: no limit", low=1)
    detection_threshold: float | None = setting(None, "score from which a detection starts a "
        "tracklet; none: the detector's own", low=0, high=1)
    tracked_threshold: float | None = setting(None, "τs of eq. (1): mean keypoint score above "
        "which a person is tracked; none: the estimator's own", low=0, high=1)
    confirmation: int = setting(3, "frames in which a new person is tracked before an identity is "
        "given", unit="frames", low=1)
    confident_detection: float = setting(0.33, "share of the way from the detection threshold to "
        "1 at which one detection confirms", low=0, high=1)
    max_missed_detections: int = setting(2, "key frames in a row without a detection after which "
        "a person in plain view is taken for a false positive", unit="key frames", low=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(SettingsGroup):
    """Who is in the output."""

    lost_for: float = setting(0.2, "time for which a person lost inside the image stays in the "
        "output, without keypoints", unit="s", low=0)
    smoothing: float = setting(
        0.5, "share of the smoothed box, in which the next pose is estimated, in the box of the "
        "output; the rest is the box of this frame's keypoints", low=0, high=1)
    include_unconfirmed: bool = setting(False, "whether the lost, and the unconfirmed with the id "
        "-1, are in the output")


# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """All settings of a `PoseTracker`, in groups.

    The default is the full system; `TrackerConfig.paper()` follows section 3.1. `settings()`
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
            keyframes=Keyframes(
                interval=2, min_gap=0, max_seconds=0, detect_first=True, restart_interval=False
            ),
            propagation=Propagation(box="keypoints"),
            motion=Motion(predict=False, camera=False),
            association=Association(
                stages=("spatial consistency", "pose matching"), known="all", detections="confident"
            ),
            reidentification=Reidentification(max_lost_time=0, reacquire_time=0),
            appearance=Appearance(colours=False),
            occlusion=Occlusion(resolve_contested=False),
            lifecycle=Lifecycle(confirmation=1, max_missed_detections=1),
            output=Output(lost_for=0, smoothing=1),
        )

    def changed(self, changes: Mapping[str, Mapping[str, Any]]) -> Self:
        """The same configuration with some settings changed.

        Args:
            changes: new values by group and setting, as a TOML file holds them.

        Raises:
            ValueError: if a group or a setting is unknown or a value is not allowed.
        """
        for name in changes:
            if name not in GROUPS:
                raise ValueError(f"unknown group of settings {name!r}; known: {', '.join(GROUPS)}")
        groups = {name: getattr(self, name).changed(values) for name, values in changes.items()}
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


def settings() -> tuple[Setting, ...]:
    """Every setting of `TrackerConfig`, in the order of its groups.

    Example:
        >>> first = settings()[0]
        >>> first.group, first.name, first.default, first.unit
        ('keyframes', 'interval', 10, 'frames')
    """
    return settings_of(GROUPS)
