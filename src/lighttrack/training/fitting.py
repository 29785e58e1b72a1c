"""Training of a network that looks at images: its optimiser, checkpoint, and the loop of epochs."""

import contextlib
import copy
import json
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import nn

from lighttrack._version import __version__
from lighttrack.networks.checkpoints import begin_with
from lighttrack.training.distribution import Group
from lighttrack.training.schedule import Schedule

_log = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
BEST = "best.pt"


class EpochFigures(Protocol):
    """What the loop asks of an epoch's figures; they are a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def number(self) -> int:
        """From 1."""

    @property
    def stage(self) -> int:
        """From 1."""

    @property
    def ap(self) -> float:
        """By which the best epoch is chosen; NaN if it is not known."""


AnyEpoch = TypeVar("AnyEpoch", bound=EpochFigures)
AnyFitting = TypeVar("AnyFitting", bound="Fitting[Any]")


class Fitting(ABC, Generic[AnyEpoch]):
    """A run in progress; what is trained on what is in subclasses."""

    epoch_class: type[AnyEpoch]

    def __init__(
        self,
        network: nn.Module,
        recipe: Schedule,
        group: Group,
        *,
        seed: int,
        start: Mapping[str, torch.Tensor] | None,
        about: Mapping[str, Any],
    ) -> None:
        """Begin a run.

        Args:
            network: what is trained.
            recipe: says optimiser, average and stages.
            group: the processes that train together.
            seed: of everything that is drawn.
            start: weights to begin with; those of other names or shapes stay as they are.
            about: what else is needed to repeat the run.
        """
        self.recipe, self.group, self.seed, self.about = recipe, group, seed, about
        if start is not None:
            begin_with(network, start)
        # Convolutions of small images are faster with the channels last.
        self.network = network.to(group.device, memory_format=torch.channels_last)
        self.average = _copy(network) if recipe.average else None
        self.shared = group.shared(self.network)
        self.optimizer = _optimizer(self.network, recipe)
        self.epochs: list[AnyEpoch] = []
        self.steps = 0

    @abstractmethod
    def epoch(self, number: int) -> AnyEpoch:
        """Train for one epoch (from 0), judge it, and append its figures to `epochs`."""

    @property
    def judged_network(self) -> nn.Module:
        """The network, or the running average of its weights."""
        return self.network if self.average is None else self.average

    @property
    def next_epoch(self) -> int | None:
        """The number of the next epoch, from 0, past stages that ended early; None at the end."""
        recipe, done = self.recipe, self.epochs
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

    def precision(self) -> contextlib.AbstractContextManager[None]:
        """bfloat16 where a GPU computes and the recipe allows it."""
        return _precision(self.group.device, enabled=self.recipe.mixed_precision)

    def step(self, loss: torch.Tensor, rate: float) -> None:
        """Change the weights by the gradient of a loss."""
        for each in self.optimizer.param_groups:
            each["lr"] = rate
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self._average()

    def _average(self) -> None:
        self.steps += 1
        if self.average is None:
            return
        # The first weights are forgotten sooner than a long average would.
        keep = min(self.recipe.average, self.steps / (self.steps + 10))
        with torch.no_grad():
            new = self.network.state_dict()
            for name, old in self.average.state_dict().items():
                if old.is_floating_point():
                    old.lerp_(new[name], 1 - keep)
                else:
                    old.copy_(new[name])

    def description(self) -> dict[str, Any]:
        """What is needed to repeat the run."""
        return {
            "lighttrack": __version__,
            "torch": str(torch.__version__),
            "seed": self.seed,
            "recipe": asdict(self.recipe),
            **self.about,
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
        self.epochs = [self.epoch_class(**epoch) for epoch in stored["epochs"]]
        _log.info("resuming after epoch %d", len(self.epochs))


def fit(
    begin: Callable[[], AnyFitting],
    output: Path,
    group: Group,
    *,
    resume: bool = False,
    report: Callable[[AnyFitting, Any], None] | None = None,
) -> AnyFitting:
    """Train to the end; leaves `checkpoint.pt`, `best.pt` and `run.json` in `output`.

    Args:
        begin: makes the run.
        output: a folder; made if missing.
        group: the processes that train together.
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
    training = begin()
    if resume and checkpoint.exists():
        training.load(checkpoint)
    if group.rank == 0:
        text = json.dumps(training.description(), indent=2) + "\n"
        (output / "run.json").write_text(text, encoding="utf-8")
    while (number := training.next_epoch) is not None:
        epoch = training.epoch(number)
        if group.rank == 0:
            if _is_best(training.epochs):
                write_whole(training.judged_network.state_dict(), output / BEST)
            training.save(checkpoint)
            if report is not None:
                report(training, epoch)
        group.wait()
    best = torch.load(output / BEST, map_location=group.device, weights_only=True)
    training.judged_network.load_state_dict(best)
    return training


def _is_best(epochs: Sequence[EpochFigures]) -> bool:
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


def _optimizer(network: nn.Module, recipe: Schedule) -> torch.optim.Optimizer:
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
