"""`lighttrack report`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from lighttrack.cli.messages import tell


def report(
    result: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    height: float | None = None,
    person: int | None = None,
) -> None:
    """Write one page of HTML on a result: who is in it, their angles, speeds, strides and jumps.

    For example:

        lighttrack report out/walk.tracks.jsonl
        lighttrack report out/walk.tracks.jsonl --output walk.html --height 1.78 --person 1

    Args:
        result: File of tracks in any format that `lighttrack convert` reads.
        output: The page to write; by default `NAME.report.html` beside the result.
        height: Metres that a person is tall: lengths and speeds are then metres.
        person: Id of that person; by default the one seen longest.
    """
    from lighttrack.analysis import analyze
    from lighttrack.cli.analyze import scale_of
    from lighttrack.formats import read_tracks
    from lighttrack.reports.result import result_page

    video = read_tracks(result)
    analysis = analyze(video, scale=scale_of(video, height, person))
    page = output or result.with_name(f"{analysis.name}.report.html")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(result_page(video, analysis), encoding="utf-8")
    tell(str(page))
