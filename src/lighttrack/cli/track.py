"""`lighttrack track`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import CycloptsError, Parameter

from lighttrack.assembly import MatcherName, PresetName
from lighttrack.cli.app import INTERRUPTED
from lighttrack.cli.messages import counted, note, tell

if TYPE_CHECKING:
    from lighttrack.pipeline.request import Outcome
    from lighttrack.tracking import TrackerConfig

KeyframeMode = Literal["fixed", "adaptive", "both"]
Config = Literal["default", "paper"]

_Flag = Annotated[bool, Parameter(negative="")]


def track(
    source: str | None = None,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")] = Path("lighttrack-output"),
    preset: PresetName = "embedded",
    detector: str | None = None,
    pose: str | None = None,
    keyframe_interval: int | None = None,
    keyframe_mode: KeyframeMode | None = None,
    max_people: int | None = None,
    skeleton: str | None = None,
    write: str = "jsonl,video",
    start: float | None = None,
    end: float | None = None,
    threads: int | None = None,
    resume: _Flag = False,
    config: Config = "default",
    settings: Path | None = None,
    show_settings: _Flag = False,
    matcher: MatcherName = "sgcn",
    appearance: str = "none",
    smooth: _Flag = False,
    target: str | None = None,
    include_unconfirmed: _Flag = False,
    everyone: Annotated[bool, Parameter(negative="", show=False)] = False,
) -> int:
    """Find everybody in a video, and follow their poses under one identity each.

    Writes into the folder `--output`, named after the video: the result as JSON lines, a video with
    the people drawn, and a summary of the run; `--write` chooses. Ctrl-C keeps what is done, and
    `--resume` goes on from there.

    For example:

        lighttrack track match.mp4
        lighttrack track match.mp4 -o out --preset balanced --write jsonl,video,csv
        lighttrack track match.mp4 --start 10 --end 12.5 --max-people 2
        lighttrack track rtsp://camera/stream --keyframe-interval 5
        lighttrack track match.mp4 --target 640,360@2.5
        lighttrack track "shots/*.png" --write posetrack --skeleton posetrack-15
        lighttrack track --show-settings > crowd.toml

    Args:
        source: A video file, a folder or pattern of images, the number of a camera, or an
            address (RTSP, HTTP).
        output: Folder for everything that is written; made if it is not there.
        preset: Detector and pose estimator: `embedded` needs nothing but the package index; `fast`,
            `balanced` and `accurate` are better from one to the next.
        detector: Detector in place of the preset's: a name of `lighttrack models list`, or an ONNX
            file with a TOML file beside it that states its contract.
        pose: Pose estimator in place of the preset's, named in the same way.
        keyframe_interval: Frames from one call of the detector to the next; by default 10, and 2
            with the paper's configuration.
        keyframe_mode: `fixed`: the detector is called at the interval; `adaptive`: when somebody is
            lost; `both`, the default: whichever comes first, and at least once a second as long as
            half the interval has passed.
        max_people: Follow at most so many people at a time; by default everybody.
        skeleton: Keypoints of the result: `coco-17`, `posetrack-15`, `posetrack-17`,
            `posetrack-14`, `openpose-25`, `halpe-26` or `blazepose-33`; by default those of the
            estimator.
        write: What to write, separated by commas: `jsonl`, `video`, `posetrack`, `coco`, `mot`,
            `openpose`, `csv`, `parquet`, `movement`, `sleap`, `trc`, `c3d`, `nwb`, `rerun`,
            `pyskl`, `kinetics`, `ntu`.
        start: Second of the video to begin at.
        end: Second of the video to end at.
        threads: Processor threads for each network; by default all.
        resume: Go on where an interrupted run into the same folder stopped; the result is that of
            an uninterrupted run.
        config: `default` does best; `paper` does exactly what the paper says.
        settings: TOML file with settings of the tracker, a table for each group; options on the
            command line override it.
        show_settings: Print every setting of the tracker with its group, unit and bounds, as such
            a file, and track nothing.
        matcher: Distance of poses that tells people apart where boxes cannot.
        appearance: Network that embeds people's appearance: `reid-retail-0288`,
            `reid-retail-0287`, or an ONNX file with a TOML file beside it. `none`: only the colour
            descriptor is compared.
        target: Follow one person only: `largest`, `central`, a point `X,Y` or a box `X0,Y0,X1,Y1`
            in pixels (`@2.5` after it: at second 2.5), `RESULT:ID` as in an earlier result, or an
            image of them (with `--appearance`). While they are out of sight, the result has them
            as lost.
        include_unconfirmed: Also write the lost, where they are expected, and people not confirmed
            yet, with the id -1.
        everyone: The former name of `--include-unconfirmed`.
        smooth: Take the jitter out of the poses and boxes that are written; the tracker does not
            see it.
    """
    if everyone:
        note("--everyone is called --include-unconfirmed now; the old name works until 0.2")
    changes: dict[str, dict[str, Any]] = {
        "keyframes": {"interval": keyframe_interval, "mode": keyframe_mode},
        "lifecycle": {"max_people": max_people},
        "output": {"include_unconfirmed": (include_unconfirmed or everyone) or None},
    }
    how = _configured(config, settings, changes)
    if show_settings:
        return _show(how)
    if source is None:
        raise CycloptsError(
            msg='Parameter "SOURCE" requires an argument.', command_chain=("track",)
        )
    from lighttrack.pipeline.outputs import kinds_named
    from lighttrack.pipeline.request import Request
    from lighttrack.pipeline.run import run

    outcome = run(
        Request(
            source=source,
            output=output,
            write=kinds_named(write),
            preset=preset,
            detector=detector,
            pose=pose,
            matcher=matcher,
            appearance=None if appearance == "none" else appearance,
            config=how,
            skeleton=skeleton,
            start=start,
            end=end,
            threads=threads,
            resume=resume,
            command=sys.argv,
            smooth=smooth,
            target=target,
        ),
        say=note,
    )
    return report(outcome)


def _configured(
    name: Config, file: Path | None, changes: dict[str, dict[str, Any]]
) -> "TrackerConfig":
    """The configuration of that name, changed by a file and then by options that were given."""
    from lighttrack.pipeline.settings import read_settings
    from lighttrack.tracking import TrackerConfig

    base = TrackerConfig.paper() if name == "paper" else TrackerConfig()
    if file is not None:
        base = read_settings(file, base)
    given = {
        group: {key: value for key, value in values.items() if value is not None}
        for group, values in changes.items()
    }
    return base.changed(given)


def _show(config: "TrackerConfig") -> int:
    from lighttrack.pipeline.settings import settings_text

    tell(settings_text(config).rstrip())
    return 0


def report(outcome: "Outcome") -> int:
    """Say what came of a run and where it lies; returns the exit code."""
    summary = outcome.summary
    identities = counted(summary["ids"], "identity", "identities")
    tell(
        f"{outcome.name}: {counted(summary['frames'], 'frame')}, {identities}, "
        f"{counted(summary['keyframes'], 'key frame')}, {summary['fps']:.1f} frames/s"
    )
    if summary["frames"] and not summary["people"]:
        tell("Nobody was found; the files say so for every frame.")
    for path in outcome.paths.values():
        tell(f"  {path}")
    if outcome.problem:
        note(f"warning: {outcome.problem}")
    if outcome.interrupted:
        note(f"interrupted after {counted(summary['frames'], 'frame')}, which are kept")
        return INTERRUPTED
    if summary["config"]["preset"] == "embedded":
        tell("Better poses, and faster: --preset balanced (`lighttrack models list` says more).")
    return 0
