"""What the speed benchmarks share: interleaved timing, what networks do, tables and JSON.

The machine may have other work. So what is compared is measured in turn within one run, each figure
is the median of several, and ratios say more than seconds.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from lighttrack.models.session import Fill, Network
from lighttrack.structures import Floats, Image


def in_turn(
    works: Mapping[str, Callable[[], object]], *, times: int, before: int = 1
) -> dict[str, float]:
    """Median seconds of each work, done in turn `times` times after `before` times for nothing."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(before + times):
        for name, work in works.items():
            began = perf_counter()
            work()
            if turn >= before:
                found[name].append(perf_counter() - began)
    return {name: median(seconds) for name, seconds in found.items()}


@dataclass(slots=True)
class NetworkCalls:
    """What networks were asked while they were watched."""

    calls: list[tuple[Network, tuple[int, int], int | None]] = field(default_factory=list)
    """Network, size of its images, and how many at once; None: `Network.one`."""

    preparing: float = 0.0
    """Seconds in which images were written into the networks' inputs."""

    def clear(self) -> None:
        """Forget what was seen so far."""
        self.calls.clear()
        self.preparing = 0.0

    def replay(self) -> float:
        """Seconds that the networks take for the same calls alone, without preparing images."""
        # Networks may still be watched, and what is replayed must not be recorded again.
        calls, preparing = tuple(self.calls), self.preparing
        began = perf_counter()
        for network, size, count in calls:
            if count is None:
                network.one(size, _nothing)
            else:
                network.many(size, count, _nothing)
        seconds = perf_counter() - began
        self.calls[:], self.preparing = calls, preparing
        return seconds


def _nothing(_: int, __: Image) -> None:
    """Leave the network's input as it is."""


@contextmanager
def watched_networks() -> Iterator[NetworkCalls]:
    """Note every call of a network."""
    seen = NetworkCalls()
    one, many = Network.one, Network.many

    def timed(fill: Fill) -> Fill:
        def filling(number: int, pixels: Image) -> None:
            began = perf_counter()
            fill(number, pixels)
            seen.preparing += perf_counter() - began

        return filling

    def watched_one(self: Network, size: tuple[int, int], fill: Fill) -> list[Floats]:
        seen.calls.append((self, size, None))
        return one(self, size, timed(fill))

    def watched_many(self: Network, size: tuple[int, int], count: int, fill: Fill) -> list[Floats]:
        seen.calls.append((self, size, count))
        return many(self, size, count, timed(fill))

    Network.one, Network.many = watched_one, watched_many  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        Network.one, Network.many = one, many  # type: ignore[method-assign]


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers to the right."""
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row))
    # Piped, the table would be squeezed into 80 columns.
    Console(width=max(Console().width, 110)).print(table)


def write(path: Path | None, figures: Any) -> None:
    """Write the figures as JSON, if a file is named."""
    if path is not None:
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
