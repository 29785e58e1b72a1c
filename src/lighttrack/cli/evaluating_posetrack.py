"""What `lighttrack evaluate posetrack` does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lighttrack.cli.reporting import Outputs, report, write
from lighttrack.evaluation.posetrack import (
    GROUPS,
    Mode,
    Pair,
    PoseTrackReport,
    read_pairs,
    score_pairs,
)
from lighttrack.evaluation.posetrack.report import drop
from lighttrack.formats.posetrack import JOINTS
from lighttrack.render.page import Section
from lighttrack.render.tables import Table
from lighttrack.reports import posetrack_moments, posetrack_page
from lighttrack.reports.moments import require_page
from lighttrack.reports.tracking_page import figures_table, worst_moments

_SWEEP: tuple[float | None, ...] = (None, *(round(0.1 * step, 1) for step in range(1, 10)))


def run(
    truth: Path,
    predicted: Path,
    *,
    mode: Mode,
    drop_below: float | None,
    with_sweep: bool,
    with_hota: bool,
    per_sequence: Path | None,
    video: Path | None,
    outputs: Outputs,
) -> None:
    """Check, score, show, write."""
    require_page(video, outputs)
    pairs, warnings = read_pairs(truth, predicted, mode)
    result = score_pairs(pairs, mode=mode, drop_below=drop_below, warnings=warnings)
    shown = pairs if drop_below is None else [_dropped(pair, drop_below) for pair in pairs]
    tables = [posetrack_page.keypoint_table(result.total), posetrack_page.totals_table(result)]
    figures, total = posetrack_page.people_figures(shown, mode)
    tables.append(figures_table(figures, total, "Whole people (PCKh)"))
    if with_sweep:
        tables.append(posetrack_page.sweep_table(pairs, _SWEEP, mode))
    if with_hota:
        tables.append(_hota_table(shown, mode))
    if per_sequence:
        _write_per_sequence(per_sequence, result)

    def sections() -> Sequence[Section]:
        parts = posetrack_page.sections(result, pairs, shown, _SWEEP)
        if video:
            parts.append(worst_moments(posetrack_moments.worst_moments(shown, video, mode)))
        return parts

    report(
        outputs,
        title="PoseTrack evaluation",
        tables=tables,
        figures=result.total.to_json(),
        sections=sections,
        warnings=warnings,
    )


def _dropped(pair: Pair, below: float) -> Pair:
    return Pair(pair.truth, drop(pair.predicted, below))


def _hota_table(pairs: Sequence[Pair], mode: Mode) -> Table:
    import numpy as np

    from lighttrack.evaluation.posetrack import keypoint_hota

    partial = keypoint_hota.combine(keypoint_hota.evaluate(pair, mode=mode) for pair in pairs)
    figures = keypoint_hota.summarize(partial, mode)
    rows = []
    for key, name in (("hota", "HOTA"), ("deta", "DetA"), ("assa", "AssA"), ("fa_hota", "FA-HOTA")):
        columns: list[Any] = [name]
        for joints in GROUPS.values():
            values = figures[key][[JOINTS.index(joint) for joint in joints]]
            known = values[~np.isnan(values)]
            columns.append(float(known.mean()) if len(known) else None)
        rows.append((*columns, float(figures[key][-1])))
    return Table(f"Keypoint HOTA (PoseTrack21, {mode})", ("", *GROUPS, "Total"), tuple(rows))


def _write_per_sequence(folder: Path, result: PoseTrackReport) -> None:
    import json

    for name, figures in [*result.sequences.items(), ("total", result.total)]:
        for kind, table in figures.to_json().items():
            write(folder / f"{name}_{kind}_metrics.json", json.dumps(table))
