"""The page of `lighttrack match-report`: pairs of poses and a map of embeddings, as SVG in HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from lighttrack.matching.normalize import CANONICAL, normalize
from lighttrack.render.colors import identity_color
from lighttrack.structures import Floats

_SIDE = 150
"""Pixels of the square that a pose is drawn in."""
_SPAN = 2.6
"""What the square shows of a normalised pose, from its centre, in spreads."""
_MAP = 640

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
       color: #1d2330; background: #fafbfc; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(312px, 1fr)); gap: 12px; }
figure { margin: 0; background: #fff; border: 1px solid #dde2ea; border-radius: 6px; }
figcaption { padding: 4px 10px 8px; color: #4a5366; font-size: 13px; }
svg { display: block; width: 100%; height: auto; }
.none { color: #6a7386; }
"""


@dataclass(frozen=True, slots=True)
class Sight:
    """One pose of a pair."""

    frame: int
    identity: int
    keypoints: Floats
    """`(15, 2)`: pixels; NaN where missing."""


@dataclass(frozen=True, slots=True)
class Example:
    """A pair and its distance."""

    first: Sight
    second: Sight
    distance: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What stands above the pairs."""

    title: str
    matcher: str
    gap: int
    threshold: float
    counts: Mapping[str, int]
    right: float
    """Share of pairs on the right side of the threshold."""


def page(
    summary: Summary,
    groups: Mapping[str, Sequence[Example]],
    points: Floats,
    identities: Sequence[int],
) -> str:
    """The whole page; it needs nothing from elsewhere.

    Args:
        summary: what was compared, and how.
        groups: examples by their heading, in the order to show them.
        points: `(M, 2)`: places of poses on the map.
        identities: whose pose each is.
    """
    counts = ", ".join(f"{number} {kind}" for kind, number in summary.counts.items())
    parts = [
        f"<h1>Pose matching: {escape(summary.title)}</h1>",
        f"<p>{escape(summary.matcher)}, pairs {summary.gap} frames apart: {counts}. "
        f"{summary.right:.1%} of all pairs lie on the right side of the threshold "
        f"{summary.threshold:.3f}.</p>",
    ]
    parts.append(f'<p class="none">{_LEGEND}</p>')
    for title, examples in groups.items():
        parts.append(f"<h2>{escape(title)}</h2>")
        if examples:
            parts.append(f'<div class="pairs">{"".join(map(_pair, examples))}</div>')
        else:
            parts.append('<p class="none">None.</p>')
    parts.append("<h2>All poses, by the two main directions of their embeddings</h2>")
    parts.append(
        "<p>One dot is one pose, a colour an identity. Those that lie close are alike.</p>"
    )
    parts.append(f"<p>{_colours(identities)}</p>")
    parts.append(f"<figure>{_scatter(points, identities)}</figure>")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Pose matching: {escape(summary.title)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


_LEGEND = (
    "Each figure is a pair of poses, brought to one size and place. The number is their distance: "
    "below the threshold they count as the same person. Colours are identities; the left side of a "
    "body is drawn solid, the right side dashed."
)

_NAMED = 20
"""Identities that the legend of the map names."""


def _colours(identities: Sequence[int]) -> str:
    known = sorted(set(identities))
    names = [
        f'<span style="color:{_css(identity)}">&#9679;</span> id {identity}'
        for identity in known[:_NAMED]
    ]
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return " ".join(names) + more


def _pair(example: Example) -> str:
    sights = (example.first, example.second)
    drawings = "".join(_pose(sight, offset * _SIDE) for offset, sight in enumerate(sights))
    names = " and ".join(f"id {sight.identity} in frame {sight.frame}" for sight in sights)
    return (
        f'<figure><svg viewBox="0 0 {2 * _SIDE} {_SIDE}" role="img" aria-label="{names}">'
        f"{drawings}</svg><figcaption><b>{example.distance:.3f}</b> · {names}</figcaption></figure>"
    )


def _pose(sight: Sight, left: float) -> str:
    """A normalised pose; the left side of the body is drawn solid, the right side dashed."""
    points, valid = normalize(sight.keypoints[None])
    places = points[0] * (_SIDE / 2 / _SPAN) + _SIDE / 2 + np.array([left, 0], np.float32)
    color = _css(sight.identity)
    strokes = []
    for a, b in CANONICAL.edges:
        if valid[0, a] and valid[0, b]:
            (x0, y0), (x1, y1) = places[a].tolist(), places[b].tolist()
            dashed = any(CANONICAL.keypoints[end].startswith("right_") for end in (a, b))
            dash = ' stroke-dasharray="5 3"' if dashed else ""
            strokes.append(
                f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{color}" '
                f'stroke-width="3" stroke-linecap="round"{dash}/>'
            )
    for (x, y), there in zip(places.tolist(), valid[0].tolist(), strict=True):
        if there:
            strokes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>')
    return "".join(strokes)


def _scatter(points: Floats, identities: Sequence[int]) -> str:
    reach = max(float(np.abs(points).max(initial=0)), 1e-6) * 1.05
    places = (points / reach + 1) * (_MAP / 2)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_css(identity)}" fill-opacity="0.6">'
        f"<title>id {identity}</title></circle>"
        for (x, y), identity in zip(places.tolist(), identities, strict=True)
    )
    return (
        f'<svg viewBox="0 0 {_MAP} {_MAP}" role="img" aria-label="map of poses">'
        f"{_axes(reach)}{dots}</svg>"
    )


def _axes(reach: float) -> str:
    """The two directions through the middle, with the distance at half of the way out."""
    half, middle = _MAP // 2, reach / 2
    line = f'<path d="M0 {half}H{_MAP}M{half} 0V{_MAP}" stroke="#dde2ea"/>'
    labels = (
        (_MAP - 6, half - 6, "end", "first direction"),
        (half + 6, 14, "start", "second direction"),
        (half + half // 2, half + 16, "middle", f"{middle:.2g}"),
        (half // 2, half + 16, "middle", f"-{middle:.2g}"),
    )
    return line + "".join(
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="12" fill="#6a7386">{text}</text>'
        for x, y, anchor, text in labels
    )


def _css(identity: int) -> str:
    red, green, blue = identity_color(identity)
    return f"rgb({red},{green},{blue})"
