"""The report of one result: who is in it and when, and the curves of the analysis."""

from lighttrack._version import __version__
from lighttrack.analysis import Analysis
from lighttrack.render.page import Section, html_table, render
from lighttrack.render.tables import Table
from lighttrack.reports.analysis import analysis_sections
from lighttrack.structures import TrackedVideo


def result_page(video: TrackedVideo, analysis: Analysis) -> str:
    """One page of HTML that needs nothing from elsewhere.

    Args:
        video: the result.
        analysis: what `lighttrack.analysis.analyze` says of it.
    """
    parts = [Section("People", content=(html_table(people_table(video)),))]
    parts += analysis_sections(analysis)
    return render(f"Result of {video.info.name}", parts, lead=f"lighttrack {__version__}")


def people_table(video: TrackedVideo) -> Table:
    """A row per person: when they are seen, in how many frames, how surely."""
    rows = tuple(
        (
            str(track.id),
            float(track.times[0]),
            float(track.times[-1]),
            len(track),
            float(track.scores.mean()) if track.scores.size else None,
        )
        for track in video.tracks()
    )
    columns = ("Person", "from, s", "to, s", "frames", "mean keypoint score")
    return Table("", columns, rows, 2)
