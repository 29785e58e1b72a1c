"""MOTA, IDF1, HOTA and switches on clips with ground-truth identities.

    python benchmarks/quality/clips.py --clips ../shared/clips [--configurations default paper]

`default`: RTMDet-nano and TinyPose-256, the detector at one frame in ten; `every frame`: at every
frame; `paper`: one in ten, with the system as published, scored with tight boxes (its own are those
in which people are looked for next: the extent of the keypoints and 20 % of it on each side);
`embedded`: the networks that need nothing but the package index; `appearance`: the default, and a
re-identification network. Tracking is deterministic, so each is run once; one thread for each
network makes it the same everywhere.

The figures of this version stand in `figures.json`: `--check` fails when MOTA or IDF1 of a clip
fall below them, as a test does for the shortest clip; `--update` writes them.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import committed
import numpy as np
from material import CLIPS, People, truth_of, video_of
from rich.console import Console
from scoring import Figures, score, table_of

from lighttrack import PoseTracker, TrackerConfig, load_tracker
from lighttrack.assembly import networks_of
from lighttrack.models import build_detector
from lighttrack.pipeline.measure import Meter, TimedDetector
from lighttrack.structures import Boxes, Frame, TrackedFrame
from lighttrack.structures.boxes import enlarge
from lighttrack.tracking.config import Propagation
from lighttrack.tracking.propagation import body_boxes, usual_margins
from lighttrack.video import open_video


@dataclass(frozen=True, slots=True)
class CountedTracker:
    """A tracker, and what counts the calls of its detector."""

    tracker: PoseTracker
    meter: Meter

    def follow(self, frames: Iterable[Frame]) -> tuple[People, float]:
        """What the tracker gives for each frame, and its calls of the detector per frame."""
        before = self.meter.calls["detect"]
        config = self.tracker.config.propagation
        seen = [
            (each.ids, tight(each, config).astype(float)) for each in self.tracker.track(frames)
        ]
        return seen, (self.meter.calls["detect"] - before) / len(seen)


def tight(found: TrackedFrame, config: Propagation) -> Boxes:
    """Boxes `(N, 4)` of bodies, of those in the output of a tracker.

    The paper's are those in which the next pose is estimated: the extent of the keypoints enlarged
    on each side. What is compared with the truth is the extent with the usual margins of a body.
    """
    if config.box != "keypoints":
        return found.boxes
    extent = enlarge(found.boxes, -config.enlargement / (1 + 2 * config.enlargement))
    known = np.ones((len(extent), 2), np.bool_)
    margins = usual_margins(found.poses.skeleton)
    return body_boxes(extent.reshape(-1, 2, 2), known, margins)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is measured."""

    config: TrackerConfig
    preset: str = "embedded"
    detector: str | None = None
    pose: str | None = None
    matcher: str = "sgcn"
    appearance: str | None = None

    def tracker(self, threads: int = 1) -> CountedTracker:
        """The tracker with its networks loaded."""
        meter = Meter()
        detector = build_detector(self.detector or networks_of(self.preset)[0], threads=threads)
        tracker = load_tracker(
            self.preset,
            detector=TimedDetector(detector, meter),
            pose=self.pose,
            matcher=self.matcher,
            appearance=self.appearance,
            config=self.config,
            threads=threads,
        )
        return CountedTracker(tracker, meter)


_NETWORKS = {"detector": "rtmdet-nano-person", "pose": "tinypose-256x192"}

CONFIGURATIONS: Mapping[str, Configuration] = {
    "default": Configuration(TrackerConfig(), **_NETWORKS),
    "every frame": Configuration(
        TrackerConfig().changed({"keyframes": {"interval": 1}}), **_NETWORKS
    ),
    "paper": Configuration(
        TrackerConfig.paper().changed({"keyframes": {"interval": 10}}), **_NETWORKS
    ),
    "embedded": Configuration(TrackerConfig()),
    "appearance": Configuration(TrackerConfig(), appearance="reid-retail-0288", **_NETWORKS),
}
"""But for `every frame`, all have a key frame every ten frames, the paper's system included."""


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
    parser.add_argument("--matcher", choices=["sgcn", "euclidean", "none"])
    parser.add_argument("--keyframe-interval", type=int)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--update", action="store_true", help="write them to figures.json, too")
    parser.add_argument("--check", action="store_true", help="fail if they are below those there")
    arguments = parser.parse_args()
    results: dict[str, dict[str, Figures]] = {}
    console = Console(width=max(Console().width, 110))
    for name in arguments.configurations:
        tracker = _changed(CONFIGURATIONS[name], arguments).tracker()
        results[name] = {clip: measure(arguments.clips, clip, tracker) for clip in arguments.only}
        # Piped, the table would be squeezed into 80 columns.
        console.print(table_of(name, results[name]))
    if arguments.json:
        committed.write(arguments.json, results)
    if arguments.check and (losses := committed.losses(results)):
        sys.exit("\n".join(losses))
    if arguments.update:
        committed.update(results)


def _changed(configuration: Configuration, arguments: argparse.Namespace) -> Configuration:
    parts = ("detector", "pose", "matcher")
    changes = {part: getattr(arguments, part) for part in parts if getattr(arguments, part)}
    config = configuration.config
    if arguments.keyframe_interval:
        config = config.changed({"keyframes": {"interval": arguments.keyframe_interval}})
    return replace(configuration, config=config, **changes)


if __name__ == "__main__":
    main()
