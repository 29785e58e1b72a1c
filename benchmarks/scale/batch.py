"""A batch beside its single runs: wall time, and what one job costs beyond its frames.

    python benchmarks/scale/batch.py CLIP --videos 40 --end 1

Tracks copies of the clip one by one in one process, its networks loaded once, then as a batch on
`--jobs` processes; prints wall / (sum of the single runs / jobs), which would be 1 without any
overhead. The time that a batch takes to find that all is done is that of its overhead alone.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import lighttrack
from lighttrack.pipeline.batch.processes import cores
from lighttrack.pipeline.track_many import track_many


def main() -> None:
    """Print the ratio and, with `--json`, write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--videos", type=int, default=40)
    parser.add_argument("--end", type=float, default=1.0)
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--jobs", type=int, default=cores())
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    how = {"preset": options.preset, "write": "jsonl", "end": options.end, "progress": False}
    with tempfile.TemporaryDirectory() as place:
        videos, results = Path(place, "videos"), Path(place, "results")
        videos.mkdir()
        for number in range(options.videos):
            shutil.copy(options.clip, videos / f"{number:03d}{options.clip.suffix}")
        tracker = lighttrack.load_tracker(options.preset, threads=1)
        began = perf_counter()
        for number, video in enumerate(sorted(videos.iterdir())):
            lighttrack.track_video(
                video,
                tracker=tracker,
                output=Path(place, "single", str(number)),
                write="jsonl",
                end=options.end,
                progress=False,
            )
        single = perf_counter() - began
        began = perf_counter()
        result = track_many(videos, output=results, jobs=options.jobs, threads=1, **how)
        wall = perf_counter() - began
        assert result.is_done
        began = perf_counter()
        track_many(videos, output=results, jobs=options.jobs, threads=1, **how)
        skipping = perf_counter() - began
    figures = {
        "videos": options.videos,
        "jobs": options.jobs,
        "single_seconds": single,
        "batch_seconds": wall,
        "ratio": wall / (single / options.jobs),
        "seconds_per_job_to_skip": skipping / options.videos,
    }
    json.dump(figures, sys.stdout, indent=2)
    print()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
