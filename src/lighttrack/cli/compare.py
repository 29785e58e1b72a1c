"""`lighttrack compare`."""

import json
from pathlib import Path
from typing import Any

from lighttrack.cli.messages import tell


def compare(run_a: Path, run_b: Path, /, *, most: int = 20) -> None:
    """Show what changed between two evaluations, the largest changes first.

    Each run is a JSON file that `lighttrack evaluate` wrote, or a folder of such files (of
    `--per-sequence`, say); files of the same name are compared.

    For example:

        lighttrack compare monday.json tuesday.json
        lighttrack compare runs/a runs/b --most 50

    Args:
        run_a: The earlier evaluation.
        run_b: The later evaluation.
        most: How many changes to show.
    """
    from lighttrack.cli.reporting import show
    from lighttrack.evaluation.comparison import changes, only_in_one
    from lighttrack.render.tables import Table

    before, after = _load(run_a), _load(run_b)
    alone_before, alone_after = only_in_one(before, after)
    for places, run in ((alone_before, run_a), (alone_after, run_b)):
        if places:
            tell(f"only in {run}: {', '.join(places)}")
    found = changes(before, after)
    if not found:
        tell("nothing changed")
        return
    rows = tuple(
        (c.place, c.figure, c.before, c.after, f"{c.difference:+.4g}", "+" if c.better else "-")
        for c in found[:most]
    )
    title = f"{len(found)} figures changed; the largest {len(rows)}"
    show(Table(title, ("Where", "Figure", "Before", "After", "Change", "Better"), rows, 4))


def _load(path: Path) -> dict[str, Any]:
    from lighttrack.evaluation.comparison import has_figures

    data = _files(path) if path.is_dir() else _json(path)
    if not has_figures(data):
        raise ValueError(f"{path}: holds no figures that lighttrack or the official tools wrote")
    return data


def _files(folder: Path) -> dict[str, Any]:
    files = sorted(folder.glob("*.json"))
    if not files:
        raise ValueError(f"{folder}: no .json file is in this folder")
    return {"sequences": {file.stem: _named(_json(file)) for file in files}}


def _named(data: dict[str, Any]) -> dict[str, Any]:
    """The totals of one of the official evaluator's files as figures by name."""
    if "names" not in data:
        return data
    return {key: values[-1] for key, values in data.items() if key != "names"}


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: not JSON ({error})") from None
    if not isinstance(data, dict):
        raise ValueError(f"{path}: not an evaluation that lighttrack wrote")
    return data
