"""What the evaluation commands say and write: tables, JSON, Markdown, a page of HTML."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lighttrack.cli.messages import note, tell

if TYPE_CHECKING:
    from lighttrack.render.tables import Table
    from lighttrack.reports.report import Report


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Outputs:
    """Files to write besides the tables on the screen."""

    json: Annotated[Path | None, Parameter(help="Write the figures as JSON.")] = None
    markdown: Annotated[Path | None, Parameter(help="Write the tables as Markdown.")] = None
    html: Annotated[
        Path | None, Parameter(help="Write one page of HTML with tables and charts.")
    ] = None


def report(outputs: Outputs, made: "Report") -> None:
    """Show the tables, and write the files asked for."""
    for warning in made.warnings:
        note(f"warning: {warning}")
    for table in made.tables:
        show(table)
    if outputs.json:
        write(outputs.json, json.dumps(made.figures, indent=1) + "\n")
    if outputs.markdown:
        write(outputs.markdown, made.to_markdown() + "\n")
    if outputs.html:
        write(outputs.html, made.to_html())


def require_page(video: Path | None, outputs: Outputs) -> None:
    """Raise `ValueError` if a video is given that is not there or has no page to be shown in."""
    if video is None:
        return
    if not outputs.html:
        raise ValueError("--video shows the worst moments in the page: give --html FILE, too")
    if not video.exists():
        raise ValueError(f"no such file or folder: {video}")


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
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
    note(f"wrote {path}")
