"""What every training of a network that looks at images does around its epochs."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch

from lighttrack.training.board import board
from lighttrack.training.distribution import Group, joined
from lighttrack.training.fitting import AnyFitting, EpochFigures, fit

PAGE = "report.html"
CURVES = "curves.json"

AnyEpoch = TypeVar("AnyEpoch", bound=EpochFigures)
Progress = Callable[[str], None]


@contextmanager
def processes(
    device: Literal["auto", "cpu", "cuda"], threads: int | None, progress: Progress
) -> Iterator[tuple[Group, Progress]]:
    """The processes that train together, and where this one of them tells its progress."""
    if threads is not None:
        torch.set_num_threads(threads)
    group = joined(device)
    try:
        yield group, _nothing if group.rank else progress
    finally:
        group.leave()


def _nothing(_: str) -> None:
    pass


def fit_with_reports(
    begin: Callable[[], AnyFitting],
    output: Path,
    group: Group,
    *,
    resume: bool,
    write_page: Callable[[Sequence[AnyEpoch]], object],
    figures: Callable[[AnyEpoch], Mapping[str, float]],
    line: Callable[[AnyEpoch], str],
    progress: Progress,
) -> AnyFitting:
    """Train to the end, and tell of each epoch: curves, a page, TensorBoard, a line of text.

    Args:
        begin: makes the run.
        output: folder for all that is written.
        group: the processes that train together.
        resume: go on from the checkpoint in `output`.
        write_page: writes the page of the epochs so far.
        figures: of an epoch, by name, for TensorBoard.
        line: an epoch in a line of text.
        progress: called with it.
    """
    with board(output) as show:

        def report(training: AnyFitting, epoch: AnyEpoch) -> None:
            write_curves(training.epochs, output)
            write_page(training.epochs)
            show(epoch.number, figures(epoch))
            progress(line(epoch))

        return fit(begin, output, group, resume=resume, report=report)


def write_curves(epochs: Sequence[EpochFigures], output: Path) -> None:
    """Write `curves.json`: the figures of every epoch so far."""
    rows: list[dict[str, Any]] = [asdict(epoch) for epoch in epochs]
    text = json.dumps(rows, indent=2) + "\n"
    (output / CURVES).write_text(text.replace("NaN", "null"), encoding="utf-8")
