"""Runs the cells of an experiment over its videos; what is done already is not done again."""

import json
import logging
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache, lru_cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from lighttrack.experiments import noise
from lighttrack.experiments.data import MotRecorder, PoseTrackRecorder, Video, only
from lighttrack.experiments.plan import Cell, Plan
from lighttrack.pipeline.measure import Meter, TimedDetector, TimedEstimator
from lighttrack.structures import Detections
from lighttrack.structures import boxes as box_functions
from lighttrack.structures.skeletons import POSETRACK_15
from lighttrack.tracking import (
    CameraMotionEstimator,
    Detector,
    PoseDistance,
    PoseEstimator,
    PoseTracker,
    TrackerConfig,
)

_LOG = logging.getLogger(__name__)


def run(
    plan: Plan,
    found: Iterable[Video],
    folder: Path,
    *,
    jobs: int,
    progress: Callable[[str], None],
) -> None:
    """Do what is left to do, one video of one cell at a time, in several processes."""
    data = {video: _data(video) for video in found}
    work = [
        (plan, cell, video, folder / plan.key(cell))
        for cell in plan.cells
        for video, digest in data.items()
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
    """Track (or detect in) one video and write the result, then the timing that says it is done."""
    folder.mkdir(parents=True, exist_ok=True)
    meter = Meter()
    detector = TimedDetector(_detector(plan, cell, video), meter)
    if plan.task == "detect":
        text, suffix, timing = _detect(plan, detector, video)
    else:
        estimator = TimedEstimator(_estimator(plan, cell, video), meter)
        tracker = PoseTracker(
            detector,
            estimator,
            matcher=_matcher(cell.association),
            camera=_camera() if video.is_visible else None,
            config=_config(plan, cell),
        )
        text, suffix, timing = _track(tracker, video)
    _write(folder / f"{video.name}{suffix}", text)
    seconds = {stage: meter.seconds[stage] for stage in ("detect", "pose")}
    calls = {f"{stage}_calls": meter.calls[stage] for stage in ("detect", "pose")}
    done = {"data": _data(video), **timing, **seconds, **calls}
    _write(_timing(folder, video), json.dumps(done))


def timings(folder: Path, video: Video) -> dict[str, float]:
    """Frames, seconds of the tracker, and seconds of detector and pose estimator within."""
    data: dict[str, float] = json.loads(_timing(folder, video).read_text())
    return data


def _is_done(folder: Path, video: Video, data: str) -> bool:
    """Whether this cell has run on this video as it is now, with the code as it is now."""
    try:
        return bool(json.loads(_timing(folder, video).read_text())["data"] == data)
    except (OSError, KeyError, ValueError):
        return False


def _data(video: Video) -> str:
    """A digest of what a result depends on beside its cell: the truth, the frames, the code."""
    frames = [str(path.resolve()) for path in (video.film, *video.pictures) if path]
    content = "\n".join(frames).encode() + video.truth.read_bytes() + _code()
    return sha256(content).hexdigest()[:16]


@cache
def _code() -> bytes:
    """The code that makes results: a tracker that was changed must not show what it did before."""
    import lighttrack

    files = sorted(Path(lighttrack.__file__).parent.rglob("*.py"))
    return b"".join(path.read_bytes() for path in files)


def _track(tracker: PoseTracker, video: Video) -> tuple[str, str, dict[str, Any]]:
    recorder = PoseTrackRecorder(video.truth) if video.kind == "posetrack" else MotRecorder()
    state, seconds, frames, keyframes = tracker.start(), 0.0, 0, 0
    for frame in video.frames():
        began = perf_counter()
        state, tracked = tracker.step(state, frame)
        seconds += perf_counter() - began
        frames += 1
        keyframes += tracked.is_keyframe
        recorder.add(tracked)
    suffix = ".json" if video.kind == "posetrack" else ".txt"
    timing = {"frames": frames, "seconds": seconds, "keyframes": keyframes}
    return recorder.text(), suffix, timing


def _detect(plan: Plan, detector: Detector, video: Video) -> tuple[str, str, dict[str, Any]]:
    recorder = MotRecorder()
    began, frames = perf_counter(), 0
    for frame in only(video.frames(), plan.stride):
        found = detector(frame.image)
        frames += 1
        for box, score in zip(box_functions.to_xywh(found.boxes), found.scores, strict=True):
            recorder.add_row(frame.index, -1, box, float(score))
    return recorder.text(), ".txt", {"frames": frames, "seconds": perf_counter() - began}


def _detector(plan: Plan, cell: Cell, video: Video) -> Detector:
    from lighttrack.models.recorded import RecordedDetector

    if cell.detector == "truth":
        boxes = video.boxes()
        sure = {i: Detections(b, [1.0] * len(b)) for i, b in boxes.items()}  # type: ignore[arg-type]
        return RecordedDetector(sure)
    if cell.detector in plan.detectors:
        stand_in = plan.detectors[cell.detector]
        return RecordedDetector(noise.detections(video.boxes(), stand_in, video.name))
    _require_pictures(video, cell.detector)
    return _network("detector", cell.detector)  # type: ignore[no-any-return]


def _estimator(plan: Plan, cell: Cell, video: Video) -> PoseEstimator:
    from lighttrack.models.recorded import RecordedEstimator

    if cell.estimator == "truth":
        return RecordedEstimator(video.poses(), POSETRACK_15)
    if cell.estimator in plan.estimators:
        stand_in = plan.estimators[cell.estimator]
        return RecordedEstimator(noise.poses(video.poses(), stand_in, video.name), POSETRACK_15)
    _require_pictures(video, cell.estimator)
    return _network("estimator", cell.estimator)  # type: ignore[no-any-return]


def _require_pictures(video: Video, network: str) -> None:
    if not video.is_visible:
        raise ValueError(
            f"{video.name}: the network {network!r} needs pictures; give their folder, "
            "or stand-ins under [detectors] and [estimators]"
        )


@lru_cache(maxsize=8)
def _network(role: str, name: str) -> Any:
    from lighttrack.models import build_detector, build_estimator

    build = build_detector if role == "detector" else build_estimator
    return build(name, threads=1)


@lru_cache(maxsize=4)
def _matcher(association: str) -> PoseDistance | None:
    if association == "spatial":
        return None
    if association == "spatial+euclidean":
        from lighttrack.matching import EuclideanMatcher

        return EuclideanMatcher()
    from lighttrack.matching.matcher import PoseMatcher

    return PoseMatcher()


def _camera() -> CameraMotionEstimator:
    from lighttrack.models.camera import BackgroundCamera

    return BackgroundCamera()


def _config(plan: Plan, cell: Cell) -> TrackerConfig:
    settings = dict(plan.configs.get(cell.config, {"base": cell.config}))
    make = TrackerConfig.paper if settings.pop("base") == "paper" else TrackerConfig
    return make(keyframe_interval=cell.interval, keyframe_mode=cell.mode, **settings)


def _timing(folder: Path, video: Video) -> Path:
    return folder / f"{video.name}.timing"


def _write(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(text)
    partial.replace(path)
