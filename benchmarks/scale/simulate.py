"""Ten thousand jobs on a hundred nodes that fail, by the scheduler that batches use.

    python benchmarks/scale/simulate.py --jobs 10000 --nodes 100 --slots 8

Workers need no time but that of a simulated clock. A node dies at random moments, and is back
after some minutes; its jobs are lost, and done again from their last saved state, as in a real
batch. Prints how long it takes beside what it would take without failures.
"""

import argparse
import heapq
import json
import random
import sys
from collections.abc import Callable

from lighttrack.pipeline.batch.jobs import Job
from lighttrack.pipeline.batch.plan import Report
from lighttrack.pipeline.batch.schedule import Finished, schedule

_SAVED_EVERY = 5.0
"""Seconds between two states that a job saves."""

_OVERHEAD = 0.5
"""Seconds of a job beside its frames."""


class Cluster:
    """Nodes with slots on a simulated clock; an `Engine`.

    Args:
        nodes: how many.
        slots: jobs at a time on each.
        seconds: what each job takes.
        mean_life: mean seconds until a node dies.
        repair: seconds until it is back.
        chance: decides when nodes die.
    """

    def __init__(
        self,
        nodes: int,
        slots: int,
        *,
        seconds: Callable[[Job], float],
        mean_life: float,
        repair: float,
        chance: random.Random,
    ) -> None:
        self.slots = nodes * slots
        self._per_node, self._seconds = slots, seconds
        self._life, self._repair, self._chance = mean_life, repair, chance
        self.now, self.lost = 0.0, 0
        self._events: list[tuple[float, int, str, int, Job | None]] = []
        self._count = 0
        self._running: list[dict[str, float]] = [{} for _ in range(nodes)]
        self._up = [True] * nodes
        self._left: dict[str, float] = {}
        self._waiting: list[Job] = []
        for node in range(nodes):
            self._after(chance.expovariate(1 / mean_life), "dies", node)

    def submit(self, job: Job) -> None:
        """Begin a job on the node with the most free slots, or when one is up again."""
        self._waiting.append(job)
        self._place()

    def wait(self, seconds: float) -> list[Finished]:
        """Let the clock run to the next job that finishes."""
        ends = self.now + seconds
        while self._events and self._events[0][0] <= ends:
            self.now, _, kind, node, job = heapq.heappop(self._events)
            if kind == "dies":
                return self._die(node)
            if kind == "up":
                self._up[node] = True
                self._after(self._chance.expovariate(1 / self._life), "dies", node)
                self._place()
            elif job is not None and self._running[node].get(job.name) == self.now:
                del self._running[node][job.name]
                self._place()
                return [Finished(job, Report(job, "done"))]
        self.now = ends
        return []

    def _die(self, node: int) -> list[Finished]:
        self._up[node] = False
        self._after(self._repair, "up", node)
        lost = []
        for name, ends in self._running[node].items():
            # What had been saved need not be done again.
            left = ends - self.now
            self._left[name] = left + self._chance.uniform(0, _SAVED_EVERY)
            lost.append(Finished(Job(name, stem=name), None))
        self.lost += len(lost)
        self._running[node] = {}
        return lost

    def _place(self) -> None:
        while self._waiting:
            free = [n for n, up in enumerate(self._up) if up and self._free(n) > 0]
            if not free:
                return
            node = max(free, key=self._free)
            job = self._waiting.pop()
            needed = self._left.pop(job.name, self._seconds(job)) + _OVERHEAD
            self._running[node][job.name] = self.now + needed
            self._after(needed, "ends", node, job)

    def _free(self, node: int) -> int:
        return self._per_node - len(self._running[node])

    def _after(self, seconds: float, kind: str, node: int, job: Job | None = None) -> None:
        self._count += 1
        heapq.heappush(self._events, (self.now + seconds, self._count, kind, node, job))

    def stop(self) -> None:
        """Nothing runs outside the simulated clock."""

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def clock(self) -> float:
        """Simulated seconds."""
        return self.now


def simulate(jobs: int, nodes: int, slots: int, mean_life: float, seed: int) -> dict[str, float]:
    """Figures of one simulation."""
    chance = random.Random(seed)
    lengths = {f"{n:06d}": chance.lognormvariate(4.5, 0.6) for n in range(jobs)}
    cluster = Cluster(
        nodes,
        slots,
        seconds=lambda job: lengths[job.name],
        mean_life=mean_life,
        repair=300.0,
        chance=chance,
    )
    # As a batch does, which goes by the sizes of the files: roughly the longest first.
    guessed = {name: length * chance.uniform(0.5, 2) for name, length in lengths.items()}
    work = [Job(name, stem=name) for name in sorted(lengths, key=guessed.__getitem__)[::-1]]
    results = [report.result for report in schedule(work, cluster, clock=cluster.clock)]
    ideal = sum(lengths.values()) / (nodes * slots)
    return {
        "jobs": jobs,
        "done": results.count("done"),
        "not_done": len(results) - results.count("done"),
        "lost_and_repeated": cluster.lost,
        "hours": cluster.now / 3600,
        "ideal_hours": ideal / 3600,
        "ratio": cluster.now / ideal,
        "longest_job_hours": max(lengths.values()) / 3600,
    }


def main() -> None:
    """Print the figures of a simulation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--mean-life", type=float, default=4 * 3600, help="seconds of a node")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    figures = simulate(options.jobs, options.nodes, options.slots, options.mean_life, options.seed)
    json.dump(figures, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
