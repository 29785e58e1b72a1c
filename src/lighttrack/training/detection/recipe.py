"""How a detector is trained: network, augmentation and schedule, from TOML."""

from dataclasses import dataclass, field

from lighttrack.training.schedule import RecipeSource, Schedule, names_in, read_schedule

_PACKAGE = "lighttrack.training.detection"


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How an image differs each time it is shown."""

    scale: float = 0.25
    """Largest share by which it is larger or smaller; what is larger is cropped."""
    flipped: float = 0.5
    """Probability of the mirror image."""
    brightness: float = 0.2
    """Largest share by which each colour channel is brighter or darker."""


@dataclass(frozen=True, slots=True)
class Recipe(Schedule):
    """All choices of a training run except its data and seed.

    `network` names a family of `lighttrack.networks.detection.regions`; a batch counts images.
    """

    input_size: int = 640
    """Pixels of the image's longer side as the network sees it."""
    augmentation: Augmentation = field(default_factory=Augmentation)


def recipe_names() -> tuple[str, ...]:
    """Names of the recipes of the package.

    Example:
        >>> "paper-fpn101" in recipe_names()
        True
    """
    return names_in(_PACKAGE)


def read_recipe(source: RecipeSource) -> Recipe:
    """A recipe of the package by its name, or from a TOML file.

    Raises:
        ValueError: if there is no such recipe, or it has unknown or unfit entries.

    Example:
        >>> read_recipe("paper-rfcn101").network["depth"]
        101
    """
    recipe = read_schedule(source, _PACKAGE, Recipe, Augmentation)
    if recipe.input_size < 32 or recipe.input_size % 32:
        raise ValueError(
            f"recipe {source}: input_size must be a multiple of 32, got {recipe.input_size}"
        )
    for number, stage in enumerate(recipe.stages, start=1):
        if stage.data == "posetrack" or stage.hardest:
            raise ValueError(
                f"recipe {source}: stage {number} has an entry that is for pose networks only "
                "(data, hardest)"
            )
    return recipe
