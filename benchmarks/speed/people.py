"""What a frame costs by the number of its people and by its size.

    python benchmarks/speed/people.py ../shared/clips/TownCentre_A/TownCentre_A.mp4

One real frame; boxes that the detector finds in it are repeated up to the number of people.
`preparing` is the time in which images are cropped, scaled and written into the networks' inputs:
all of it that depends on the size of the frame.
"""

import argparse
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np
from measuring import NetworkCalls, in_turn, show, watched_networks, write

from lighttrack.assembly import networks_of
from lighttrack.models import build_detector, build_estimator
from lighttrack.models.presets import PRESETS
from lighttrack.structures import Image, Regions
from lighttrack.video import open_video

PEOPLE = (1, 2, 5, 10, 20, 30)
SIZES = {"640x360": 640, "1280x720": 1280, "1920x1080": 1920, "3840x2160": 3840}


def by_people(image: Image, detector: Any, estimator: Any, times: int) -> dict[int, float]:
    """Milliseconds of all poses of a frame."""
    found = detector(image).boxes
    works = {
        str(count): lambda count=count: estimator(image, Regions.of(np.resize(found, (count, 4))))
        for count in PEOPLE
    }
    seconds = in_turn(works, times=times)
    return {count: 1000 * seconds[str(count)] for count in PEOPLE}


def by_size(image: Image, detector: Any, estimator: Any, times: int) -> dict[str, dict[str, float]]:
    """Milliseconds of the detector and of ten poses, and how much of them prepares images."""
    results = {}
    with watched_networks() as calls:
        for name, width in SIZES.items():
            height = round(image.shape[0] * width / image.shape[1])
            scaled = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
            regions = Regions.of(np.resize(detector(scaled).boxes, (10, 4)))
            results[name] = {
                **_parts("detector", lambda scaled=scaled: detector(scaled), calls, times),
                **_parts(
                    "10 poses",
                    lambda scaled=scaled, regions=regions: estimator(scaled, regions),
                    calls,
                    times,
                ),
            }
    return results


def _parts(name: str, work: Any, calls: NetworkCalls, times: int) -> dict[str, float]:
    work()
    whole, preparing = [], []
    for _ in range(times):
        calls.clear()
        began = perf_counter()
        work()
        whole.append(perf_counter() - began)
        preparing.append(calls.preparing)
    return {
        name: 1000 * float(np.median(whole)),
        f"{name}, preparing": 1000 * float(np.median(preparing)),
    }


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument("--preset", choices=PRESETS, default="fast")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with open_video(arguments.source) as video:
        [frame] = islice(video, 1)
    names = networks_of(arguments.preset)
    detector = build_detector(names[0], threads=arguments.threads)
    estimator = build_estimator(names[1], threads=arguments.threads)
    people = by_people(frame.image, detector, estimator, arguments.times)
    sizes = by_size(frame.image, detector, estimator, arguments.times)
    rows = [[count, each, each / count] for count, each in people.items()]
    show(f"poses, {names[1]}", ["people", "milliseconds", "of each"], rows)
    columns = list(next(iter(sizes.values())))
    rows = [[size, *(row[column] for column in columns)] for size, row in sizes.items()]
    show("milliseconds by size of the frame", ["frame", *columns], rows)
    write(arguments.json, {"preset": arguments.preset, "people": people, "sizes": sizes})


if __name__ == "__main__":
    main()
