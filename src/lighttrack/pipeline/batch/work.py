"""One job of a batch, from its claim to its marker."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path, PurePosixPath
from time import perf_counter, sleep
from typing import Any, TypeAlias

import cv2

from lighttrack.models.assets import cache_folder
from lighttrack.pipeline.batch.claim import Claim
from lighttrack.pipeline.batch.jobs import Job
from lighttrack.pipeline.batch.marker import Marker, Status, fingerprint
from lighttrack.pipeline.batch.plan import (
    Batch,
    Plan,
    Report,
    Result,
    TrackerFor,
    marker_of,
    plan,
    request_of,
    settled_report,
)
from lighttrack.pipeline.batch.storage import Storage, local_source, storage_at
from lighttrack.pipeline.loading import networks_of_request
from lighttrack.pipeline.measure import Counts
from lighttrack.pipeline.opening import opened
from lighttrack.pipeline.request import Outcome, Request
from lighttrack.pipeline.run import run
from lighttrack.render.canvas import encode_jpeg
from lighttrack.render.draw import draw
from lighttrack.structures import TrackedFrame
from lighttrack.tracking import PoseTracker
from lighttrack.video import VideoError

Tell: TypeAlias = Callable[[int, int | None], None]
"""Called with how many frames of a job are done, and how many there are, if that is known."""

THUMBNAIL = ".thumbnail.jpg"
_THUMBNAIL_WIDTH = 320

_STILL_OURS = 5.0
"""Seconds between checks that no other worker has taken the job over."""


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
        storage.write(marker_of(job), begun.to_json())
        try:
            report, ended = self._tracked(job, request, storage, claim, tell, what, begun)
        except Exception as error:
            failed = _failure(job, error)
            status: Status = "failed" if failed.result == "failed" else "retry"
            ended = replace(begun, status=status, error=failed.error)
            storage.write(marker_of(job), ended.to_json())
            raise
        storage.write(marker_of(job), ended.to_json())
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
            request = replace(request, source=source, output=folder)
            with opened(request) as video:
                total = video.info.frame_count

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
            return self._run_once(replace(request, resume=resume), show, watch)
        except VideoError:
            raise
        except ValueError:
            if not resume:
                raise
        return self._run_once(request, show, watch)

    def _run_once(
        self, request: Request, show: Callable[[Counts], None], watch: "_Watch"
    ) -> Outcome:
        # What is there is ours, as the marker says; what the run notes is in its summary.
        request = replace(request, overwrite=True, load_with=self._tracker_for)
        return run(request, show=show, say=lambda text: None, on_frame=watch.seen)

    def _tracker_for(self, request: Request) -> PoseTracker:
        key = repr(
            (
                request.preset,
                request.detector,
                request.pose,
                request.matcher,
                request.appearance,
                request.configuration,
                request.skeleton,
                request.threads,
            )
        )
        request = replace(request, load_with=None)
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
    with opened(request, start=best.time) as video:
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


def fetch_once(
    request: Request, folder: Path, tracker_for: TrackerFor = networks_of_request
) -> PoseTracker:
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
