"""`lighttrack convert`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from lighttrack.cli.messages import counted, note, tell

FormatName = Literal["jsonl", "posetrack", "posetrack17", "coco", "mot", "openpose", "csv"]


def convert(
    source: Path,
    /,
    *,
    to: FormatName,
    output: Annotated[Path, Parameter(alias="-o")],
    skeleton: str | None = None,
    category: str | None = None,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Read tracks in one format and write them in another.

    The format of the input is seen from its content. Formats differ in what they can hold: MOT has
    boxes only, PoseTrack and OpenPose have skeletons of their own; see docs/formats.md.

    For example:

        lighttrack convert out/match.tracks.jsonl --to csv --output match.csv
        lighttrack convert annotations.posetrack.json --to jsonl -o annotations.tracks.jsonl

    Args:
        source: File (or, for OpenPose, folder) of tracks.
        to: Format to write.
        output: File (or, for OpenPose, folder) to write.
        skeleton: Keypoints of the result, taken over by name; by default those of the input.
        category: Of a COCO file of several categories, the one to read, by its name; by default
            `person`, else the first with keypoints.
        overwrite: Replace the output if it exists.
    """
    from dataclasses import replace

    from lighttrack.formats import FORMATS, read_tracks
    from lighttrack.pipeline.existing import require_new
    from lighttrack.pipeline.outputs import rebuild, spare_the_source
    from lighttrack.structures import skeleton_named

    wanted = None if skeleton is None else skeleton_named(skeleton)
    spare_the_source(str(source), {to: output})
    require_new({to: output}, overwrite=overwrite)
    tracks = read_tracks(source, category=category)
    if wanted is not None:
        frames = [replace(frame, poses=frame.poses.to(wanted)) for frame in tracks.frames]
        tracks = replace(tracks, skeleton=wanted, frames=frames)
    rebuild({to: output}, tracks)
    tell(f"{output}: {counted(len(tracks.frames), 'frame')}, {counted(len(tracks.ids()), 'id')}")
    if FORMATS[to].loses:
        note(f"{to} has no place for: {FORMATS[to].loses}")
