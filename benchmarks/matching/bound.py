"""How well can poses be matched at all? A network that sees both poses of a pair says it.

    python benchmarks/matching/bound.py ../shared/poses [--steps 4000]
    python benchmarks/matching/bound.py ../shared/poses --degraded

An embedding is made before its counterpart is known. Here a network is given both poses at once,
moved and scaled alike by the keypoints that both have, and which keypoints either has: everything
that a matcher could use to which place and size do not matter. It is trained on the scenes that the
shipped network is trained on, and its best balanced accuracy at each gap is shown beside that of
the shipped network, on motion capture held out and on `multiperson-posetrack/train`, which neither
was trained on. It is no proof of a bound: another network might do better.

`--degraded`: the same for poses a frame apart with noise of 5 % of the box on every keypoint, a
third of the keypoints missing, or both; a network each, trained for nothing else.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from datasets import posetrack_folder
from pairs import SHIPPED, SPOILT, spoil
from torch import nn

from lighttrack.matching.network import Weights
from lighttrack.matching.pairs import PairKind, PoseSequence
from lighttrack.training.batches import Batch, BatchSource, pairs_within
from lighttrack.training.corruption import CLEAN
from lighttrack.training.motion import load_motion
from lighttrack.training.prepare import mocap_run
from lighttrack.training.recipes import Recipe, learning_rate
from lighttrack.training.synthetic import record_sequences
from lighttrack.training.validate import (
    GAPS,
    PoseDistances,
    best_balanced_accuracy,
    judged_pairs,
    score,
)

_WIDTH = 192
_PAIRS = 512
"""Per batch: half positives, most of the others hard."""


class PairNetwork(nn.Module):
    """Log odds that two aligned poses are of one person, in either order."""

    def __init__(self, keypoints: int = 15) -> None:
        super().__init__()
        sizes = [8 * keypoints, _WIDTH, _WIDTH, _WIDTH]
        hidden = [
            layer
            for i in range(len(sizes) - 1)
            for layer in (nn.Linear(sizes[i], sizes[i + 1]), nn.ReLU())
        ]
        self.layers = nn.Sequential(*hidden, nn.Linear(_WIDTH, 1))

    def forward(self, known: torch.Tensor, seen: torch.Tensor):
        """Aligned poses with their masks, `(P, 3 K)` twice."""
        apart = (known - seen)[:, : 2 * known.shape[1] // 3]
        one = self.layers(torch.cat([known, seen, apart], dim=1))
        other = self.layers(torch.cat([seen, known, -apart], dim=1))
        return (one + other)[:, 0]


def aligned(known: np.ndarray, seen: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Poses `(P, K, 2)` moved and scaled by their common keypoints, with masks, `(P, 3 K)`.

    A keypoint that one pose alone has lies where the other one's common keypoints put it.
    """
    common = np.isfinite(known[..., 0] + seen[..., 0])
    count = np.maximum(common.sum(axis=1), 1)[:, None, None]
    result = []
    for points in (known, seen):
        there = np.isfinite(points[..., 0])
        shared = np.where(common[..., None], points, 0).astype(np.float64)
        centre = shared.sum(axis=1, keepdims=True) / count
        spread = (((shared - centre) * common[..., None]) ** 2).sum(axis=(1, 2), keepdims=True)
        moved = (np.where(there[..., None], points, centre) - centre) / np.maximum(
            np.sqrt(spread / count), 1e-3
        )
        flat = np.clip(moved, -5, 5).reshape(len(moved), -1)
        joined = np.concatenate([flat, there], axis=1, dtype=np.float32)
        result.append(torch.from_numpy(joined))
    return result[0], result[1]


