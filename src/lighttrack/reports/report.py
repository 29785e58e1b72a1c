"""A report: tables and figures of an evaluation, and the page that shows them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lighttrack._version import __version__
from lighttrack.render.page import Section, html_table, html_words, render
from lighttrack.render.tables import Table


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown and written of an evaluation."""

    title: str
    tables: Sequence[Table]
    figures: Mapping[str, Any]
    """As they are written as JSON."""
    warnings: Sequence[str] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    """What the page says of its origin: files, settings."""
    glossary: Sequence[tuple[str, str]] = ()
    """Columns and words of the page, and what they mean."""
    sections: Callable[[], Sequence[Section]] | None = field(default=None, repr=False)
    """Makes the parts of the page, which takes time; without it the page holds the tables."""

    def to_markdown(self) -> str:
        """The tables under the title."""
        return "\n\n".join([f"# {self.title}", *(table.to_markdown() for table in self.tables)])

    def to_html(self) -> str:
        """One page of HTML that needs nothing from elsewhere."""
        tables = tuple(html_table(table) for table in self.tables)
        parts = list(self.sections() if self.sections else [Section("Figures", content=tables)])
        if self.glossary:
            parts.append(Section("Words", content=(html_words(self.glossary),)))
        made = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"
        origin = {"made": f"{made}, lighttrack {__version__}", **self.about}
        return render(
            self.title, parts, lead="; ".join(f"{name}: {text}" for name, text in origin.items())
        )
