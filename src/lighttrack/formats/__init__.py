"""Files of tracks: one module for each format, with a reader and a writer.

What is named here is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lighttrack.formats.errors import FormatError
    from lighttrack.formats.formats import FORMATS, Format, convert, read_tracks, write_tracks

__all__ = [
    "FORMATS",
    "Format",
    "FormatError",
    "convert",
    "read_tracks",
    "write_tracks",
]

_HOME = {
    "FORMATS": "formats",
    "Format": "formats",
    "FormatError": "errors",
    "convert": "formats",
    "read_tracks": "formats",
    "write_tracks": "formats",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"lighttrack.formats.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
