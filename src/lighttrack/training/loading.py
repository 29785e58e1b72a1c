"""The batches of an epoch, the same for the same seed whatever the machine."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset


def load_batches(
    dataset: Dataset,
    count: int,
    size: int,
    *,
    share: tuple[int, int] = (0, 1),
    workers: int = 0,
    collate: Callable[[Sequence[Any]], Any] | None = None,
) -> Iterator[Any]:
    """The first `count` batches of a data set, or one process's share of each of them.

    Args:
        dataset: in the order in which it is shown; what does not fill a batch is left out.
        count: of batches; one of them may hold fewer if the data set is smaller than a batch.
        size: of a batch, of all processes together.
        share: number of this process, and of how many.
        workers: processes that prepare images; 0 for this one.
        collate: makes a batch of what the data set gives; by default torch's.
    """
    rank, processes = share
    batches = [
        list(range(begin * size, min((begin + 1) * size, len(dataset)))) for begin in range(count)
    ]
    loader = DataLoader(
        dataset,
        batch_sampler=[each[rank::processes] for each in batches],
        num_workers=workers,
        collate_fn=collate,
        pin_memory=torch.cuda.is_available(),
    )
    return iter(loader)
