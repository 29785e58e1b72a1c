"""What an estimator's scores mean: on people, beside them, and where there is no person.

τs of eq. (1) must lie above what an estimator says of boxes without a person and below what it says
of people. This prints both distributions for the mean keypoint score and for single keypoints, over
clips with ground-truth boxes, and the thresholds that follow:

    python benchmarks/quality/calibrate_scores.py --clips ../shared/clips --json scores.json

tracked: the mean keypoint score that best separates people in plain view from background (highest
sum of both rates; the middle of the range where it is reached). keypoint: the 95th percentile of
single keypoints on background.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lighttrack.models import build_estimator
from lighttrack.structures import Boxes, Floats, Image, Regions
from lighttrack.structures.boxes import area, from_xywh, intersection, iou
from lighttrack.video import open_video

CLIPS = {"TUD-Campus": 7, "PETS09-S2L1": 40, "TownCentre_A": 25}
"""Clips whose ground truth is of whole bodies, and every which frame is taken of each."""

ESTIMATORS = ("tinypose-256x192", "tinypose-128x96", "blazepose-full")


def samples(clips: Path, name: str, stride: int) -> Iterator[tuple[Image, Boxes]]:
    """Images of a clip with the boxes of its people."""
    rows = np.loadtxt(clips / name / "gt.txt", delimiter=",", usecols=range(7))
    with open_video(clips / name / f"{name}.mp4") as video:
        for frame in video:
            people = rows[(rows[:, 0] == frame.index + 1) & (rows[:, 6] != 0)]
            if frame.index % stride == 0 and len(people):
                yield frame.image, from_xywh(people[:, 2:6])


def in_plain_view(people: Boxes) -> Boxes:
    """People of whose box less than a fifth lies in another person's."""
    covered = intersection(people, people) / area(people)[:, None]
    np.fill_diagonal(covered, 0)
    return people[covered.max(axis=1, initial=0) < 0.2]


def beside(people: Boxes, share: float) -> Boxes:
    """Boxes shifted by a share of their width, where no other person's box is near."""
    shift = (people[:, 2] - people[:, 0]) * np.float32(share)
    moved = people + np.stack([shift, 0 * shift, shift, 0 * shift], axis=1)
    overlap = iou(moved, people)
    np.fill_diagonal(overlap, 0)
    return moved[overlap.max(axis=1, initial=0) < 0.2]


def background(people: Boxes, image: Image, random: np.random.Generator) -> Boxes:
    """As many boxes of people's sizes as there are people, where there is hardly a person."""
    height, width = image.shape[:2]
    size = random.choice(people[:, 2:] - people[:, :2], 50 * len(people))
    corner = random.random(size.shape) * np.maximum([width, height] - size, 1)
    boxes = np.concatenate([corner, corner + size], axis=1).astype(np.float32)
    free = (intersection(boxes, people) / area(boxes)[:, None]).max(axis=1) < 0.1
    return boxes[free][: len(people)]


def separation(people: Floats, no_people: Floats) -> tuple[float, float]:
    """The threshold that separates best, and the mean of the rates at which it is right."""
    thresholds = np.linspace(0, 1, 101)
    right = np.array([((people > t).mean() + (no_people <= t).mean()) / 2 for t in thresholds])
    best = thresholds[right == right.max()]
    return float(best.mean()), float(right.max())


def calibrate(name: str, clips: Path) -> dict[str, object]:
    """Distributions and thresholds of one estimator."""
    estimator = build_estimator(name, threads=1)
    random = np.random.default_rng(0)
    scores: dict[str, list[Floats]] = {}
    for clip, stride in CLIPS.items():
        for image, people in samples(clips, clip, stride):
            boxes = {
                "people in plain view": in_plain_view(people),
                "all people": people,
                "half a width beside": beside(people, 0.5),
                "a width beside": beside(people, 1.0),
                "background": background(people, image, random),
            }
            for kind, where in boxes.items():
                scores.setdefault(kind, []).append(estimator(image, Regions.of(where)).scores)
    single = {kind: np.concatenate(parts) for kind, parts in scores.items()}
    means = {kind: found.mean(axis=1) for kind, found in single.items()}
    tracked, right = separation(means["people in plain view"], means["background"])
    return {
        "boxes": {kind: len(found) for kind, found in means.items()},
        "percentiles 1 5 25 50 75 95 99": {
            kind: np.percentile(found, [1, 5, 25, 50, 75, 95, 99]).round(3).tolist()
            for kind, found in means.items()
        },
        "tracked": round(tracked, 3),
        "right": round(right, 4),
        "keypoint": round(float(np.percentile(single["background"], 95)), 3),
        "share of keypoints of people above it": round(
            float(
                (single["people in plain view"] > np.percentile(single["background"], 95)).mean()
            ),
            3,
        ),
    }


def main() -> None:
    """Print a table for each estimator."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--estimators", nargs="*", default=ESTIMATORS)
    arguments = parser.parse_args()
    results = {name: calibrate(name, arguments.clips) for name in arguments.estimators}
    for name, result in results.items():
        print(name)
        for key, value in result.items():
            for line in value.items() if isinstance(value, dict) else [("", value)]:
                print(f"  {key:32s} {line[0]:22s} {line[1]}")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
