"""A worker process: takes jobs from its standard input, gives reports on its standard output.

Messages are pickles of objects that the parent process, of the same program, has made.
"""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import Queue
from time import perf_counter
from typing import Any, BinaryIO

_REPORT_EVERY = 0.5
"""Seconds between two messages about the frames that are done."""


def main() -> None:
    """Work until the parent closes the pipe; a stop ends the job at hand after its frame."""
    # What libraries print must not get among the messages.
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    work = pickle.load(sys.stdin.buffer)
    jobs = _Jobs(sys.stdin.buffer)
    try:
        for job in jobs:
            _send(results, ("report", work(job, _Telling(results))))
    except (KeyboardInterrupt, BrokenPipeError):
        return


class _Jobs:
    """The jobs that the parent hands over; a stop, or its end, interrupts the one at hand.

    Where there is none a stop is no interrupt: it would strike the end of the process.
    """

    def __init__(self, commands: BinaryIO) -> None:
        self._queue: Queue[Any] = Queue()
        self._lock = threading.Lock()
        self._at_hand = self._stopped = False
        threading.Thread(target=self._listen, args=(commands,), daemon=True).start()

    def __iter__(self) -> Iterator[Any]:
        while (job := self._queue.get()) is not None:
            with self._lock:
                if self._stopped:
                    return
                self._at_hand = True
            yield job
            with self._lock:
                self._at_hand = False

    def _listen(self, commands: BinaryIO) -> None:
        while not self._stopped:
            try:
                message = pickle.load(commands)
            except (EOFError, OSError, pickle.UnpicklingError):
                message = None
            with self._lock:
                self._stopped = message is None
                if self._stopped and self._at_hand:
                    signal.raise_signal(signal.SIGINT)
            self._queue.put(message)


class _Telling:
    """Tells the parent of the frames that are done, not too often."""

    def __init__(self, results: BinaryIO) -> None:
        self._results, self._reported = results, perf_counter()

    def __call__(self, frames: int, total: int | None) -> None:
        if perf_counter() - self._reported >= _REPORT_EVERY:
            self._reported = perf_counter()
            _send(self._results, ("frames", (frames, total)))


def _send(results: BinaryIO, message: Any) -> None:
    pickle.dump(message, results)
    results.flush()


if __name__ == "__main__":
    # A stop may come at the very end of a job.
    with suppress(KeyboardInterrupt):
        main()
