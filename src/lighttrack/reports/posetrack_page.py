"""The report of a PoseTrack evaluation: the paper's tables, bars, curves, timelines."""

from collections.abc import Mapping, Sequence

from lighttrack.evaluation import tracking
from lighttrack.evaluation.posetrack.checks import Pair
from lighttrack.evaluation.posetrack.frames import Mode
from lighttrack.evaluation.posetrack.people_level import people_sequence
from lighttrack.evaluation.posetrack.report import (
    GROUPS,
    PoseTrackFigures,
    PoseTrackReport,
    sweep,
)
from lighttrack.render import charts
from lighttrack.render.page import Section, html_list, html_table
from lighttrack.render.tables import Cell, Table
from lighttrack.reports.tracking_page import figures_table, timelines

_NAMES = {"ap": "AP", "mota": "MOTA", "motp": "MOTP"}


def keypoint_table(total: PoseTrackFigures) -> Table:
    """The paper's columns: Head, Shou, Elb, Wri, Hip, Knee, Ankl, Total."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *total.grouped(key).values()) for key, name in _NAMES.items()
    )
    return Table(f"PoseTrack, {total.mode}", ("", *GROUPS, "Total"), rows)


def totals_table(report: PoseTrackReport) -> Table:
    """A row per sequence: mAP and the totals of MOT."""
    rows = [_totals(name, figures) for name, figures in sorted(report.sequences.items())]
    if len(rows) == 1:
        rows = []
    columns = ("Sequence", "mAP", "MOTA", "MOTP", "Prec", "Rec")
    return Table("", columns, (*rows, _totals("Total", report.total)))


def sweep_table(pairs: Sequence[Pair], thresholds: Sequence[float | None], mode: Mode) -> Table:
    """Figures for several thresholds of keypoint dropping."""
    rows = tuple(
        (
            "none" if row["drop_below"] is None else f"{row['drop_below']:.2f}",
            *(row[key] for key in ("map", "mota", "motp", "pre", "rec")),
            100 * people_figures(pairs, mode, drop_below=row["drop_below"])[1]["idf1"],
        )
        for row in sweep(pairs, thresholds, mode=mode)
    )
    columns = ("Drop below", "mAP", "MOTA", "MOTP", "Prec", "Rec", "IDF1")
    return Table("Keypoint dropping", columns, rows)


def people_figures(
    pairs: Sequence[Pair], mode: Mode, *, drop_below: float | None = None
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """CLEAR MOT, identity and HOTA of whole people (PCKh), by sequence and in total."""
    partials = {
        pair.name: tracking.evaluate(people_sequence(pair, mode, drop_below=drop_below))
        for pair in sorted(pairs, key=lambda pair: pair.name)
    }
    total = tracking.summarize(tracking.combine(partials.values()))
    return {name: tracking.summarize(part) for name, part in partials.items()}, total


def sections(
    report: PoseTrackReport,
    pairs: Sequence[Pair],
    scored: Sequence[Pair],
    thresholds: Sequence[float | None],
) -> list[Section]:
    """All parts of the page.

    Args:
        report: the figures.
        pairs: all sequences as they were read, for the curves of keypoint dropping.
        scored: the same as they were scored, after dropping.
        thresholds: of keypoint dropping.
    """
    mode = report.total.mode
    by_sequence: dict[str, Mapping[str, float]] = {
        name: {"mAP": float(f.ap["ap"][-1]), "MOTA": float(f.mot["mota"][-1])}
        for name, f in [*report.sequences.items(), ("Total", report.total)]
    }
    figures, total = people_figures(scored, mode)
    swept = sweep_table(pairs, thresholds, mode)
    numbers = [0.0 if t is None else t for t in thresholds]
    curves = {
        name: [_number(row[column]) for row in swept.rows]
        for name, column in (("mAP", 1), ("MOTA", 2), ("IDF1 of whole people", 6))
    }
    parts = [
        Section(
            "Keypoints",
            content=(html_table(keypoint_table(report.total)), html_table(totals_table(report))),
        ),
        Section("By sequence", content=(charts.bars(by_sequence, title="mAP and MOTA"),)),
        Section(
            "Keypoint dropping",
            "Every keypoint counts in MOTA, however unsure; leaving out the unsure ones trades "
            "precision of the ranking (mAP) for fewer false positives.",
            (
                html_table(swept),
                charts.lines(
                    numbers, curves, title="mAP and MOTA", x_label="keypoints dropped below"
                ),
            ),
        ),
        Section(
            "Whole people",
            "A pose is its person's if it has half of the annotated joints within half a head "
            "size (PCKh).",
            (html_table(figures_table(figures, total)),),
        ),
        timelines(
            [people_sequence(pair, mode) for pair in scored], threshold=0.5, convention="trackeval"
        ),
    ]
    if report.warnings:
        parts.insert(0, Section("Warnings", content=(html_list(report.warnings),)))
    return parts


def _totals(name: str, figures: PoseTrackFigures) -> tuple[str | float, ...]:
    mot = [float(figures.mot[key][-1]) for key in ("mota", "motp", "pre", "rec")]
    return (name, float(figures.ap["ap"][-1]), *mot)


def _number(cell: object) -> float:
    return cell if isinstance(cell, float) else float("nan")
