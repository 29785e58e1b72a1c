"""Trains a detector: what an epoch is, and how it is judged."""

import time
from dataclasses import dataclass

import numpy as np
import torch

from lighttrack.networks.detection.detector import TorchDetector
from lighttrack.networks.detection.regions import detector_network
from lighttrack.training.detection.batches import (
    Batch,
    batch_count,
    epoch_batches,
    network_input,
    targets,
)
from lighttrack.training.detection.images import LabelledImages
from lighttrack.training.detection.recipe import Recipe
from lighttrack.training.detection.validate import Judgement, detected, judge
from lighttrack.training.distribution import Group
from lighttrack.training.fitting import Fitting, Run

_NOT_JUDGED = Judgement(float("nan"), float("nan"), float("nan"), 0.5)


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


class Training(Fitting[Recipe, LabelledImages, Epoch]):
    """A run in progress."""

    epoch_class = Epoch

    def __init__(self, run: Run[Recipe, LabelledImages], group: Group, *, workers: int = 0) -> None:
        """Begin a run with random weights, or with those that it starts from."""
        torch.manual_seed(run.seed)
        sizes = dict(run.recipe.network)
        network = detector_network(sizes.pop("family"), **sizes)
        super().__init__(network, run, group, workers=workers)

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
        # Which regions the losses are taken of is drawn; an epoch that is resumed draws the same.
        own = np.random.default_rng([self.run.seed, number, group.rank])
        torch.manual_seed(int(own.integers(2**62)))
        source = epoch_batches(
            folders, recipe, seed=self.run.seed, epoch=number, workers=self.workers,
            share=(group.rank, group.size),
        )  # fmt: skip

        def loss_of(batch: Batch) -> torch.Tensor:
            pixels, boxes = batch
            images = network_input(pixels.to(group.device))
            images = images.to(memory_format=torch.channels_last)
            losses = self.shared(images, None, targets(boxes, group.device))
            return torch.stack(list(losses.values())).sum()

        loss, rate = self.train_batches(number, source, batch_count(folders, recipe), loss_of)
        seen = self._judge()
        epoch = Epoch(
            number + 1, recipe.epochs, recipe.stage_of(number)[0] + 1, loss,
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
