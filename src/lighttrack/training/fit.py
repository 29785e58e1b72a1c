"""Trains the matcher: the loop, its checkpoints and the files of a run."""

import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lighttrack._version import __version__
from lighttrack.matching.graph import adjacency, gravity_distances
from lighttrack.matching.normalize import CANONICAL, normalize, precision_of
from lighttrack.matching.pairs import PoseSequence
from lighttrack.networks.sgcn import SGCN
from lighttrack.structures import Floats, skeleton_named
from lighttrack.training.batches import BatchSource
from lighttrack.training.curves import write_curves
from lighttrack.training.export import to_numpy, write_weights
from lighttrack.training.objective import Siamese, batch_loss
from lighttrack.training.recipes import Recipe, learning_rate
from lighttrack.training.train import Device
from lighttrack.training.validate import PoseDistances, calibrate, judged_pairs, score

_log = logging.getLogger(__name__)


WEIGHTS = "pose.safetensors"

_SOME_BATCHES = 32
"""Batches over which means of the training set are taken."""


@dataclass(frozen=True, slots=True)
class Run:
    """A training run, complete: the same run gives the same weights on the same machine."""

    source: BatchSource
    """Batches to train on."""
    validation: Sequence[PoseSequence]
    """Sequences by which the best epoch is chosen and distances are calibrated."""
    recipe: Recipe = field(default_factory=Recipe)
    skeleton: str = CANONICAL.name
    seed: int = 0
    about: Mapping[str, Any] = field(default_factory=dict)
    """What else is needed to repeat the run: data and their hashes, the command."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """The figures of one epoch."""

    number: int
    """From 1."""
    epochs: int
    loss: float
    """Mean over the epoch's batches."""
    accuracy: Mapping[int, float]
    """Best balanced accuracy on the validation sequences, by gap in frames."""
    seconds: float

    @property
    def score(self) -> float:
        """The mean accuracy over the gaps; training keeps the weights of the best."""
        return float(np.nanmean(list(self.accuracy.values())))


