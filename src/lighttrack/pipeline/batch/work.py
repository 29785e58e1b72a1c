"""One job of a batch, from its claim to its marker."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from time import perf_counter, sleep
from typing import Any, Literal, TypeAlias

import cv2

from lighttrack.models.assets import cache_folder
from lighttrack.pipeline.batch.claim import Claim
from lighttrack.pipeline.batch.jobs import Job
from lighttrack.pipeline.batch.marker import SUFFIX, Marker, Status, fingerprint
from lighttrack.pipeline.batch.storage import Storage, local_source, storage_at
from lighttrack.pipeline.loading import TrackerFor, tracker_of
from lighttrack.pipeline.measure import Counts
from lighttrack.pipeline.outputs import paths_of
from lighttrack.pipeline.request import Outcome, Request
from lighttrack.pipeline.resume import JSONL
from lighttrack.pipeline.run import run
from lighttrack.pipeline.sources import open_source
from lighttrack.render.canvas import encode_jpeg
from lighttrack.render.draw import draw
from lighttrack.structures import TrackedFrame
from lighttrack.tracking import PoseTracker
from lighttrack.video import VideoError

Plan: TypeAlias = Literal["track", "resume", "skip", "stays failed", "refuse"]
"""What a call would do with a job."""

Result: TypeAlias = Literal["done", "failed", "retry", "interrupted", "claimed"]
"""What came of a job: `retry`: not done, worth another try; `claimed`: another worker has it."""

Tell: TypeAlias = Callable[[int, int | None], None]
"""Is told how many frames of a job are done, and how many there are, if that is known."""

THUMBNAIL = ".thumbnail.jpg"
_THUMBNAIL_WIDTH = 320

_STILL_OURS = 5.0
"""Seconds between checks that no other worker has taken the job over."""


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

    tracker_for: TrackerFor = tracker_of
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
    config = batch.request.config.changed(changes)
    return replace(batch.request, source=job.source, name=job.stem, config=config, **options)


def plan(job: Job, batch: Batch, storage: Storage) -> tuple[Plan, Marker | None]:
    """What to do with a job, and what is known of it.

    Raises:
        ValueError: if one of its options is not allowed.
        OSError: if its marker or a file that it names cannot be read.
    """
    request = request_of(job, batch)
    data = storage.read(_marker_of(job))
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
    return ("resume" if JSONL in request.write else "track"), marker


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


def _marker_of(job: Job) -> str:
    return str(PurePosixPath(job.folder) / (job.stem + SUFFIX))


def _outputs_of(job: Job, request: Request) -> dict[str, str]:
    paths = paths_of(Path(), job.stem, request.write)
    return {kind: path.name for kind, path in paths.items()}


class Tracking:
    """Does the jobs of a batch in one process; networks are loaded once for all of them.

    Args:
        batch: what is the same for all jobs.
        fetch: whether networks may be missing on the machine where it runs; of several processes
            there only one fetches them.
    """

    def __init__(self, batch: Batch, *, fetch: bool = False) -> None:
        self._batch, self._fetch = batch, fetch
        self._trackers: dict[str, PoseTracker] = {}

    def __call__(self, job: Job, tell: Tell) -> Report:
        """Do a job, unless it is done or another worker has it; errors are part of the report."""
        try:
            storage = storage_at(self._batch.output)
            claim = storage.claim(str(PurePosixPath(job.folder) / job.stem))
            if claim is not None and not claim.take():
                return Report(job, "claimed")
            holding: AbstractContextManager[Any] = nullcontext() if claim is None else claim
            with holding:
                return self._claimed(job, storage, claim, tell)
        except Exception as error:  # noqa: BLE001 - one job must not end the others
            return _failure(job, error)

    def _claimed(self, job: Job, storage: Storage, claim: Claim | None, tell: Tell) -> Report:
        what, marker = plan(job, self._batch, storage)
        if (settled := settled_report(job, what, marker)) is not None:
            return settled
        request = request_of(job, self._batch)
        begun = Marker(
            "running",
            job.source,
            fingerprint(job.source, request, self._batch.tracker_for),
            attempts=1 if marker is None else marker.attempts + 1,
        )
        if marker is not None and what == "track":
            storage.remove(job.folder, marker.outputs)
        if what == "track":
            storage.remove(job.folder, [f"{job.stem}.state.npz"])
        storage.write(_marker_of(job), begun.to_json())
        try:
            report, ended = self._tracked(job, request, storage, claim, tell, what, begun)
        except Exception as error:
            failed = _failure(job, error)
            status: Status = "failed" if failed.result == "failed" else "retry"
            ended = replace(begun, status=status, error=failed.error)
            storage.write(_marker_of(job), ended.to_json())
            raise
        storage.write(_marker_of(job), ended.to_json())
        return report

    def _tracked(
        self,
        job: Job,
        request: Request,
        storage: Storage,
        claim: Claim | None,
        tell: Tell,
        what: Plan,
        begun: Marker,
    ) -> tuple[Report, Marker]:
        watch = _Watch(claim)
        with local_source(job.source) as source, storage.working(job.folder) as folder:
            with open_source(
                source, start=request.start, end=request.end, fps=request.fps
            ) as video:
                total = video.info.frame_count
            request = replace(request, source=source, output=folder)

            def show(counts: Counts) -> None:
                watch.check()
                tell(counts.frames, total)

            outcome = self._run(request, what == "resume", show, watch)
            thumbnail = _thumbnail(request, watch.best, folder / (job.stem + THUMBNAIL), outcome)
            paths = [*outcome.paths.values(), *thumbnail]
        names = tuple(path.name for path in paths)
        told = {key: outcome.summary[key] for key in ("frames", "people", "ids", "seconds", "fps")}
        told["problem"] = outcome.summary["problem"]
        ended = replace(
            begun,
            status="running" if outcome.interrupted else "done",
            outputs=names,
            networks=dict(outcome.summary["networks"]),
            figures=told,
        )
        result: Result = "interrupted" if outcome.interrupted else "done"
        return Report(job, result, None, told, names), ended

    def _run(
        self, request: Request, resume: bool, show: Callable[[Counts], None], watch: "_Watch"
    ) -> Outcome:
        """Track it; what cannot be resumed, as a network has changed, is tracked from its start."""
        try:
            request = replace(request, resume=resume)
            return run(request, show=show, on_frame=watch.seen, tracker_for=self._tracker_for)
        except VideoError:
            raise
        except ValueError:
            if not resume:
                raise
        request = replace(request, resume=False)
        return run(request, show=show, on_frame=watch.seen, tracker_for=self._tracker_for)

    def _tracker_for(self, request: Request) -> PoseTracker:
        key = repr(
            (
                request.preset,
                request.detector,
                request.pose,
                request.matcher,
                request.appearance,
                request.config,
                request.skeleton,
                request.threads,
            )
        )
        if key not in self._trackers and self._fetch:
            self._trackers[key] = fetch_once(request, cache_folder(), self._batch.tracker_for)
        elif key not in self._trackers:
            self._trackers[key] = self._batch.tracker_for(request)
        return self._trackers[key]


class _Watch:
    """Looks at the frames of a run as they come."""

    def __init__(self, claim: Claim | None) -> None:
        self._claim = claim
        self._checked = perf_counter()
        self.best: TrackedFrame | None = None
        """The first frame with the most people."""

    def seen(self, tracked: TrackedFrame) -> None:
        if self.best is None or len(tracked.ids) > len(self.best.ids):
            self.best = tracked

    def check(self) -> None:
        """Stop when another worker has taken the job over, as after a pause of this one."""
        if self._claim is None or perf_counter() - self._checked < _STILL_OURS:
            return
        self._checked = perf_counter()
        if not self._claim.is_held():
            raise RuntimeError("another worker has taken this video over, as this one was paused")


def _thumbnail(
    request: Request, best: TrackedFrame | None, path: Path, outcome: Outcome
) -> list[Path]:
    """The frame with the most people, small, with their poses drawn."""
    if best is None:
        return [path] if path.exists() else []
    with open_source(request.source, start=best.time, fps=request.fps) as video:
        frame = next(iter(video), None)
    if frame is None:
        return []
    threshold = float(outcome.provenance["keypoint_threshold"])
    image = draw(frame.image, best, keypoint_threshold=threshold)
    height = max(1, round(image.shape[0] * _THUMBNAIL_WIDTH / image.shape[1]))
    small = cv2.resize(image, (_THUMBNAIL_WIDTH, height), interpolation=cv2.INTER_AREA)
    path.write_bytes(encode_jpeg(small))
    return [path]


def _failure(job: Job, error: Exception) -> Report:
    """What an error means: for good, worth another try, or worth one in this very call."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, FileNotFoundError | FileExistsError | IsADirectoryError):
        return Report(job, "failed", text)
    if isinstance(error, OSError):
        return Report(job, "retry", text, try_again=True)
    if isinstance(error, ValueError):
        return Report(job, "failed", text)
    if isinstance(error, RuntimeError | MemoryError):
        return Report(job, "retry", text)
    return Report(job, "retry", f"{type(error).__name__}: {text} (a mistake of lighttrack's)")


def fetch_once(request: Request, folder: Path, tracker_for: TrackerFor = tracker_of) -> PoseTracker:
    """The tracker of a request; of several workers of a machine one fetches what is missing.

    Args:
        request: whose networks.
        folder: of the claim; the cache of this machine.
        tracker_for: gives the tracker.
    """
    folder.mkdir(parents=True, exist_ok=True)
    claim = Claim(folder / "networks")
    while not claim.take():
        sleep(0.1)
    with claim:
        return tracker_for(request)
