"""Tables of an experiment: a row per cell, its figures in the columns that the plan names."""

from collections.abc import Sequence
from pathlib import Path

from lighttrack.evaluation import detection, tracking
from lighttrack.evaluation.mot import sequence_of_rows
from lighttrack.evaluation.posetrack import GROUPS, Pair, score_pairs
from lighttrack.evaluation.posetrack.people_level import people_sequence
from lighttrack.evaluation.sequence import make_sequence
from lighttrack.experiments.data import Video, frame_numbers
from lighttrack.experiments.plan import Cell, Plan
from lighttrack.experiments.running import result_path, timings
from lighttrack.formats.mot import read_mot
from lighttrack.formats.posetrack import read_sequence
from lighttrack.render.tables import Cell as TableCell
from lighttrack.render.tables import Table
from lighttrack.structures import Detections

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)
_HEADERS = {"fps": "frames/s", "fps*": "frames/s*", "idf1": "IDF1", "hota": "HOTA", "ap": "AP"}
_COUNTS = ("switches", "fragmentations", "misses", "false_positives")


def require_columns(plan: Plan) -> None:
    """Raise `ValueError` for a column that no figure of the plan's task can fill."""
    known = {"fps", "fps*", "keyframes"}
    if plan.task == "detect":
        known |= {"ap", *(f"{name}@{t:g}" for name in ("prec", "rec") for t in THRESHOLDS)}
    else:
        known |= set(tracking.summarize(tracking.evaluate(make_sequence([], [], []))))
        if plan.kind == "posetrack":
            groups = (*GROUPS, "Total")
            known |= {f"{name}:{g}" for name in ("ap", "ap after", "mota") for g in groups}
    for column in plan.columns:
        if column not in known:
            raise ValueError(f"unknown column {column!r}; known: {', '.join(sorted(known))}")


def table(plan: Plan, found: Sequence[Video], folder: Path) -> Table:
    """The table of an experiment that has run."""
    figures = {cell: _figures(plan, cell, found, folder / plan.key(cell)) for cell in plan.cells}
    columns = plan.columns or _default_columns(plan)
    axes = [axis for axis in plan.varying() if axis != plan.pivot] or ["detector"]
    if plan.pivot is None:
        rows = tuple(
            (*(_named(cell, axis) for axis in axes), *(figures[cell].get(c) for c in columns))
            for cell in plan.cells
        )
        header = [axis.capitalize() for axis in axes] + [_header(c) for c in columns]
        return Table(plan.title, tuple(header), rows)
    return _pivoted(plan, plan.pivot, axes, columns, figures)


def _pivoted(
    plan: Plan,
    pivot: str,
    axes: Sequence[str],
    columns: Sequence[str],
    figures: dict[Cell, dict[str, float]],
) -> Table:
    values = list(dict.fromkeys(getattr(cell, pivot) for cell in plan.cells))
    rows: dict[tuple[TableCell, ...], dict[object, dict[str, float]]] = {}
    for cell in plan.cells:
        place = tuple(_named(cell, axis) for axis in axes)
        rows.setdefault(place, {})[getattr(cell, pivot)] = figures[cell]
    header = [axis.capitalize() for axis in axes]
    header += [f"{_header(c)} {value}" for c in columns for value in values]
    body = tuple(
        (*place, *(by_value[value].get(c) for c in columns for value in values))
        for place, by_value in rows.items()
    )
    return Table(plan.title, tuple(header), body)


def _figures(plan: Plan, cell: Cell, found: Sequence[Video], folder: Path) -> dict[str, float]:
    if plan.task == "detect":
        return _of_detection(plan, found, folder) | _speed(found, folder)
    if plan.kind == "posetrack":
        return _of_posetrack(plan, found, folder) | _speed(found, folder)
    return _of_mot(plan, found, folder) | _speed(found, folder)


def _of_posetrack(plan: Plan, found: Sequence[Video], folder: Path) -> dict[str, float]:
    pairs = [
        Pair(read_sequence(video.truth), read_sequence(result_path(plan, video, folder)))
        for video in found
    ]
    whole = score_pairs(pairs, mode="strict").total
    dropped = score_pairs(pairs, mode="strict", drop_below=plan.drop_below).total
    people = tracking.combine(tracking.evaluate(people_sequence(pair, "strict")) for pair in pairs)
    return {
        **{f"ap:{group}": value for group, value in whole.grouped("ap").items()},
        **{f"ap after:{group}": value for group, value in dropped.grouped("ap").items()},
        **{f"mota:{group}": value for group, value in dropped.grouped("mota").items()},
        **_percent(tracking.summarize(people)),
    }


def _of_mot(plan: Plan, found: Sequence[Video], folder: Path) -> dict[str, float]:
    parts = []
    for video in found:
        truth = read_mot(video.truth, truth=True)
        predicted = read_mot(result_path(plan, video, folder))
        parts.append(tracking.evaluate(sequence_of_rows(truth, predicted, name=video.name)))
    return _percent(tracking.summarize(tracking.combine(parts)))


def _of_detection(plan: Plan, found: Sequence[Video], folder: Path) -> dict[str, float]:
    images = []
    for video in found:
        detected = read_mot(result_path(plan, video, folder))
        truth = video.boxes()
        for index in frame_numbers(truth, plan.stride):
            rows = detected.frames == index
            boxes = detected.boxes[rows].astype("float32")
            scores = detected.scores[rows].astype("float32")
            images.append((truth[index], Detections(boxes, scores)))
    partial = detection.evaluate(images)
    figures = {"ap": 100 * detection.summarize(partial)["ap"]}
    for row in detection.at_thresholds(partial, THRESHOLDS):
        figures[f"prec@{row['threshold']:g}"] = 100 * row["precision"]
        figures[f"rec@{row['threshold']:g}"] = 100 * row["recall"]
    return figures


def _speed(found: Sequence[Video], folder: Path) -> dict[str, float]:
    """`fps` of tracker and networks, without decoding; `fps*` without pose inference too."""
    parts = [timings(folder, video) for video in found]
    frames = sum(part["frames"] for part in parts)
    seconds = sum(part["seconds"] for part in parts)
    pose = sum(part["pose"] for part in parts)
    share = 100 * sum(part.get("keyframes", part["frames"]) for part in parts) / max(1, frames)
    return {
        "fps": frames / max(seconds, 1e-9),
        "fps*": frames / max(seconds - pose, 1e-9),
        "keyframes": share,
    }


def _percent(figures: dict[str, float]) -> dict[str, float]:
    return {name: value if name in _COUNTS else 100 * value for name, value in figures.items()}


def _default_columns(plan: Plan) -> tuple[str, ...]:
    if plan.task == "detect":
        return tuple(f"{name}@{t:g}" for name in ("prec", "rec") for t in THRESHOLDS)
    if plan.kind == "posetrack":
        groups = ("Wri", "Ankl", "Total")
        return tuple(f"{name}:{group}" for name in ("ap", "mota") for group in groups)
    return ("mota", "idf1", "hota", "switches", "fps", "fps*")


def _header(column: str) -> str:
    name, _, group = column.partition(":")
    shown = _HEADERS.get(name, name.upper() if name in ("ap", "mota") else name)
    shown = {"ap after": "AP after dropping"}.get(name, shown)
    return f"{shown} {group}".strip()


def _named(cell: Cell, axis: str) -> TableCell:
    value = getattr(cell, axis)
    return f"{value}F" if axis == "interval" else str(value)
