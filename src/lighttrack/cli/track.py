"""`lighttrack track`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import CycloptsError, Parameter

from lighttrack.cli.app import INTERRUPTED
from lighttrack.cli.messages import counted, note, tell
from lighttrack.cli.tracking import Flag, TrackingOptions

if TYPE_CHECKING:
    from lighttrack.pipeline.request import Outcome, Request
    from lighttrack.pipeline.run import OnStep
    from lighttrack.tracking import TrackerConfig


_DEFAULTS = TrackingOptions()


def track(
    source: str | None = None,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")] = Path("lighttrack-output"),
    name: str | None = None,
    overwrite: Flag = False,
    resume: Flag = False,
    preview: float | None = None,
    list_people: Flag = False,
    show_settings: Flag = False,
    show: Flag = False,
    browser: bool = True,
    options: Annotated[TrackingOptions, Parameter(name="*")] = _DEFAULTS,
) -> int:
    """Find the people in a video, and follow their poses under one identity each.

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
        name: Name of the files, in place of the source's.
        overwrite: Replace files that exist.
        resume: Go on where an interrupted run into the same folder stopped; the result is that of
            an uninterrupted run.
        preview: Track only so many seconds, into `NAME.preview.mp4`, and say how long all would
            take.
        list_people: Say who is there at the first frame (`--start`: at that second), write an image
            with numbers, and track nothing.
        show_settings: Print every setting of the tracker with its group, unit and bounds, as such
            a file, and track nothing.
        show: Show the run in the browser while it lasts, and print the page's address. Needs
            `pip install "lighttrack[view]"`.
        browser: With `--show`, open the page in the browser.
        options: How to track, and what to write.
    """
    if show_settings:
        return _show(options.configuration())
    if source is None:
        raise CycloptsError(
            msg='Parameter "SOURCE" requires an argument.', command_chain=("track",)
        )
    request = options.request(source, output, name=name, overwrite=overwrite, resume=resume)
    if list_people:
        return _list(request)
    if not show:
        return _run(request, preview)
    from lighttrack.view.showing import showing

    with showing(request, tell=tell, browser=browser) as page:
        return _run(request, preview, page)


def _run(request: "Request", preview: float | None, on_step: "OnStep | None" = None) -> int:
    from lighttrack.pipeline.preview import preview_of, time_for_all
    from lighttrack.pipeline.run import run

    if preview is None:
        return report(run(request, say=note, on_step=on_step))
    outcome = run(preview_of(request, preview), say=note, on_step=on_step)
    code = report(outcome)
    if estimate := time_for_all(request, outcome):
        tell(estimate)
    return code


def _list(request: "Request") -> int:
    from lighttrack.pipeline.people import list_people

    there = list_people(request)
    for line in there.lines():
        tell(line)
    if there.path is not None:
        tell(f"  {there.path}")
    return 0


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
        tell("No person was found; the files say so for every frame.")
        if outcome.hint:
            tell(f"Hint: {outcome.hint}")
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
