"""What the runs that `peers.py` starts share; any environment can import it."""

import json
import time
from collections.abc import Callable

WARM_UP = 11
"""Frames before the measurement: up to the second key frame of ours."""


def report(frames: int, follow: Callable[[], int]) -> None:
    """Print as JSON what `follow` takes for a number of frames, and how many people it counts."""
    began, computed = time.perf_counter(), time.process_time()
    people = follow()
    seconds = time.perf_counter() - began
    processor = time.process_time() - computed
    result = {"seconds": seconds, "processor": processor, "frames": frames, "people": people}
    print(json.dumps(result))
