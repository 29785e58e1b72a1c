"""One call for many videos."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Unpack

from lighttrack.assembly import TrackerOptions
from lighttrack.pipeline.batch.plan import Batch, TrackerFor
from lighttrack.pipeline.batch.run import BatchResult, EngineName, Shard, run_batch
from lighttrack.pipeline.loading import networks_of_request
from lighttrack.pipeline.outputs import kinds_named
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.resume import JSONL


def track_many(
    sources: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    output: str | os.PathLike[str],
    write: str | Sequence[str] = (JSONL, "video"),
    jobs: int | None = None,
    engine: EngineName = "processes",
    shard: str | None = None,
    redo: Literal["failed"] | None = None,
    overwrite: bool = False,
    target: str | None = None,
    skeleton: str | None = None,
    smooth: bool = False,
    start: float | None = None,
    end: float | None = None,
    tracker_for: TrackerFor = networks_of_request,
    progress: bool = True,
    **options: Unpack[TrackerOptions],
) -> BatchResult:
    """Track many videos, each to its own files; what is done already is skipped.

    The call can be repeated, and interrupted at any moment: the next one goes on.

    Args:
        sources: videos, folders (searched to any depth), patterns, addresses, list files and CSV
            files; see `lighttrack.pipeline.batch.jobs.find_jobs`.
        output: folder of the results, which keep the paths of their videos; or an address such as
            `s3://bucket/results`.
        write: what to write for each, as in `track_video`.
        jobs: videos at a time; without it, one for each core.
        engine: `processes` of this machine, or `ray`.
        shard: `I/N`: only this part of the videos; `auto`: that of the job array.
        redo: `failed`: try again what has failed for good.
        overwrite: replace results that are there and that no batch has made.
        target: follow one person only, in each video.
        skeleton: keypoints of the results, by name.
        smooth: take the jitter out of what is written.
        start: second of each video to begin at.
        end: second of each video to end at.
        tracker_for: gives each worker its tracker, in place of the options below: a function of
            a module that workers can import, as objects stay in their process.
        progress: whether progress is shown.
        **options: those of `load_tracker`, by name: `preset`, `detector`, `pose`, `matcher`,
            `appearance`, `config`, and `threads` for each job.

    Returns:
        A report of each video; errors of single videos are in it.

    Raises:
        FileNotFoundError: if a list, a pattern or a folder leads nowhere.
        ValueError: if there is no video, or an option is not allowed.

    Example:
        >>> result = track_many("videos", output="results", preset="fast")  # doctest: +SKIP
        >>> result.is_done, [report.error for report in result.with_result("failed")]
        ... # doctest: +SKIP
        (True, [])
    """
    threads = options.pop("threads", None)
    request = Request(
        source="",
        output=Path(),
        write=kinds_named(write),
        target=target,
        skeleton=skeleton,
        smooth=smooth,
        start=start,
        end=end,
        command=sys.argv,
        **options,
    )
    batch = Batch(
        request=request,
        output=os.fspath(output),
        overwrite=overwrite,
        redo_failed=redo == "failed",
        tracker_for=tracker_for,
    )
    return run_batch(
        [sources] if isinstance(sources, str | os.PathLike) else sources,
        batch,
        slots=jobs,
        threads=threads,
        engine=engine,
        shard=None if shard is None else Shard.of(shard),
        show=progress,
    )
