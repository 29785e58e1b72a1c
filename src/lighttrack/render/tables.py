"""Tables of figures: one shape for the terminal, Markdown and the page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of names and numbers; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    decimals: int = 1

    def text(self) -> list[list[str]]:
        """The cells as written, without the header."""
        return [[written(cell, self.decimals) for cell in row] for row in self.rows]

    def to_markdown(self) -> str:
        """The table in GitHub's Markdown.

        Example:
            >>> print(Table("", ("", "MOTA"), (("ours", 64.25),)).to_markdown())
            |      | MOTA |
            |:-----|-----:|
            | ours | 64.2 |
        """
        body = self.text()
        widths = [
            max(len(row[i]) for row in [list(self.columns), *body])
            for i in range(len(self.columns))
        ]
        lines = [_line(self.columns, widths)]
        rule = [f":{'-' * (widths[0] + 1)}", *(f"{'-' * (width + 1)}:" for width in widths[1:])]
        lines.append(f"|{'|'.join(rule)}|")
        lines += [_line(row, widths) for row in body]
        title = [f"**{self.title}**", ""] if self.title else []
        return "\n".join([*title, *lines])


def written(cell: Cell, decimals: int) -> str:
    """A cell as text: floats rounded, what is not known as a dash."""
    if cell is None or cell != cell:
        return "–"
    if isinstance(cell, float):
        return f"{cell:.{decimals}f}"
    return str(cell)


def table_of_figures(
    title: str,
    named: Mapping[str, Mapping[str, float]] | Iterable[tuple[str, Mapping[str, float]]],
    columns: Sequence[tuple[str, str, float]],
    *,
    first: str = "",
    decimals: int = 1,
) -> Table:
    """A table with a row for each of `named` and columns (header, key, factor)."""
    items = named.items() if isinstance(named, Mapping) else named
    rows = tuple(
        (name, *(_scaled(figures.get(key), factor) for _, key, factor in columns))
        for name, figures in items
    )
    return Table(title, (first, *(header for header, _, _ in columns)), rows, decimals)


def _scaled(value: float | None, factor: float) -> Cell:
    if value is None or factor == 1:
        return value
    return value * factor


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return f"| {' | '.join([first, *rest])} |"
