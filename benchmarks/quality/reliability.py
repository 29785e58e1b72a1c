"""Whether identity scores are right: of rows with a score of .9, nine of ten should be right.

    python benchmarks/quality/reliability.py --clips ../shared/clips --cache FOLDER
    python benchmarks/quality/reliability.py --clips ../shared/clips --cache FOLDER \
        --settings grid.json --svg reliability.svg

A row, one person of one frame, is right if the person of the truth in its box is the one who was
in the box of that identity first. Rows without one (IoU below a half) say nothing.
With `--settings` (see `leave_one_out.py`) each scene is scored with the setting that is best
calibrated, by the mean log-likelihood of all rows, on the other scenes.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import jobs
import numpy as np
from leave_one_out import SCENES, shortened
from material import CLIPS, People, decoded
from scipy.optimize import linear_sum_assignment
from scoring import LEAST_IOU
from sweep import Run, Seed, Settings, Sweep

from lighttrack.structures import boxes
from lighttrack.structures.types import Reals

PRESET = "balanced"
EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.001)
SURE = 0.9
REVIEWED = 0.05
"""Share of the rows, the least sure, that a reviewer looks at."""

Rows = Reals
"""`(R, 3)`: score, whether the row is right, and whether the person changed in it."""


def rows_of(run: Run, truth: People) -> Rows:
    """Every row in whose box a person of the truth is."""
    first: dict[int, int] = {}
    before: dict[int, int] = {}
    rows = []
    for frame, (people, known) in zip(run.frames, truth, strict=True):
        overlap = boxes.iou(known.astype(np.float32), frame.boxes)
        fits = np.where(overlap >= LEAST_IOU, overlap, 0)
        for i, j in zip(*linear_sum_assignment(fits, maximize=True), strict=True):
            if not fits[i, j]:
                continue
            identity, person = int(frame.ids[j]), int(people[i])
            meant = first.setdefault(identity, person)
            changed = before.get(identity, person) != person
            before[identity] = person
            rows.append((float(frame.identity_scores[j]), person == meant, changed))
    return np.array(rows, np.float64).reshape(-1, 3)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What is run over every clip."""

    clips: Path
    seeds: tuple[Seed, ...]
    settings: Mapping[str, Settings]
    frames: int | None
    cache: Path | None

    def of(self, clip_name: str) -> dict[str, Rows]:
        """The rows of one clip by setting."""
        clip = shortened(decoded(self.clips, clip_name, self.cache), self.frames)
        sweep, found = Sweep(self.cache, PRESET), {}
        for name, changed in self.settings.items():
            parts = [
                rows_of(sweep.run(clip, seed, changed), seed.of(clip).truth) for seed in self.seeds
            ]
            found[name] = np.concatenate(parts)
        sweep.save()
        return found


def log_likelihood(rows: Rows) -> float:
    """Mean log-likelihood of what is right under the scores."""
    score = np.clip(rows[:, 0], 1e-3, 1 - 1e-3)
    return float(np.where(rows[:, 1] > 0, np.log(score), np.log(1 - score)).mean())


def left_out(found: Mapping[str, Mapping[str, Rows]]) -> tuple[Rows, dict[str, str]]:
    """The rows of each scene with the setting that is best on the others, and which that is.

    `found` are rows by setting and clip; each scene counts the same.
    """
    clips = list(next(iter(found.values())))
    scenes = sorted({SCENES.get(clip, clip) for clip in clips})
    chosen, rows = {}, []
    for scene in scenes:
        others = [clip for clip in clips if SCENES.get(clip, clip) != scene] or clips
        fits = {
            name: np.mean([log_likelihood(by_clip[clip]) for clip in others])
            for name, by_clip in found.items()
        }
        best = max(fits, key=lambda name: fits[name])
        chosen[scene] = best
        rows += [found[best][clip] for clip in clips if SCENES.get(clip, clip) == scene]
    return np.concatenate(rows), chosen


def diagram(rows: Rows) -> list[tuple[float, float, int]]:
    """Mean score, share that is right, and number of the rows between two edges."""
    parts = []
    for low, high in pairwise(EDGES):
        within = rows[(rows[:, 0] >= low) & (rows[:, 0] < high)]
        if len(within):
            parts.append((float(within[:, 0].mean()), float(within[:, 1].mean()), len(within)))
    return parts


