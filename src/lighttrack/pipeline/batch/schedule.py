"""Which job runs next: retries, back-pressure, waiting for what other workers have claimed."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Protocol, Self

from lighttrack.pipeline.batch.jobs import Job
from lighttrack.pipeline.batch.plan import Report

RETRIES = 2
"""Further tries of a job in one call, after its worker died or the disk or the network failed."""

_LOOK_AGAIN = 1.0
"""Seconds until a job is tried again that another worker has claimed."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A job that an engine is through with."""

    job: Job
    report: Report | None
    """None: its worker died."""


class Engine(Protocol):
    """Where jobs run; a context manager that holds its workers."""

    slots: int
    """Jobs that it takes at a time."""

    def submit(self, job: Job) -> None:
        """Begin a job; at most `slots` are begun and not finished."""

    def wait(self, seconds: float) -> list[Finished]:
        """Jobs that have finished, after waiting for at least one of them for so long."""

    def stop(self) -> None:
        """Have the jobs end after the frame at hand, with all that is done on disk."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Clock(Protocol):
    """The time in seconds, as `time.monotonic` gives it."""

    def __call__(self) -> float:
        """The time now."""


def schedule(
    jobs: Iterable[Job], engine: Engine, *, retries: int = RETRIES, clock: Clock = monotonic
) -> Iterator[Report]:
    """Run jobs on an engine; yields a report of each as it is through.

    A job whose worker died, or that the disk or the network kept from being done, is tried again.
    One that another worker has claimed is asked for again until it is done, or free because that
    worker died.

    Args:
        jobs: in the order in which they begin.
        engine: where they run.
        retries: further tries of a job.
        clock: the time in seconds.
    """
    waiting = deque(jobs)
    claimed: deque[tuple[float, Job]] = deque()
    running, tries = 0, Counter[str]()
    while waiting or claimed or running:
        while claimed and claimed[0][0] <= clock():
            waiting.append(claimed.popleft()[1])
        while waiting and running < engine.slots:
            engine.submit(waiting.popleft())
            running += 1
        for finished in engine.wait(_LOOK_AGAIN):
            running -= 1
            report = finished.report
            if report is not None and report.result == "claimed":
                claimed.append((clock() + _LOOK_AGAIN, finished.job))
                continue
            if report is None or report.try_again:
                tries[finished.job.name] += 1
                if tries[finished.job.name] <= retries:
                    # It may have been long at work: what is left of it must not come last.
                    waiting.appendleft(finished.job)
                    continue
            yield report or Report(
                finished.job, "retry", f"its worker died {tries[finished.job.name]} times"
            )
