"""Reports: tables in one shape for every medium, and one page of HTML with drawings."""

from lighttrack.evaluation.report.page import (
    Moment,
    Outline,
    Section,
    html_list,
    html_table,
    render,
)
from lighttrack.evaluation.report.tables import Table, table_of_figures

__all__ = [
    "Moment",
    "Outline",
    "Section",
    "Table",
    "html_list",
    "html_table",
    "render",
    "table_of_figures",
]
