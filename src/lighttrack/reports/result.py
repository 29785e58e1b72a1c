"""The report of one result: who is in it and when, and the curves of the analysis."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lighttrack._version import __version__
from lighttrack.analysis import Analysis
from lighttrack.render.page import Section, html_table, html_words, render
from lighttrack.render.tables import Table
from lighttrack.reports.analysis import analysis_sections
from lighttrack.structures import TrackedVideo


def result_page(video: TrackedVideo, analysis: Analysis) -> str:
    """One page of HTML that needs nothing from elsewhere.

    Args:
        video: the result.
        analysis: what `lighttrack.analysis.analyze` says of it.
    """
    parts = [Section("People", content=(html_table(people_table(video, analysis)),))]
    parts += analysis_sections(analysis)
    if settings := settings_table(video):
        parts.append(Section("Settings", content=(html_table(settings),)))
    parts.append(Section("Glossary", content=(html_words(WORDS),)))
    made = f"{video.info.width}x{video.info.height} pixels, {len(video.frames)} frames"
    lead = f"{video.info.source or video.info.name}: {made}; lighttrack {__version__}"
    return render(f"Result of {video.info.name}", parts, lead=lead)


def people_table(video: TrackedVideo, analysis: Analysis) -> Table:
    """A row per person: name, when they are seen and how long, how surely, how fast."""
    names = video.provenance.get("names", {})
    rows = []
    for track in video.tracks():
        speeds = analysis.speeds["speed"][analysis.speeds["id"] == track.id]
        speeds = speeds[np.isfinite(speeds)]
        label = f"{track.id} {names.get(str(track.id), '')}".strip()
        rows.append(
            (
                label,
                float(track.times[0]),
                float(track.times[-1]),
                float(track.times[-1] - track.times[0]),
                len(track),
                float(track.scores.mean()) if track.scores.size else None,
                float(speeds.mean()) if len(speeds) else None,
                float(speeds.max()) if len(speeds) else None,
            )
        )
    unit = f"{analysis.unit}/s"
    columns = (
        "Person", "from, s", "to, s", "duration, s", "frames", "mean keypoint score",
        f"mean speed, {unit}", f"greatest speed, {unit}",
    )  # fmt: skip
    return Table("", columns, tuple(rows), 2)


def settings_table(video: TrackedVideo) -> Table | None:
    """How the result was tracked, as its provenance says; None if it does not."""
    settings = video.provenance.get("config")
    if not isinstance(settings, Mapping):
        return None
    flat = {name: value for name, value in settings.items() if name != "tracker"}
    for group, values in (settings.get("tracker") or {}).items():
        flat |= {f"{group}.{name}": value for name, value in values.items()}
    rows = [(name, _written(value)) for name, value in flat.items() if value is not None]
    for change in video.provenance.get("changes", ()):
        told = {name: value for name, value in change.items() if name != "operation"}
        rows.append((f"changed: {change.get('operation')}", _written(told)))
    return Table("", ("Setting", "Value"), tuple(rows))


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_written(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_written(part) for part in value)
    return "–" if value is None else str(value)


WORDS = (
    ("person", "an id, with the name that it was given; it is never given to another person"),
    ("duration", "from the first frame in which the person is there to the last, gaps included"),
    ("frames", "in which the person is there"),
    ("keypoint score", "the pose estimator's confidence in a keypoint, 0 to 1"),
    ("speed", "of the middle of the hips, filtered; in pixels a second unless a height is given"),
    ("angle", "between two parts of the body in the image, in degrees: a projection"),
    ("key frame", "a frame for which the detector was called"),
    ("lost", "out of sight, and still looked for under the same id"),
)
"""Columns and words of the page; docs/glossary.md has more."""
