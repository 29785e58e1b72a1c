"""Figures of a run for TensorBoard, where it is installed."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lighttrack.training.pose.fit import Epoch

_log = logging.getLogger(__name__)


@contextmanager
def board(output: Path) -> "Iterator[Callable[[Epoch], None]]":
    """A function that writes an epoch's figures into `output/tensorboard`.

    It writes nothing where TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        _log.info("no figures for TensorBoard: tensorboard is not installed")
        yield lambda epoch: None
        return
    writer = SummaryWriter(output / "tensorboard")

    def show(epoch: "Epoch") -> None:
        figures = {"loss": epoch.loss, "OKS-AP": epoch.ap, "learning rate": epoch.learning_rate}
        figures |= {f"PCK/{name}": value for name, value in epoch.pck.items()}
        for name, value in figures.items():
            writer.add_scalar(name, value, epoch.number)
        writer.flush()

    try:
        yield show
    finally:
        writer.close()
