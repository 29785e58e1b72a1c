"""Options of every command that tracks: `track`, `batch`, `live`."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from cyclopts import Parameter

from lighttrack.assembly import DEFAULT_MATCHER, PresetName, require_matching
from lighttrack.cli.messages import note

if TYPE_CHECKING:
    from lighttrack.pipeline.request import Request, Rotate
    from lighttrack.pipeline.sources import Source
    from lighttrack.tracking import TrackerConfig

KeyframeMode = Literal["fixed", "adaptive", "both"]
Config = Literal["default", "paper"]

Flag = Annotated[bool, Parameter(negative="")]

_REMEMBERED = 600.0
"""Seconds for which `--remember` remembers people."""


@dataclass(frozen=True, kw_only=True)
class TrackingOptions:
    """How to track, and what to write; the text below a field is its help."""

    preset: PresetName = "embedded"
    """Networks: `embedded` needs nothing but the package index; `fast`,
    `balanced` and `accurate` are better from one to the next."""

    detector: str | None = None
    """Detector in place of the preset's: a name of `lighttrack models list`, or an ONNX file with
    a TOML file beside it that states its contract."""

    pose: str | None = None
    """Pose estimator in place of the preset's, named in the same way."""

    keyframe_interval: int | None = None
    """Frames from one call of the detector to the next; by default 5, 10 with `embedded`, and 2
    with the paper's configuration."""

    keyframe_mode: KeyframeMode | None = None
    """`fixed`: the detector is called at the interval; `adaptive`: when a person is lost; `both`,
    the default: whichever comes first, and at least once a second as long as half the interval
    has passed."""

    max_people: int | None = None
    """Follow at most so many people at a time; by default all."""

    skeleton: str | None = None
    """Keypoints of the result: `coco-17`, `posetrack-15`, `posetrack-17`, `posetrack-14`,
    `openpose-25`, `halpe-26` or `blazepose-33`; by default those of the estimator."""

    write: str = "jsonl,video"
    """What to write, separated by commas: `jsonl`, `video`, `posetrack`,
    `posetrack17`, `coco`, `mot`, `openpose`, `csv`, `parquet`, `movement`, `sleap`, `trc`, `c3d`,
    `nwb`, `rerun`, `pyskl`, `kinetics`, `ntu`."""

    start: float | None = None
    """Second of the video to begin at."""

    end: float | None = None
    """Second of the video to end at."""

    threads: int | None = None
    """Processor threads for each network; by default all."""

    stream: int | None = None
    """Number of the video stream in a file of several, as ffprobe shows it; by default the default
    one, else the largest that is no still image."""

    rotate: Literal["0", "90", "180", "270", "auto"] = "0"
    """Degrees clockwise by which the images are turned, for cameras that are mounted sideways and
    do not say so; `auto`: by which way up people are found."""

    reconnect: float = 0.0
    """Seconds in which a camera or live stream that broke off is tried again."""

    region: str | None = None
    """Follow only people whose feet are inside: corners `"X,Y X,Y X,Y"` in pixels, or an image of
    the video's size in which the region is white."""

    config: Config = "default"
    """`default` does best; `paper` is the paper's system."""

    settings: Path | None = None
    """TOML file with settings of the tracker, a table for each group; options on the command line
    override it."""

    matcher: str | None = None
    """Distance of poses that tells people apart where boxes cannot: `sgcn`, the default,
    `euclidean`, a file of weights that `lighttrack train matcher` wrote, `anybody` (a control
    that ignores poses), or `none`."""

    appearance: str | None = None
    """Network that embeds people's appearance, in place of the preset's: `reid-retail-0288`,
    `reid-retail-0287`, or an ONNX file with a TOML file beside it. `none`: only the colour
    descriptor is compared, as with `embedded`."""

    remember: Flag = False
    """Remember for ten minutes how people looked who have left, and give them their number again
    when they come back; needs an appearance network to be of use."""

    smooth: Flag = False
    """Take the jitter out of the poses and boxes that are written; the tracker does not see it."""

    target: tuple[str, ...] = ()
    """Follow one person only, or several where it is repeated: `largest`, `central`, a point `X,Y`
    or a box `X0,Y0,X1,Y1` in pixels (`@2.5` after it: at second 2.5), `RESULT:ID` as in an earlier
    result, or an image of them (with `--appearance`). While they are out of sight, the result has
    them as lost."""

    detections: Path | None = None
    """File of boxes known beforehand (MOT, COCO, PoseTrack, or our JSON lines), which take the
    detector's place in every frame that has some; with `--keyframe-interval`, at key frames
    only."""

    include_unconfirmed: Flag = False
    """Also write the lost, where they are expected, and people not confirmed yet, with the id
    -1."""

    everyone: Annotated[bool, Parameter(negative="", show=False)] = False
    """The former name of `--include-unconfirmed`."""

    def configuration(self) -> "TrackerConfig":
        """The configuration that is named, changed by the file and then by options.

        Raises:
            ValueError: if a setting is unknown or out of bounds.
            OSError: if the file cannot be read.
        """
        from lighttrack.assembly import preset_config
        from lighttrack.pipeline.settings import read_settings
        from lighttrack.tracking import TrackerConfig

        if self.everyone:
            note("--everyone is called --include-unconfirmed now; the old name works until 0.2")
        base = TrackerConfig.paper() if self.config == "paper" else preset_config(self.preset)
        if self.settings is not None:
            base = read_settings(self.settings, base)
        at_keyframes = self.detections is not None and self.keyframe_interval is not None
        changes: dict[str, dict[str, Any]] = {
            "keyframes": {
                "interval": self.keyframe_interval,
                "mode": self.keyframe_mode,
                "at_detections": False if at_keyframes else None,
            },
            "lifecycle": {"max_people": self.max_people},
            "reidentification": {"remember_time": _REMEMBERED if self.remember else None},
            "output": {"include_unconfirmed": (self.include_unconfirmed or self.everyone) or None},
        }
        given = {
            group: {key: value for key, value in values.items() if value is not None}
            for group, values in changes.items()
        }
        return base.changed(given)

    def request(
        self,
        source: "Source",
        output: Path | None,
        *,
        name: str | None = None,
        overwrite: bool = False,
        resume: bool = False,
    ) -> "Request":
        """What a run is asked to do with a source.

        Raises:
            ValueError: if an option is not allowed or has no effect.
            OSError: if the file of settings cannot be read.
        """
        from lighttrack.pipeline.outputs import kinds_named
        from lighttrack.pipeline.request import Request

        config = self.configuration()
        if self.matcher not in (None, "none"):
            require_matching(config, targeted=bool(self.target))
        return Request(
            source=source,
            output=output,
            write=kinds_named(self.write),
            preset=self.preset,
            detector=self.detector,
            pose=self.pose,
            matcher=self.matcher or DEFAULT_MATCHER,
            appearance=self.appearance,
            config=config,
            skeleton=self.skeleton,
            start=self.start,
            end=self.end,
            threads=self.threads,
            name=name,
            stream=self.stream,
            rotate=_degrees(self.rotate),
            reconnect=self.reconnect,
            region=self.region,
            overwrite=overwrite,
            resume=resume,
            command=sys.argv,
            smooth=self.smooth,
            target=self.target or None,
            detections=self.detections,
        )


def _degrees(text: str) -> "Rotate":
    return "auto" if text == "auto" else cast("Rotate", int(text))
