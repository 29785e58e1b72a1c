"""A whole batch: its jobs, the engine that runs them, progress, and the report at the end."""

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from lighttrack.models.assets import cache_folder
from lighttrack.pipeline.batch.jobs import Job, find_jobs
from lighttrack.pipeline.batch.marker import size_of
from lighttrack.pipeline.batch.plan import Batch, Plan, Report, plan, settled_report
from lighttrack.pipeline.batch.processes import Processes, cores
from lighttrack.pipeline.batch.ray_tasks import RayTasks
from lighttrack.pipeline.batch.report import write_report
from lighttrack.pipeline.batch.schedule import Engine, schedule
from lighttrack.pipeline.batch.storage import storage_at
from lighttrack.pipeline.batch.work import Tracking, fetch_once
from lighttrack.pipeline.progress import Say
from lighttrack.pipeline.text import counted

EngineName: TypeAlias = Literal["processes", "ray"]

_ARRAYS = (
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"),
    ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", None),
    ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", None),
)
"""Variables of job arrays: index, number of tasks, the first index."""

_PLAIN = 10.0
"""Seconds between lines of progress in a pipe, beside those of finished jobs."""

_PLANNED: Mapping[Plan, str] = {
    "track": "would be tracked",
    "resume": "would be resumed",
    "skip": "is done",
    "stays failed": "failed in an earlier call, and is unchanged",
    "refuse": "has a result that this batch has not made: it would be refused",
}


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of the jobs, of parts that together are all of them."""

    index: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if not (self.count >= 1 and 0 <= self.index <= self.count):
            raise ValueError(
                f"shard must be I/N with I from 0 to N-1 or from 1 to N, "
                f"got {self.index}/{self.count}"
            )

    @classmethod
    def of(cls, text: str, environment: Mapping[str, str] = os.environ) -> Self:
        """The shard that `I/N` names, or `auto`: that of the job array this process belongs to.

        `I` may be counted from 0 or from 1, as long as all shards count alike: N/N is 0/N.

        Raises:
            ValueError: if it is no such text, or `auto` finds no job array.

        Example:
            >>> Shard.of("auto", {"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "8"})
            Shard(index=3, count=8)
        """
        if text == "auto":
            return cls._of_array(environment)
        found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
        if found is None:
            raise ValueError(f"shard must be I/N, such as 0/8, or auto, got {text!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def _of_array(cls, environment: Mapping[str, str]) -> Self:
        for index, count, first in _ARRAYS:
            if index not in environment:
                continue
            if count not in environment:
                raise ValueError(
                    f"shard auto: {index} is set, but {count} is not: set it to the number of "
                    "tasks, or give shard as I/N"
                )
            start = int(environment.get(first, "0")) if first else 0
            return cls(int(environment[index]) - start, int(environment[count]))
        known = ", ".join(index for index, _, _ in _ARRAYS)
        raise ValueError(f"shard auto needs a job array ({known}); none of them is set")

    def part(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs of this shard."""
        return [job for n, job in enumerate(jobs) if n % self.count == self.index % self.count]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of a batch in one call."""

    reports: tuple[Report, ...]
    interrupted: bool = False

    @property
    def is_done(self) -> bool:
        """Whether every job is done, in this call or an earlier one."""
        return all(report.result == "done" for report in self.reports)

    def with_result(self, *results: str) -> list[Report]:
        """The reports whose result is one of these."""
        return [report for report in self.reports if report.result in results]


def planned(
    sources: Sequence[str | os.PathLike[str]], batch: Batch, *, shard: Shard | None = None
) -> list[tuple[Job, str]]:
    """What `run_batch` would do with each job, in a few words; nothing is tracked or written.

    Raises:
        FileNotFoundError: if a list, a pattern or a folder leads nowhere.
        ValueError: if there is no video, or an option is not allowed.
    """
    storage = storage_at(batch.output)
    jobs = _jobs(sources, batch, shard)
    return [(job, _PLANNED[plan(job, batch, storage)[0]]) for job in jobs]


def run_batch(
    sources: Sequence[str | os.PathLike[str]],
    batch: Batch,
    *,
    slots: int | None = None,
    threads: int | None = None,
    engine: EngineName = "processes",
    shard: Shard | None = None,
    show: bool = True,
    say: Say | None = None,
) -> BatchResult:
    """Track all videos that sources name, as far as that is not done yet.

    Args:
        sources: see `find_jobs`.
        batch: how, and where the results go.
        slots: jobs at a time on this machine; without it, one for each core.
        threads: processors of each; without it, the cores shared out evenly.
        engine: where jobs run: on this machine, or on a Ray cluster.
        shard: only this part of the jobs.
        show: whether progress is shown.
        say: takes the lines of progress; without it they go to the standard error.

    Raises:
        FileNotFoundError: if a list, a pattern or a folder leads nowhere.
        ValueError: if there is no video, or an option is not allowed.
        OSError: if the report cannot be written, or a network cannot be downloaded.
        RuntimeError: if a library is missing.
    """
    jobs = _jobs(sources, batch, shard)
    reports, waiting = _sorted_out(jobs, batch)
    slots = slots or min(cores(), max(1, len(waiting)))
    threads = threads or max(1, cores() // slots)
    batch = replace(batch, request=replace(batch.request, threads=threads))
    interrupted = False
    with BatchProgress(len(jobs), show=show, say=say) as progress:
        for report in reports:
            progress.through(report)
        try:
            if waiting:
                with _engine(engine, batch, slots, threads, progress) as running:
                    for report in schedule(waiting, running):
                        reports.append(report)
                        progress.through(report)
        except KeyboardInterrupt:
            interrupted = True
    through = {report.job.name for report in reports}
    reports += [Report(job, "interrupted") for job in jobs if job.name not in through]
    write_report(reports, storage_at(batch.output))
    return BatchResult(tuple(reports), interrupted)


def _sorted_out(jobs: Sequence[Job], batch: Batch) -> tuple[list[Report], list[Job]]:
    """Reports of the jobs for which nothing is to be done, and the other jobs."""
    storage = storage_at(batch.output)
    reports, waiting = [], []
    for job in jobs:
        report = settled_report(job, *plan(job, batch, storage))
        if report is None:
            waiting.append(job)
        else:
            reports.append(report)
    # A long video that begins last would keep all others waiting for its end.
    return reports, sorted(waiting, key=lambda job: -size_of(job.source))


def _jobs(
    sources: Sequence[str | os.PathLike[str]], batch: Batch, shard: Shard | None
) -> list[Job]:
    without = None if "://" in batch.output else Path(batch.output)
    jobs = find_jobs(sources, without=without)
    return jobs if shard is None else shard.part(jobs)


def _engine(
    name: EngineName, batch: Batch, slots: int, threads: int, progress: "BatchProgress"
) -> Engine:
    if name == "ray":
        return RayTasks(Tracking(batch, fetch=True), threads=threads)
    # What is missing is downloaded here, where that is shown, and not by each worker.
    fetch_once(batch.request, cache_folder(), batch.tracker_for)
    return Processes(Tracking(batch), slots=slots, on_frames=progress.frames)


class BatchProgress:
    """Shows how far a batch is: on a terminal a bar for all and one for each job, else lines.

    Args:
        total: how many jobs.
        show: whether to show anything.
        say: takes the lines where there is no terminal; without it, the standard error does.
    """

    def __init__(self, total: int, *, show: bool, say: Say | None) -> None:
        self._total, self._show = total, show
        self._say: Callable[[str], Any] = say or (lambda text: sys.stderr.write(text + "\n"))
        self._done = self._failed = 0
        self._frames: dict[str, int] = {}
        self._tasks: dict[str, Any] = {}
        self._bars = _bars() if show and sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        self._shown = perf_counter()
        if self._bars is not None:
            self._bars.start()
            self._all = self._bars.add_task("all videos", total=self._total, unit="videos")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def frames(self, job: Job, done: int, total: int | None) -> None:
        """Take note of a job's frames."""
        self._frames[job.name] = done
        if self._bars is not None:
            if job.name not in self._tasks:
                self._tasks[job.name] = self._bars.add_task(job.name, total=total, unit="frames")
            self._bars.update(self._tasks[job.name], completed=done)
        elif self._show and perf_counter() - self._shown >= _PLAIN:
            self._shown = perf_counter()
            running = ", ".join(f"{name} {count} frames" for name, count in self._frames.items())
            self._say(f"{self._done} of {self._total} done; now {running}")

    def through(self, report: Report) -> None:
        """Take note of a job that is through."""
        self._frames.pop(report.job.name, None)
        self._done += 1
        if self._bars is not None:
            if (task := self._tasks.pop(report.job.name, None)) is not None:
                self._bars.remove_task(task)
            self._bars.update(self._all, completed=self._done)
        if self._show and not report.skipped:
            self._say(f"{self._done} of {self._total}: {_line(report)}")


def _line(report: Report) -> str:
    if report.result != "done":
        what = "interrupted" if report.result == "interrupted" else "failed"
        return f"{report.job.name} {what}{f': {report.error}' if report.error else ''}"
    figures = report.figures
    ids = counted(figures["ids"], "identity", "identities")
    line = f"{report.job.name}, {counted(figures['frames'], 'frame')}, {ids}"
    return f"{line} (warning: {figures['problem']})" if figures["problem"] else line


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    columns += [TextColumn("{task.fields[unit]}")]
    return Progress(*columns, console=Console(stderr=True), transient=True)
