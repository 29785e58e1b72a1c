"""Files of tracks: one module for each format, with a reader and a writer.

What is named here is imported when it is first used.
"""

from typing import TYPE_CHECKING

from lighttrack._lazy import lazy

if TYPE_CHECKING:
    from lighttrack.formats.catalog import FORMATS, Format
    from lighttrack.formats.detections import read_detections
    from lighttrack.formats.errors import FormatError
    from lighttrack.formats.formats import convert, read_tracks, write_tracks

__all__ = [
    "FORMATS",
    "Format",
    "FormatError",
    "convert",
    "read_detections",
    "read_tracks",
    "write_tracks",
]

_HOME = {
    "FORMATS": "catalog",
    "Format": "catalog",
    "FormatError": "errors",
    "convert": "formats",
    "read_detections": "detections",
    "read_tracks": "formats",
    "write_tracks": "formats",
}

__getattr__, __dir__ = lazy(__name__, _HOME)
