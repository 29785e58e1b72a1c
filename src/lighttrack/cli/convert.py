"""`lighttrack convert`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from lighttrack.cli.messages import counted, note, tell

FormatName = Literal[
    "jsonl", "posetrack", "posetrack17", "coco", "mot", "openpose", "csv", "parquet", "movement",
    "sleap", "trc", "c3d", "nwb", "rerun", "pyskl", "kinetics", "ntu",
]  # fmt: skip


def convert(
    source: Path,
    /,
    *,
    to: FormatName,
    output: Annotated[Path, Parameter(alias="-o")],
    skeleton: str | None = None,
    height: float | None = None,
    person: int | None = None,
    category: str | None = None,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Read tracks in one format and write them in another.

    The format of the input is seen from its content. Formats differ in what they can hold: MOT has
    boxes only, PoseTrack and OpenPose have skeletons of their own; see docs/formats.md.

    For example:

        lighttrack convert out/match.tracks.jsonl --to csv --output match.csv
        lighttrack convert annotations.posetrack.json --to jsonl -o annotations.tracks.jsonl
        lighttrack convert out/walk.tracks.jsonl --to trc -o walk.trc --height 1.78 --person 1

    Args:
        source: File (or, for formats of several files, folder) of tracks.
        to: Format to write.
        output: File (or, for formats of several files, folder) to write.
        skeleton: Keypoints of the result, taken over by name, such as `halpe-26`; by default those
            of the input.
        height: Metres that a person is tall: `trc` and `c3d` are then in metres, not pixels.
        person: Id of that person; by default the one seen longest.
        category: Of a COCO file of several categories, the one to read, by its name; by default
            `person`, else the first with keypoints.
        overwrite: Replace the output if it exists.
    """
    from lighttrack.pipeline.convert import convert_file, lost_in

    tracks = convert_file(
        source,
        to,
        output,
        skeleton=skeleton,
        height=height,
        person=person,
        overwrite=overwrite,
        category=category,
    )
    tell(f"{output}: {counted(len(tracks.frames), 'frame')}, {counted(len(tracks.ids()), 'id')}")
    if lost := lost_in(to):
        note(f"{to} has no place for: {lost}")
