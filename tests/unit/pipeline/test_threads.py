import os
import signal
import threading
import time
from contextlib import contextmanager

import pytest

from lighttrack.pipeline.threads import Ahead, Behind, Interruption, timed


def test_items_come_in_their_order_from_another_thread():
    def numbers():
        for i in range(100):
            yield i, threading.get_ident()

    with Ahead(numbers()) as items:
        came = list(items)
    assert [i for i, _ in came] == list(range(100))
    assert threading.get_ident() not in {thread for _, thread in came}


def test_work_ahead_is_bounded():
    made = []

    def numbers():
        for i in range(50):
            made.append(i)
            yield i

    with Ahead(numbers(), depth=3) as items:
        first = next(iter(items))
        time.sleep(0.1)
        assert first == 0
        assert len(made) <= 5  # one taken, three waiting, one on its way


def test_an_error_while_decoding_comes_after_the_items_before_it():
    def broken():
        yield 1
        yield 2
        raise ValueError("torn film")

    seen = []
    with Ahead(broken()) as items, pytest.raises(ValueError, match="torn film"):
        seen.extend(items)
    assert seen == [1, 2]


def test_leaving_early_ends_the_thread():
    def endless():
        while True:
            yield 0

    before = threading.active_count()
    with Ahead(endless()) as items:
        next(iter(items))
    assert threading.active_count() == before


def test_a_source_that_stalls_can_be_left():
    arrived = threading.Event()

    def stalled():
        yield 1
        arrived.wait(5)

    with Ahead(stalled(), stop=lambda: True) as items:
        assert list(items) == [1]
        arrived.set()


def test_everything_handed_over_is_consumed_in_order():
    consumed = []
    with Behind(consumed.append, depth=2) as sink:
        for i in range(30):
            sink.put(i)
    assert consumed == list(range(30))


def test_a_full_disk_stops_the_run_instead_of_blocking_it():
    consumed = []

    def write(item):
        if item == 3:
            raise OSError(28, "No space left on device", "out.mp4")
        consumed.append(item)

    def hand_over():
        with Behind(write, depth=1) as sink:
            for i in range(1000):
                sink.put(i)

    with pytest.raises(OSError, match="No space left"):
        hand_over()
    assert consumed == [0, 1, 2]


def test_an_error_of_the_last_item_is_not_lost():
    def write(item):
        raise OSError("too late")

    with pytest.raises(OSError, match="too late"), Behind(write) as sink:
        sink.put(1)


def test_what_was_handed_over_is_consumed_though_the_run_fails():
    consumed = []

    def hand_over():
        with Behind(consumed.append) as sink:
            sink.put("frame 0")
            raise RuntimeError("tracker")

    with pytest.raises(RuntimeError, match="tracker"):
        hand_over()
    assert consumed == ["frame 0"]


def test_ctrl_c_asks_first_and_insists_the_second_time():
    with Interruption() as interruption:
        assert not interruption.asked
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_is_pythons_again_afterwards():
    before = signal.getsignal(signal.SIGINT)
    with Interruption():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_time_is_taken_only_while_an_item_is_made():
    inside = []

    @contextmanager
    def measure():
        inside.append(True)
        yield
        inside.pop()

    for item in timed("ab", measure):
        assert item in "ab"
        assert not inside