def train(
    source: BatchSource, recipe: Recipe, spoilt: Callable[[Batch, np.random.Generator], Batch]
) -> PairNetwork:
    """A network for the pairs in batches that `spoilt` has degraded."""
    torch.manual_seed(0)
    network = PairNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-4)
    for step in range(recipe.steps):
        rng = np.random.default_rng([0, step])
        batch = spoilt(source(rng), rng)
        masks = pairs_within(batch)
        chosen = [
            rng.permutation(np.argwhere(mask))[: int(share * _PAIRS)]
            for mask, share in ((masks.positive, 0.5), (masks.hard, 0.4), (masks.other, 0.1))
        ]
        same = np.repeat([1.0, 0.0, 0.0], [len(part) for part in chosen]).astype(np.float32)
        scene, first, second = np.concatenate(chosen).T
        points = batch.keypoints
        flat = points.reshape(len(points), -1, *points.shape[-2:])
        odds = network(*aligned(flat[scene, first], flat[scene, second]))
        loss = nn.functional.binary_cross_entropy_with_logits(odds, torch.from_numpy(same))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(recipe, step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def degrade(noise: float, missing: float) -> Callable[[Batch, np.random.Generator], Batch]:
    """Adds noise, in units of the root of the box's area, and removes keypoints."""

    def spoilt(batch: Batch, rng: np.random.Generator) -> Batch:
        size = np.maximum(batch.boxes[..., 2:] - batch.boxes[..., :2], 1)
        sigma = noise * np.sqrt(size.prod(axis=-1))[..., None, None]
        points = batch.keypoints + rng.normal(size=batch.keypoints.shape) * sigma
        points[rng.random(points.shape[:-1]) < missing] = np.nan
        return replace(batch, keypoints=points.astype(np.float32))

    return spoilt


def accuracy(network: PairNetwork, sequences: Sequence[PoseSequence]) -> dict[int, float]:
    """The best balanced accuracy at each gap."""
    result = {}
    for gap in GAPS:
        pairs = judged_pairs(sequences, (gap,))
        known, seen = (
            np.stack([sequences[s].keypoints[f, i] for s, f, i in places.tolist()])
            for places in (pairs.first, pairs.second)
        )
        with torch.no_grad():
            odds = network(*aligned(known, seen)).numpy()
        result[gap] = best_balanced_accuracy(-odds, pairs.kind == PairKind.POSITIVE)[0]
    return result


def measure(poses: Path, steps: int, weights: Path) -> None:
    """Print the network that sees both poses beside that of embeddings, at all gaps."""
    folder = poses / "cmu-mocap"
    recipe = Recipe(epochs=1, steps=steps, batch=16)
    network = train(
        mocap_run(folder, recipe, validation_sequences=2).source, recipe, lambda batch, _: batch
    )
    read = Weights.read(weights)
    distances = PoseDistances(read.pose, read.precision)
    held_out = load_motion(folder, "held_out")
    for name, sequences in {
        "motion capture held out": record_sequences(held_out, 100, seed=11),
        "the same, clean": record_sequences(held_out, 100, seed=12, corruption=CLEAN),
        "multiperson-posetrack/train": posetrack_folder(poses / "multiperson-posetrack/train"),
    }.items():
        pairs = judged_pairs(sequences)
        for what, figures in {
            "both poses": accuracy(network, sequences),
            "embeddings": score(distances(sequences, pairs), pairs),
        }.items():
            cells = "".join(f"  {figures[gap]:.3f}" for gap in GAPS)
            print(f"{name:28s} {what:11s}{cells}", flush=True)


def measure_degraded(poses: Path, steps: int) -> None:
    """Print what networks for degraded poses reach a frame apart."""
    recipe = Recipe(epochs=1, steps=steps, longest_gap=2, batch=16)
    source = mocap_run(poses / "cmu-mocap", recipe, validation_sequences=2).source
    for kind, (noise, missing) in SPOILT.items():
        network = train(replace(source, corruption=CLEAN), recipe, degrade(noise, missing))
        real = spoil(posetrack_folder(poses / "multiperson-posetrack/train"), noise, missing, 0)
        print(f"{kind:20s} {accuracy(network, real)[1]:.3f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("poses", type=Path)
    parser.add_argument("--degraded", action="store_true")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--weights", type=Path, default=SHIPPED / "pose.safetensors")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.degraded:
        measure_degraded(arguments.poses, arguments.steps)
    else:
        measure(arguments.poses, arguments.steps, arguments.weights)
