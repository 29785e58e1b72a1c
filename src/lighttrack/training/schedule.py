"""What recipes of networks that look at images share: stages, optimiser, and reading from TOML."""

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

RecipeSource: TypeAlias = str | Path
"""Name of a recipe of the package, or a TOML file."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the schedule with data, loss and learning rate of its own."""

    epochs: int
    data: Literal["all", "coco", "posetrack"] = "all"
    """Which of the given folders."""
    learning_rate: float = 1e-3
    decay: Literal["cosine", "steps"] = "steps"
    milestones: tuple[int, ...] = ()
    """Epochs of the stage after which the rate falls to a tenth, with `steps`."""
    warm_up: int = 0
    """Batches in which the rate rises from nothing."""
    hardest: int = 0
    """Online hard keypoint mining: only that many keypoints of each person count, those with the
    largest loss; 0 for all."""
    patience: int = 0
    """Epochs without a better average precision before the stage ends; 0 for never."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """All choices of a training run that do not depend on what is trained."""

    name: str
    network: Mapping[str, Any]
    """`family` and its sizes."""
    stages: tuple[Stage, ...]
    optimizer: Literal["adamw", "sgd"] = "adamw"
    weight_decay: float = 1e-4
    momentum: float = 0.9
    """Of SGD."""
    average: float = 0.0
    """Factor of the running average of the weights, which is what is judged and exported; 0 for
    the weights themselves."""
    batch: int = 32
    """Examples per batch, on all GPUs together."""
    mixed_precision: bool = True
    """Compute in bfloat16 where there is a GPU."""

    @property
    def epochs(self) -> int:
        """Of all stages together."""
        return sum(stage.epochs for stage in self.stages)

    def stage_of(self, epoch: int) -> tuple[int, int]:
        """The stage that an epoch (from 0) belongs to, and the epoch's number in it."""
        for number, stage in enumerate(self.stages):
            if epoch < stage.epochs:
                return number, epoch
            epoch -= stage.epochs
        raise ValueError(f"recipe {self.name} has {self.epochs} epochs")


AnySchedule = TypeVar("AnySchedule", bound=Schedule)


def names_in(package: str) -> tuple[str, ...]:
    """Names of the recipes of a package."""
    return tuple(sorted(path.name.removesuffix(".toml") for path in _folder(package).iterdir()))


def read_schedule(
    source: RecipeSource, package: str, kind: type[AnySchedule], augmentation: type
) -> AnySchedule:
    """A recipe of a package by its name, or from a TOML file.

    Args:
        source: name or file.
        package: whose folder `recipes` holds those with names.
        kind: class of the recipe.
        augmentation: class of its field `augmentation`.

    Raises:
        ValueError: if there is no such recipe, or it has unknown or unfit entries.
    """
    if str(source) in names_in(package):
        text = (_folder(package) / f"{source}.toml").read_text(encoding="utf-8")
    elif Path(source).is_file():
        text = Path(source).read_text(encoding="utf-8")
    else:
        raise ValueError(
            f"no recipe {str(source)!r}: neither a TOML file nor one of "
            f"{', '.join(names_in(package))}"
        )
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"recipe {source} is not TOML: {error}") from error
    where = f"recipe {source}"
    stages = tuple(_filled(Stage, each, f"{where}, stages") for each in table.pop("stages", ()))
    if not stages or "network" not in table:
        raise ValueError(f"{where} must have a table network and at least one of [[stages]]")
    if any(stage.epochs < 1 for stage in stages):
        raise ValueError(f"{where}: every stage must have at least one epoch")
    changes = _filled(augmentation, table.pop("augmentation", {}), f"{where}, augmentation")
    recipe: AnySchedule = _filled(
        kind,
        {"name": Path(source).stem, **table, "stages": stages, "augmentation": changes},
        where,
    )
    return recipe


def shortened(recipe: AnySchedule, epochs: int | None) -> AnySchedule:
    """The recipe with other epochs in all; each stage keeps its share, and at least one.

    Raises:
        ValueError: if there are fewer epochs than stages.
    """
    if epochs is None:
        return recipe
    if epochs < len(recipe.stages):
        raise ValueError(
            f"epochs must be at least {len(recipe.stages)}, one for each stage of recipe "
            f"{recipe.name}, got {epochs}"
        )
    factor, left, stages = epochs / recipe.epochs, epochs, []
    for number, stage in enumerate(recipe.stages):
        later = len(recipe.stages) - number - 1
        count = min(max(1, round(stage.epochs * factor)), left - later) if later else left
        left -= count
        milestones = tuple(round(epoch * count / stage.epochs) for epoch in stage.milestones)
        stages.append(dataclasses.replace(stage, epochs=count, milestones=milestones))
    return dataclasses.replace(recipe, stages=tuple(stages))


def learning_rate(stage: Stage, batch: int, batches: int) -> float:
    """The rate at a batch of a stage, from 0.

    Args:
        stage: the stage.
        batch: its number in the stage.
        batches: of an epoch.

    Example:
        >>> learning_rate(Stage(epochs=3, learning_rate=0.1, milestones=(2,)), 20, 10)
        0.01
    """
    rate = stage.learning_rate
    if stage.decay == "steps":
        rate /= float(10 ** sum(batch // batches >= epoch for epoch in stage.milestones))
    else:
        progress = max(0, batch - stage.warm_up) / max(1, stage.epochs * batches - stage.warm_up)
        rate *= 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return rate * min(1.0, (batch + 1) / (stage.warm_up + 1))


def _folder(package: str) -> Any:
    return files(package) / "recipes"


def _filled(kind: Any, table: Any, where: str) -> Any:
    """A dataclass from a table; a list becomes a tuple, a whole number a float where one is due."""
    if not isinstance(table, Mapping):
        raise ValueError(f"{where} must be a table, got {table!r}")
    known = {each.name: each for each in dataclasses.fields(kind)}
    values = {}
    for key, value in table.items():
        if key not in known:
            raise ValueError(f"{where}: unknown entry {key!r}; known: {', '.join(known)}")
        values[key] = _value(value, known[key], f"{where}: {key}")
    return kind(**values)


def _value(value: Any, entry: Any, where: str) -> Any:
    default, kind = entry.default, entry.type
    if isinstance(value, list):
        value = tuple(value)
    if kind is float and type(value) is int:
        value = float(value)
    choices = getattr(kind, "__args__", ()) if getattr(kind, "__origin__", None) is Literal else ()
    if choices and value not in choices:
        raise ValueError(f"{where} must be one of {', '.join(choices)}, got {value!r}")
    if default is not dataclasses.MISSING and type(value) is not type(default):
        raise ValueError(f"{where} must be like {default!r}, got {value!r}")
    return value
