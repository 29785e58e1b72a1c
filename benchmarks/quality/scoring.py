"""Figures of a tracked clip by `lighttrack.evaluation`, counted as motmetrics counts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from material import People
from rich.table import Table

from lighttrack.evaluation import evaluate_boxes

LEAST_IOU = 0.5
COLUMNS = (
    "MOTA",
    "IDF1",
    "perfect",
    "HOTA",
    "switches",
    "false",
    "misses",
    "ids",
    "people",
    "detector",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is said of one clip."""

    mota: float
    idf1: float
    perfect_idf1: float
    """What perfect identities would give with the same boxes: 2 TP / (truth + predicted)."""
    hota: float
    switches: int
    false_positives: int
    misses: int
    ids: int
    """Identities given, for as many people as `people`."""
    people: int
    detector_share: float
    """Calls of the detector per frame."""


def score(truth: People, seen: People, detector_share: float) -> Figures:
    """Figures of a clip; a match needs an IoU of a half."""
    found = evaluate_boxes(truth, seen, threshold=LEAST_IOU, convention="motmetrics")
    wanted, given = (sum(len(ids) for ids, _ in people) for people in (truth, seen))
    right = given - int(found["false_positives"])
    return Figures(
        mota=round(found["mota"], 4),
        idf1=round(found["idf1"], 4),
        perfect_idf1=round(2 * right / max(wanted + given, 1), 4),
        hota=round(found["hota"], 4),
        switches=int(found["switches"]),
        false_positives=int(found["false_positives"]),
        misses=int(found["misses"]),
        ids=_identities(seen),
        people=_identities(truth),
        detector_share=round(detector_share, 4),
    )


def _identities(people: People) -> int:
    return len({identity for ids, _ in people for identity in ids.tolist()})


def table_of(title: str, rows: Mapping[str, Figures]) -> Table:
    """Figures as they are printed, a row for each name."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for name, figures in rows.items():
        values = asdict(figures).values()
        shown = [f"{value:.3f}" if isinstance(value, float) else str(value) for value in values]
        table.add_row(name, *shown)
    return table
