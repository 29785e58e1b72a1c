"""Table 1: how many pairs of poses a data set gives for training the matcher; needs no torch."""

from collections.abc import Sequence
from pathlib import Path

from lighttrack.experiments.plan import Plan
from lighttrack.formats import read_tracks
from lighttrack.matching.pairs import PairKind, PoseSequence, mine_pairs
from lighttrack.render.tables import Cell, Table

_NAMES = {
    PairKind.POSITIVE: "Positive Pairs",
    PairKind.HARD_NEGATIVE: "Hard Negative Pairs",
    PairKind.OTHER_NEGATIVE: "Other Negative Pairs",
}
_PARTS = ("train", "val")
"""Parts of a data set, in the paper's order; others follow by name."""


def table_of_pairs(plan: Plan, data: Path) -> Table:
    """Pairs of the same and of adjacent frames by kind, a column for each part of the data.

    Args:
        plan: its `videos` choose among the files, its published rows become columns.
        data: a folder of tracks, or one with a folder for each part (`train`, `val`).

    Raises:
        ValueError: if there are no tracks.

    Example:
        >>> table_of_pairs(plan, Path("posetrack18/annotations")).columns  # doctest: +SKIP
        ('', 'train', 'val')
    """
    if not data.is_dir():
        raise ValueError(f"no such folder: {data}")
    parts = {data.name: _files(data, plan.videos)}
    if not parts[data.name]:
        folders = sorted(
            (path for path in data.iterdir() if path.is_dir()), key=lambda path: _place(path.name)
        )
        parts = {path.name: _files(path, plan.videos) for path in folders}
    counts = {name: _count(files) for name, files in parts.items() if files}
    if not counts:
        raise ValueError(f"{data}: no tracks (.json, .jsonl) are in this folder or those in it")
    published = {f"{row.name} ({row.source})": row.figures for row in plan.published}
    rows: list[tuple[Cell, ...]] = []
    for kind, name in _NAMES.items():
        given = [figures.get(name) for figures in published.values()]
        ours = [count[kind.name.lower().replace("_", " ")] for count in counts.values()]
        theirs = [int(v) if isinstance(v, int | float) else None for v in given]
        rows.append((name, *ours, *theirs))
    return Table(plan.title, ("", *counts, *published), tuple(rows))


def _files(folder: Path, chosen: Sequence[str]) -> list[Path]:
    paths = sorted(path for path in folder.glob("*.json*") if path.is_file())
    return [path for path in paths if not chosen or path.name.split(".")[0] in chosen]


def _place(name: str) -> tuple[int, str]:
    return (_PARTS.index(name) if name in _PARTS else len(_PARTS), name)


def _count(files: Sequence[Path]) -> dict[str, int]:
    return mine_pairs([PoseSequence.from_video(read_tracks(path)) for path in files]).counts()
