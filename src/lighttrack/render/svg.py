"""A few words of SVG, enough for the charts of the reports."""

from collections.abc import Iterable
from html import escape

COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f00",
    "#a65628", "#4d4d4d",
)  # fmt: skip
"""Distinguishable also for the colour-blind (Okabe and Ito, with four more)."""


def colour(index: int) -> str:
    """The colour of the series, or track, of that number."""
    return COLOURS[index % len(COLOURS)]


def element(name: str, *content: str, **attributes: object) -> str:
    """One element; `class_` and `font_size` become `class` and `font-size`.

    Example:
        >>> element("rect", x=1, width=2.5, stroke_width=1)
        '<rect x="1" width="2.5" stroke-width="1"/>'
    """
    given = "".join(
        f' {key.strip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{given}>{''.join(content)}</{name}>" if content else f"<{name}{given}/>"


def text(content: str, x: float, y: float, *, anchor: str = "start", **attributes: object) -> str:
    """A line of text; `anchor` is start, middle or end."""
    return element("text", escape(content), x=x, y=y, text_anchor=anchor, **attributes)


def drawing(content: Iterable[str], width: float, height: float, label: str) -> str:
    """A drawing that shrinks with the page."""
    size = f"{_value(width)} {_value(height)}"
    return element(
        "svg",
        element("title", escape(label)),
        *content,
        viewBox=f"0 0 {size}",
        width=width,
        role="img",
    )


def legend(names: Iterable[str], x: float, y: float) -> list[str]:
    """Names with their colours, side by side."""
    parts = []
    for index, name in enumerate(names):
        parts.append(element("rect", x=x, y=y - 9, width=10, height=10, fill=colour(index)))
        parts.append(text(name, x + 14, y))
        x += 30 + 8 * len(name)
    return parts


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return escape(str(value))
