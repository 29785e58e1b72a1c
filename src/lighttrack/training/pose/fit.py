"""Trains a pose network: what an epoch is, and how it is judged."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from lighttrack.networks.families import pose_network
from lighttrack.networks.heat_maps import HeatMaps, normalised
from lighttrack.training.distribution import Group
from lighttrack.training.fitting import Fitting
from lighttrack.training.pose.batches import batch_count, epoch_batches
from lighttrack.training.pose.people import People
from lighttrack.training.pose.recipe import Recipe, learning_rate
from lighttrack.training.pose.targets import heat_map_loss
from lighttrack.training.pose.validate import average_precision, estimate, pck


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


class Training(Fitting[Epoch]):
    """A run in progress."""

    epoch_class = Epoch

    def __init__(self, run: Run, group: Group, *, workers: int = 0) -> None:
        """Begin a run with random weights, or with those that it starts from."""
        torch.manual_seed(run.seed)
        sizes = dict(run.recipe.network)
        network = pose_network(sizes.pop("family"), len(run.recipe.keypoints), **sizes)
        super().__init__(
            network, run.recipe, group, seed=run.seed, start=run.start, about=run.about
        )
        self.run, self.workers = run, workers

    @property
    def judged(self) -> HeatMaps:
        """The network that is judged and exported."""
        recipe = self.run.recipe
        return HeatMaps(self.judged_network, loss=recipe.loss, sigma=recipe.sigmas[-1])

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
            with self.precision():
                outputs = self.shared(normalised(pixels).to(memory_format=torch.channels_last))
                loss = heat_map_loss(outputs, points, known, recipe, hardest=stage.hardest)
            self.step(loss, rate)
            total += loss.detach()
        ap, shares = self._judge(stage.data)
        loss_mean = float(group.mean(total)) / batches
        seconds = time.perf_counter() - begin
        epoch = Epoch(
            number + 1, recipe.epochs, stage_number + 1, loss_mean, ap, shares, rate, seconds
        )
        self.epochs.append(epoch)
        return epoch

    def _judge(self, data: str) -> tuple[float, dict[str, float]]:
        """OKS-AP over the validation folders, and PCK of each; by the first process, for all.

        Only folders of the kind that is trained on are judged, where there are any.
        """
        figures: tuple[float, dict[str, float]] = (float("nan"), {})
        everybody = self.run.validation
        folders = [people for people in everybody if data in ("all", people.kind)] or everybody
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
