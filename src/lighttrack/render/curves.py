"""Curves over time, one panel under the other, as SVG and as PNG."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lighttrack.render.canvas import Canvas, encode_png
from lighttrack.render.svg import COLOURS, colour, drawing, element, legend, text
from lighttrack.structures.types import AnyArray

_WIDTH, _PANEL, _TOP = 900.0, 170.0, 26.0
_LEFT, _RIGHT, _HEAD, _FOOT = 56.0, 16.0, 24.0, 22.0
_TICKS = 4
_PNG_SCALE = 2


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves that share their axes."""

    title: str
    times: AnyArray
    """`(T,)`: seconds."""
    series: Mapping[str, AnyArray]
    """`(T,)` each; NaN makes a gap."""
    marks: Sequence[tuple[float, str]] = ()
    """Moments, with what happens then."""
    turn: float = float("inf")
    """A step as large as this is no movement but the end of a circle: the line is interrupted."""

    def bounds(self) -> tuple[float, float, float, float]:
        """First and last second, least and greatest value, apart from one another."""
        values = np.concatenate([*self.series.values(), np.zeros(0)])
        values = values[np.isfinite(values)]
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
        margin = max((high - low) * 0.06, 1e-3)
        first = float(self.times[0]) if len(self.times) else 0.0
        last = float(self.times[-1]) if len(self.times) else 1.0
        return first, max(last, first + 1e-3), low - margin, high + margin

    def paths(self, top: float) -> Iterator[tuple[int, AnyArray]]:
        """Each curve without gaps, as its number and its points `(N, 2)` on the drawing."""
        first, last, low, high = self.bounds()
        x = _LEFT + (self.times - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)
        for number, values in enumerate(self.series.values()):
            y = _bottom(top) - (values - low) / (high - low) * (_PANEL - _HEAD - _FOOT)
            with np.errstate(invalid="ignore"):
                apart = np.abs(np.diff(values)) >= self.turn
            breaks = np.flatnonzero((np.diff(np.isfinite(y).astype(int)) != 0) | apart) + 1
            for part in np.split(np.stack([x, y], axis=1), breaks):
                if len(part) and np.isfinite(part[0]).all():
                    yield number, part

    def grid(self, top: float) -> Iterator[tuple[float, float, str, str]]:
        """Ticks as x, y, text and the axis they belong to."""
        first, last, low, high = self.bounds()
        for value in _ticks(low, high):
            y = _bottom(top) - (value - low) / (high - low) * (_PANEL - _HEAD - _FOOT)
            yield _LEFT, y, f"{value + 0.0:g}", "y"
        for value in _ticks(first, last):
            x = _LEFT + (value - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)
            yield x, _bottom(top), f"{value:g}", "x"


def _bottom(top: float) -> float:
    return top + _PANEL - _FOOT


def _ticks(low: float, high: float) -> list[float]:
    """About `_TICKS` round numbers between two others."""
    rough = (high - low) / _TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    count = np.arange(np.ceil(low / step), np.floor(high / step) + 1)
    return [round(float(n * step), 10) + 0.0 for n in count]


def curves_svg(panels: Sequence[Panel], *, title: str, alone: bool = False) -> str:
    """The panels as one drawing.

    Args:
        panels: at least one.
        title: read out where the drawing cannot be seen.
        alone: whether it is a file of its own, not a part of a page: then it has its own styles.
    """
    parts = [text(title, _LEFT, 16, font_weight="bold")] if alone else []
    for place, panel in enumerate(panels):
        top = _TOP + place * _PANEL
        parts += _svg_panel(panel, top)
    height = _TOP + len(panels) * _PANEL
    if alone:
        paper = element("rect", width=_WIDTH, height=height, fill="#ffffff")
        parts = [element("style", _STYLE), paper, *parts]
    made = drawing(parts, _WIDTH, height, title)
    return made.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) if alone else made


def _svg_panel(panel: Panel, top: float) -> list[str]:
    parts = [text(panel.title, _LEFT, top + 14)]
    parts += legend([name.replace("_", " ") for name in panel.series], _LEFT + 260, top + 14)
    first, last, *_ = panel.bounds()
    for x, y, label, axis in panel.grid(top):
        if axis == "y":
            right = _WIDTH - _RIGHT
            parts.append(element("line", x1=x, x2=right, y1=y, y2=y, class_="grid"))
            parts.append(text(label, x - 6, y + 4, anchor="end", class_="tick"))
        else:
            parts.append(text(label, x, y + 15, anchor="middle", class_="tick"))
    for time, what in panel.marks:
        x = _LEFT + (time - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)
        line = element(
            "line", element("title", what), x1=x, x2=x, y1=top + _HEAD, y2=_bottom(top),
            class_="mark", stroke="#888888", stroke_dasharray="2 3",
        )  # fmt: skip
        parts.append(line)
    for number, points in panel.paths(top):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points.tolist())
        parts.append(
            element("polyline", points=path, fill="none", stroke=colour(number), stroke_width=1.6)
        )
    return parts


def curves_png(panels: Sequence[Panel], *, title: str) -> bytes:
    """The panels as the bytes of a PNG file, on white."""
    height = _TOP + len(panels) * _PANEL
    size = (round(height * _PNG_SCALE), round(_WIDTH * _PNG_SCALE), 3)
    canvas = Canvas(np.full(size, 255, np.uint8))
    canvas.write(title, _at(_LEFT, 16), round(9 * _PNG_SCALE), _INK)
    for place, panel in enumerate(panels):
        _png_panel(canvas, panel, _TOP + place * _PANEL)
    return encode_png(canvas.image)


def _png_panel(canvas: Canvas, panel: Panel, top: float) -> None:
    small = round(7 * _PNG_SCALE)
    canvas.write(panel.title, _at(_LEFT, top + 14), small, _INK)
    across = _LEFT + 260
    for number, name in enumerate(panel.series):
        canvas.path(np.array([_at(across, top + 10), _at(across + 12, top + 10)]), _rgb(number), 4)
        canvas.write(name.replace("_", " "), _at(across + 18, top + 14), small, _INK)
        across += 44 + 7 * len(name)
    first, last, *_ = panel.bounds()
    for x, y, label, axis in panel.grid(top):
        if axis == "y":
            canvas.path(np.array([_at(x, y), _at(_WIDTH - _RIGHT, y)]), _GRID, 1)
            canvas.write(label, _at(x - 6, y + 4), small, _INK, right=True)
        else:
            canvas.write(label, _at(x - 6, y + 15), small, _INK)
    for time, _ in panel.marks:
        x = _LEFT + (time - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)
        canvas.path(np.array([_at(x, top + _HEAD), _at(x, _bottom(top))]), _MARK, 1)
    for number, points in panel.paths(top):
        canvas.path(points * _PNG_SCALE, _rgb(number), 3)


def _at(x: float, y: float) -> tuple[float, float]:
    return x * _PNG_SCALE, y * _PNG_SCALE


def _rgb(number: int) -> tuple[int, int, int]:
    digits = COLOURS[number % len(COLOURS)][1:]
    red, green, blue = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
    return red, green, blue


_INK, _GRID, _MARK = (28, 32, 36), (227, 230, 234), (136, 136, 136)

_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1c2024; }
.tick { fill: #6b7280; font-size: 11px; } .grid { stroke: #e3e6ea; }
"""
