"""Batches of crops: who is shown when, the same for the same seed whatever the machine."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from lighttrack.training.loading import load_batches
from lighttrack.training.pose.crops import crop_person
from lighttrack.training.pose.people import People
from lighttrack.training.pose.recipe import Recipe

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Pixels `(N, h, w, 3)` of bytes, keypoints `(N, K, 2)` and which are known `(N, K)`."""


class _Shown(Dataset):  # type: ignore[misc]  # torch is not installed for type checks
    """The crops of one epoch, by their places in it."""

    def __init__(self, folders: Sequence[People], order: np.ndarray[Any, Any], key: list[int],
                 recipe: Recipe) -> None:  # fmt: skip
        self.folders, self.order, self.key, self.recipe = folders, order, key, recipe

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, place: int) -> tuple[np.ndarray[Any, Any], ...]:
        folder, row = self.order[place]
        recipe = self.recipe
        # Each crop has a generator of its own, so that it does not matter who draws it when.
        random = np.random.default_rng([*self.key, place])
        crop = crop_person(
            self.folders[folder],
            row,
            recipe.input_size,
            recipe.padding,
            recipe.augmentation,
            random,
        )
        return crop.pixels, crop.keypoints, crop.known


def batch_count(folders: Sequence[People], recipe: Recipe) -> int:
    """Batches of an epoch; the last is full, the people over are left to other epochs."""
    return max(1, sum(_draws(folders, recipe)) // recipe.batch)


def epoch_batches(
    folders: Sequence[People],
    recipe: Recipe,
    *,
    seed: int,
    epoch: int,
    workers: int = 0,
    share: tuple[int, int] = (0, 1),
) -> Iterator[Batch]:
    """The batches of one epoch, or one process's share of each of them.

    Args:
        folders: of people.
        recipe: says size, augmentation and number.
        seed: of the run.
        epoch: from 0.
        workers: processes that make crops; 0 for this one.
        share: number of this process, and of how many.
    """
    order = _order(folders, recipe, np.random.default_rng([seed, epoch]))
    crops = _Shown(folders, order, [seed, epoch], recipe)
    count = batch_count(folders, recipe)
    return load_batches(crops, count, recipe.batch, share=share, workers=workers)


def _order(
    folders: Sequence[People], recipe: Recipe, random: np.random.Generator
) -> np.ndarray[Any, Any]:
    """`(M, 2)`: folder and row of each person that is shown in an epoch, mixed."""
    shown = []
    for number, (people, draws) in enumerate(zip(folders, _draws(folders, recipe), strict=True)):
        repeated = [random.permutation(len(people)) for _ in range(-(-draws // len(people)))]
        rows = np.concatenate(repeated)[:draws]
        shown.append(np.stack([np.full(draws, number), rows], axis=1))
    order = np.concatenate(shown)
    random.shuffle(order)
    return order


def _draws(folders: Sequence[People], recipe: Recipe) -> list[int]:
    """How many of each folder's people are shown in an epoch: all, or more of a small one."""
    total = sum(len(people) for people in folders)
    least = recipe.least_share
    return [
        max(len(people), round(least / (1 - least) * (total - len(people)))) for people in folders
    ]
