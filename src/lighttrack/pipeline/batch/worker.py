"""A worker process: takes jobs from its standard input, gives reports on its standard output.

Messages are pickles of objects that the parent process, of the same program, has made.
"""

import os
import pickle
import signal
import sys
import threading
from contextlib import suppress
from queue import Queue
from time import perf_counter
from typing import Any, BinaryIO

_TOLD_EVERY = 0.5
"""Seconds between two messages about the frames that are done."""


def main() -> None:
    """Work until the parent closes the pipe; a stop ends the job at hand after its frame."""
    # What libraries print must not get among the messages.
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    work = pickle.load(sys.stdin.buffer)
    jobs: Queue[Any] = Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs), daemon=True).start()
    try:
        while (job := jobs.get()) is not None:
            _send(results, ("report", work(job, _Telling(results))))
    except (KeyboardInterrupt, BrokenPipeError):
        return


def _listen(commands: BinaryIO, jobs: "Queue[Any]") -> None:
    """Hand jobs on; on a stop, or when the parent is gone, interrupt the one at hand."""
    while True:
        try:
            message = pickle.load(commands)
        except (EOFError, OSError, pickle.UnpicklingError):
            message = None
        jobs.put(message)
        if message is None:
            signal.raise_signal(signal.SIGINT)
            return


class _Telling:
    """Tells the parent of the frames that are done, not too often."""

    def __init__(self, results: BinaryIO) -> None:
        self._results, self._told = results, perf_counter()

    def __call__(self, frames: int, total: int | None) -> None:
        if perf_counter() - self._told >= _TOLD_EVERY:
            self._told = perf_counter()
            _send(self._results, ("frames", (frames, total)))


def _send(results: BinaryIO, message: Any) -> None:
    pickle.dump(message, results)
    results.flush()


if __name__ == "__main__":
    # A stop may come between two jobs, or after the last.
    with suppress(KeyboardInterrupt):
        main()
