"""`lighttrack match-report`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from lighttrack.cli.messages import counted, tell


def match_report(
    tracks: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")] = Path("match-report.html"),
    matcher: Literal["sgcn", "euclidean"] = "sgcn",
    weights: Path | None = None,
    gap: int = 4,
    limit: int = 24,
) -> None:
    """Show how pose matching judges the poses of a file of tracks, its mistakes first.

    Pairs of poses some frames apart are drawn side by side with their distance: people taken for
    another, others taken for them, and the closest right answers. A map shows the embedding
    of every pose, coloured by identity. The ids of the file count as the truth.

    For example:

        lighttrack match-report out/match.tracks.jsonl
        lighttrack match-report annotations.posetrack.json --gap 8 -o report.html

    Args:
        tracks: A file of tracks: annotations, or a result whose ids are to be believed.
        output: Page (HTML, complete in itself) to write.
        matcher: How poses are compared.
        weights: Weights written by `lighttrack train matcher`, instead of those that ship.
        gap: Frames between the two poses of a pair.
        limit: Pairs of each kind that are drawn, at most.
    """
    from lighttrack.formats import read_tracks
    from lighttrack.matching import EuclideanMatcher, PoseMatcher
    from lighttrack.reports.matching import matching_report

    if matcher == "euclidean" and weights is not None:
        raise ValueError("--weights goes with --matcher sgcn: euclidean has none")
    judge = EuclideanMatcher() if matcher == "euclidean" else PoseMatcher(weights)
    report = matching_report(read_tracks(tracks), judge, name=matcher, gap=gap, limit=limit)
    output.write_text(report.html, encoding="utf-8", errors="backslashreplace")
    tell(f"{output}: {counted(report.mistakes, 'mistake')} in {counted(report.pairs, 'pair')}")
