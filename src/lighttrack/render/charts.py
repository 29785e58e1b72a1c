"""Bars and lines as inline SVG."""

from collections.abc import Mapping, Sequence

from lighttrack.render.svg import colour, drawing, element, legend, text
from lighttrack.render.tables import written

_LEFT, _RIGHT = 150.0, 60.0
_WIDTH = 760.0


def bars(rows: Mapping[str, Mapping[str, float]], *, title: str) -> str:
    """A group of horizontal bars per row, in percent; a value below 0 is written, not drawn."""
    series = list(dict.fromkeys(name for values in rows.values() for name in values))
    thick, gap, top = 11.0, 8.0, 30.0
    step = thick * len(series) + gap
    height = top + step * len(rows) + 22
    scale = (_WIDTH - _LEFT - _RIGHT) / 100
    parts = legend(series, _LEFT, 14)
    for tick in range(0, 101, 20):
        x = _LEFT + tick * scale
        parts.append(element("line", x1=x, x2=x, y1=top - 4, y2=height - 18, class_="grid"))
        parts.append(text(str(tick), x, height - 4, anchor="middle", class_="tick"))
    for index, (name, values) in enumerate(rows.items()):
        y = top + index * step
        parts.append(text(_short(name), _LEFT - 8, y + step / 2, anchor="end"))
        for position, label in enumerate(series):
            value = values.get(label, float("nan"))
            length = max(0.0, min(value, 100.0)) * scale if value == value else 0.0
            bar_y = y + position * thick
            parts.append(
                element(
                    "rect", x=_LEFT, y=bar_y, width=length, height=thick - 2, fill=colour(position)
                )
            )
            label_x = _LEFT + length + 4
            parts.append(text(written(value, 1), label_x, bar_y + thick - 3, class_="tick"))
    return drawing(parts, _WIDTH, height, title)


def lines(
    xs: Sequence[float], series: Mapping[str, Sequence[float]], *, title: str, x_label: str
) -> str:
    """Values in percent against `xs`, one line per series."""
    height, top, bottom, left = 300.0, 34.0, 40.0, 50.0
    known = [v for values in series.values() for v in values if v == v]
    low = min(0.0, 20 * (min(known, default=0.0) // 20))
    span = max(100.0 - low, 1e-9)
    first, last = min(xs), max(xs)
    width = max(last - first, 1e-9)

    def at(x: float, y: float) -> tuple[float, float]:
        across = left + (x - first) / width * (_WIDTH - left - 20)
        return across, top + (100 - y) / span * (height - top - bottom)

    parts = legend(series, left, 14)
    for tick in range(int(low), 101, 20):
        _, y = at(first, tick)
        parts.append(element("line", x1=left, x2=_WIDTH - 20, y1=y, y2=y, class_="grid"))
        parts.append(text(str(tick), left - 6, y + 4, anchor="end", class_="tick"))
    every = max(1, len(xs) // 10)
    for x in xs[::every]:
        across, _ = at(x, 0)
        parts.append(text(f"{x:.2f}", across, height - 24, anchor="middle", class_="tick"))
    parts.append(text(x_label, (_WIDTH + left) / 2, height - 6, anchor="middle"))
    for index, values in enumerate(series.values()):
        points = [at(x, y) for x, y in zip(xs, values, strict=True) if y == y]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(
            element("polyline", points=path, fill="none", stroke=colour(index), stroke_width=2.0)
        )
        parts += [element("circle", cx=x, cy=y, r=2.5, fill=colour(index)) for x, y in points]
    return drawing(parts, _WIDTH, height, title)


def _short(name: str) -> str:
    return name if len(name) <= 20 else name[:19] + "…"
