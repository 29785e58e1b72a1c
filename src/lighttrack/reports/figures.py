"""Reports that are tables only: poses, detections, pose matching, changes between evaluations."""

from collections.abc import Sequence

from lighttrack.evaluation.comparison import Change
from lighttrack.evaluation.figures import Figures
from lighttrack.render.tables import Table, table_of_figures
from lighttrack.reports.report import Report


def pose_report(figures: Figures) -> Report:
    """The report of `evaluate_coco`."""
    return Report("Pose evaluation", [_table("OKS", figures)], figures)


def detection_report(figures: Figures) -> Report:
    """The report of `evaluate_detection`."""
    named = [(f"{row['threshold']:g}", row) for row in figures["at"]]
    columns = (("Prec", "precision", 100.0), ("Rec", "recall", 100.0))
    tables = [
        _table(f"Detection, IoU {figures['iou']:g}", figures),
        table_of_figures("", named, columns, first="Score"),
    ]
    return Report("Detection evaluation", tables, figures)


def matching_figures_report(figures: Figures) -> Report:
    """The report of `evaluate_matching`."""
    title = f"Pose matching, threshold {figures['threshold']:.4g}"
    return Report("Pose matching evaluation", [_table(title, figures)], figures)


def changes_table(changes: Sequence[Change], *, most: int = 20) -> Table:
    """The first of the changes between two evaluations."""
    rows = tuple(
        (c.place, c.figure, c.before, c.after, f"{c.difference:+.4g}", _verdict(c.better))
        for c in changes[:most]
    )
    title = f"{len(changes)} figures changed; the largest {len(rows)}"
    return Table(title, ("Where", "Figure", "Before", "After", "Change", "Better"), rows, 4)


def _verdict(better: bool | None) -> str:
    return "" if better is None else "+" if better else "-"


def _table(title: str, figures: Figures) -> Table:
    return table_of_figures(title, figures.rows, figures.columns, first=figures.first)
