"""What the jobs of a batch are asked to do, what is known of them, and what came of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal, TypeAlias

from lighttrack.pipeline.batch.jobs import Job
from lighttrack.pipeline.batch.marker import SUFFIX, Marker, fingerprint
from lighttrack.pipeline.batch.storage import Storage
from lighttrack.pipeline.loading import networks_of_request
from lighttrack.pipeline.outputs import paths_of
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.resume import JSONL
from lighttrack.tracking import PoseTracker

Plan: TypeAlias = Literal["track", "resume", "skip", "stays failed", "refuse"]
"""What a call would do with a job."""

Result: TypeAlias = Literal["done", "failed", "retry", "interrupted", "claimed"]
"""What came of a job: `retry`: not done, worth another try; `claimed`: another worker has it."""

TrackerFor: TypeAlias = Callable[[Request], PoseTracker]
"""Gives the tracker of a request, its networks loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is the same for all jobs of a batch."""

    request: Request
    """How each is tracked and what is written; its source and output are replaced."""

    output: str
    """Folder or address of the results."""

    overwrite: bool = False
    """Whether results that no marker claims may be replaced."""

    redo_failed: bool = False

    tracker_for: TrackerFor = networks_of_request
    """Gives each worker its tracker: a function that a worker can import."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a job in one call."""

    job: Job
    result: Result
    error: str | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    """Of the run: frames, people, ids, seconds, fps, problem."""

    outputs: tuple[str, ...] = ()
    skipped: bool = False
    """Whether an earlier call had come to this result."""

    try_again: bool = False
    """Whether the same call should try it once more: the disk or the network failed."""


def request_of(job: Job, batch: Batch) -> Request:
    """How a job is tracked: the batch's options, changed by its own.

    Raises:
        ValueError: if an option is not allowed.
    """
    options = dict(job.options)
    changes: dict[str, dict[str, Any]] = {}
    if "max_people" in options:
        changes["lifecycle"] = {"max_people": options.pop("max_people")}
    if "keyframe_interval" in options:
        changes["keyframes"] = {"interval": options.pop("keyframe_interval")}
    config = batch.request.configuration.changed(changes)
    return replace(batch.request, source=job.source, name=job.stem, config=config, **options)


def plan(job: Job, batch: Batch, storage: Storage) -> tuple[Plan, Marker | None]:
    """What to do with a job, and what is known of it.

    Raises:
        ValueError: if one of its options is not allowed.
        OSError: if its marker or a file that it names cannot be read.
    """
    request = request_of(job, batch)
    data = storage.read(marker_of(job))
    marker = None if data is None else Marker.from_json(data)
    if data is not None and marker is None:
        # Half-written: the file is ours, what it said is unknown.
        return "track", None
    expected = [*_outputs_of(job, request).values(), f"{job.stem}.summary.json"]
    if marker is None:
        foreign = storage.existing(job.folder, expected)
        return ("refuse" if foreign and not batch.overwrite else "track"), None
    if marker.fingerprint != fingerprint(job.source, request, batch.tracker_for):
        return "track", marker
    if marker.status == "failed":
        return ("track" if batch.redo_failed else "stays failed"), marker
    if marker.status == "done":
        there = storage.existing(job.folder, marker.outputs)
        return ("skip" if len(there) == len(marker.outputs) else "track"), marker
    saved = storage.existing(job.folder, [f"{job.stem}.state.npz"])
    return ("resume" if saved and JSONL in request.write else "track"), marker


def settled_report(job: Job, what: Plan, marker: Marker | None) -> Report | None:
    """The report of a job for which nothing is to be done; None for one that is to be tracked."""
    if what == "refuse":
        return Report(
            job,
            "failed",
            "there is a result already that this batch has not made: overwrite replaces it",
        )
    if marker is None or what not in ("skip", "stays failed"):
        return None
    result: Result = "done" if what == "skip" else "failed"
    return Report(job, result, marker.error, dict(marker.figures), marker.outputs, skipped=True)


def marker_of(job: Job) -> str:
    """Name of the marker of a job."""
    return str(PurePosixPath(job.folder) / (job.stem + SUFFIX))


def _outputs_of(job: Job, request: Request) -> dict[str, str]:
    paths = paths_of(Path(), job.stem, request.write)
    return {kind: path.name for kind, path in paths.items()}
