"""`lighttrack batch`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import CycloptsError, Parameter

from lighttrack.cli.app import FAILED, INTERRUPTED
from lighttrack.cli.messages import counted, note, tell
from lighttrack.cli.tracking import Flag, TrackingOptions

if TYPE_CHECKING:
    from lighttrack.pipeline.batch.run import BatchResult

_DEFAULTS = TrackingOptions()


def batch(
    *sources: str,
    output: Annotated[str, Parameter(alias="-o")],
    jobs: int | None = None,
    engine: Literal["processes", "ray"] = "processes",
    shard: str | None = None,
    redo: Literal["failed"] | None = None,
    overwrite: Flag = False,
    dry_run: Flag = False,
    options: Annotated[TrackingOptions, Parameter(name="*")] = _DEFAULTS,
) -> int:
    """Track many videos; what is done already is skipped, what was interrupted goes on.

    Results keep the paths of their videos below `--output`; `batch.csv` and `batch.html` there list
    them. The exit code is 0 only if all videos are done.

    For example:

        lighttrack batch videos --output results --preset fast
        lighttrack batch "day*/*.mp4" --output results --write jsonl,mot --dry-run
        lighttrack batch jobs.csv --output results --jobs 4 --threads 2
        lighttrack batch videos --output results --shard auto
        lighttrack batch s3://bucket/videos/ --output s3://bucket/results --engine ray

    Args:
        sources: Videos, folders (searched to any depth; one that holds only images is one video),
            patterns, addresses, list files (`.txt`, a source a line) and CSV files (a column
            `source`, and columns such as `start`, `end`, `preset` for each video).
        output: Folder for the results, or an address such as `s3://bucket/results`.
        jobs: Videos at a time; by default one for each processor core.
        engine: Where they are tracked: `processes` of this machine, or a `ray` cluster
            (`pip install "lighttrack[ray]"`).
        shard: `I/N`: only the I-th of N parts of the videos; `auto`: the part of this task of a job
            array (Slurm, AWS Batch, Kubernetes).
        redo: `failed`: try again what has failed for good, as it cannot be read.
        overwrite: Replace results that are there and were not made by `lighttrack batch`.
        dry_run: Say what would be done with each video, and do nothing.
        options: How to track each, and what to write.
    """
    if not sources:
        raise CycloptsError(
            msg='Parameter "SOURCES" requires an argument.', command_chain=("batch",)
        )
    from lighttrack.pipeline.batch.plan import Batch
    from lighttrack.pipeline.batch.run import Shard, planned, run_batch

    request = replace(options.request("", Path()), threads=None)
    work = Batch(request=request, output=output, overwrite=overwrite, redo_failed=redo == "failed")
    part = None if shard is None else Shard.of(shard)
    if dry_run:
        for job, what in planned(sources, work, shard=part):
            tell(f"{job.name}: {what}")
        return 0
    result = run_batch(
        sources,
        work,
        slots=jobs,
        threads=options.threads,
        engine=engine,
        shard=part,
        say=note,
    )
    return _report(result, output)


def _report(result: "BatchResult", output: str) -> int:
    done = result.with_result("done")
    skipped = sum(report.skipped for report in done)
    earlier = f" ({skipped} of them in an earlier call)" if skipped else ""
    tell(f"{len(done)} of {counted(len(result.reports), 'video')} done{earlier}")
    for report in result.with_result("failed", "retry"):
        tell(f"  {report.job.name}: {report.error}")
    tell(f"  {output.rstrip('/')}/batch.html")
    if result.interrupted:
        note("interrupted; the same command goes on")
        return INTERRUPTED
    return 0 if result.is_done else FAILED
