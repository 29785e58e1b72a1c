"""How well can degraded poses be matched at all? A network is trained for nothing else.

    python benchmarks/matching/bound.py ../shared/poses [--steps 3000]

Two poses a frame apart, with noise of 5 % of the box on every keypoint and a third of the keypoints
missing in either, are moved and scaled alike by the keypoints that both have. A network sees both
at once, which no embedding can, and is trained on motion capture degraded in exactly this way. Its
best balanced accuracy on `multiperson-posetrack/train`, degraded alike, suggests what is possible
for a matcher that place and scale do not matter to. It is no strict bound: it is not evaluated on
motion capture.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from datasets import posetrack_folder
from pairs import SPOILT, spoil
from torch import nn

from lighttrack.matching.pairs import PairKind
from lighttrack.training.batches import pairs_within
from lighttrack.training.corruption import CLEAN
from lighttrack.training.prepare import mocap_run
from lighttrack.training.recipes import Recipe, learning_rate
from lighttrack.training.validate import best_balanced_accuracy, judged_pairs

_WIDTH = 192
_PAIRS = 1024
"""Per batch: half positives, most of the others hard."""


class PairNetwork(nn.Module):
    """Log odds that two aligned poses are of one person, in either order."""

    def __init__(self, keypoints: int = 15) -> None:
        super().__init__()
        sizes = [5 * keypoints, _WIDTH, _WIDTH, _WIDTH]
        hidden = [
            layer
            for i in range(len(sizes) - 1)
            for layer in (nn.Linear(sizes[i], sizes[i + 1]), nn.ReLU())
        ]
        self.layers = nn.Sequential(*hidden, nn.Linear(_WIDTH, 1))

    def forward(self, known: torch.Tensor, seen: torch.Tensor, common: torch.Tensor):
        """Aligned poses `(P, 2 K)`, twice, and which keypoints are common `(P, K)`."""
        one = self.layers(torch.cat([known, seen, common], dim=1))
        other = self.layers(torch.cat([seen, known, common], dim=1))
        return (one + other)[:, 0]


def aligned(known: np.ndarray, seen: np.ndarray) -> tuple[torch.Tensor, ...]:
    """Poses `(P, K, 2)` moved and scaled by their common keypoints, for the network."""
    common = np.isfinite(known[..., 0] + seen[..., 0])
    count = np.maximum(common.sum(axis=1), 1)[:, None, None]
    result = []
    for points in (known, seen):
        points = np.where(common[..., None], points, 0).astype(np.float64)
        points = (points - points.sum(axis=1, keepdims=True) / count) * common[..., None]
        spread = np.sqrt((points**2).sum(axis=(1, 2), keepdims=True) / count)
        moved = (points / np.maximum(spread, 1e-6)).astype(np.float32)
        result.append(torch.from_numpy(moved.reshape(len(moved), -1)))
    return (*result, torch.from_numpy(common.astype(np.float32)))


def train(folder: Path, noise: float, missing: float, steps: int) -> PairNetwork:
    """A network for poses degraded in one way."""
    torch.manual_seed(0)
    recipe = Recipe(epochs=1, steps=steps, longest_gap=2)
    source = replace(mocap_run(folder, recipe, validation_sequences=2).source, corruption=CLEAN)
    network = PairNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-4)
    for step in range(steps):
        rng = np.random.default_rng([0, step])
        batch = source(rng)
        size = np.maximum(batch.boxes[..., 2:] - batch.boxes[..., :2], 1)
        sigma = noise * np.sqrt(size.prod(axis=-1))[..., None, None]
        points = batch.keypoints + rng.normal(size=batch.keypoints.shape) * sigma
        points[rng.random(points.shape[:-1]) < missing] = np.nan
        masks = pairs_within(replace(batch, keypoints=points.astype(np.float32)))
        chosen = [
            rng.permutation(np.argwhere(mask))[: int(share * _PAIRS)]
            for mask, share in ((masks.positive, 0.5), (masks.hard, 0.4), (masks.other, 0.1))
        ]
        same = np.repeat([1.0, 0.0, 0.0], [len(part) for part in chosen]).astype(np.float32)
        scene, first, second = np.concatenate(chosen).T
        flat = points.reshape(len(points), -1, *points.shape[-2:])
        odds = network(*aligned(flat[scene, first], flat[scene, second]))
        loss = nn.functional.binary_cross_entropy_with_logits(odds, torch.from_numpy(same))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(recipe, step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def accuracy(network: PairNetwork, folder: Path, noise: float, missing: float) -> float:
    """The best balanced accuracy on real sequences degraded alike."""
    sequences = spoil(posetrack_folder(folder), noise, missing, 0)
    pairs = judged_pairs(sequences, (1,))
    known, seen = (
        np.stack([sequences[s].keypoints[f, i] for s, f, i in places.tolist()])
        for places in (pairs.first, pairs.second)
    )
    with torch.no_grad():
        odds = network(*aligned(known, seen)).numpy()
    return best_balanced_accuracy(-odds, pairs.kind == PairKind.POSITIVE)[0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("poses", type=Path)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for kind, (noise, missing) in SPOILT.items():
        network = train(arguments.poses / "cmu-mocap", noise, missing, arguments.steps)
        figure = accuracy(network, arguments.poses / "multiperson-posetrack/train", noise, missing)
        print(f"{kind:20s} {figure:.3f}", flush=True)
