"""Trains a pose network: the loop, its checkpoints and the files of a run."""

import contextlib
import copy
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from lighttrack._version import __version__
from lighttrack.networks.checkpoints import begin_with
from lighttrack.networks.families import pose_network
from lighttrack.networks.heat_maps import HeatMaps, normalised
from lighttrack.training.pose.batches import batch_count, epoch_batches
from lighttrack.training.pose.distribution import Group
from lighttrack.training.pose.people import People
from lighttrack.training.pose.recipe import Recipe, learning_rate
from lighttrack.training.pose.targets import heat_map_loss
from lighttrack.training.pose.validate import average_precision, estimate, pck

_log = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
BEST = "best.pt"


@dataclass(frozen=True, slots=True)
class Run:
    """A training run, complete: the same run gives the same weights on the same machine."""

    recipe: Recipe
    training: Sequence[People]
    validation: Sequence[People]
    """Judged after every epoch; without any, the last weights are taken."""
    seed: int = 0
    start: Mapping[str, torch.Tensor] | None = None
    """Weights to begin with; those of other names or shapes stay random."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What else is needed to repeat the run: data and the command."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """The figures of one epoch."""

    number: int
    """From 1."""
    epochs: int
    stage: int
    """From 1."""
    loss: float
    """Mean over the epoch's batches."""
    ap: float
    """OKS-AP on the validation people; NaN without any."""
    pck: Mapping[str, float]
    """PCK@0.2 of each validation folder, mean over its labelled keypoints."""
    learning_rate: float
    seconds: float


