"""Trains a detector: what an epoch is, and how it is judged."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from lighttrack.networks.detection.detector import TorchDetector
from lighttrack.networks.detection.regions import detector_network
from lighttrack.training.detection.batches import (
    batch_count,
    epoch_batches,
    network_input,
    targets,
)
from lighttrack.training.detection.images import LabelledImages
from lighttrack.training.detection.recipe import Recipe
from lighttrack.training.detection.validate import Judgement, detected, judge
from lighttrack.training.distribution import Group
from lighttrack.training.fitting import Fitting
from lighttrack.training.schedule import learning_rate

_NOT_JUDGED = Judgement(float("nan"), float("nan"), float("nan"), 0.5)


@dataclass(frozen=True, slots=True)
class Run:
    """A training run, complete: the same run gives the same weights on the same machine."""

    recipe: Recipe
    training: Sequence[LabelledImages]
    validation: Sequence[LabelledImages]
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
    """Mean over the epoch's batches, of all losses together."""
    ap: float
    """AP50 on the validation images; NaN without any."""
    precision: float
    recall: float
    """At the score with the best F1, IoU 0.4."""
    learning_rate: float
    seconds: float


class Training(Fitting[Epoch]):
    """A run in progress."""

    epoch_class = Epoch

    def __init__(self, run: Run, group: Group, *, workers: int = 0) -> None:
        """Begin a run with random weights, or with those that it starts from."""
        torch.manual_seed(run.seed)
        sizes = dict(run.recipe.network)
        network = detector_network(sizes.pop("family"), **sizes)
        super().__init__(
            network, run.recipe, group, seed=run.seed, start=run.start, about=run.about
        )
        self.run, self.workers = run, workers

    def detector(self, score_threshold: float = 0.5) -> TorchDetector:
        """The network that is judged and exported."""
        return TorchDetector(
            self.judged_network,
            input_size=self.run.recipe.input_size,
            score_threshold=score_threshold,
        )

    def epoch(self, number: int) -> Epoch:
        """Train for one epoch and judge it."""
        begin = time.perf_counter()
        recipe, group, folders = self.run.recipe, self.group, self.run.training
        stage_number, within = recipe.stage_of(number)
        stage, batches = recipe.stages[stage_number], batch_count(folders, recipe)
        # Which regions the losses are taken of is drawn; an epoch that is resumed draws the same.
        own = np.random.default_rng([self.run.seed, number, group.rank])
        torch.manual_seed(int(own.integers(2**62)))
        source = epoch_batches(
            folders, recipe, seed=self.run.seed, epoch=number, workers=self.workers,
            share=(group.rank, group.size),
        )  # fmt: skip
        self.shared.train()
        total = torch.zeros((), device=group.device)
        rate = 0.0
        for place, (pixels, boxes) in enumerate(source):
            rate = learning_rate(stage, within * batches + place, batches)
            images = network_input(pixels.to(group.device))
            images = images.to(memory_format=torch.channels_last)
            with self.precision():
                losses = self.shared(images, None, targets(boxes, group.device))
                loss = torch.stack(list(losses.values())).sum()
            self.step(loss, rate)
            total += loss.detach()
        seen = self._judge()
        epoch = Epoch(
            number + 1, recipe.epochs, stage_number + 1, float(group.mean(total)) / batches,
            seen.ap, seen.precision, seen.recall, rate, time.perf_counter() - begin,
        )  # fmt: skip
        self.epochs.append(epoch)
        return epoch

    def _judge(self) -> Judgement:
        """The figures on the validation images; by the first process, for all."""
        figures = _NOT_JUDGED
        if self.run.validation and self.group.rank == 0:
            figures = judge(self.run.validation, detected(self.detector(), self.run.validation))
        told: Judgement = self.group.told(figures)
        return told