def review(rows: Rows) -> tuple[int, int]:
    """Changes of person among the least sure rows, and among all."""
    count = max(round(REVIEWED * len(rows)), 1)
    least = np.argsort(rows[:, 0], kind="stable")[:count]
    return int(rows[least, 2].sum()), int(rows[:, 2].sum())


def summary(rows: Rows) -> dict[str, Any]:
    """Everything that is said of rows."""
    sure = rows[rows[:, 0] >= SURE]
    found, changes = review(rows)
    return {
        "rows": len(rows),
        "sure": len(sure),
        "right": float(sure[:, 1].mean()),
        "log_likelihood": log_likelihood(rows),
        "reviewed": REVIEWED,
        "found": found,
        "changes": changes,
        "diagram": diagram(rows),
    }


def svg(parts: Sequence[tuple[float, float, int]]) -> str:
    """The diagram as a drawing: score from left to right, share that is right upwards."""
    side, edge = 320, 40
    total = sum(count for *_, count in parts)

    def at(x: float, y: float) -> tuple[float, float]:
        return edge + x * side, edge + (1 - y) * side

    points = [
        '<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill="#2563a8" fill-opacity="0.75"/>'.format(
            *at(score, right), 3 + 14 * (count / total) ** 0.5
        )
        for score, right, count in parts
    ]
    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    size = side + 2 * edge
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{size}" height="{size}" fill="white"/>',
        f'<rect x="{edge}" y="{edge}" width="{side}" height="{side}" fill="none" stroke="#999"/>',
        f'<path d="M{x0} {y0}L{x1} {y1}" stroke="#999" stroke-dasharray="4 4"/>',
        *points,
        f'<text x="{size / 2}" y="{size - 10}" text-anchor="middle">identity score</text>',
        f'<text x="14" y="{size / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {size / 2})">share of rows that are right</text>',
        "</svg>",
    ]) + "\n"  # fmt: skip


def main() -> None:
    """Print the diagram, and what a reviewer would find."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--only", nargs="+", choices=CLIPS, default=[*CLIPS], help="clips to use")
    parser.add_argument("--settings", type=Path, help="JSON: settings to choose from")
    parser.add_argument("--seeds", nargs="+", default=["original"], help="see leave_one_out.py")
    parser.add_argument("--frames", type=int, help="of each clip; default: all")
    parser.add_argument("--cache", type=Path, help="folder for the answers of the networks")
    parser.add_argument("--jobs", type=int, default=1, help="clips at a time; default: 1")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--svg", type=Path, help="draw the diagram into this file")
    arguments = parser.parse_args()
    settings: dict[str, Settings] = {"default": {}}
    if arguments.settings:
        settings = json.loads(arguments.settings.read_text(encoding="utf-8"))
    if arguments.cache is not None:
        arguments.cache.mkdir(parents=True, exist_ok=True)
    measurement = Measurement(
        arguments.clips,
        tuple(map(Seed.named, arguments.seeds)),
        settings,
        arguments.frames,
        arguments.cache,
    )
    by_clip = dict(jobs.by_clip(measurement.of, arguments.only, arguments.jobs))
    found = {name: {clip: rows[name] for clip, rows in by_clip.items()} for name in settings}
    for name, of_clips in found.items():
        rows = np.concatenate(list(of_clips.values()))
        changes = "{} of {}".format(*review(rows))
        print(f"{name}: log-likelihood {log_likelihood(rows):.4f}, changes reviewed {changes}")
    rows, chosen = left_out(found)
    for scene, best in chosen.items():
        print(f"{scene}: {best}")
    figures = summary(rows)
    for score, right, count in figures["diagram"]:
        print(f"score {score:.3f}: {right:.3f} of {count} rows are right")
    print(
        "at .9 or more: {right:.4f} of {sure} of {rows} rows are right\n"
        "log-likelihood {log_likelihood:.4f}\n"
        "changes among the {reviewed:.0%} least sure rows: {found} of {changes}".format(**figures)
    )
    if arguments.json:
        content = json.dumps({"chosen": chosen, **figures}, indent=2)
        arguments.json.write_text(content + "\n", encoding="utf-8")
    if arguments.svg:
        arguments.svg.write_text(svg(figures["diagram"]), encoding="utf-8")


if __name__ == "__main__":
    main()
