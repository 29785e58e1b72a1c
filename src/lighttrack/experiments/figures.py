"""The figures of a cell that has run, by the names that plans give to columns."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from lighttrack.evaluation import detection, tracking
from lighttrack.evaluation.mot import sequence_of_rows
from lighttrack.evaluation.posetrack import GROUPS, Pair, PoseTrackFigures, score_pairs
from lighttrack.evaluation.posetrack.frames import contains
from lighttrack.evaluation.posetrack.people_level import people_figures
from lighttrack.evaluation.sequence import make_sequence
from lighttrack.experiments.data import Video
from lighttrack.experiments.plan import Cell, Plan
from lighttrack.experiments.running import result_path, timings
from lighttrack.formats.mot import read_mot
from lighttrack.formats.posetrack import read_sequence
from lighttrack.formats.posetrack.annotations import stack
from lighttrack.structures import Boxes, Detections, Mask, boxes
from lighttrack.structures.types import Reals

LABELLED = "Labelled"
"""The mean over the joints that the truth has at all. Where it lacks some, the official Total has
AP 0 for them, and MOTA -100 as soon as one frame has no people on either side."""
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)
_COUNTS = ("switches", "fragmentations", "misses", "false_positives")
_POSES = ("posed", "people/frame", "ms/person", "ms/person network", "ms/person rest")
_IGNORED_SHARE = 0.5
"""Share of a detection inside regions to ignore from which it is neither right nor wrong."""
_GRID = 8
"""Points along each side of a box by which the share inside a region is measured."""


def known_columns(plan: Plan) -> set[str]:
    """The columns that a plan of this task and kind of data can show."""
    known = {"fps", "keyframes"}
    if plan.task == "detect":
        return known | {"ap", *(f"{name}@{t:g}" for name in ("prec", "rec") for t in THRESHOLDS)}
    known |= {"fps*", "fps**", *_POSES}
    known |= set(tracking.summarize(tracking.evaluate(make_sequence([], [], []))))
    if plan.kind == "posetrack":
        groups = (*GROUPS, "Total", LABELLED)
        known |= {f"{name}:{g}" for name in ("ap", "ap after", "mota") for g in groups}
    return known


def default_columns(plan: Plan) -> tuple[str, ...]:
    """What is shown of a plan that names no columns."""
    if plan.task == "detect":
        return tuple(f"{name}@{t:g}" for name in ("prec", "rec") for t in THRESHOLDS)
    if plan.kind == "posetrack":
        groups = ("Wri", "Ankl", "Total")
        return tuple(f"{name}:{group}" for name in ("ap", "mota") for group in groups)
    return ("mota", "idf1", "hota", "switches", "fps", "fps*")


def figures_of(plan: Plan, cell: Cell, videos: Sequence[Video], folder: Path) -> dict[str, float]:
    """All figures of one cell: shares in percent, counts, frames per second, milliseconds.

    Args:
        plan: the experiment.
        cell: one of its cells.
        videos: of the data set.
        folder: the cell's, with its results.
    """
    seen = [replace(video, camera=cell.camera) for video in videos]
    if plan.task == "detect":
        return _of_detection(plan, seen, folder) | _speed(seen, folder)
    if plan.kind == "posetrack":
        return _of_posetrack(plan, seen, folder) | _speed(seen, folder)
    return _of_mot(plan, seen, folder) | _speed(seen, folder)


def _of_posetrack(plan: Plan, videos: Sequence[Video], folder: Path) -> dict[str, float]:
    pairs = [
        Pair(video.sequence(), read_sequence(result_path(plan, video, folder))) for video in videos
    ]
    mode, below = plan.scoring, plan.drop_below
    whole = score_pairs(pairs, mode=mode).total
    dropped = whole if below is None else score_pairs(pairs, mode=mode, drop_below=below).total
    people_of_truth = stack([frame.people for pair in pairs for frame in pair.truth.frames])
    labelled = np.asarray(people_of_truth.present.any(axis=0))
    _, people = people_figures(pairs, mode, drop_below=below)
    return {
        **_by_group("ap", whole, "ap", labelled),
        **_by_group("ap after", dropped, "ap", labelled),
        **_by_group("mota", dropped, "mota", labelled),
        **_percent(people),
    }


def _by_group(
    name: str, figures: PoseTrackFigures, figure: Literal["ap", "mota"], labelled: Mask
) -> dict[str, float]:
    """A figure in the benchmark's columns, and its mean over the joints that are labelled."""
    joints = (figures.ap if figure == "ap" else figures.mot)[figure][:-1]
    values = figures.grouped(figure)
    values[LABELLED] = float(joints[labelled].mean()) if labelled.any() else float("nan")
    return {f"{name}:{group}": value for group, value in values.items()}


