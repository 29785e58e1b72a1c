"""Runs the cells of an experiment over its videos; finished ones are not run again."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cache, lru_cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from lighttrack import assembly
from lighttrack._version import __version__
from lighttrack.baselines import build_baseline
from lighttrack.experiments import noise
from lighttrack.experiments.data import Video, every
from lighttrack.experiments.plan import LIGHTTRACK, Cell, Plan
from lighttrack.formats import mot, posetrack
from lighttrack.formats.writing import TracksWriter
from lighttrack.pipeline.measure import Counts, Meter, TimedDetector, TimedEstimator
from lighttrack.pipeline.threads import marked_last
from lighttrack.structures import Detections, Frame, Skeleton, TrackedFrame, VideoInfo
from lighttrack.structures.protocols import Detector, PoseDistance, PoseEstimator
from lighttrack.structures.skeletons import POSETRACK_15
from lighttrack.tracking import PoseTracker


def run_cells(
    plan: Plan,
    videos: Iterable[Video],
    folder: Path,
    *,
    jobs: int,
    progress: Callable[[str], None],
) -> None:
    """Do what is left to do, one video of one cell at a time, in several processes.

    Args:
        plan: the experiment.
        videos: its videos.
        folder: for the results, a folder in it for each cell.
        jobs: processes; 1 for true timings.
        progress: called with a line of text for each video of each cell.
    """
    digests = {video: digest_of(video) for video in videos}
    work = [
        (plan, cell, video, folder / plan.key(cell))
        for cell in plan.cells
        for video, digest in digests.items()
        if not _is_done(folder / plan.key(cell), video, digest)
    ]
    if not work:
        return
    if jobs == 1:
        for number, item in enumerate(work, start=1):
            run_one(*item)
            progress(f"{number}/{len(work)}  {item[2].name}  {plan.key(item[1])}")
        return
    # A forked process would inherit the threads of the inference runtime in an unusable state.
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(run_one, *item): item for item in work}
        for number, done in enumerate(as_completed(waiting), start=1):
            done.result()
            _, cell, video, _ = waiting[done]
            progress(f"{number}/{len(work)}  {video.name}  {plan.key(cell)}")


def run_one(plan: Plan, cell: Cell, video: Video, folder: Path) -> None:
    """Track (or detect in) one video: write the result, then the timing that marks it as done."""
    folder.mkdir(parents=True, exist_ok=True)
    meter = Meter()
    video = replace(video, camera=cell.camera)
    detector = TimedDetector(_detector(plan, cell, video), meter)
    with _whole(result_path(plan, video, folder)) as path:
        if plan.task == "detect":
            timing = _detect(plan, detector, video, path)
        else:
            estimator = TimedEstimator(_estimator(plan, cell, video), meter)
            with _writer(cell, video, path, estimator.skeleton) as writer:
                timing = _timed(_people(plan, cell, video, detector, estimator), writer)
    seconds = {stage: meter.seconds[stage] for stage in ("detect", "pose")}
    calls = {f"{stage}_calls": meter.calls[stage] for stage in ("detect", "pose")}
    posed = {"posed": meter.posed, "network": meter.network_seconds}
    done = {"data": digest_of(video), **timing, **seconds, **calls, **posed}
    with _whole(_timing(folder, video)) as path:
        path.write_text(json.dumps(done), encoding="utf-8")


def result_path(plan: Plan, video: Video, folder: Path) -> Path:
    """The file of a cell's result for one video, of a cell's folder."""
    if plan.task == "detect":
        return folder / f"{video.name}.detections.txt"
    if video.kind == "mot":
        return folder / f"{video.name}{mot.SUFFIX}"
    suffix = posetrack.SUFFIX_2017 if video.layout == 2017 else posetrack.SUFFIX
    return folder / f"{video.name}{suffix}"


def timings(folder: Path, video: Video) -> dict[str, float]:
    """Frames, seconds of the tracker, and seconds of detector and pose estimator within."""
    data: dict[str, float] = json.loads(_timing(folder, video).read_text())
    return data


def digest_of(video: Video) -> str:
    """A digest of what a result depends on beside its cell: the truth, the frames, the code."""
    frames = [str(path.resolve()) for path in (video.file, *video.images) if path]
    content = "\n".join(frames).encode() + video.truth.read_bytes() + _code().encode()
    return sha256(content).hexdigest()[:16]


def package_digest(folder: Path) -> str:
    """A digest of all files of a package, names and content, but for what Python compiles.

    No file is left out: a list of those that matter for results would be wrong after every move.
    """
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


@cache
def _code() -> str:
    return package_digest(Path(assembly.__file__).parent)


def _is_done(folder: Path, video: Video, digest: str) -> bool:
    """Whether this cell has run on this video as it is now, with the code as it is now."""
    try:
        return bool(json.loads(_timing(folder, video).read_text())["data"] == digest)
    except (OSError, KeyError, ValueError):
        return False


def _writer(cell: Cell, video: Video, path: Path, skeleton: Skeleton) -> TracksWriter:
    # The size is not known before the first frame, and neither format needs it.
    info = VideoInfo(video.name, width=0, height=0, fps=video.fps)
    provenance = {"version": __version__, "cell": asdict(cell)}
    if video.kind == "posetrack":
        kind = posetrack.PoseTrack17Writer if video.layout == 2017 else posetrack.PoseTrackWriter
        return kind(path, info, skeleton, provenance, images=video.listed_images())
    return mot.MotWriter(path, info, skeleton, provenance)


def _people(
    plan: Plan, cell: Cell, video: Video, detector: Detector, estimator: PoseEstimator
) -> Iterator[tuple[TrackedFrame, float]]:
    """The frames of a cell's tracker, and the seconds that each took without its decoding."""
    spent = 0.0

    def decoded() -> Iterator[Frame]:
        nonlocal spent
        frames = video.frames()
        while True:
            began = perf_counter()
            frame = next(frames, None)
            spent += perf_counter() - began
            if frame is None:
                return
            yield frame

    if cell.tracker == LIGHTTRACK:
        tracker = PoseTracker(
            detector,
            estimator,
            matcher=_matcher(cell.pose_matcher, cell.threshold),
            camera=assembly.build_camera() if video.has_frames else None,
            config=plan.config(cell),
        )
        people = _stepped(tracker, decoded())
    else:
        people = build_baseline(cell.tracker).track(decoded(), detector, estimator)
    while True:
        began, before = perf_counter(), spent
        tracked = next(people, None)
        if tracked is None:
            return
        yield tracked, perf_counter() - began - (spent - before)


