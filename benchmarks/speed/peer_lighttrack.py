"""One run of lighttrack for `peers.py`: prints times and counts as JSON."""

import argparse
from itertools import islice

from peer_timing import WARM_UP, report

from lighttrack import TrackerConfig, load_tracker, open_video


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
        config=TrackerConfig().changed({"lifecycle": {"max_people": arguments.max_people}}),
    )
    with open_video(arguments.clip) as video:
        frames = list(islice(video, arguments.frames))
    for _ in tracker.track(frames[:WARM_UP]):
        pass
    report(len(frames), lambda: sum(len(tracked) for tracked in tracker.track(frames)))


if __name__ == "__main__":
    main()
