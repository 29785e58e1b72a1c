"""How a pose network is trained: network, data, augmentation, loss and schedule, from TOML."""

from dataclasses import dataclass, field
from typing import Literal

from lighttrack.structures import Skeleton, skeleton_named
from lighttrack.training.schedule import (
    RecipeSource,
    Schedule,
    Stage,
    learning_rate,
    names_in,
    read_schedule,
    shortened,
)

__all__ = [
    "Augmentation",
    "Recipe",
    "RecipeSource",
    "Stage",
    "learning_rate",
    "read_recipe",
    "recipe_names",
    "shortened",
]

_PACKAGE = "lighttrack.training.pose"


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How a crop differs from the box of the person each time it is shown."""

    scale: float = 0.3
    """Largest share by which it is larger or smaller."""
    rotation: float = 40.0
    """Largest angle in degrees."""
    rotated: float = 0.6
    """Probability of a rotation."""
    shift: float = 0.05
    """Largest shift, as a share of the crop's sides."""
    flipped: float = 0.5
    """Probability of the mirror image."""
    half_body: float = 0.3
    """Probability that only the upper or the lower body is shown, where eight keypoints are known
    (Wang et al., Mining Hard Keypoints, 2018; as HRNet is trained)."""
    brightness: float = 0.0
    """Largest share by which each colour channel is brighter or darker."""


@dataclass(frozen=True, slots=True)
class Recipe(Schedule):
    """All choices of a training run except its data and seed.

    `network` names a family of `lighttrack.networks.families`; a batch counts people.
    """

    skeleton: str = "posetrack-15"
    input_size: tuple[int, int] = (192, 256)
    """Width and height in pixels."""
    padding: float = 1.25
    """Factor by which a box grows before it is cropped."""
    loss: Literal["mse", "cross-entropy"] = "mse"
    """On heat maps, or over the cells of each map."""
    sigmas: tuple[float, ...] = (2.0,)
    """Standard deviations of the Gaussian targets in cells, one per output of the network, coarse
    to fine; one alone is for all."""
    least_keypoints: int = 1
    """Labelled keypoints that a person must have to be trained on."""
    least_side: float = 0.0
    """Pixels that the longer side of a person's box must have."""
    least_share: float = 0.0
    """A folder with less than this share of the people is drawn from more often, up to it."""
    augmentation: Augmentation = field(default_factory=Augmentation)

    @property
    def keypoints(self) -> Skeleton:
        """The skeleton of `skeleton`."""
        return skeleton_named(self.skeleton)


def recipe_names() -> tuple[str, ...]:
    """Names of the recipes of the package.

    Example:
        >>> "paper-msra152" in recipe_names()
        True
    """
    return names_in(_PACKAGE)


def read_recipe(source: RecipeSource) -> Recipe:
    """A recipe of the package by its name, or from a TOML file.

    Raises:
        ValueError: if there is no such recipe, or it has unknown or unfit entries.

    Example:
        >>> [stage.hardest for stage in read_recipe("paper-msra152").stages]
        [0, 7]
    """
    recipe = read_schedule(source, _PACKAGE, Recipe, Augmentation)
    skeleton_named(recipe.skeleton)
    width, height = recipe.input_size
    if width % 32 or height % 32 or min(width, height) < 32:
        raise ValueError(
            f"recipe {source}: input_size must be multiples of 32, got {width} x {height}"
        )
    return recipe
