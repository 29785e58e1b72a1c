"""Trains a pose network: what an epoch is, and how it is judged."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from lighttrack.networks.families import pose_network
from lighttrack.networks.heat_maps import HeatMaps, normalised
from lighttrack.training.distribution import Group
from lighttrack.training.fitting import Fitting, Run
from lighttrack.training.pose.batches import Batch, batch_count, epoch_batches
from lighttrack.training.pose.people import People
from lighttrack.training.pose.recipe import Recipe
from lighttrack.training.pose.targets import heat_map_loss
from lighttrack.training.pose.validate import average_precision, estimate, pck


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


class Training(Fitting[Recipe, People, Epoch]):
    """A run in progress."""

    epoch_class = Epoch

    def __init__(self, run: Run[Recipe, People], group: Group, *, workers: int = 0) -> None:
        """Begin a run with random weights, or with those that it starts from."""
        torch.manual_seed(run.seed)
        sizes = dict(run.recipe.network)
        network = pose_network(sizes.pop("family"), len(run.recipe.keypoints), **sizes)
        super().__init__(network, run, group, workers=workers)

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
        stage, _ = recipe.stage_of(number)
        folders, trained_on = self.folders(stage), recipe.stages[stage].data
        source = epoch_batches(
            folders, recipe, seed=self.run.seed, epoch=number, workers=self.workers,
            share=(group.rank, group.size),
        )  # fmt: skip

        def loss_of(batch: Batch) -> torch.Tensor:
            pixels, points, known = (each.to(group.device, non_blocking=True) for each in batch)
            outputs = self.shared(normalised(pixels).to(memory_format=torch.channels_last))
            hardest = recipe.stages[stage].hardest
            return heat_map_loss(outputs, points, known, recipe, hardest=hardest)

        loss, rate = self.train_batches(number, source, batch_count(folders, recipe), loss_of)
        ap, shares = self._judge(trained_on)
        seconds = time.perf_counter() - begin
        epoch = Epoch(number + 1, recipe.epochs, stage + 1, loss, ap, shares, rate, seconds)
        self.epochs.append(epoch)
        return epoch

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
