"""Balanced accuracy and rank-1 of pose matching on real tracked poses, beside the baseline.

    python benchmarks/matching/pairs.py ../shared/poses [--weights DIR] [--json FILE]

Positives against hard negatives (other person, IoU > 0.2) at frame gaps 1, 4, 8 and 12. Thresholds
come from the split `multiperson-posetrack/train`, which no shipped network is trained on: the best
one of each gap, and the curve that logistic regression fits to all gaps together, which hangs less
on single sequences. They are then used on `multiperson-posetrack/val` and `posetrack18-windows`.
Rank-1: is a person nearest to themselves among the people of a later frame?
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from datasets import posetrack_folder, windows

from lighttrack.evaluation.matching import balanced_accuracy, best_threshold
from lighttrack.matching.network import Weights
from lighttrack.matching.normalize import MINIMUM_KEYPOINTS, normalize
from lighttrack.matching.pairs import PairKind, Pairs, PoseSequence, mine_pairs
from lighttrack.training.validate import (
    GAPS,
    Distances,
    PoseDistances,
    calibrate,
    judged_pairs,
)

SHIPPED = Path(__file__).resolve().parents[2] / "src/lighttrack/matching/weights"


class EuclideanDistances:
    """The strong baseline, `EuclideanMatcher`, on pairs."""

    def __call__(self, sequences: Sequence[PoseSequence], pairs: Pairs) -> np.ndarray:
        """Distances of pairs."""
        tables = [normalized(sequence) for sequence in sequences]
        first, second = (
            np.stack([tables[s][f, i] for s, f, i in places.tolist()])
            for places in (pairs.first, pairs.second)
        )
        lengths = np.linalg.norm(first - second, axis=-1)
        common = np.isfinite(lengths).sum(axis=-1)
        total = np.nansum(lengths, axis=-1)
        return np.where(common < MINIMUM_KEYPOINTS, np.inf, total / np.maximum(common, 1))


def normalized(sequence: PoseSequence) -> np.ndarray:
    """Keypoints `(F, I, 15, 2)` as `EuclideanMatcher` embeds them; NaN where missing."""
    points, valid = normalize(sequence.keypoints)
    points[~valid] = np.nan
    return points


def matchers(weights: Path) -> dict[str, Distances]:
    """The matchers to compare, by name."""
    pose = Weights.read(weights / "pose.safetensors")
    return {
        "euclidean": EuclideanDistances(),
        "sgcn": PoseDistances(pose.pose, pose.precision),
    }


def judged(distances: np.ndarray, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Distances and answers of positives and hard negatives."""
    asked = pairs.kind != PairKind.OTHER_NEGATIVE
    return distances[asked], pairs.kind[asked] == PairKind.POSITIVE


def rank_one(distances: np.ndarray, pairs: Pairs) -> float:
    """Share of positives nearer than every other person of the later frame."""
    place = pairs.first[:, 0] * 10_000 + pairs.first[:, 1]
    key = np.unique(np.stack([place, pairs.first[:, 2]], axis=1), axis=0, return_inverse=True)[1]
    nearest = np.full(key.max() + 1, np.inf)
    positive = pairs.kind == PairKind.POSITIVE
    np.minimum.at(nearest, key[~positive], distances[~positive])
    return float((distances[positive] < nearest[key[positive]]).mean())


SPOILT = {
    "clean": (0.0, 0.0),
    "noise": (0.05, 0.0),
    "missing": (0.0, 1 / 3),
    "noise and missing": (0.05, 1 / 3),
}
"""Standard deviation of keypoints in units of the root of the box's area; share of them missing."""


def spoil(
    sequences: Sequence[PoseSequence], noise: float, missing: float, seed: int
) -> list[PoseSequence]:
    """The same sequences with noise on every keypoint and keypoints missing at random."""
    rng = np.random.default_rng(seed)
    degraded = []
    for sequence in sequences:
        size = sequence.boxes[..., 2:] - sequence.boxes[..., :2]
        sigma = noise * np.sqrt(size.prod(axis=-1))[..., None, None]
        points = sequence.keypoints + rng.normal(size=sequence.keypoints.shape) * sigma
        points[rng.random(points.shape[:-1]) < missing] = np.nan
        degraded.append(PoseSequence(sequence.name, points.astype(np.float32), sequence.boxes))
    return degraded


