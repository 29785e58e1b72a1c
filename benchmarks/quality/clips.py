"""MOTA, IDF1 and switches on clips with ground-truth identities, scored by motmetrics.

    python benchmarks/quality/clips.py --clips ../shared/clips [--configurations default paper]

`default`: RTMDet-nano and TinyPose-256, the detector at one frame in ten; `paper`: the same with
the system as published; `embedded`: the networks that need nothing but the package index. Tracking
is deterministic, so each is run once; one thread for each network makes it the same everywhere.

The figures of this version stand in `figures.json`, which `--update` writes and a test compares.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from lighttrack import PoseTracker, TrackerConfig, load_tracker
from lighttrack.cli.measure import Meter, TimedDetector
from lighttrack.evaluation import box_iou
from lighttrack.evaluation.mot_files import read_mot
from lighttrack.evaluation.similarity import Reals
from lighttrack.io import open_video
from lighttrack.structures import Ids

CLIPS: Mapping[str, str] = {
    "TUD-Campus": "gt.txt",
    "PETS09-S2L1": "gt.txt",
    "TownCentre_A": "gt.txt",
    "TownCentre_A-virtual-camera": "gt.txt",
    "SAM2_bedroom": "gt_pseudo.txt",
}
"""Clips and the file of their ground truth; its rows of flag 0 are left out."""

FIGURES = Path(__file__).with_name("figures.json")
LEAST_IOU = 0.5

People = Sequence[tuple[Ids, Reals]]
"""Ids `(N,)` and boxes `(N, 4)` for each frame."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is measured."""

    config: TrackerConfig
    preset: str = "embedded"
    detector: str | None = None
    pose: str | None = None
    matcher: str = "euclidean"

    def tracker(self) -> PoseTracker:
        """The tracker with its networks loaded."""
        return load_tracker(
            self.preset,
            detector=self.detector,
            pose=self.pose,
            matcher=self.matcher,
            config=self.config,
            threads=1,
        )


_NETWORKS = {"detector": "rtmdet-nano-person", "pose": "tinypose-256x192"}

CONFIGURATIONS: Mapping[str, Configuration] = {
    "default": Configuration(TrackerConfig(), **_NETWORKS),
    "paper": Configuration(TrackerConfig.paper(keyframe_interval=10), **_NETWORKS),
    "embedded": Configuration(TrackerConfig()),
}
"""All have a key frame every ten frames: the paper's system is measured at the same cost."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is said of one clip."""

    mota: float
    idf1: float
    switches: int
    false_positives: int
    misses: int
    ids: int
    """Identities given, for as many people as `people`."""
    people: int
    detector_share: float
    """Calls of the detector per frame."""


def truth_of(clips: Path, name: str, frames: int) -> People:
    """The people of the ground truth in each frame."""
    return read_mot(clips / name / CLIPS[name], truth=True).by_frame(frames)


def follow(tracker: PoseTracker, video: Path) -> tuple[People, float]:
    """What the tracker gives for each frame, and its calls of the detector per frame."""
    meter = Meter()
    counted = PoseTracker(
        TimedDetector(tracker.detector, meter),
        tracker.estimator,
        matcher=tracker.matcher,
        config=tracker.config,
    )
    with open_video(video) as frames:
        seen = [(each.ids, each.boxes.astype(float)) for each in counted.track(frames)]
    return seen, meter.calls["detect"] / len(seen)


def score(truth: People, seen: People, detector_share: float) -> Figures:
    """Figures by motmetrics; a match needs an IoU of a half."""
    import motmetrics

    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for (known, boxes), (ids, found) in zip(truth, seen, strict=True):
        distance = 1.0 - box_iou(boxes, found)
        distance[distance > 1 - LEAST_IOU] = np.nan
        accumulator.update(known, ids, distance)
    names = ["mota", "idf1", "num_switches", "num_false_positives", "num_misses"]
    row = motmetrics.metrics.create().compute(accumulator, metrics=names).iloc[0]
    return Figures(
        mota=round(float(row["mota"]), 4),
        idf1=round(float(row["idf1"]), 4),
        switches=int(row["num_switches"]),
        false_positives=int(row["num_false_positives"]),
        misses=int(row["num_misses"]),
        ids=len({identity for ids, _ in seen for identity in ids.tolist()}),
        people=len({identity for ids, _ in truth for identity in ids.tolist()}),
        detector_share=round(detector_share, 4),
    )


def measure(clips: Path, name: str, tracker: PoseTracker) -> Figures:
    """Track one clip and score it."""
    seen, share = follow(tracker, clips / name / f"{name}.mp4")
    return score(truth_of(clips, name, len(seen)), seen, share)


def table_of(title: str, rows: Mapping[str, Figures]) -> Table:
    """Figures as they are printed, a row for each name."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in ("MOTA", "IDF1", "switches", "false", "misses", "ids", "people", "detector"):
        table.add_column(column, justify="right")
    for name, figures in rows.items():
        values = asdict(figures).values()
        shown = [f"{value:.3f}" if isinstance(value, float) else str(value) for value in values]
        table.add_row(name, *shown)
    return table


def main() -> None:
    """Print a table for each configuration."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--only", nargs="+", choices=CLIPS, default=[*CLIPS], help="clips to use")
    parser.add_argument("--configurations", nargs="+", choices=CONFIGURATIONS, default=["default"])
    parser.add_argument("--detector", help="in place of the configuration's")
    parser.add_argument("--pose", help="in place of the configuration's")
    parser.add_argument("--matcher", choices=["euclidean", "none"])
    parser.add_argument("--keyframe-interval", type=int)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--update", action="store_true", help=f"write them to {FIGURES.name} too")
    arguments = parser.parse_args()
    results: dict[str, dict[str, Figures]] = {}
    console = Console(width=max(Console().width, 110))
    for name in arguments.configurations:
        tracker = _changed(CONFIGURATIONS[name], arguments).tracker()
        results[name] = {clip: measure(arguments.clips, clip, tracker) for clip in arguments.only}
        # Piped, the table would be squeezed into 80 columns.
        console.print(table_of(name, results[name]))
    rows = {
        name: {clip: asdict(figures) for clip, figures in by_clip.items()}
        for name, by_clip in results.items()
    }
    if arguments.json:
        _write(arguments.json, rows)
    if arguments.update:
        known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
        _write(FIGURES, known | {name: known.get(name, {}) | rows[name] for name in rows})


def _changed(configuration: Configuration, arguments: argparse.Namespace) -> Configuration:
    parts = ("detector", "pose", "matcher")
    changes = {part: getattr(arguments, part) for part in parts if getattr(arguments, part)}
    config = configuration.config
    if arguments.keyframe_interval:
        config = replace(config, keyframe_interval=arguments.keyframe_interval)
    return replace(configuration, config=config, **changes)


def _write(path: Path, figures: object) -> None:
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
