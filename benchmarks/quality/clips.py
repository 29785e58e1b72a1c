"""MOTA, IDF1, HOTA and switches on clips with ground-truth identities.

    python benchmarks/quality/clips.py --clips ../shared/clips [--configurations default paper]

`default`: RTMDet-nano and TinyPose-256, the detector at one frame in ten; `paper`: the same with
the system as published; `embedded`: the networks that need nothing but the package index. Tracking
is deterministic, so each is run once; one thread for each network makes it the same everywhere.

The figures of this version stand in `figures.json`, which `--update` writes and a test compares.
"""

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from material import CLIPS, People, truth_of, video_of
from rich.console import Console
from scoring import Figures, score, table_of

from lighttrack import PoseTracker, TrackerConfig, load_tracker
from lighttrack.assembly import networks_of
from lighttrack.cli.measure import Meter, TimedDetector
from lighttrack.io import open_video
from lighttrack.models import build_detector
from lighttrack.structures import Frame

FIGURES = Path(__file__).with_name("figures.json")


@dataclass(frozen=True, slots=True)
class CountedTracker:
    """A tracker, and what counts the calls of its detector."""

    tracker: PoseTracker
    meter: Meter

    def follow(self, frames: Iterable[Frame]) -> tuple[People, float]:
        """What the tracker gives for each frame, and its calls of the detector per frame."""
        before = self.meter.calls["detect"]
        seen = [(each.ids, each.boxes.astype(float)) for each in self.tracker.track(frames)]
        return seen, (self.meter.calls["detect"] - before) / len(seen)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is measured."""

    config: TrackerConfig
    preset: str = "embedded"
    detector: str | None = None
    pose: str | None = None
    matcher: str = "euclidean"

    def tracker(self, threads: int = 1) -> CountedTracker:
        """The tracker with its networks loaded."""
        meter = Meter()
        detector = build_detector(self.detector or networks_of(self.preset)[0], threads=threads)
        tracker = load_tracker(
            self.preset,
            detector=TimedDetector(detector, meter),
            pose=self.pose,
            matcher=self.matcher,
            config=self.config,
            threads=threads,
        )
        return CountedTracker(tracker, meter)


_NETWORKS = {"detector": "rtmdet-nano-person", "pose": "tinypose-256x192"}

CONFIGURATIONS: Mapping[str, Configuration] = {
    "default": Configuration(TrackerConfig(), **_NETWORKS),
    "paper": Configuration(TrackerConfig.paper(keyframe_interval=10), **_NETWORKS),
    "embedded": Configuration(TrackerConfig()),
}
"""All have a key frame every ten frames: the paper's system is measured at the same cost."""


def measure(clips: Path, name: str, tracker: CountedTracker) -> Figures:
    """Track one clip and score it."""
    with open_video(video_of(clips, name)) as frames:
        seen, share = tracker.follow(frames)
    return score(truth_of(clips, name, len(seen)), seen, share)


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
