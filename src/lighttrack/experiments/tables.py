"""Tables of an experiment: a row per cell, its figures in the columns that the plan names."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lighttrack.experiments.data import Video
from lighttrack.experiments.figures import default_columns, figures_of, known_columns
from lighttrack.experiments.plan import LIGHTTRACK, OFFLINE, UNLEARNED, Cell, Plan
from lighttrack.render.tables import Cell as TableCell
from lighttrack.render.tables import Table

_HEADERS = {
    "fps": "frames/s", "fps*": "frames/s*", "fps**": "frames/s**", "idf1": "IDF1", "hota": "HOTA",
    "ap": "AP", "ap after": "AP after dropping", "posed": "people posed",
    "people/frame": "people a frame", "ms/person": "ms a person",
    "ms/person network": "ms network", "ms/person rest": "ms rest",
}  # fmt: skip
_COUNTS = ("posed",)
_OF_OURS = ("mode", "association", "matcher", "threshold", "config")
"""Axes that say nothing of another tracker; its interval is 1, as it detects in every frame."""


def require_columns(plan: Plan) -> None:
    """Raise `ValueError` for a column that no figure of the plan's task can fill."""
    known = known_columns(plan)
    named = [*plan.columns, *(column for row in plan.published for column in row.figures)]
    for column in named if plan.task != "pairs" else ():
        if column not in known:
            raise ValueError(f"unknown column {column!r}; known: {', '.join(sorted(known))}")


def table(plan: Plan, found: Sequence[Video], folder: Path) -> Table:
    """The table of an experiment that has run."""
    figures = {cell: figures_of(plan, cell, found, folder / plan.key(cell)) for cell in plan.cells}
    columns = plan.columns or default_columns(plan)
    axes = [axis for axis in plan.varying() if axis != plan.pivot] or ["detector"]
    header = [axis.capitalize() for axis in axes]
    if plan.pivot is None:
        header += [_header(column) for column in columns]
        body = [
            (*(_named(cell, axis) for axis in axes), *(_value(figures[cell], c) for c in columns))
            for cell in plan.cells
        ]
        values: list[object] = [None]
    else:
        values = list(dict.fromkeys(getattr(cell, plan.pivot) for cell in plan.cells))
        header += [f"{_header(c)} {value}" for c in columns for value in values]
        body = _pivoted(plan, plan.pivot, axes, columns, figures)
    if plan.published:
        header.append("Source")
        body = [(*row, "this run") for row in body]
        body += _published(plan, len(axes), columns, len(values))
    return Table(described(plan), tuple(header), tuple(body))


def described(plan: Plan) -> str:
    """The title of a table, and by what rules its figures are made."""
    if plan.kind != "posetrack" or plan.task != "track":
        return plan.title
    modes = " and ".join(dict.fromkeys(str(cell.mode) for cell in plan.cells))
    below = plan.drop_below
    rules = [
        f"key frames: {modes}",
        f"{plan.scoring} scoring of labelled frames",
        "no keypoints dropped"
        if below is None
        else f"MOTA, IDF1 and HOTA without keypoints below {below:g}, AP with them",
    ]
    return f"{plan.title} ({'; '.join(rules)})"


def _pivoted(
    plan: Plan,
    pivot: str,
    axes: Sequence[str],
    columns: Sequence[str],
    figures: Mapping[Cell, Mapping[str, float]],
) -> list[tuple[TableCell, ...]]:
    values = list(dict.fromkeys(getattr(cell, pivot) for cell in plan.cells))
    rows: dict[tuple[TableCell, ...], dict[object, Mapping[str, float]]] = {}
    for cell in plan.cells:
        place = tuple(_named(cell, axis) for axis in axes)
        rows.setdefault(place, {})[getattr(cell, pivot)] = figures[cell]
    return [
        (*place, *(_value(by_value.get(value, {}), c) for c in columns for value in values))
        for place, by_value in rows.items()
    ]


def _published(
    plan: Plan, axes: int, columns: Sequence[str], width: int
) -> Iterator[tuple[TableCell, ...]]:
    """The rows of the paper; what it does not give is left open."""
    for row in plan.published:
        cells: list[TableCell] = []
        for column in columns:
            given = row.figures.get(column)
            several = given if isinstance(given, tuple) else (given,)
            cells += [float(v) if v is not None else None for v in several[:width]]
            cells += [None] * (width - len(several))
        yield (row.name, *([""] * (axes - 1)), *cells, row.source)


def _value(figures: Mapping[str, float], column: str) -> TableCell:
    value = figures.get(column)
    return int(value) if column in _COUNTS and value is not None else value


def _header(column: str) -> str:
    name, _, group = column.partition(":")
    shown = _HEADERS.get(name, name.upper() if name in ("ap", "mota") else name)
    return f"{shown} {group}".strip()


def _named(cell: Cell, axis: str) -> TableCell:
    value = getattr(cell, axis)
    if axis == "tracker" and value in OFFLINE:
        return f"{value} (offline)"
    if cell.tracker != LIGHTTRACK and axis in _OF_OURS:
        return "–"
    if axis == "threshold" and value is None:
        return "–" if cell.pose_matcher in UNLEARNED else "default"
    if axis == "matcher":
        return Path(cell.pose_matcher).name
    return f"{value}F" if axis == "interval" else str(value)