class Training:
    """A run in progress."""

    def __init__(self, run: Run, group: Group, *, workers: int = 0) -> None:
        """Begin a run with random weights, or with those that it starts from."""
        self.run, self.group, self.workers = run, group, workers
        recipe = run.recipe
        torch.manual_seed(run.seed)
        sizes = dict(recipe.network)
        network = pose_network(sizes.pop("family"), len(recipe.keypoints), **sizes)
        if run.start is not None:
            begin_with(network, run.start)
        # Convolutions of small images are faster with the channels last.
        self.network = network.to(group.device, memory_format=torch.channels_last)
        self.average = _copy(network) if recipe.average else None
        self.shared = group.shared(self.network)
        self.optimizer = _optimizer(self.network, recipe)
        self.epochs: list[Epoch] = []
        self.steps = 0

    @property
    def judged(self) -> HeatMaps:
        """The network that is judged and exported."""
        recipe = self.run.recipe
        network = self.network if self.average is None else self.average
        return HeatMaps(network, loss=recipe.loss, sigma=recipe.sigmas[-1])

    @property
    def next_epoch(self) -> int | None:
        """The number of the next epoch, from 0, past stages that ended early; None at the end."""
        recipe, done = self.run.recipe, self.epochs
        if not done:
            return 0
        last = done[-1].number - 1
        number, within = recipe.stage_of(last)
        stage = recipe.stages[number]
        scores = [epoch.ap for epoch in done if epoch.stage == number + 1]
        waited = len(scores) - 1 - int(np.nanargmax(scores)) if np.isfinite(scores).any() else 0
        following = last + 1
        if stage.patience and waited >= stage.patience:
            following = last + stage.epochs - within
        return following if following < recipe.epochs else None

    def folders(self, stage: int) -> list[People]:
        """The folders that a stage trains on."""
        wanted = self.run.recipe.stages[stage].data
        return [people for people in self.run.training if wanted in ("all", people.kind)]

    def epoch(self, number: int) -> Epoch:
        """Train for one epoch and judge it."""
        begin = time.perf_counter()
        recipe, group = self.run.recipe, self.group
        stage_number, within = recipe.stage_of(number)
        stage, folders = recipe.stages[stage_number], self.folders(stage_number)
        batches = batch_count(folders, recipe)
        source = epoch_batches(
            folders, recipe, seed=self.run.seed, epoch=number, workers=self.workers,
            share=(group.rank, group.size),
        )  # fmt: skip
        self.shared.train()
        total = torch.zeros((), device=group.device)
        rate = 0.0
        for place, batch in enumerate(source):
            rate = learning_rate(stage, within * batches + place, batches)
            pixels, points, known = (each.to(group.device, non_blocking=True) for each in batch)
            with _precision(group.device, enabled=recipe.mixed_precision):
                outputs = self.shared(normalised(pixels).to(memory_format=torch.channels_last))
                loss = heat_map_loss(outputs, points, known, recipe, hardest=stage.hardest)
            for each in self.optimizer.param_groups:
                each["lr"] = rate
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self._average()
            total += loss.detach()
        ap, shares = self._judge(stage.data)
        loss_mean = float(group.mean(total)) / batches
        seconds = time.perf_counter() - begin
        epoch = Epoch(
            number + 1, recipe.epochs, stage_number + 1, loss_mean, ap, shares, rate, seconds
        )
        self.epochs.append(epoch)
        return epoch

    def _average(self) -> None:
        self.steps += 1
        if self.average is None:
            return
        # The first weights are forgotten sooner than a long average would.
        keep = min(self.run.recipe.average, self.steps / (self.steps + 10))
        with torch.no_grad():
            new = self.network.state_dict()
            for name, old in self.average.state_dict().items():
                if old.is_floating_point():
                    old.lerp_(new[name], 1 - keep)
                else:
                    old.copy_(new[name])

    def _judge(self, data: str) -> tuple[float, dict[str, float]]:
        """OKS-AP over the validation folders, and PCK of each; by the first process, for all.

        Only folders of the kind that is trained on are judged, where there are any.
        """
        figures: tuple[float, dict[str, float]] = (float("nan"), {})
        validation = self.run.validation
        folders = [people for people in validation if data in ("all", people.kind)] or validation
        if folders and self.group.rank == 0:
            network = self.judged
            found = [
                estimate(network, people, self.run.recipe, self.group.device) for people in folders
            ]
            shares = {
                people.name: float(np.mean(list(pck(people, estimates.keypoints).values() or [0])))
                for people, estimates in zip(folders, found, strict=True)
            }
            figures = average_precision(folders, found)["ap"], shares
        told: tuple[float, dict[str, float]] = self.group.told(figures)
        return told

    def description(self) -> dict[str, Any]:
        """What is needed to repeat the run."""
        return {
            "lighttrack": __version__,
            "torch": str(torch.__version__),
            "seed": self.run.seed,
            "recipe": asdict(self.run.recipe),
            **self.run.about,
        }

    def save(self, path: Path) -> None:
        """Write everything that going on needs; the file is whole at any time."""
        state = {
            "network": self.network.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "steps": self.steps,
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "description": json.dumps(self.description(), sort_keys=True),
        }
        write_whole(state, path)

    def load(self, path: Path) -> None:
        """Go on where `save` was called.

        Raises:
            ValueError: if the checkpoint is of another run.
        """
        stored = torch.load(path, map_location=self.group.device, weights_only=True)
        if _comparable(stored["description"]) != _comparable(
            json.dumps(self.description(), sort_keys=True)
        ):
            raise ValueError(f"{path.parent} holds another run: its data, recipe or seed differ")
        self.network.load_state_dict(stored["network"])
        if self.average is not None:
            self.average.load_state_dict(stored["average"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.steps = stored["steps"]
        self.epochs = [Epoch(**epoch) for epoch in stored["epochs"]]
        _log.info("resuming after epoch %d", len(self.epochs))


def fit(
    run: Run,
    output: Path,
    group: Group,
    *,
    workers: int = 0,
    resume: bool = False,
    report: Callable[["Training", Epoch], None] | None = None,
) -> Training:
    """Train to the end; leaves `checkpoint.pt`, `best.pt` and `run.json` in `output`.

    Args:
        run: what to train on what.
        output: a folder; made if missing.
        group: the processes that train together.
        workers: processes that make crops; 0 for this one.
        resume: go on from the checkpoint in `output`.
        report: called after every epoch, in the first process.

    Returns:
        The run with the weights of its best epoch.

    Raises:
        FileExistsError: if `output` holds a run and `resume` is not set.
        ValueError: if the run to resume is a different one.
    """
    output.mkdir(parents=True, exist_ok=True)
    checkpoint = output / CHECKPOINT
    if checkpoint.exists() and not resume:
        raise FileExistsError(
            f"{output} holds a training run already: resume it (--resume) or choose another"
        )
    group.wait()
    training = Training(run, group, workers=workers)
    if resume and checkpoint.exists():
        training.load(checkpoint)
    if group.rank == 0:
        text = json.dumps(training.description(), indent=2) + "\n"
        (output / "run.json").write_text(text, encoding="utf-8")
    while (number := training.next_epoch) is not None:
        epoch = training.epoch(number)
        if group.rank == 0:
            if _is_best(training.epochs):
                write_whole(training.judged.network.state_dict(), output / BEST)
            training.save(checkpoint)
            if report is not None:
                report(training, epoch)
        group.wait()
    best = torch.load(output / BEST, map_location=group.device, weights_only=True)
    training.judged.network.load_state_dict(best)
    return training


def _is_best(epochs: Sequence[Epoch]) -> bool:
    """Whether the last epoch is the best of its stage; a later stage replaces an earlier one."""
    last = epochs[-1]
    before = [epoch.ap for epoch in epochs[:-1] if epoch.stage == last.stage]
    return not np.isfinite(last.ap) or last.ap >= max(before, default=-1.0)


def write_whole(state: Any, path: Path) -> None:
    """Write with torch, so that the file is whole at any time."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def _copy(network: nn.Module) -> nn.Module:
    return copy.deepcopy(network).requires_grad_(False)


def _optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    # Biases and normalisation are not drawn to zero.
    matrices = [each for each in network.parameters() if each.ndim > 1]
    others = [each for each in network.parameters() if each.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": recipe.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=1.0, momentum=recipe.momentum)
    return torch.optim.AdamW(groups, lr=1.0)


@contextlib.contextmanager
def _precision(device: torch.device, *, enabled: bool) -> Iterator[None]:
    """bfloat16 where a GPU computes; it needs no scaling of the loss."""
    with torch.autocast(device.type, torch.bfloat16, enabled=enabled and device.type == "cuda"):
        yield


def _comparable(description: str) -> dict[str, Any]:
    """A run's description for comparison: resuming it takes another command."""
    return {key: value for key, value in json.loads(description).items() if key != "command"}
