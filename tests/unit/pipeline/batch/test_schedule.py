import heapq
import random

import pytest

from lighttrack.pipeline.batch.jobs import Job
from lighttrack.pipeline.batch.plan import Report
from lighttrack.pipeline.batch.schedule import Finished, schedule


class Simulated:
    """Workers that need no time but that of their own clock.

    Args:
        slots: jobs at a time.
        outcome: what comes of a job at its n-th try: a result, `"lost"` or `"disk"`.
    """

    def __init__(self, slots, outcome, seconds=lambda job: 10.0):
        self.slots, self.outcome, self.seconds = slots, outcome, seconds
        self.now, self.begun, self.most = 0.0, [], 0
        self.running = []

    def submit(self, job):
        self.begun.append(job.name)
        heapq.heappush(self.running, (self.now + self.seconds(job), len(self.begun), job))
        self.most = max(self.most, len(self.running))

    def wait(self, seconds):
        if not self.running or self.running[0][0] > self.now + seconds:
            self.now += seconds
            return []
        self.now, _, job = heapq.heappop(self.running)
        result = self.outcome(job, self.begun.count(job.name))
        if result == "lost":
            return [Finished(job, None)]
        report = Report(job, "retry", "disk", try_again=True)
        return [Finished(job, report if result == "disk" else Report(job, result))]

    def clock(self):
        return self.now


def jobs(count):
    return [Job(f"{n}.mp4", stem=f"{n:05d}") for n in range(count)]


def run(engine, count, **options):
    return {r.job.name: r for r in schedule(jobs(count), engine, clock=engine.clock, **options)}


def test_each_job_runs_once_and_never_more_than_the_slots():
    engine = Simulated(3, lambda job, n: "done")
    reports = run(engine, 10)
    assert sorted(engine.begun) == sorted(reports)
    assert engine.most == 3
    assert engine.now == pytest.approx(40)


@pytest.mark.parametrize("trouble", ["lost", "disk"])
def test_a_lost_worker_and_a_disk_error_are_tried_again_but_not_for_ever(trouble):
    engine = Simulated(2, lambda job, n: trouble if job.stem == "00001" or n == 1 else "done")
    reports = run(engine, 3, retries=2)
    assert reports["00000"].result == reports["00002"].result == "done"
    assert reports["00001"].result == "retry"
    assert engine.begun.count("00001") == 3
    assert engine.begun.count("00000") == 2


def test_what_failed_for_good_is_not_tried_again():
    engine = Simulated(2, lambda job, n: "failed")
    assert {r.result for r in run(engine, 3).values()} == {"failed"}
    assert len(engine.begun) == 3


def test_what_another_worker_has_claimed_is_asked_for_again():
    engine = Simulated(2, lambda job, n: "claimed" if n < 4 else "done", seconds=lambda job: 0.0)
    assert {r.result for r in run(engine, 2).values()} == {"done"}
    assert engine.begun.count("00000") == 4
    assert engine.now >= 3


def test_ten_thousand_jobs_on_a_hundred_nodes_with_failures():
    choose = random.Random(0)
    engine = Simulated(
        400,
        lambda job, n: choose.choices(["done", "lost", "disk"], [0.97, 0.02, 0.01])[0],
        seconds=lambda job: 30 + int(job.stem) % 60,
    )
    reports = run(engine, 10_000)
    assert len(reports) == 10_000
    results = [report.result for report in reports.values()]
    # Three tries in a row fail once in 37,000 jobs.
    assert results.count("done") >= 9_995
    busy = sum(30 + int(name) % 60 for name in engine.begun) / 400
    # At the end some nodes wait for the last jobs, and for one that is tried again.
    assert engine.now < busy + 2 * 89
