"""What an evaluation returns: figures by name, which show themselves as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

Column = tuple[str, str, float]
"""Header of a column, the figure's name, and the factor that it is shown with (100: percent)."""


class Figures(dict[str, Any]):
    """Figures by name, with the members that `lighttrack evaluate --json` writes.

    Args:
        figures: by name.
        rows: the figures of each row of the table, by the row's name.
        columns: what the table shows of each.
        first: header of the rows' names.

    Example:
        >>> figures = Figures({"ap": 0.5}, {"mine": {"ap": 0.5}}, [("AP", "ap", 100.0)])
        >>> figures["ap"]
        0.5
        >>> print(figures.table())
                AP
        mine  50.0
    """

    def __init__(
        self,
        figures: Mapping[str, Any],
        rows: Mapping[str, Mapping[str, float]],
        columns: Sequence[Column],
        *,
        first: str = "",
    ) -> None:
        super().__init__(figures)
        self.rows = dict(rows)
        self.columns = tuple(columns)
        self.first = first

    def table(self) -> str:
        """The main figures as aligned text; rates in percent."""
        header = [self.first, *(name for name, _, _ in self.columns)]
        body = [
            [name, *(_cell(figures.get(key), factor) for _, key, factor in self.columns)]
            for name, figures in self.rows.items()
        ]
        return aligned([header, *body])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as text, the first column to the left, all others to the right.

    Example:
        >>> print(aligned([["", "MOTA"], ["ours", "64.2"]]))
              MOTA
        ours  64.2
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _cell(value: float | None, factor: float) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:g}" if factor == 1 else f"{value * factor:.1f}"
