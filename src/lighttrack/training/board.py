"""Figures of a run for TensorBoard, where it is installed."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_log = logging.getLogger(__name__)


@contextmanager
def board(output: Path) -> Iterator[Callable[[int, Mapping[str, float]], None]]:
    """A function that writes an epoch's figures by name into `output/tensorboard`.

    It writes nothing where TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        _log.info("no figures for TensorBoard: tensorboard is not installed")
        yield lambda number, figures: None
        return
    writer = SummaryWriter(output / "tensorboard")

    def show(number: int, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            writer.add_scalar(name, value, number)
        writer.flush()

    try:
        yield show
    finally:
        writer.close()
