"""A first look: some seconds of a video tracked, and how long the whole would take."""

from dataclasses import replace

from lighttrack.formats.names import file_name
from lighttrack.pipeline.opening import opened
from lighttrack.pipeline.outputs import VIDEO
from lighttrack.pipeline.request import Outcome, Request
from lighttrack.pipeline.text import duration


def preview_of(request: Request, seconds: float) -> Request:
    """The request for the first seconds only: a drawn video, `NAME.preview.mp4`.

    Raises:
        ValueError: if there would be nothing to see.
        OSError: if the source cannot be read.
    """
    if not 0 < seconds < float("inf"):
        raise ValueError(f"preview must be a number of seconds above 0, got {seconds}")
    with opened(request) as video:
        name = video.info.name
    start = request.start or 0.0
    end = start + seconds if request.end is None else min(start + seconds, request.end)
    return replace(
        request,
        end=end,
        write=(VIDEO,),
        name=file_name(f"{name}.preview"),
        overwrite=True,
        resume=False,
    )


def time_for_all(request: Request, previewed: Outcome) -> str:
    """How long the whole would take at the speed of the preview; empty where that is unknown."""
    with opened(request) as video:
        count = video.info.frame_count
    if not count or not previewed.summary["frames"]:
        return ""
    rate = previewed.summary["fps"]
    return f"all {count} frames would take about {duration(count / rate)} at {rate:.1f} frames/s"
