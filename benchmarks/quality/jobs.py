"""Several clips at a time, each in a process of its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

T = TypeVar("T")


def by_clip(work: Callable[[str], T], names: Sequence[str], jobs: int) -> Iterator[tuple[str, T]]:
    """What `work` gives for each of the clips, in their order, as soon as it is known.

    `work` is a function of a module or a method of a dataclass: it is sent to other processes if
    `jobs`, how many clips are worked on at a time, is more than 1.
    """
    if jobs == 1:
        yield from ((name, work(name)) for name in names)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from zip(names, pool.map(work, names), strict=True)
