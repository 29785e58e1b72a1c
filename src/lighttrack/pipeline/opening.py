"""The source of a run, opened as the request says, under the name that its files get."""

import os
from dataclasses import replace

from lighttrack.formats.names import file_name
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.sources import is_named, open_source
from lighttrack.video import VideoReader
from lighttrack.video.viewing import DEFAULT_VIEWING, Viewing


def opened(request: Request, *, start: float | None = None) -> VideoReader:
    """Open the source of a request.

    Args:
        request: its `source`, cut, stream, turning and name are used.
        start: second to begin at; without it, the request's.

    Raises:
        ValueError: if something in it makes no sense, or nothing can be read.
        OSError: if the source cannot be read.
    """
    video = open_source(
        request.source,
        start=request.start if start is None else start,
        end=request.end,
        fps=request.fps,
        how=viewing(request),
    )
    given = video.info.name if request.name is None else request.name
    video.info = replace(video.info, name=file_name(given))
    video.sizes_may_change = True
    return video


def frames_of_source(request: Request, video: VideoReader) -> int | None:
    """How many frames the whole source has, also where `start` or `end` leaves some of them out.

    Args:
        request: its `source` is opened once more if only a part of it is asked for.
        video: the source, opened as the request says.

    Returns:
        None where it is not known: of what has no announced end, and of a part of a live source.
    """
    if request.start is None and request.end is None:
        return video.info.frame_count
    if not isinstance(request.source, str | os.PathLike) or not os.path.exists(request.source):
        return None
    with opened(replace(request, start=None, end=None)) as whole:
        return whole.info.frame_count


def viewing(request: Request) -> Viewing:
    """How the source is looked at; `rotate="auto"` is 0 until it is known."""
    if not is_named(request.source):
        return DEFAULT_VIEWING
    degrees = request.rotate if isinstance(request.rotate, int) else 0
    return Viewing(request.stream, degrees, request.reconnect)
