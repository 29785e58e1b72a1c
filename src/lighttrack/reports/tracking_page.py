"""The report of people tracked: figures, bars, curves, timelines, worst moments."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np

from lighttrack.evaluation import tracking
from lighttrack.evaluation.clear import Convention
from lighttrack.evaluation.mot import TrackingFigures
from lighttrack.evaluation.sequence import EvaluationSequence
from lighttrack.evaluation.timeline import make_timeline
from lighttrack.evaluation.tracking import COLUMNS
from lighttrack.render import charts
from lighttrack.render.page import Moment, Section, html_moments, html_table
from lighttrack.render.tables import Table, table_of_figures
from lighttrack.reports import timeline
from lighttrack.reports.report import Report
from lighttrack.reports.tracking_moments import worst_moments

THRESHOLDS = tuple(np.round(np.arange(0.1, 0.91, 0.1), 2).tolist())
MOST_TIMELINES = 8


def tracking_report(figures: TrackingFigures, *, video: Path | None = None) -> Report:
    """The report of `evaluate_mot`.

    Args:
        figures: what was scored.
        video: the video, or a folder with NAME.mp4 or NAME/*.mp4 for each sequence; the page then
            shows the frames with most errors.
    """

    def parts() -> list[Section]:
        return sections(
            [item.sequence for item in figures.videos],
            figures.sequences,
            figures.total,
            threshold=figures.threshold,
            convention=figures.convention,
            moments=worst_moments(figures, video) if video else (),
        )

    table = figures_table(figures.sequences, figures.total)
    about = {
        "sequences": ", ".join(figures.sequences),
        **{name: str(value) for name, value in figures["settings"].items()},
    }
    if video is not None:
        about["video"] = str(video)
    return Report(
        "Tracking evaluation", [table], figures, about=about, glossary=WORDS, sections=parts
    )


WORDS = (
    ("MOTA", "1 - (misses + false positives + switches) / people of the ground truth"),
    ("IDF1", "share of people and tracks that agree under the best one-to-one naming of tracks"),
    ("HOTA", "geometric mean of detection (DetA) and association (AssA), over all thresholds"),
    ("MOTP", "mean similarity of the matches"),
    ("Prec, Rec", "share of the tracks' boxes that are people; share of people that are found"),
    ("FP, Miss", "boxes of tracks without a person; people without a track"),
    ("Switch", "a person is followed by another track than before"),
    ("Frag", "a person is lost and found again"),
    ("MT, ML", "people followed for 80 % of their time or more; for 20 % or less"),
    ("similarity, threshold", "of what kind, and how high, it must be for a match"),
)
"""The columns of the table; docs/evaluation.md has the formulas."""


def figures_table(
    named: Mapping[str, Mapping[str, float]], total: Mapping[str, float], title: str = "Tracking"
) -> Table:
    """A row per sequence and the total; rates in percent."""
    rows = [*named.items()] if len(named) > 1 else []
    return table_of_figures(title, [*rows, ("Total", total)], COLUMNS, first="Sequence")


def sections(
    sequences: Sequence[EvaluationSequence],
    figures: Mapping[str, Mapping[str, float]],
    total: Mapping[str, float],
    *,
    threshold: float,
    convention: Convention,
    moments: Sequence[Moment] = (),
) -> list[Section]:
    """All parts of the page."""
    rows = {
        name: {label: 100 * values[key] for label, key in (("MOTA", "mota"), ("IDF1", "idf1"))}
        # A single sequence is the total: it is drawn once, under its name.
        for name, values in (figures if len(figures) == 1 else {**figures, "Total": total}).items()
    }
    parts = [
        Section("Figures", content=(html_table(figures_table(figures, total)),)),
        Section("By sequence", content=(charts.bars(rows, title="MOTA and IDF1 by sequence"),)),
        Section(
            "By threshold",
            "How similar a person and a track must be to count as a match: what is lost to the "
            "right is lost to imprecise boxes.",
            (threshold_chart(sequences, convention),),
        ),
        timelines(sequences, threshold=threshold, convention=convention),
    ]
    if moments:
        parts.append(moments_section(moments))
    return parts


def moments_section(moments: Sequence[Moment]) -> Section:
    """The frames with most errors, as images."""
    return Section(
        "Worst moments",
        "Ground truth in dashed white, in red where missed; tracks in their colours, with "
        "a question mark where they follow no person. Frames count from 0, as in the timelines.",
        (html_moments(moments),),
    )


def threshold_chart(sequences: Sequence[EvaluationSequence], convention: Convention) -> str:
    """MOTA and IDF1 against the least similarity of a match."""
    curves: dict[str, list[float]] = {"MOTA": [], "IDF1": []}
    for threshold in THRESHOLDS:
        figures = tracking.summarize(
            tracking.combine(
                tracking.evaluate(sequence, threshold=threshold, convention=convention)
                for sequence in sequences
            )
        )
        curves["MOTA"].append(100 * figures["mota"])
        curves["IDF1"].append(100 * figures["idf1"])
    title = "MOTA and IDF1 against the threshold of similarity"
    return charts.lines(THRESHOLDS, curves, title=title, x_label="least similarity of a match")


def timelines(
    sequences: Sequence[EvaluationSequence], *, threshold: float, convention: Convention
) -> Section:
    """Timelines of the sequences with most switches."""
    drawn = [
        make_timeline(sequence, threshold=threshold, convention=convention)
        for sequence in sequences
    ]
    drawn.sort(key=lambda line: -int(line.switches.sum()))
    shown = drawn[:MOST_TIMELINES]
    content = []
    for line in shown:
        count = int(line.switches.sum())
        noun = "switch" if count == 1 else "switches"
        heading = escape(f"{line.sequence.name}: {count} {noun}")
        content.append(f"<h3>{heading}</h3>{timeline.draw(line)}")
    note = "A triangle and a line mark where a person's track changes; hatched: missed."
    if len(drawn) > len(shown):
        note += f" The {len(shown)} of {len(drawn)} sequences with most switches."
    return Section("Identities in time", note, tuple(content))
