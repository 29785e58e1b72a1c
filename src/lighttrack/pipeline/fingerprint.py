"""What a result remembers of its source, so that another one is not taken for it."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from lighttrack.structures import Frame, VideoInfo

COUNT = 3
"""Frames that are hashed."""

MEMBER = "first_frames"
"""Where the hash stands in the provenance."""


def fingerprint(frames: Iterable[Frame]) -> str:
    """A hash of the images and times of the first frames."""
    digest = sha256()
    for frame in islice(frames, COUNT):
        digest.update(f"{frame.index} {frame.time:.6f} {frame.image.shape}".encode())
        digest.update(frame.image.tobytes())
    return digest.hexdigest()


def require_same_source(
    stored: VideoInfo, provenance: Mapping[str, Any], now: VideoInfo, frames: Iterable[Frame]
) -> None:
    """Refuse to continue a result of another video.

    Args:
        stored: what the result says of its video.
        provenance: of the result.
        now: the video that is to be tracked.
        frames: its first frames, from where the result begins.

    Raises:
        ValueError: naming what differs.
    """
    if _are_different_files(stored.source, now.source):
        raise ValueError(_refusal("source", stored.source, now.source))
    then_size, size = f"{stored.width}x{stored.height}", f"{now.width}x{now.height}"
    if then_size != size:
        raise ValueError(_refusal("size", then_size, size))
    if abs(stored.fps - now.fps) > 1e-6 * max(stored.fps, now.fps):
        raise ValueError(_refusal("frame rate", f"{stored.fps:g}", f"{now.fps:g}"))
    known = provenance.get(MEMBER)
    if known is not None and known != fingerprint(frames):
        raise ValueError(
            f"the stored result is of other images than {now.source}: its first frames differ; "
            "choose another output or name, or track it again without resume"
        )


def _are_different_files(then: str, now: str) -> bool:
    """Whether two sources are not one: by their files where both are there, else by name."""
    if then == now or not then:
        return False
    first, second = Path(then), Path(now)
    try:
        if first.exists() and second.exists():
            return not first.samefile(second)
    except (OSError, ValueError):  # an address, or a name that is no path
        return True
    return first.name != second.name


def _refusal(what: str, then: str, now: str) -> str:
    return (
        f"the stored result has the {what} {then}, and this run has {now}: choose another output "
        "or name, or track it again without resume"
    )
