"""Where the time of `lighttrack track --write jsonl` goes, and how little its networks wait.

    python benchmarks/speed/stages.py ../shared/clips/TUD-Campus/TUD-Campus.mp4

Stages overlap (decoding and writing have threads of their own), so they do not add up to the wall
time. `networks`: the same calls of the networks once more, alone, on images already in place;
`wall / networks` is what everything else costs. `processor` is what all threads compute; with
`--threads 1` none of it is spent waiting, so it holds on a machine that is busy with other work.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from measuring import NetworkCalls, show, watched_networks, write

from lighttrack.models.presets import PRESETS
from lighttrack.pipeline import loading
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.run import run

STAGES = ("decode", "detect", "pose", "associate", "write")


def measure(source: str, preset: str, threads: int | None, times: int) -> dict[str, Any]:
    """Medians over `times` runs, each followed by its networks alone."""
    runs = []
    with (
        tempfile.TemporaryDirectory() as folder,
        watched_networks() as calls,
        _warm_up_forgotten(calls) as started,
    ):
        request = Request(
            source=source, output=Path(folder), write=("jsonl",), preset=preset, threads=threads
        )
        for _ in range(times):
            summary = run(request).summary
            stages = summary["stage_seconds"]
            processor = process_time() - started[-1]
            wall, networks = summary["seconds"], calls.replay()
            runs.append(
                {
                    "wall": wall,
                    "processor": processor,
                    "fps": summary["frames"] / wall,
                    **{stage: stages[stage] for stage in STAGES},
                    "networks": networks,
                    "wall / networks": wall / networks,
                    "wall / (detect + pose)": wall / (stages["detect"] + stages["pose"]),
                }
            )
    figures = {name: median(run[name] for run in runs) for name in runs[0]}
    counts = {name: summary[name] for name in ("frames", "people", "detector_calls", "pose_calls")}
    return {**counts, **figures}


@contextmanager
def _warm_up_forgotten(calls: NetworkCalls) -> Iterator[list[float]]:
    """Have the calls that only compile the networks left out: they are no part of the wall time.

    Yields:
        The process's processor seconds at the end of each warm-up so far.
    """
    warm_up, started = loading.warm_up, []

    def forgotten(*arguments: Any) -> None:
        warm_up(*arguments)
        calls.clear()
        started.append(process_time())

    loading.warm_up = forgotten
    try:
        yield started
    finally:
        loading.warm_up = warm_up


def main() -> None:
    """Print a table with a row for each preset."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument(
        "--presets", nargs="+", choices=PRESETS, default=["fast", "balanced", "embedded"]
    )
    parser.add_argument("--threads", type=int)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results = {
        preset: measure(arguments.source, preset, arguments.threads, arguments.times)
        for preset in arguments.presets
    }
    columns = [
        "wall",
        "fps",
        "processor",
        *STAGES,
        "networks",
        "wall / networks",
        "wall / (detect + pose)",
    ]
    rows = [[name, *(result[column] for column in columns)] for name, result in results.items()]
    show("seconds, medians", ["preset", *columns], rows)
    write(arguments.json, results)


if __name__ == "__main__":
    main()
