"""The formats of tracks, recognised by what is in a file; reading any, and converting."""

import logging
import os
from pathlib import Path

from lighttrack.formats import coco, jsonl, mmpose, mot, table
from lighttrack.formats.catalog import ENDINGS, FORMATS, READ_ONLY, Format, format_named
from lighttrack.formats.errors import FormatError
from lighttrack.structures import TrackedVideo

_log = logging.getLogger(__name__)


_OF_POSETRACK = {
    '"annolist"': "posetrack17", '"vid_id"': "posetrack", '"head_bottom"': "posetrack",
}  # fmt: skip
"""Members that PoseTrack's files have and COCO's do not, and the format that each tells."""


_HEAD = 4096
"""Bytes of a file by which its format is recognised."""


def detect(path: str | os.PathLike[str]) -> Format:
    """The format of a file or folder of tracks, by what is in it, whatever its name.

    Raises:
        FileNotFoundError: if nothing is there.
        FormatError: if it is none of them.
    """
    path = Path(path)
    start = b""
    if not path.is_dir():
        with open(path, "rb") as file:
            start = file.read(_HEAD)
    for each in FORMATS.values():
        if each.recognises is not None and each.recognises(path, start):
            return each
    if path.is_dir():
        return FORMATS["openpose"]
    head = start.decode("utf-8-sig", errors="replace").lstrip()
    first_line = head.partition("\n")[0]
    if not head:
        raise FormatError(f"{path} is empty")
    if first_line.startswith("{") and f'"{jsonl.FORMAT}"' in first_line:
        return FORMATS["jsonl"]
    if head[0] in "{[":
        return _detect_json(path)
    if first_line.startswith(",".join(table.COLUMNS[:-1])):
        return FORMATS["csv"]
    if mot.is_row(first_line):
        return FORMATS["mot"]
    raise FormatError(f"{path} holds no tracks in a known format; known: {', '.join(FORMATS)}")


def _detect_json(path: Path) -> Format:
    """PoseTrack's files name its keypoints, number their videos or list an `annolist`.

    Those of mmpose have `instance_info`.
    """
    # These members may stand anywhere in the file, so all of it is searched, in pieces.
    tail = ""
    with open(path, encoding="utf-8", errors="replace") as file:
        while piece := file.read(1 << 20):
            for member, name in _OF_POSETRACK.items():
                if member in tail + piece:
                    return FORMATS[name]
            if f'"{mmpose.MEMBER}"' in tail + piece:
                return READ_ONLY["mmpose"]
            tail = piece[-20:]
    return FORMATS["coco"]


def read_tracks(path: str | os.PathLike[str], *, category: str | None = None) -> TrackedVideo:
    """Read a result in any of the formats.

    Args:
        path: a file, or the folder of a format of several files.
        category: name of the category to read of a COCO file that has several; without it,
            `person`, else the first with keypoints.

    Raises:
        FileNotFoundError: if nothing is there.
        FormatError: if it is none of the formats, or broken.

    Example:
        >>> video = read_tracks("match.tracks.jsonl")  # doctest: +SKIP
        >>> [len(track) for track in video.tracks()]  # doctest: +SKIP
    """
    format_ = detect(path)
    if category is None:
        return guarded(format_, path)
    if format_.name != "coco":
        raise ValueError(f"{path} is {format_.name}, which has no categories")
    return coco.read(path, category=category)


def guarded(format_: Format, path: str | os.PathLike[str]) -> TrackedVideo:
    """What a reader gives; whatever it trips over is said in one sentence that names the file.

    Readers check every member themselves. This is for what they did not think of.

    Raises:
        FormatError: if the file is broken.
        OSError: if it cannot be read.
    """
    try:
        return format_.read(path)
    except (FormatError, OSError):
        raise
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise FormatError(f"{path} is no {format_.name} file of tracks: {error}") from error
    except (RecursionError, MemoryError):
        raise FormatError(f"{path} is nested too deep or too large to be read") from None


def write_tracks(
    video: TrackedVideo,
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
) -> None:
    """Write a result; what the format cannot hold, or has changed in the file, is logged.

    Args:
        video: the result.
        path: the file to write, or the folder of a format of several files.
        format: the name of a format; without it, the one that the end of the path stands for.

    Raises:
        ValueError: if there is no such format, the path does not tell which is meant, or the file
            would be too large.
        OSError: if it cannot be written.
        ImportError: if a library is not installed that the format needs.

    Example:
        >>> write_tracks(read_tracks("match.tracks.jsonl"), "match.csv")  # doctest: +SKIP
    """
    wanted = format_by_suffix(Path(path)) if format is None else format_named(format)
    if wanted is None:
        raise ValueError(
            f"{path} does not tell its format: name one of {', '.join(FORMATS)}, or end the path "
            f"with one of {', '.join(each.suffix for each in FORMATS.values())}"
        )
    if wanted.loses:
        _log.info("%s has no place for: %s", wanted.name, wanted.loses)
    with wanted.open(path, video.info, video.skeleton, video.provenance) as writer:
        for frame in video.listed():
            writer.write(frame)
    for note in writer.notes:
        _log.warning("%s: %s", path, note)


def format_by_suffix(path: Path) -> Format | None:
    """The format that the end of a name stands for; None where it may be several.

    Example:
        >>> [each and each.name for each in map(format_by_suffix, map(Path, ("a.csv", "a.json")))]
        ['csv', None]
    """
    for name, format_ in FORMATS.items():
        if path.name.endswith((format_.suffix, ENDINGS.get(name, format_.suffix))):
            return format_
    return None


def convert(
    source: str | os.PathLike[str], target_format: str, output: str | os.PathLike[str]
) -> TrackedVideo:
    """Write a stored result in another format; what the format cannot hold is logged.

    Args:
        source: a result in any of the formats.
        target_format: the name of a format.
        output: the file or folder to write.

    Returns:
        What was read.

    Example:
        >>> _ = convert("match.tracks.jsonl", "mot", "match.mot.txt")  # doctest: +SKIP
    """
    format_named(target_format)  # said before a long file is read
    video = read_tracks(source)
    write_tracks(video, output, target_format)
    return video
