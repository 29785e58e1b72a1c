"""Frames in and out: files, images, cameras and streams.

What is named here is imported when it is first used, so that importing the package does not load
FFmpeg.
"""

from typing import TYPE_CHECKING

from lighttrack._lazy import lazy

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

__getattr__, __dir__ = lazy(__name__, _HOME)
