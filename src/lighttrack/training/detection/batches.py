"""Batches of images: which is shown when, the same for the same seed whatever the machine."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from lighttrack.networks.detection.regions import PERSON
from lighttrack.training.detection.images import LabelledImages, Shown, batched, shown
from lighttrack.training.detection.recipe import Recipe

Batch = tuple[torch.Tensor, list[torch.Tensor]]
"""Pixels `(N, H, W, 3)` of bytes, and the boxes `(M, 4)` of each image."""


class _Images(Dataset):  # type: ignore[misc]  # torch is not installed for type checks
    """The images of one epoch, by their places in it."""

    def __init__(
        self,
        folders: Sequence[LabelledImages],
        order: np.ndarray[Any, Any],
        key: list[int],
        recipe: Recipe,
    ) -> None:
        self.folders, self.order, self.key, self.recipe = folders, order, key, recipe

    def __getitem__(self, place: int) -> Shown:
        number, row = self.order[place]
        folder, recipe = self.folders[number], self.recipe
        # Each image has a generator of its own, so that it does not matter who draws it when.
        random = np.random.default_rng([*self.key, place])
        return shown(
            folder.paths[row], folder.boxes[row], recipe.input_size, recipe.augmentation, random
        )


def batch_count(folders: Sequence[LabelledImages], recipe: Recipe) -> int:
    """Batches of an epoch; the last is full, the images over are left to other epochs."""
    return max(1, sum(map(len, folders)) // recipe.batch)


def epoch_batches(
    folders: Sequence[LabelledImages],
    recipe: Recipe,
    *,
    seed: int,
    epoch: int,
    workers: int = 0,
    share: tuple[int, int] = (0, 1),
) -> Iterator[Batch]:
    """The batches of one epoch, or one process's share of each of them.

    Args:
        folders: of images.
        recipe: says size, augmentation and number.
        seed: of the run.
        epoch: from 0.
        workers: processes that prepare images; 0 for this one.
        share: number of this process, and of how many.
    """
    places = [(number, row) for number, each in enumerate(folders) for row in range(len(each))]
    order = np.random.default_rng([seed, epoch]).permutation(np.array(places))
    rank, processes = share
    batches = [
        list(range(begin * recipe.batch, min((begin + 1) * recipe.batch, len(order))))
        for begin in range(batch_count(folders, recipe))
    ]
    loader = DataLoader(
        _Images(folders, order, [seed, epoch], recipe),
        batch_sampler=[each[rank::processes] for each in batches],
        num_workers=workers,
        collate_fn=_together,
    )
    return iter(loader)


def _together(images: Sequence[Shown]) -> Batch:
    pixels = torch.from_numpy(batched([each.pixels for each in images]))
    return pixels, [torch.from_numpy(each.boxes) for each in images]


def network_input(pixels: torch.Tensor) -> torch.Tensor:
    """Pixels `(N, H, W, 3)` of bytes as a network's input `(N, 3, H, W)` of 0 to 1."""
    return pixels.permute(0, 3, 1, 2).float() / 255


def targets(boxes: Sequence[torch.Tensor], device: torch.device) -> list[dict[str, torch.Tensor]]:
    """Boxes of people as the network's losses take them."""
    return [
        {
            "boxes": each.to(device),
            "labels": torch.full((len(each),), PERSON, dtype=torch.int64, device=device),
        }
        for each in boxes
    ]
