"""How a network is trained: sizes, optimiser, schedule and loss, by name."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lighttrack.matching.graph import Partitioning

RecipeName = Literal["default", "paper"]


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Sizes and choices of the network."""

    channels: Literal[2, 3] = 3
    """2: x and y of each keypoint; 3: and whether it is there."""
    width: int = 64
    """Channels of both graph convolutions."""
    dimensions: int = 128
    """Length of the embedding."""
    partitioning: Partitioning = "spatial"
    hops: int = 1
    """How many edges away a neighbour may be."""
    edge_weights: bool = True
    """Whether each edge has a learnable weight."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All choices of a training run except its data and seed."""

    network: NetworkConfig = field(default_factory=NetworkConfig)
    epochs: int = 24
    steps: int = 400
    """Batches per epoch; 0: as many as one pass over the positives takes (single pairs only)."""
    optimizer: Literal["adamw", "sgd"] = "adamw"
    momentum: float = 0.0
    """Nesterov's, of `sgd`."""
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    milestones: tuple[int, ...] = ()
    """Epochs after which the rate falls to a tenth; without any it rises and falls in one cycle."""
    loss: Literal["logistic", "contrastive"] = "logistic"
    margin: float = 1.0
    """ε of eq. (3); the contrastive loss only."""
    others: float = 0.3
    """Weight of negatives that do not overlap beside those that do."""
    single_pairs: bool = False
    """Whether a batch holds mined pairs, as in the paper, not scenes with all their pairs."""
    batch: int = 16
    """Scenes, or pairs, per batch."""
    completed: bool = True
    """Whether missing keypoints are put at their expected positions before normalisation."""
    longest_gap: int = 16
    """Frames between the poses of a pair, at most."""
    patience: int = 15
    """Epochs without a better validation score before training stops."""


RECIPES: Mapping[RecipeName, Recipe] = {
    "default": Recipe(),
    # Section 4.3: SGD, batch 32, 200 epochs, rate 1e-3 x 0.1 at 40, 60, 80 and 100, weight decay
    # 1e-4, adjacent frames, eq. (3), joint coordinates alone. The paper does not say what an epoch
    # is (one pass over the positives here), nor the momentum (0.9 in its authors' code), and
    # mentions no early stopping.
    "paper": Recipe(
        network=NetworkConfig(channels=2),
        epochs=200,
        steps=0,
        optimizer="sgd",
        momentum=0.9,
        learning_rate=1e-3,
        milestones=(40, 60, 80, 100),
        loss="contrastive",
        others=1.0,
        single_pairs=True,
        batch=32,
        longest_gap=1,
        patience=200,
    ),
}


def learning_rate(recipe: Recipe, step: int) -> float:
    """The rate at a step, from 0: milestones, or a tenth up and a cosine down.

    Example:
        >>> learning_rate(Recipe(milestones=(40, 60), learning_rate=1e-3), 50 * 400)
        0.0001
    """
    if recipe.milestones:
        passed = sum(step // recipe.steps >= epoch for epoch in recipe.milestones)
        return recipe.learning_rate / float(10**passed)
    progress = step / (recipe.epochs * recipe.steps)
    if progress < 0.1:
        return recipe.learning_rate * (0.04 + 0.96 * progress / 0.1)
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * (progress - 0.1) / 0.9))
