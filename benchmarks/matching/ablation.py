"""What each choice of the pose matcher gives: one short training run per variant.

    python benchmarks/matching/ablation.py ../shared/poses --output runs/ablation

Every variant differs from the default in one thing and is trained equally long on the same seed.
Figures are averages over `multiperson-posetrack/val` and `posetrack18-windows`: balanced accuracy
of positives against hard negatives, thresholds from `multiperson-posetrack/train`, and rank-1.
Runs that are there already are not repeated.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from datasets import posetrack_folder, windows
from pairs import judged, rank_one

from lighttrack.evaluation.matching import balanced_accuracy, best_threshold
from lighttrack.formats import read_tracks
from lighttrack.matching.network import Weights
from lighttrack.matching.pairs import mine_pairs
from lighttrack.training.corruption import CLEAN, CorruptionConfig
from lighttrack.training.fit import Run, fit
from lighttrack.training.prepare import mocap_run, quick, tracks_run
from lighttrack.training.recipes import RECIPES, Recipe
from lighttrack.training.scenes import SceneConfig
from lighttrack.training.validate import GAPS, PoseDistances


def variants(poses: Path, base: Recipe) -> dict[str, Callable[[], Run]]:
    """Runs by the choice that they change."""
    folder = poses / "cmu-mocap"

    def mocap(recipe: Recipe) -> Callable[[], Run]:
        return lambda: mocap_run(folder, recipe)

    def network(**changes) -> Callable[[], Run]:
        return mocap(replace(base, network=replace(base.network, **changes)))

    def source(**changes) -> Callable[[], Run]:
        def make() -> Run:
            run = mocap_run(folder, base)
            return replace(run, source=replace(run.source, **changes))

        return make

    def real() -> Run:
        paths = sorted((poses / "multiperson-posetrack/train").glob("*.json"))
        return tracks_run([read_tracks(path) for path in paths], base)

    contrastive = {
        f"eq. (3), margin {margin}": mocap(replace(base, loss="contrastive", margin=margin))
        for margin in (0.5, 1.0, 2.0)
    }
    return {
        "default": mocap(base),
        "partitioning: one subset": network(partitioning="uniform"),
        "partitioning: by hops": network(partitioning="distance"),
        "no edge weights": network(edge_weights=False),
        "neighbours within 2 hops": network(hops=2),
        "missing keypoints not completed": mocap(replace(base, completed=False)),
        "no estimator's errors": source(corruption=CLEAN),
        "no missing keypoints": source(
            corruption=CorruptionConfig(occlusion=0, furniture=0, dropping=0)
        ),
        "no other bearings": source(scene=SceneConfig(restyled=0, tilted=0)),
        "no like activities": source(scene=SceneConfig(alike=0, same_way=0)),
        **contrastive,
        "real data (30 sequences)": real,
    }


def judge(weights: Path, poses: Path) -> dict[str, list[float]]:
    """Accuracy and rank-1 by gap, averaged over the two test sets."""
    read = Weights.read(weights)
    distances = PoseDistances(read.pose, read.precision)
    train = posetrack_folder(poses / "multiperson-posetrack/train")
    tests = [
        posetrack_folder(poses / "multiperson-posetrack/val"),
        windows(poses / "posetrack18-windows/windows.json"),
    ]
    result: dict[str, list[float]] = {"accuracy": [], "rank-1": []}
    for gap in GAPS:
        pairs = mine_pairs(train, gaps=(gap,))
        threshold = best_threshold(*judged(distances(train, pairs), pairs))
        figures = []
        for sequences in tests:
            pairs = mine_pairs(sequences, gaps=(gap,))
            apart = distances(sequences, pairs)
            accuracy = balanced_accuracy(*judged(apart, pairs), threshold=threshold)
            figures.append((accuracy, rank_one(apart, pairs)))
        accuracy, first = np.mean(figures, axis=0).tolist()
        result["accuracy"].append(accuracy)
        result["rank-1"].append(first)
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("poses", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    recipe = quick(RECIPES["default"], epochs=arguments.epochs, steps=arguments.steps)
    table = {}
    print(f"{'':34s} balanced accuracy at gaps {GAPS}      rank-1")
    for name, make in variants(arguments.poses, recipe).items():
        output = arguments.output / name.replace(" ", "-").replace(":", "").replace(
            "(", ""
        ).replace(")", "")
        weights = output / "pose.safetensors"
        if not (output / "done").exists():
            weights = fit(make(), output, resume=True, threads=arguments.threads)
            (output / "done").touch()
        table[name] = judge(weights, arguments.poses)
        cells = [" ".join(f"{value:.3f}" for value in row) for row in table[name].values()]
        print(f"{name:34s} {cells[0]}    {cells[1]}", flush=True)
    text = json.dumps({"recipe": f"{recipe}", "figures": table}, indent=2)
    (arguments.output / "ablation.json").write_text(text + "\n", encoding="utf-8")
