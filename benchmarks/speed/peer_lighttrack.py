"""One run of lighttrack for `peers.py`: prints times and counts as JSON."""

import argparse
import json
import time
from itertools import islice

from lighttrack import TrackerConfig, load_tracker, open_video

WARM_UP = 11
"""Frames: up to the second key frame."""


def main() -> None:
    """Track frames that are in memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip")
    parser.add_argument("--preset", default="embedded")
    parser.add_argument("--detector")
    parser.add_argument("--pose")
    parser.add_argument("--max-people", type=int)
    parser.add_argument("--frames", type=int)
    arguments = parser.parse_args()
    tracker = load_tracker(
        arguments.preset,
        detector=arguments.detector,
        pose=arguments.pose,
        config=TrackerConfig(max_people=arguments.max_people),
    )
    with open_video(arguments.clip) as video:
        frames = list(islice(video, arguments.frames))
    for _ in tracker.track(frames[:WARM_UP]):
        pass
    began, computed = time.perf_counter(), time.process_time()
    people = sum(len(tracked) for tracked in tracker.track(frames))
    seconds = time.perf_counter() - began
    processor = time.process_time() - computed
    result = {"seconds": seconds, "processor": processor, "frames": len(frames), "people": people}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
