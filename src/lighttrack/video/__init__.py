"""Frames in and out: files, images, cameras and streams.

What is named here is imported when it is first used, so that importing the package does not load
FFmpeg.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lighttrack.video.errors import VideoError
    from lighttrack.video.open import open_video
    from lighttrack.video.reader import VideoReader
    from lighttrack.video.writer import VideoWriter

__all__ = [
    "VideoError",
    "VideoReader",
    "VideoWriter",
    "open_video",
]

_HOME = {
    "VideoError": "errors",
    "VideoReader": "reader",
    "VideoWriter": "writer",
    "open_video": "open",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"lighttrack.video.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
