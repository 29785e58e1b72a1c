"""A batch on Slurm by submitit: each of the array's tasks tracks its part of the videos.

    python examples/cluster/submitit_array.py videos results --parts 8

With `--cluster local` the tasks are processes of this machine.
"""

import argparse

import submitit

import lighttrack


def part(videos: str, results: str, preset: str, index: int, count: int) -> bool:
    """Track one part of the videos; whether all of them are done."""
    shard = f"{index}/{count}"
    result = lighttrack.track_many(
        videos, output=results, preset=preset, write="jsonl", shard=shard, progress=False
    )
    return result.is_done


def main() -> None:
    """Submit the parts and wait for them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos")
    parser.add_argument("results")
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--cluster", default="slurm")
    options = parser.parse_args()
    executor = submitit.AutoExecutor(folder="submitit-log", cluster=options.cluster)
    executor.update_parameters(timeout_min=240, cpus_per_task=4)
    with executor.batch():
        jobs = [
            executor.submit(
                part, options.videos, options.results, options.preset, index, options.parts
            )
            for index in range(options.parts)
        ]
    done = [job.result() for job in jobs]  # of all parts, also if one has failed
    print("all done" if all(done) else "some failed: see batch.csv")


if __name__ == "__main__":
    main()
