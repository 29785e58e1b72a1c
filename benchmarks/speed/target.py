"""What it costs to follow one person or several, beside following all people.

    python benchmarks/speed/target.py ../shared/clips/TownCentre_A/TownCentre_A.mp4

The whole tracker runs on the same frames with and without a target, in turn and on one thread;
ratios are of processor time. Targets are the people whom the detector finds in the first frame, by
their boxes: one after the other, and the first two, four and so on of them together. `poses` is the
number of poses estimated per frame: those of the targets, of people near them, and of all people
while a target is lost. Decoding is not counted.
"""

import argparse
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from measuring import show, write

from lighttrack import PoseTracker, load_tracker
from lighttrack.models.presets import PRESETS
from lighttrack.structures import Frame, Image, Poses, Regions
from lighttrack.tracking import PoseEstimator, Target
from lighttrack.video import open_video

Runs = Sequence[Mapping[str, float]]
"""Figures of several runs."""


class CountedEstimator:
    """A pose estimator that counts the people it is asked about."""

    def __init__(self, inner: PoseEstimator) -> None:
        self.people = 0
        self._inner = inner

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`."""
        self.people += len(regions)
        return self._inner(image, regions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def follow(
    base: PoseTracker, targets: Sequence[Target], frames: Sequence[Frame]
) -> dict[str, float]:
    """Processor time, poses and people shown, of each frame on average."""
    estimator = CountedEstimator(base.estimator)
    tracker = PoseTracker(
        base.detector,
        estimator,
        matcher=base.matcher,
        camera=base.camera,
        appearance=base.appearance,
        target=targets,
        config=base.config,
    )
    began = process_time()
    shown = sum(len(tracked) for tracked in tracker.track(frames))
    milliseconds = 1000 * (process_time() - began)
    found = {"milliseconds": milliseconds, "poses": estimator.people, "people shown": shown}
    return {key: value / len(frames) for key, value in found.items()}


def main() -> None:
    """Print a row for all people, for each target, and for several at a time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument("--preset", choices=PRESETS, default="fast")
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with open_video(arguments.source) as video:
        frames = list(islice(video, arguments.frames))
    tracker = load_tracker(arguments.preset, threads=1)
    follow(tracker, (), frames[:2])  # the first calls of a network take longer
    found = tracker.detector(frames[0].image)
    boxes = found.boxes[found.scores > tracker.detector.score_threshold]
    targets = [Target.within(tuple(box.tolist())) for box in boxes]
    followed: dict[str, Sequence[Target]] = {"all people": ()}
    followed |= {f"one, number {number}": (each,) for number, each in enumerate(targets, 1)}
    several = [count for count in (2, 4, 8, 16) if count <= len(targets)]
    followed |= {f"the first {count}": targets[:count] for count in several}
    turns = range(arguments.times)
    runs = [[follow(tracker, each, frames) for each in followed.values()] for _ in turns]
    rows = [_medians([turn[number] for turn in runs], runs) for number in range(len(followed))]
    results = dict(zip(followed, rows, strict=True))
    shares = sorted(row["share"] for row in rows[1 : len(targets) + 1])
    columns = ["milliseconds", "poses", "people shown", "share"]
    cells = [[name, *(each[key] for key in columns)] for name, each in results.items()]
    show(f"processor time of a frame, {arguments.preset}", ["followed", *columns], cells)
    print(f"one costs {median(shares):.2f} of all people (median), {shares[-1]:.2f} (the most)")
    write(arguments.json, {"preset": arguments.preset, "frames": len(frames), "runs": results})


def _medians(found: Runs, all_runs: Sequence[Runs]) -> dict[str, float]:
    """The medians of one target's runs, and their share of the runs for all people beside it."""
    ratios = [
        run["milliseconds"] / turn[0]["milliseconds"]
        for run, turn in zip(found, all_runs, strict=True)
    ]
    return {key: median(run[key] for run in found) for key in found[0]} | {"share": median(ratios)}


if __name__ == "__main__":
    main()
