"""The engine of many machines: tasks on a Ray cluster."""

import os
import pickle
from functools import lru_cache
from typing import Any, Self

from lighttrack.pipeline.batch.jobs import Job
from lighttrack.pipeline.batch.plan import Report
from lighttrack.pipeline.batch.processes import Work
from lighttrack.pipeline.batch.schedule import Finished

_AHEAD = 2
"""Tasks handed to Ray for each that can run, so that no worker waits for the next."""

_LOST_WORKERS = 2
"""Times that Ray itself runs a task again whose worker or node died."""


class RayTasks:
    """Runs jobs as tasks of Ray, each with `threads` processors reserved.

    Args:
        work: does one job; its networks stay loaded in each of Ray's workers.
        threads: processors for each task.
        address: of the cluster; without it that of `RAY_ADDRESS`, else a cluster of this machine.

    Raises:
        RuntimeError: if Ray is not installed.
    """

    def __init__(self, work: Work, *, threads: int, address: str | None = None) -> None:
        self._ray = _ray()
        self._address, self._threads = address, threads
        self._work = pickle.dumps(work)
        self._running: dict[Any, Job] = {}
        self.slots = 1

    def __enter__(self) -> Self:
        self._owned = not self._ray.is_initialized()
        if self._owned:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            given = {} if self._address is None else {"address": self._address}
            self._ray.init(include_dashboard=False, log_to_driver=False, **given)
        cpus = int(self._ray.cluster_resources().get("CPU", 1))
        self.slots = max(1, cpus // self._threads) * _AHEAD
        self._task = self._ray.remote(num_cpus=self._threads, max_retries=_LOST_WORKERS)(_do)
        self._shared = self._ray.put(self._work)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._owned:
            self._ray.shutdown()

    def submit(self, job: Job) -> None:
        """Hand a job to Ray."""
        self._running[self._task.remote(self._shared, job)] = job

    def wait(self, seconds: float) -> list[Finished]:
        """Jobs that have finished, after waiting for at least one for so long."""
        ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=seconds)
        return [Finished(self._running.pop(reference), self._of(reference)) for reference in ready]

    def _of(self, reference: Any) -> Report | None:
        try:
            report: Report = self._ray.get(reference)
        except self._ray.exceptions.RayError:
            return None
        return report

    def stop(self) -> None:
        """Cancel what has not begun; what runs ends after its frame."""
        for reference in self._running:
            self._ray.cancel(reference, force=False)


def _do(work: bytes, job: Job) -> Report:
    return _loaded(work)(job, lambda done, total: None)


@lru_cache(maxsize=1)
def _loaded(work: bytes) -> Work:
    loaded: Work = pickle.loads(work)
    return loaded


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise RuntimeError('engine ray needs Ray: pip install "lighttrack[ray]"') from error
    return ray
