"""Libraries that only some formats need, imported when a file is read or written."""

from importlib import import_module
from typing import Any

_EXTRAS = {"rerun": "rerun"}
"""The extra of a library, where it is not `formats`."""


def library(name: str) -> Any:
    """The module `name` of an optional library.

    Raises:
        ImportError: naming the extra that installs it.

    Example:
        >>> library("no_such_library")
        Traceback (most recent call last):
        ...
        ImportError: this format needs no_such_library, which is not installed: \
pip install "lighttrack[formats]"
    """
    top = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != top:
            raise
        raise ImportError(
            f"this format needs {top}, which is not installed: "
            f'pip install "lighttrack[{_EXTRAS.get(top, "formats")}]"'
        ) from error
