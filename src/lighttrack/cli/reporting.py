"""What the evaluation commands say and write: tables, JSON, Markdown, a page of HTML."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from lighttrack.cli.messages import note, tell

if TYPE_CHECKING:
    from lighttrack.render.page import Section
    from lighttrack.render.tables import Table


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Outputs:
    """Files to write besides the tables on the screen."""

    json: Annotated[Path | None, Parameter(help="Write the figures as JSON.")] = None
    markdown: Annotated[Path | None, Parameter(help="Write the tables as Markdown.")] = None
    html: Annotated[
        Path | None, Parameter(help="Write one page of HTML with tables and charts.")
    ] = None


def report(
    outputs: Outputs,
    *,
    title: str,
    tables: "Sequence[Table]",
    figures: Mapping[str, Any],
    sections: "Callable[[], Sequence[Section]] | None" = None,
    warnings: Sequence[str] = (),
) -> None:
    """Show the tables, and write the files asked for."""
    for warning in warnings:
        note(f"warning: {warning}")
    for table in tables:
        show(table)
    if outputs.json:
        write(outputs.json, json.dumps(figures, indent=1) + "\n")
    if outputs.markdown:
        parts = [f"# {title}", *(table.to_markdown() for table in tables)]
        write(outputs.markdown, "\n\n".join(parts) + "\n")
    if outputs.html:
        from lighttrack.render.page import Section, html_table, render

        made = (
            sections()
            if sections
            else [Section("Figures", content=tuple(html_table(table) for table in tables))]
        )
        write(outputs.html, render(title, made, lead=provenance()))


def show(table: "Table") -> None:
    """A table on the screen; numbers to the right."""
    from rich.console import Console
    from rich.table import Table as RichTable

    columns = [str(column) for column in table.columns]
    rich = RichTable(title=table.title or None, title_justify="left")
    for index, column in enumerate(columns):
        rich.add_column(column, justify="left" if index == 0 else "right", no_wrap=True)
    for row in table.text():
        rich.add_row(*row)
    console = Console(highlight=False)
    if not console.is_terminal:
        tell(table.to_markdown() + "\n")  # what a file or a pipe gets is not cut to a width
    else:
        console.print(rich)


def write(path: Path, text: str) -> None:
    """Write a file, with the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    note(f"wrote {path}")


def provenance() -> str:
    """Which version of what made a report."""
    from lighttrack._version import __version__

    return f"lighttrack {__version__}"
