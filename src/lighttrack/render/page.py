"""One page of HTML that holds everything: styles, tables, drawings, images."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from lighttrack.render.svg import colour, drawing, element, text
from lighttrack.render.tables import Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, text, and drawings or tables as HTML."""

    title: str
    note: str = ""
    content: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """One person drawn over an image."""

    name: str
    box: Sequence[float]
    """`x0, y0, x1, y1` in pixels."""
    wrong: bool
    """Missed, if of the truth; following no person, if a track."""
    number: int = 0
    """Of the track's colour."""
    limbs: Sequence[Sequence[float]] = ()
    """Lines `x0, y0, x1, y1`."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An image with the people of both sides."""

    caption: str
    jpeg: bytes
    width: int
    height: int
    truth: tuple[Outline, ...] = ()
    tracks: tuple[Outline, ...] = ()


def render(title: str, sections: Sequence[Section], *, lead: str = "") -> str:
    """The page as text."""
    body = [f"<h1>{escape(title)}</h1>"]
    if lead:
        body.append(f'<p class="lead">{escape(lead)}</p>')
    for section in sections:
        body.append(f"<section><h2>{escape(section.title)}</h2>")
        if section.note:
            body.append(f"<p>{escape(section.note)}</p>")
        body += [f'<div class="part">{part}</div>' for part in section.content]
        body.append("</section>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>{''.join(body)}</body></html>\n"
    )


def html_table(table: Table) -> str:
    """A table as HTML."""
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.text()
    )
    caption = f"<caption>{escape(table.title)}</caption>" if table.title else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def html_list(items: Sequence[str]) -> str:
    """Sentences, one under the other."""
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"


def html_words(words: Sequence[tuple[str, str]]) -> str:
    """Words and what they mean."""
    rows = "".join(f"<dt>{escape(word)}</dt><dd>{escape(says)}</dd>" for word, says in words)
    return f"<dl>{rows}</dl>"


def html_moments(moments: Sequence[Moment]) -> str:
    """Images side by side."""
    return f'<div class="moments">{"".join(_figure(moment) for moment in moments)}</div>'


def _figure(moment: Moment) -> str:
    """An image with its people: the truth dashed and white, the tracks in their colours."""
    unit = moment.width / 640
    data = base64.b64encode(moment.jpeg).decode("ascii")
    parts = [
        element(
            "image",
            href=f"data:image/jpeg;base64,{data}",
            width=moment.width,
            height=moment.height,
        )
    ]
    for person in moment.truth:
        stroke = "#ff2d2d" if person.wrong else "#ffffff"
        parts += _person(person, stroke, unit, "6 4")
    for person in moment.tracks:
        parts += _person(person, colour(person.number), unit, "")
        label = f"{person.name} ?" if person.wrong else person.name
        size, (left, top) = 14 * unit, person.box[:2]
        parts.append(text(label, left + 3 * unit, top + size, class_="label", font_size=size))
    image = drawing(parts, moment.width, moment.height, moment.caption)
    return f"<figure>{image}<figcaption>{escape(moment.caption)}</figcaption></figure>"


def _person(person: Outline, stroke: str, unit: float, dash: str) -> list[str]:
    x0, y0, x1, y1 = np.asarray(person.box, np.float64).tolist()
    dashes = " ".join(f"{float(part) * unit:.1f}" for part in dash.split())
    style = {"fill": "none", "stroke": stroke, "stroke_dasharray": dashes}
    width = (3 if person.wrong else 1.8) * unit
    size = {"width": max(0.0, x1 - x0), "height": max(0.0, y1 - y0)}
    drawn = [element("rect", x=x0, y=y0, **size, **style, stroke_width=width)]
    if person.limbs:
        lines = np.asarray(person.limbs, np.float64).round(1).tolist()
        path = " ".join(f"M{a:g} {b:g} L{c:g} {d:g}" for a, b, c, d in lines)
        drawn.append(element("path", d=path, **style, stroke_width=1.8 * unit))
    return drawn


_STYLE = """
:root { --ink: #1c2024; --faint: #6b7280; --line: #e3e6ea; --paper: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --faint: #9aa3ad; --line: #33383f; --paper: #16191d; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 980px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .3rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
.lead, p { color: var(--faint); margin: .2rem 0 .8rem; }
.part { overflow-x: auto; margin: .6rem 0 1.2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .2rem 0; }
th, td { padding: .25rem .5rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
th { color: var(--faint); font-weight: 500; }
svg { max-width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .tick { fill: var(--faint); font-size: 11px; }
svg .grid { stroke: var(--line); } svg .switch { stroke: var(--ink); fill: var(--ink); }
svg .missed { fill: var(--line); } svg .hatch { stroke: var(--faint); stroke-width: 1; }
svg .label { fill: #fff; stroke: #000; stroke-width: .25em; paint-order: stroke;
  font-weight: 600; }
.moments { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); }
dt { font-weight: 600; } dd { margin: 0 0 .4rem; color: var(--faint); }
@media (max-width: 640px) {
  body { margin: 1rem auto; padding: 0 .6rem; }
  th, td { padding: .2rem .3rem; font-size: .8rem; }
  .part > svg { width: 640px; max-width: none; font-size: 16px; }
  .part > svg .tick { font-size: 15px; }
}
figure { margin: 0; } figcaption { color: var(--faint); }
"""
