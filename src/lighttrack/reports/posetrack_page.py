"""The report of a PoseTrack evaluation: the paper's tables, bars, curves, timelines."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lighttrack.evaluation.posetrack import keypoint_hota
from lighttrack.evaluation.posetrack.checks import Pair
from lighttrack.evaluation.posetrack.frames import Mode
from lighttrack.evaluation.posetrack.people_level import people_figures, people_sequence
from lighttrack.evaluation.posetrack.report import (
    GROUPS,
    PoseTrackFigures,
    PoseTrackReport,
    sweep,
)
from lighttrack.formats.posetrack import JOINTS
from lighttrack.render import charts
from lighttrack.render.page import Section, html_list, html_table
from lighttrack.render.tables import Cell, Table
from lighttrack.reports.posetrack_moments import worst_moments
from lighttrack.reports.report import Report
from lighttrack.reports.tracking_page import WORDS, figures_table, moments_section, timelines

_NAMES = {"ap": "AP", "mota": "MOTA", "motp": "MOTP"}


SWEEP: tuple[float | None, ...] = (None, *(round(0.1 * step, 1) for step in range(1, 10)))
"""Thresholds of keypoint dropping that are compared."""


def posetrack_report(
    result: PoseTrackReport,
    *,
    with_sweep: bool = False,
    with_keypoint_hota: bool = False,
    video: Path | None = None,
) -> Report:
    """The report of `evaluate_posetrack`.

    Args:
        result: what was scored.
        with_sweep: whether to show mAP and MOTA for several thresholds of keypoint dropping.
        with_keypoint_hota: whether to show PoseTrack21's HOTA per keypoint.
        video: folder of the images, which `file_name` counts from, or of videos NAME.mp4; the page
            then shows the frames with most errors.
    """
    mode, scored = result.total.mode, result.scored
    tables = [keypoint_table(result.total), totals_table(result)]
    tables.append(figures_table(*people_figures(scored, mode), "Whole people (PCKh)"))
    if with_sweep:
        tables.append(sweep_table(result.pairs, SWEEP, mode))
    if with_keypoint_hota:
        tables.append(keypoint_hota_table(scored, mode))

    def parts() -> list[Section]:
        made = sections(result, result.pairs, scored, SWEEP)
        if video:
            made.append(moments_section(worst_moments(scored, video, mode)))
        return made

    about = {"sequences": ", ".join(result.sequences), "mode": mode}
    if video is not None:
        about["images"] = str(video)
    return Report(
        "PoseTrack evaluation",
        tables,
        result.to_json(),
        result.warnings,
        about=about,
        glossary=(
            ("AP", "average precision of a keypoint over the scores of people"),
            ("PCKh", "a keypoint is right within half the length of the head"),
            *WORDS,
        ),
        sections=parts,
    )


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


def keypoint_hota_table(pairs: Sequence[Pair], mode: Mode) -> Table:
    """PoseTrack21's HOTA in the benchmark's columns."""
    partial = keypoint_hota.combine(keypoint_hota.evaluate(pair, mode=mode) for pair in pairs)
    figures = keypoint_hota.summarize(partial, mode)
    rows = []
    for key, name in (("hota", "HOTA"), ("deta", "DetA"), ("assa", "AssA"), ("fa_hota", "FA-HOTA")):
        columns: list[Cell] = [name]
        for joints in GROUPS.values():
            values = figures[key][[JOINTS.index(joint) for joint in joints]]
            known = values[~np.isnan(values)]
            columns.append(float(known.mean()) if len(known) else None)
        rows.append((*columns, float(figures[key][-1])))
    return Table(f"Keypoint HOTA (PoseTrack21, {mode})", ("", *GROUPS, "Total"), tuple(rows))


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
            "Every keypoint counts in MOTA, whatever its score; leaving out low scores trades "
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
