"""Frames in, tracks and videos out: reading video, writing video, and files of tracks.

What is named here is imported when it is first used, so that importing the package does not load
FFmpeg.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lighttrack.io.errors import FormatError, VideoError
    from lighttrack.io.formats import FORMATS, Format, convert, read_tracks
    from lighttrack.io.reader import VideoReader
    from lighttrack.io.video import open_video
    from lighttrack.io.writer import VideoWriter

__all__ = [
    "FORMATS",
    "Format",
    "FormatError",
    "VideoError",
    "VideoReader",
    "VideoWriter",
    "convert",
    "open_video",
    "read_tracks",
]

_HOME = {
    "FORMATS": "formats",
    "Format": "formats",
    "FormatError": "errors",
    "VideoError": "errors",
    "VideoReader": "reader",
    "VideoWriter": "writer",
    "convert": "formats",
    "open_video": "video",
    "read_tracks": "formats",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"lighttrack.io.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