def _stepped(tracker: PoseTracker, frames: Iterator[Frame]) -> Iterator[TrackedFrame]:
    state = tracker.start()
    for frame, is_last in marked_last(frames):
        state, tracked = tracker.step(state, frame, is_last=is_last)
        yield tracked


def _timed(people: Iterable[tuple[TrackedFrame, float]], writer: TracksWriter) -> dict[str, Any]:
    seconds, counts = 0.0, Counts()
    for tracked, took in people:
        seconds += took
        counts.add(tracked)
        writer.write(tracked)
    return {
        "frames": counts.frames,
        "seconds": seconds,
        "keyframes": counts.keyframes,
        "people": counts.people,
    }


def _detect(plan: Plan, detector: Detector, video: Video, path: Path) -> dict[str, Any]:
    began = perf_counter()
    found = {frame.index: detector(frame.image) for frame in every(video.frames(), plan.stride)}
    seconds = perf_counter() - began
    mot.write_detections(path, found)
    return {"frames": len(found), "seconds": seconds}


def _detector(plan: Plan, cell: Cell, video: Video) -> Detector:
    from lighttrack.models.recorded import RecordedDetector

    if cell.detector == "truth":
        boxes = video.boxes()
        certain = {i: Detections(b, np.ones(len(b), np.float32)) for i, b in boxes.items()}
        return RecordedDetector(certain)
    if cell.detector in plan.detectors:
        stand_in = plan.detectors[cell.detector]
        return RecordedDetector(noise.detections(video.boxes(), stand_in, video.name))
    _require_frames(video, cell.detector)
    return _detector_network(cell.detector)


def _estimator(plan: Plan, cell: Cell, video: Video) -> PoseEstimator:
    from lighttrack.models.recorded import RecordedEstimator

    if cell.estimator == "truth":
        return RecordedEstimator(video.poses(), POSETRACK_15)
    if cell.estimator in plan.estimators:
        stand_in = plan.estimators[cell.estimator]
        return RecordedEstimator(noise.poses(video.poses(), stand_in, video.name), POSETRACK_15)
    _require_frames(video, cell.estimator)
    return _estimator_network(cell.estimator)


def _require_frames(video: Video, network: str) -> None:
    if not video.has_frames:
        raise ValueError(
            f"{video.name}: the network {network!r} needs images; give their folder, "
            "or stand-ins under [detectors] and [estimators]"
        )


# A network serves all videos of a process; loading one takes as long as some of them.
@lru_cache(maxsize=4)
def _detector_network(name: str) -> Detector:
    return assembly.build_detector(name, threads=1)


@lru_cache(maxsize=4)
def _estimator_network(name: str) -> PoseEstimator:
    return assembly.build_estimator(name, threads=1)


@lru_cache(maxsize=4)
def _matcher(name: str, threshold: float | None) -> PoseDistance | None:
    return assembly.build_matcher(name, threshold=threshold)


def _timing(folder: Path, video: Video) -> Path:
    return folder / f"{video.name}.timing"


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A path to write to; the file takes its name when it is complete, or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