def _of_mot(plan: Plan, videos: Sequence[Video], folder: Path) -> dict[str, float]:
    parts = []
    for video in videos:
        truth = read_mot(video.truth, truth=True)
        predicted = read_mot(result_path(plan, video, folder))
        parts.append(tracking.evaluate(sequence_of_rows(truth, predicted, name=video.name)))
    return _percent(tracking.summarize(tracking.combine(parts)))


def _of_detection(plan: Plan, videos: Sequence[Video], folder: Path) -> dict[str, float]:
    images = []
    for video in videos:
        detected = read_mot(result_path(plan, video, folder))
        truth, regions = video.boxes(), video.regions()
        for index in video.labelled():
            if index % plan.stride:
                continue
            rows = detected.frames == index
            found = Detections(
                detected.boxes[rows].astype("float32"), detected.scores[rows].astype("float32")
            )
            images.append(without_ignored(truth[index], found, regions.get(index, ())))
    partial = detection.evaluate(images)
    figures = {"ap": 100 * detection.summarize(partial)["ap"]}
    for row in detection.at_thresholds(partial, THRESHOLDS):
        figures[f"prec@{row['threshold']:g}"] = 100 * row["precision"]
        figures[f"rec@{row['threshold']:g}"] = 100 * row["recall"]
    return figures


def without_ignored(
    truth: Boxes, found: Detections, regions: Sequence[Reals]
) -> tuple[Boxes, Detections]:
    """The true boxes and the detections of a frame that count.

    A detection of no labelled person, half of which or more lies in regions to ignore, counts
    neither as right nor as wrong; labelled people in them are left out likewise.

    Example:
        >>> region = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float64)
        >>> crowd = Detections([[1, 1, 8, 8], [20, 20, 30, 40]], [0.9, 0.8])
        >>> _, left = without_ignored(np.zeros((0, 4), np.float32), crowd, [region])
        >>> len(left)
        1
    """
    if not len(regions):
        return truth, found
    people = truth[~_ignored(truth, regions)]
    of_nobody = ~(boxes.iou(people, found.boxes) >= detection.PAPER_IOU).any(axis=0)
    kept = ~(of_nobody & _ignored(found.boxes, regions))
    return people, Detections(found.boxes[kept], found.scores[kept])


def _ignored(found: Boxes, regions: Sequence[Reals]) -> Mask:
    """`(N,)`: of which boxes half or more lies inside the regions."""
    steps = (np.arange(_GRID) + 0.5) / _GRID
    across, down = np.meshgrid(steps, steps)
    places = np.stack([across.ravel(), down.ravel()], axis=1)
    corner, size = found[:, None, :2], (found[:, 2:] - found[:, :2])[:, None]
    points = (corner + places * size).astype(np.float64)
    inside = contains(regions, points.reshape(-1, 2)).reshape(len(found), _GRID * _GRID)
    return np.asarray(inside.mean(axis=1) >= _IGNORED_SHARE)


def _speed(videos: Sequence[Video], folder: Path) -> dict[str, float]:
    """Speed without decoding, and what was posed.

    `fps` is of tracker and networks, `fps*` without pose inference, `fps**` of the tracker alone.
    """
    parts = [timings(folder, video) for video in videos]
    total = {
        name: sum(part.get(name, 0.0) for part in parts)
        for name in ("frames", "seconds", "pose", "detect", "posed", "network", "people")
    }
    frames, seconds, pose = total["frames"], total["seconds"], total["pose"]
    keyframes = sum(part.get("keyframes", part["frames"]) for part in parts)
    figures = {
        "fps": frames / max(seconds, 1e-9),
        "fps*": frames / max(seconds - pose, 1e-9),
        "fps**": frames / max(seconds - pose - total["detect"], 1e-9),
        "keyframes": 100 * keyframes / max(1, frames),
        "posed": total["posed"],
        "people/frame": total["people"] / max(1, frames),
    }
    if total["posed"]:
        figures["ms/person"] = 1000 * pose / total["posed"]
    if total["posed"] and total["network"]:  # a stand-in has no network
        figures["ms/person network"] = 1000 * total["network"] / total["posed"]
        figures["ms/person rest"] = 1000 * (pose - total["network"]) / total["posed"]
    return figures


def _percent(figures: dict[str, float]) -> dict[str, float]:
    return {name: value if name in _COUNTS else 100 * value for name, value in figures.items()}
