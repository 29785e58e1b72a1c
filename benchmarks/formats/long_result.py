"""A long result through every format: seconds, size and memory of writing it and reading it back.

    python benchmarks/formats/long_result.py --frames 100000 --people 2

Each format has a process of its own, whose peak memory is printed beside that of one that only
holds the result. A format that refuses the result is printed with its reason.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from lighttrack.formats import FORMATS, FormatError, read_tracks, write_tracks
from lighttrack.structures import Poses, TrackedFrame, TrackedVideo, TrackState, VideoInfo
from lighttrack.structures.skeletons import COCO_17


def result_of(frames: int, people: int) -> TrackedVideo:
    """People in every frame, who leave and are replaced every 1,000 frames."""
    random = np.random.default_rng(0)
    keypoints = random.uniform(50, 400, (people, 17, 2)).astype(np.float32)
    box = np.tile(np.array([40, 40, 420, 420], np.float32), (people, 1))
    scores = np.full((people, 17), 0.9, np.float32)
    poses = Poses(COCO_17, keypoints, scores, box, scores[:, 0])
    tracked = [
        TrackedFrame(
            index,
            index / 25,
            [1 + people * (index // 1000) + person for person in range(people)],
            poses,
            box,
            index % 10 == 0,
            [TrackState.TRACKED] * people,
        )
        for index in range(frames)
    ]
    return TrackedVideo(VideoInfo("long", 640, 480, 25.0, frames), COCO_17, tracked, {})


def measured(name: str | None, frames: int, people: int) -> dict[str, Any]:
    """One format's row; with None, that of the result alone."""
    result = result_of(frames, people)
    row: dict[str, Any] = {"format": name or "(the result alone)"}
    if name is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = FORMATS[name].path_in(Path(folder), "long")
            began = perf_counter()
            try:
                write_tracks(result, path, name)
            except (FormatError, ImportError) as error:
                return {**row, "refused": str(error)}
            row["write_seconds"] = perf_counter() - began
            files = [file for file in Path(folder).rglob("*") if file.is_file()]
            row["files"], row["bytes"] = len(files), sum(file.stat().st_size for file in files)
            began = perf_counter()
            sources = [path]
            if path.is_dir() and name != "openpose":
                sources = sorted(path.iterdir())
            try:
                row["rows_read"] = sum(
                    int(np.count_nonzero(frame.ids >= 0))
                    for source in sources
                    for frame in read_tracks(source).frames
                )
            except FormatError as error:
                row["not_read"] = str(error)
            row["read_seconds"] = perf_counter() - began
    row["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return row


def main() -> None:
    """Print a row a format and, with `--json`, write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=2)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=[*FORMATS])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    rows = []
    for name in [None, *options.formats]:
        with context.Pool(1) as pool:
            row = pool.apply(measured, (name, options.frames, options.people))
        rows.append(row)
        print(
            " ".join(
                f"{key}={value:.3g}" if isinstance(value, float) else f"{key}={value}"
                for key, value in row.items()
            ),
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    sys.exit(any("refused" in row or "not_read" in row for row in rows))


if __name__ == "__main__":
    main()
