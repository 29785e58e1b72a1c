"""Curves of angles and speeds, steps and jumps: as parts of a page, as SVG and as PNG."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from lighttrack._version import __version__
from lighttrack.analysis import ANGLES, Analysis
from lighttrack.render.curves import Panel, curves_png, curves_svg
from lighttrack.render.page import Section, html_table, render
from lighttrack.render.tables import Table
from lighttrack.structures.types import AnyArray

PlotFormat = Literal["png", "svg", "html"]
PLOT_FORMATS: tuple[PlotFormat, ...] = get_args(PlotFormat)

MOST_PEOPLE = 20
"""People whose curves a page shows: those seen longest."""


def panels_of(analysis: Analysis, identity: int) -> list[Panel]:
    """Curves of one person: a panel for each pair of joints or segments, and one for speed."""
    rows = analysis.angles["id"] == identity
    times = analysis.angles["time"][rows]
    marks = [
        (event.time, f"{event.side} {event.kind}".strip().replace("_", " "))
        for event in analysis.events
        if event.id == identity
    ]
    panels = []
    for title, names in _groups().items():
        series = {name: analysis.angles[name][rows] for name in names}
        known = {name: v for name, v in series.items() if np.isfinite(v).any()}
        if known:
            panels.append(Panel(f"{title}, degrees", times, known, marks, turn=180.0))
    speed = analysis.speeds["speed"][rows]
    if np.isfinite(speed).any():
        panels.append(Panel(f"speed, {analysis.unit}/s", times, {"speed": speed}, marks))
    return panels


def _groups() -> Mapping[str, list[str]]:
    """Angles that are drawn together: left and right of the same."""
    groups: dict[str, list[str]] = {}
    for angle in ANGLES:
        part = angle.name.removeprefix("left_").removeprefix("right_")
        groups.setdefault(part, []).append(angle.name)
    return groups


def analysis_sections(analysis: Analysis) -> list[Section]:
    """The curves of all people as parts of a page, with a table of what they do."""
    people = _longest(analysis)
    parts = [Section("Ranges", _note(analysis), (html_table(_ranges(analysis, people)),))]
    if analysis.events:
        parts.append(Section("Steps and jumps", content=(html_table(_events(analysis)),)))
    for identity in people:
        drawn = curves_svg(panels_of(analysis, identity), title=f"person {identity}")
        parts.append(Section(f"Person {identity}", "Over seconds of the video.", (drawn,)))
    return parts


def analysis_page(analysis: Analysis) -> str:
    """One page of HTML that needs nothing from elsewhere."""
    title = f"Analysis of {analysis.name}"
    return render(title, analysis_sections(analysis), lead=f"lighttrack {__version__}")


def write_plots(
    analysis: Analysis, folder: str | os.PathLike[str], formats: Sequence[PlotFormat]
) -> list[Path]:
    """Write `NAME.id_3.png` or `.svg` for each person, and one page `NAME.analysis.html`.

    Args:
        analysis: the numbers.
        folder: made if it is not there.
        formats: `png`, `svg`, `html`.

    Raises:
        ValueError: if there is no such format.
    """
    if unknown := [each for each in formats if each not in PLOT_FORMATS]:
        raise ValueError(f"plots are png, svg or html, got {unknown[0]!r}")
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    if "html" in formats:
        paths.append(target / f"{analysis.name}.analysis.html")
        paths[-1].write_text(analysis_page(analysis), encoding="utf-8")
    for identity in _longest(analysis):
        panels = panels_of(analysis, identity)
        title = f"{analysis.name}, person {identity}"
        if "svg" in formats and panels:
            paths.append(target / f"{analysis.name}.id_{identity}.svg")
            paths[-1].write_text(curves_svg(panels, title=title, alone=True), encoding="utf-8")
        if "png" in formats and panels:
            paths.append(target / f"{analysis.name}.id_{identity}.png")
            paths[-1].write_bytes(curves_png(panels, title=title))
    return paths


def _longest(analysis: Analysis) -> list[int]:
    ids, counts = np.unique(analysis.angles["id"], return_counts=True)
    chosen = ids[np.argsort(-counts, kind="stable")[:MOST_PEOPLE]]
    return sorted(int(identity) for identity in chosen.tolist())


def _note(analysis: Analysis) -> str:
    settings = analysis.settings
    scale = settings["scale"] or "none: lengths are pixels"
    note = f"Filter: {settings['filter']} at {settings['cutoff']:g} Hz. Scale: {scale}."
    if len(analysis.ids()) > MOST_PEOPLE:
        note += f" The {MOST_PEOPLE} of {len(analysis.ids())} people seen longest."
    return note


def _ranges(analysis: Analysis, people: Sequence[int]) -> Table:
    """For each person the least and the greatest of the angles of joints, and the mean speed."""
    names = [angle.name for angle in ANGLES if not angle.is_segment]
    names = [name for name in names if np.isfinite(analysis.angles[name]).any()]
    rows = []
    for identity in people:
        chosen = analysis.angles["id"] == identity
        cells = [_range(analysis.angles[name][chosen]) for name in names]
        speed = analysis.speeds["speed"][chosen]
        mean = float(np.nanmean(speed)) if np.isfinite(speed).any() else None
        rows.append((str(identity), *cells, mean))
    heads = tuple(name.replace("_", " ") for name in names)
    return Table("", ("Person", *heads, f"speed, {analysis.unit}/s"), tuple(rows), 2)


def _range(values: AnyArray) -> str:
    if not np.isfinite(values).any():
        return "–"
    return f"{np.nanmin(values):.0f} to {np.nanmax(values):.0f}°"


def _events(analysis: Analysis) -> Table:
    rows = tuple(
        (
            f"{event.id}",
            f"{event.side} {event.kind}".strip().replace("_", " "),
            event.time,
            event.duration,
            event.length,
        )
        for event in analysis.events
    )
    return Table("", ("Person", "What", "s", "lasted, s", f"length, {analysis.unit}"), rows, 2)
