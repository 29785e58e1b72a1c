import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from lighttrack.pipeline.batch.claim import Claim

_HAMMER = """
import os, random, sys, time
from pathlib import Path
from lighttrack.pipeline.batch.claim import Claim

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
choose = random.Random(seed)
while True:
    claim = Claim(folder / "video")
    if not claim.take():
        time.sleep(0.002)
        continue
    # A file that names a living process here means that two hold the claim.
    holder = folder / "holder"
    if holder.exists() and holder.read_text():
        other = int(holder.read_text())
        try:
            os.kill(other, 0)
            (folder / f"conflict-{os.getpid()}").write_text(str(other))
        except ProcessLookupError:
            pass
    holder.write_text(str(os.getpid()))
    time.sleep(choose.uniform(0, 0.02))
    with open(folder / "taken", "a") as file:
        file.write("x")
    holder.write_text("")
    claim.release()
"""


def test_ten_processes_with_random_kills_never_hold_a_claim_at_once(tmp_path):
    if os.name != "posix":
        pytest.skip("dead processes are seen on POSIX only; elsewhere the lease ends claims")
    choose = random.Random(0)
    command = [sys.executable, "-c", _HAMMER, str(tmp_path)]
    workers = [subprocess.Popen([*command, str(seed)]) for seed in range(10)]
    try:
        ends = time.monotonic() + 6
        while time.monotonic() < ends:
            time.sleep(0.15)
            victim = choose.randrange(len(workers))
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            workers[victim] = subprocess.Popen([*command, str(choose.random())[2:]])
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert not list(tmp_path.glob("conflict-*"))
    assert (tmp_path / "taken").stat().st_size > 20


def test_a_claim_of_another_machine_holds_for_its_lease(tmp_path):
    file = tmp_path / "video.claim-3"
    file.write_text(json.dumps({"host": "elsewhere", "process": 1}))
    assert not Claim(tmp_path / "video", lease=60).take()
    long_ago = time.time() - 61
    os.utime(file, (long_ago, long_ago))
    claim = Claim(tmp_path / "video", lease=60)
    assert claim.take()
    assert (tmp_path / "video.claim-4").exists()
    claim.release()
    assert list(tmp_path.iterdir()) == []


def test_a_claim_is_renewed_while_it_is_held(tmp_path):
    with Claim(tmp_path / "video", lease=0.5) as claim:
        assert claim.take()
        time.sleep(1.2)
        assert not Claim(tmp_path / "video", lease=0.5).take()
        assert claim.is_held()


def test_a_worker_sees_that_its_claim_was_taken_over(tmp_path):
    claim = Claim(tmp_path / "video")
    assert claim.take()
    (tmp_path / "video.claim-1").write_text("{}")
    assert not claim.is_held()
    claim.release()
    assert (tmp_path / "video.claim-1").exists()


def test_two_claims_with_like_names_are_apart(tmp_path):
    first, second = Claim(tmp_path / "a"), Claim(tmp_path / "a.claim-0")
    assert first.take()
    assert second.take()
    first.release()
    second.release()