def measure(poses: Path, weights: Path) -> dict:
    """All figures."""
    train = posetrack_folder(poses / "multiperson-posetrack/train")
    tests = {
        "multiperson-posetrack/val": posetrack_folder(poses / "multiperson-posetrack/val"),
        "posetrack18-windows": windows(poses / "posetrack18-windows/windows.json"),
    }
    result = {
        name: {"pairs": mine_pairs(sequences, gaps=(0, 1)).counts()}
        for name, sequences in {"train": train, **tests}.items()
    }
    chosen_on = judged_pairs(train)
    for matcher, distances in matchers(weights).items():
        found = distances(train, chosen_on)
        curve = calibrate(found, chosen_on)
        for gap in GAPS:
            part = chosen_on.gap == gap
            same = chosen_on.kind[part] == PairKind.POSITIVE
            threshold = best_threshold(found[part], same)
            for name, sequences in tests.items():
                pairs = mine_pairs(sequences, gaps=(gap,))
                apart = distances(sequences, pairs)
                answers = judged(apart, pairs)
                row = {
                    "accuracy": balanced_accuracy(*answers, threshold=threshold),
                    "accuracy, threshold fitted": balanced_accuracy(
                        *answers, threshold=curve.distance(gap)
                    ),
                    "at its own best threshold": balanced_accuracy(
                        *answers, threshold=best_threshold(*answers)
                    ),
                    "rank-1": rank_one(apart, pairs),
                }
                result[name].setdefault(matcher, {})[gap] = row
    result["degraded"] = measure_degraded(train, tests, weights)
    result["paper"] = measure_as_the_paper(train, tests, weights)
    return result


def measure_as_the_paper(
    train: list[PoseSequence], tests: dict[str, list[PoseSequence]], weights: Path
) -> dict:
    """Plain accuracy of positives and hard negatives in one frame and in adjacent ones.

    Section 4.4 gives 92 % for the network and 85 % for the Euclidean distance; the threshold is
    the best one of the training split.
    """
    result: dict = {}
    for matcher, distances in matchers(weights).items():
        chosen_on = judged_pairs(train, (0, 1))
        apart = distances(train, chosen_on)
        same = chosen_on.kind == PairKind.POSITIVE
        order = np.argsort(apart, kind="stable")
        right = np.where(same[order], 1, -1).cumsum()
        threshold = apart[order[right.argmax()]]
        for name, sequences in tests.items():
            pairs = judged_pairs(sequences, (0, 1))
            found = distances(sequences, pairs) <= threshold
            accuracy = float((found == (pairs.kind == PairKind.POSITIVE)).mean())
            result.setdefault(matcher, {})[name] = accuracy
    return result


def measure_degraded(
    train: list[PoseSequence], tests: dict[str, list[PoseSequence]], weights: Path
) -> dict:
    """Accuracy at gap 1, averaged over the test sets, thresholds from input degraded alike."""
    result: dict = {}
    for kind, (noise, missing) in SPOILT.items():
        poor = spoil(train, noise, missing, 0)
        chosen_on = mine_pairs(poor, gaps=(1,))
        parts = [spoil(sequences, noise, missing, 1) for sequences in tests.values()]
        for matcher, distances in matchers(weights).items():
            threshold = best_threshold(*judged(distances(poor, chosen_on), chosen_on))
            accuracies = []
            for part in parts:
                pairs = mine_pairs(part, gaps=(1,))
                answers = judged(distances(part, pairs), pairs)
                accuracies.append(balanced_accuracy(*answers, threshold=threshold))
            result.setdefault(matcher, {})[kind] = float(np.mean(accuracies))
    return result


def show(result: dict) -> None:
    """Print the figures."""
    names = [name for name in result if name not in ("train", "degraded", "paper")]
    for name in ("train", *names):
        part = result[name]
        print(f"{name}: " + ", ".join(f"{n} {kind}" for kind, n in part["pairs"].items()))
    columns = ("accuracy", "accuracy, threshold fitted", "at its own best threshold", "rank-1")
    for column in columns:
        print(f"\n{column:28s}" + "".join(f"  gap {gap:2d}" for gap in GAPS))
        for matcher in (key for key in result[names[0]] if key != "pairs"):
            rows = {name: [result[name][matcher][gap][column] for gap in GAPS] for name in names}
            rows["average"] = np.mean(list(rows.values()), axis=0).tolist()
            for name, values in rows.items():
                print(f"  {matcher:15s} {name[-16:]:16s}" + "".join(f"  {v:6.3f}" for v in values))
    print(f"\n{'gap 1, input':28s}" + "".join(f"  {kind}" for kind in SPOILT))
    for matcher, row in result["degraded"].items():
        cells = "".join(f"  {row[kind]:{len(kind)}.3f}" for kind in SPOILT)
        print(f"  {matcher:26s}{cells}")
    print("\nplain accuracy as in the paper (92 and 85 there)")
    for matcher, row in result["paper"].items():
        cells = "".join(f"  {name[-16:]} {value:.3f}" for name, value in row.items())
        print(f"  {matcher:15s}{cells}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("poses", type=Path)
    parser.add_argument("--weights", type=Path, default=SHIPPED)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = measure(arguments.poses, arguments.weights)
    show(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
