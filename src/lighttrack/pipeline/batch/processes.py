"""The engine of one machine: processes that keep their networks from job to job."""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Any, Self

from lighttrack.pipeline.batch.jobs import Job
from lighttrack.pipeline.batch.plan import Report
from lighttrack.pipeline.batch.schedule import Finished
from lighttrack.pipeline.batch.work import Tell

Work = Callable[[Job, Tell], Report]
"""Does one job; it is pickled once for each worker."""

Frames = Callable[[Job, int, int | None], None]
"""Called with a job's frames that are done, and of their number, if it is known."""


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Processes:
    """Runs jobs in processes of this machine. One that dies is replaced, its job reported lost.

    Args:
        work: does one job; pickled once for each worker.
        slots: how many processes.
        on_frames: called with how far jobs are, some times a second.

    Example:
        >>> with Processes(Tracking(batch), slots=2) as engine:  # doctest: +SKIP
        ...     reports = list(schedule(jobs, engine))
    """

    def __init__(
        self, work: Work, *, slots: int, on_frames: Frames = lambda job, done, total: None
    ) -> None:
        if slots < 1:
            raise ValueError(f"jobs must be at least 1, got {slots}")
        self.slots = slots
        self._work, self._on_frames = pickle.dumps(work), on_frames
        self._messages: Queue[tuple[_Worker, str, Any]] = Queue()
        self._idle: list[_Worker] = []
        self._workers: set[_Worker] = set()

    def submit(self, job: Job) -> None:
        """Begin a job in a process that is free, or in a new one."""
        while True:
            worker = self._idle.pop() if self._idle else self._start()
            worker.job = job
            try:
                worker.send(job)
            except OSError:  # it died while it was idle
                self._workers.discard(worker)
                continue
            return

    def wait(self, seconds: float) -> list[Finished]:
        """Jobs that have finished, after waiting for at least one message for so long."""
        try:
            messages = [self._messages.get(timeout=seconds)]
        except Empty:
            return []
        while not self._messages.empty():
            messages.append(self._messages.get())
        return [done for message in messages if (done := self._taken(*message)) is not None]

    def _taken(self, worker: "_Worker", kind: str, value: Any) -> Finished | None:
        job = worker.job
        if job is None:
            return None
        if kind == "frames":
            self._on_frames(job, *value)
            return None
        worker.job = None
        if kind == "report":
            self._idle.append(worker)
            return Finished(job, value)
        self._workers.discard(worker)
        return Finished(job, None)

    def stop(self) -> None:
        """Have the jobs end after the frame at hand."""
        for worker in self._workers:
            worker.stop()

    def _start(self) -> "_Worker":
        process = subprocess.Popen(
            [sys.executable, "-m", "lighttrack.pipeline.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C of a terminal is for the parent, which then has the workers stop.
            start_new_session=True,
        )
        worker = _Worker(process)
        self._workers.add(worker)
        assert process.stdin is not None
        process.stdin.write(self._work)
        process.stdin.flush()
        threading.Thread(target=worker.listen, args=(self._messages,), daemon=True).start()
        return worker

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for worker in self._workers:
            worker.process.wait()


@dataclass(eq=False, slots=True)
class _Worker:
    """A process and the job that it has."""

    process: "subprocess.Popen[bytes]"
    job: Job | None = None

    def send(self, message: Job | None) -> None:
        assert self.process.stdin is not None
        pickle.dump(message, self.process.stdin)
        self.process.stdin.flush()

    def stop(self) -> None:
        try:
            self.send(None)
        except (OSError, ValueError):
            return  # gone already

    def listen(self, messages: "Queue[tuple[_Worker, str, Any]]") -> None:
        """Hand on what the process says, and that it is gone."""
        assert self.process.stdout is not None
        while True:
            try:
                kind, value = pickle.load(self.process.stdout)
            except (EOFError, OSError, pickle.UnpicklingError):
                break
            messages.put((self, kind, value))
        self.process.wait()
        messages.put((self, "lost", None))
