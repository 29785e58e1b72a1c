"""Names that come from files and users, as names of files: the last component, and a safe one."""

import re
from pathlib import PurePosixPath

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
"""Characters that some file system does not allow."""

_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Halves of letters, which JSON can hold. (Those between stand for bytes that are no text.)"""

_RESERVED = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)}
)
"""Names that Windows takes for devices, whatever the suffix."""

LONGEST = 180
"""Bytes of a name: the longest suffix of ours must fit into the 255 of file systems."""


def file_name(name: str, default: str = "video") -> str:
    """A name as the name of a file: never a path, nothing that a file system refuses.

    Args:
        name: of a video, from a file or from a user.
        default: what a name becomes of which nothing is left.

    Example:
        >>> file_name("../../etc/passwd"), file_name("a:b?"), file_name("nul.mp4"), file_name("..")
        ('passwd', 'a_b_', '_nul.mp4', 'video')
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    safe = _HALVES.sub("_", _FORBIDDEN.sub("_", last)).strip(" .")
    if not safe.strip("_"):
        return default
    if safe.partition(".")[0].strip().lower() in _RESERVED:
        safe = "_" + safe
    encoded = safe.encode("utf-8", "surrogateescape")
    if len(encoded) > LONGEST:
        safe = encoded[:LONGEST].decode("utf-8", "ignore").rstrip(" .")
    return safe
