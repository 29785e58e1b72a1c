"""A stored result in another format, with other keypoints or in metres."""

from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path

from lighttrack.analysis.scale import Scale, in_metres
from lighttrack.formats import FORMATS, read_tracks, write_tracks
from lighttrack.formats.catalog import format_named
from lighttrack.pipeline.existing import require_new
from lighttrack.pipeline.outputs import spare_the_source
from lighttrack.structures import TrackedVideo, skeleton_named

IN_METRES = ("trc", "c3d")
"""Formats that state the unit of their coordinates."""


def convert_file(
    source: str | PathLike[str],
    to: str,
    output: str | PathLike[str],
    *,
    skeleton: str | None = None,
    height: float | None = None,
    person: int | None = None,
    category: str | None = None,
    overwrite: bool = False,
) -> TrackedVideo:
    """Read tracks in one format and write them in another.

    Args:
        source: file or folder of tracks.
        to: name of the format to write.
        output: file or folder to write.
        skeleton: keypoints of the result, taken over by name; by default those of the source.
        height: metres that a person is tall, for formats that state their unit: they are then in
            metres.
        person: id of that person; by default the one seen longest.
        category: of a COCO file of several categories, the one to read.
        overwrite: whether the output may exist.

    Returns:
        What was written.

    Raises:
        ValueError: if there is no such format or skeleton, the output exists, or the format has no
            unit for metres.
        ImportError: if a library is not installed that the format needs.
        OSError: if a file cannot be read or written.

    Example:
        >>> convert_file("match.tracks.jsonl", "sleap", "match.analysis.h5")  # doctest: +SKIP
    """
    wanted = None if skeleton is None else skeleton_named(skeleton)
    if height is not None and to not in IN_METRES:
        raise ValueError(f"{to} has pixels; metres can be written as {' or '.join(IN_METRES)}")
    format_named(to).require_libraries()
    target = Path(output)
    spare_the_source(fspath(source), {to: target})
    require_new({to: target}, overwrite=overwrite)
    tracks = read_tracks(source, category=category)
    if wanted is not None:
        frames = [replace(frame, poses=frame.poses.to(wanted)) for frame in tracks.frames]
        tracks = replace(tracks, skeleton=wanted, frames=frames)
    if height is not None:
        tracks = in_metres(tracks, Scale.from_height(tracks, height, person))
    write_tracks(tracks, target, to)
    return tracks


def lost_in(to: str) -> str:
    """What a format has no place for; empty if nothing."""
    return FORMATS[to].loses
