"""The committed figures of this version: what a change is measured against."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from scoring import Figures

FIGURES = Path(__file__).with_name("figures.json")

ALLOWED_LOSS = 0.03
"""MOTA and IDF1 of a short clip move by as much for changes that should not matter."""

Results = Mapping[str, Mapping[str, Figures]]
"""Figures by configuration and clip."""


def plain(results: Results) -> dict[str, dict[str, dict[str, float]]]:
    """Figures as JSON has them."""
    return {
        name: {clip: asdict(figures) for clip, figures in by_clip.items()}
        for name, by_clip in results.items()
    }


def write(path: Path, results: Results) -> None:
    """Write figures to a file."""
    path.write_text(json.dumps(plain(results), indent=2) + "\n", encoding="utf-8")


def committed() -> dict[str, dict[str, dict[str, float]]]:
    """The committed figures, by configuration and clip."""
    found: dict[str, dict[str, dict[str, float]]] = json.loads(FIGURES.read_text(encoding="utf-8"))
    return found


def update(results: Results) -> None:
    """Put new figures in the place of committed ones; others stay."""
    known = committed()
    merged = known | {
        name: known.get(name, {}) | by_clip for name, by_clip in plain(results).items()
    }
    FIGURES.write_text(json.dumps(merged, indent=2) + "\n", encoding="utf-8")


def losses(results: Results) -> list[str]:
    """One sentence for each MOTA or IDF1 that has fallen below the committed one."""
    known = committed()
    return [
        f"{name}, {clip}: {key.upper()} {new[key]:.3f}, committed {old[key]:.3f}"
        for name, by_clip in plain(results).items()
        for clip, new in by_clip.items()
        if (old := known.get(name, {}).get(clip))
        for key in ("mota", "idf1")
        if new[key] < old[key] - ALLOWED_LOSS
    ]
