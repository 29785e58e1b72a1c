"""Downloads with a progress bar: a file from an address, a wheel from the package index."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lighttrack.models.catalog import Wheel

logger = logging.getLogger(__name__)

Advance = Callable[[int, int | None], None]
"""Told the bytes that have come, and how many there will be if that is known."""

_TIMEOUT = 30.0
"""Seconds without an answer after which an address counts as out of reach."""


class DownloadError(Exception):
    """A file could not be downloaded; the message says why, in one line."""


@contextmanager
def _progress(label: str) -> Iterator[Advance]:
    """A bar on standard error while it is a terminal; silence in a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TransferSpeedColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _PoochBar:
    """The progress bar that pooch expects, forwarded to an `Advance`."""

    def __init__(self, advance: Advance) -> None:
        self.total: int | None = None
        self._done = 0
        self._advance = advance

    def update(self, count: int) -> None:
        self._done += count
        self._advance(self._done, self.total or None)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


def download_address(address: str, folder: Path) -> Path:
    """Download one file into `folder`.

    Raises:
        DownloadError: if it cannot be had.
    """
    import pooch

    name = address.rsplit("/", 1)[-1]
    # pooch logs every download as a line of its own; the bar and our own log say it already.
    pooch.get_logger().setLevel(logging.WARNING)
    logger.info("download %s", address)
    with _progress(name) as advance:
        bar: Any = _PoochBar(advance)
        load = pooch.HTTPDownloader(progressbar=bar, timeout=_TIMEOUT)
        try:
            found = pooch.retrieve(address, None, fname=name, path=folder, downloader=load)
        except OSError as error:  # what requests raises, too
            raise DownloadError(_reason(error, address)) from error
    return Path(found)


def download_wheel(wheel: Wheel, folder: Path) -> Path:
    """Download one wheel into `folder` with pip, through the user's own index configuration.

    Raises:
        DownloadError: if pip cannot get it.
    """
    command = [
        sys.executable, "-m", "pip", *wheel.pip_arguments(), "--dest", str(folder),
        "--progress-bar", "raw", "--disable-pip-version-check", "--no-input",
    ]  # fmt: skip
    logger.info("%s", " ".join(command))
    with (
        _progress(wheel.requirement) as advance,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process,
    ):
        lines = []
        for line in process.stdout or ():
            words = line.split()
            if words[:1] == ["Progress"]:
                advance(int(words[1]), int(words[-1]) or None)
            else:
                lines.append(line.strip())
    found = sorted(folder.glob("*.whl"))
    if process.returncode or len(found) != 1:
        reasons = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
        raise DownloadError(reasons[-1] if reasons else f"pip ended with {process.returncode}")
    return found[0]


def _reason(error: OSError, address: str) -> str:
    from urllib.parse import urlsplit

    from requests import ConnectionError as NoConnection
    from requests import Timeout

    if isinstance(error, NoConnection | Timeout):
        return f"no connection to {urlsplit(address).hostname}"
    return " ".join(str(error).split())
