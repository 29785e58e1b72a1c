"""`lighttrack refine`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from lighttrack.cli.messages import counted, note, tell


def refine(
    result: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    join: bool = True,
    drop: bool = True,
    fill: bool = True,
    join_gap: float = 2.0,
    fill_gap: float = 1.0,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Join pieces of tracks, drop false positives and fill short gaps in a whole result, offline.

    The tracker decides frame by frame, as the video comes in; this reads the whole result, both
    ways in time. A new file is written and the old one stays.

    For example:

        lighttrack refine out/match.tracks.jsonl
        lighttrack refine out/match.tracks.jsonl --output better.tracks.jsonl --no-drop

    Args:
        result: File of tracks in any format that `lighttrack convert` reads.
        output: File to write, in the format that its name tells; by default one beside the result,
            `match.refined.tracks.jsonl`, in the same format.
        join: Give a track that begins where another has led, soon after it ended, the same id.
        drop: Leave out tracks that are doubtful and last a moment only, or never move.
        fill: Put people into the frames between two in which they were seen, along straight lines;
            their state is "lost", and their scores are halved.
        join_gap: Seconds that may lie between two pieces.
        fill_gap: Seconds that a gap may take to be filled.
        overwrite: Replace the output if it exists.
    """
    from lighttrack.pipeline.rewriting import Rewriting
    from lighttrack.refinement import refine as refined

    rewriting = Rewriting(result, output, "refined", overwrite=overwrite)
    video = refined(
        rewriting.video, join=join, drop=drop, fill=fill, join_gap=join_gap, fill_gap=fill_gap
    )
    if lost := rewriting.write(video):
        note(lost)
    [done] = rewriting.made(video)
    tell(f"{rewriting.output}: {_summary_of(done)}")


def _summary_of(done: Mapping[str, Any]) -> str:
    """What was done, in one line."""
    joined = ", ".join(f"{later} to {earlier}" for earlier, later in done["joined"])
    dropped = ", ".join(str(identity) for identity in done["dropped"])
    parts = [
        f"joined {counted(len(done['joined']), 'id')}" + (f" ({joined})" if joined else ""),
        f"dropped {counted(len(done['dropped']), 'id')}" + (f" ({dropped})" if dropped else ""),
        f"filled in {counted(done['filled'], 'person', 'people')}",
    ]
    return ", ".join(parts)