def fit(
    run: Run,
    output: Path,
    *,
    resume: bool = False,
    device: Device = "auto",
    threads: int | None = None,
    report: Callable[[Epoch], None] | None = None,
) -> Path:
    """Train, and leave in `output` the weights, curves, a checkpoint and the run's description.

    Args:
        run: what to train on what.
        output: a folder; made if missing.
        resume: go on from the checkpoint in `output`.
        device: where to compute; "auto" takes a GPU if there is one.
        threads: CPU threads; without it, torch's choice.
        report: called after every epoch.

    Returns:
        Path of the weights of the best epoch.

    Raises:
        FileExistsError: if `output` holds a run and `resume` is not set.
        ValueError: if the run to resume is a different one.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    place = torch.device(
        device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    )
    output.mkdir(parents=True, exist_ok=True)
    checkpoint = output / "checkpoint.pt"
    if checkpoint.exists() and not resume:
        raise FileExistsError(f"{output} holds a training run already: resume it or choose another")
    state = _Training(run, place)
    if resume and checkpoint.exists():
        state.load(checkpoint)
    _write_json(output / "run.json", state.description())
    while not state.finished:
        epoch = state.epoch()
        if epoch.score >= max((e.score for e in state.epochs[:-1]), default=-1.0):
            state.write_weights(output / WEIGHTS)
        state.save(checkpoint)
        write_curves(state.curves(), output)
        if report is not None:
            report(epoch)
    return output / WEIGHTS


class _Training:
    """A run in progress."""

    def __init__(self, run: Run, device: torch.device) -> None:
        self.run, self.device = run, device
        torch.manual_seed(run.seed)
        shown = _some_poses(run)
        self.precision = precision_of(shown) if run.recipe.completed else None
        network = _network(run, gravity_distances(*normalize(shown, self.precision)))
        self.model = Siamese(network, self.precision, run.recipe).to(device)
        self.optimizer = _optimizer(self.model, run.recipe)
        self.pairs = judged_pairs(run.validation)
        self.epochs: list[Epoch] = []

    @property
    def finished(self) -> bool:
        scores = [epoch.score for epoch in self.epochs]
        waited = len(scores) - 1 - int(np.argmax(scores)) if scores else 0
        return len(scores) >= self.run.recipe.epochs or waited >= self.run.recipe.patience

    def epoch(self) -> Epoch:
        recipe, number = self.run.recipe, len(self.epochs)
        begin = time.perf_counter()
        total = 0.0
        self.model.train()
        for step in range(number * recipe.steps, (number + 1) * recipe.steps):
            # Each step has a generator of its own, so that resuming repeats nothing.
            rng = np.random.default_rng([self.run.seed, step])
            batch = self.run.source(rng, step)
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate(recipe, step)
            loss = batch_loss(self.model, batch, recipe, self.device)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += float(loss.detach())
        accuracy = score(self.distances(), self.pairs)
        seconds = time.perf_counter() - begin
        epoch = Epoch(number + 1, recipe.epochs, total / recipe.steps, accuracy, seconds)
        self.epochs.append(epoch)
        return epoch

    def distances(self) -> Floats:
        """Distances `(P,)` of the validation pairs by the network as it stands."""
        measure = PoseDistances(to_numpy(self.model.network), self.precision)
        return measure(self.run.validation, self.pairs)

    def write_weights(self, path: Path) -> None:
        write_weights(
            path,
            to_numpy(self.model.network),
            self.precision,
            skeleton=self.run.skeleton,
            calibration=calibrate(self.distances(), self.pairs),
            card={**self.description(), "epoch": asdict(self.epochs[-1])},
        )

    def description(self) -> dict[str, Any]:
        run = self.run
        return {
            "lighttrack": __version__,
            "torch": str(torch.__version__),
            "numpy": np.__version__,
            "skeleton": run.skeleton,
            "seed": run.seed,
            "recipe": asdict(run.recipe),
            **run.about,
        }

    def _stated(self) -> str:
        return json.dumps(self.description(), sort_keys=True)

    def curves(self) -> list[dict[str, Any]]:
        return [asdict(epoch) for epoch in self.epochs]

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".partial")
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "epochs": self.curves(),
                "description": self._stated(),
            },
            partial,
        )
        os.replace(partial, path)

    def load(self, path: Path) -> None:
        stored = torch.load(path, map_location=self.device, weights_only=True)
        if _without_command(stored["description"]) != _without_command(self._stated()):
            raise ValueError(f"{path.parent} holds another run: its data, recipe or seed differ")
        self.model.load_state_dict(stored["model"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.epochs = [Epoch(**epoch) for epoch in stored["epochs"]]
        _log.info("resuming after epoch %d", len(self.epochs))


def _some_poses(run: Run) -> Floats:
    """Poses `(N, K, 2)` as a sample of the training set, for its means."""
    rng = np.random.default_rng([run.seed, 2**31])
    batches = [run.source(rng, step).keypoints for step in range(_SOME_BATCHES)]
    return np.concatenate([batch.reshape(-1, *batch.shape[-2:]) for batch in batches])


def _network(run: Run, radii: Floats) -> SGCN:
    config = run.recipe.network
    skeleton = skeleton_named(run.skeleton)
    edges = adjacency(skeleton, radii, partitioning=config.partitioning, hops=config.hops)
    return SGCN(
        torch.from_numpy(edges),
        channels=config.channels,
        width=config.width,
        dimensions=config.dimensions,
        edge_weights=config.edge_weights,
    )


def _optimizer(model: Siamese, recipe: Recipe) -> torch.optim.Optimizer:
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "sgd":
        momentum = recipe.momentum
        return torch.optim.SGD(
            learnt, lr=rate, weight_decay=decay, momentum=momentum, nesterov=momentum > 0
        )
    return torch.optim.AdamW(learnt, lr=rate, weight_decay=decay)


def _without_command(description: str) -> dict[str, Any]:
    """A run's description for comparison: resuming it takes another command."""
    return {key: value for key, value in json.loads(description).items() if key != "command"}


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
