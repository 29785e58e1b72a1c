"""Detection of people: precision and recall at thresholds of the score, and average precision.

Matching as in Pascal VOC: in each image the detections, in the order of their scores, take the
truth that they overlap most, if that is enough and not taken. The paper's Table 2 uses an IoU of
0.4.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lighttrack.evaluation.average_precision import area_under, precision_recall
from lighttrack.evaluation.coco import CocoSource, coco_file, images_of
from lighttrack.evaluation.figures import Column, Figures
from lighttrack.evaluation.similarity import box_iou
from lighttrack.formats.coco import CocoFile
from lighttrack.formats.mot import MotRows, is_mot_text, read_mot
from lighttrack.structures import Detections
from lighttrack.structures.types import Reals

PAPER_IOU = 0.4
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

COLUMNS: tuple[Column, ...] = (
    ("AP", "ap", 100.0), ("People", "truths", 1), ("Detections", "detections", 1),
)  # fmt: skip

BoxSource: TypeAlias = CocoSource | MotRows
"""A file of boxes, or what was read of it."""


@dataclass(frozen=True, slots=True)
class DetectionPartial:
    """What images contribute: picklable, to be added up by `combine`."""

    scores: Reals
    """`(P,)`."""
    hits: NDArray[np.bool_]
    """`(P,)`."""
    truths: int


def evaluate(
    images: Iterable[tuple[ArrayLike, Detections]], *, iou: float = PAPER_IOU
) -> DetectionPartial:
    """Match the detections of several images: for each the true boxes `(N, 4)` and the detections.

    Example:
        >>> box = [[0, 0, 10, 20]]
        >>> partial = evaluate([(box, Detections(boxes=box, scores=[0.9]))])
        >>> summarize(partial)["ap"]
        1.0
    """
    scores, hits, truths = [np.zeros(0)], [np.zeros(0, bool)], 0
    for known, seen in images:
        boxes = np.asarray(known, np.float64).reshape(-1, 4)
        truths += len(boxes)
        order = np.argsort(-seen.scores, kind="stable")
        scores.append(seen.scores[order].astype(np.float64))
        hits.append(_matched(box_iou(boxes, seen.boxes[order]), iou))
    return DetectionPartial(np.concatenate(scores), np.concatenate(hits), truths)


def combine(partials: Iterable[DetectionPartial]) -> DetectionPartial:
    """Several sets of images together."""
    parts = list(partials)
    return DetectionPartial(
        np.concatenate([np.zeros(0), *(part.scores for part in parts)]),
        np.concatenate([np.zeros(0, bool), *(part.hits for part in parts)]),
        sum(part.truths for part in parts),
    )


def summarize(partial: DetectionPartial) -> dict[str, float]:
    """`ap` as a fraction, and how many `truths` and `detections` there are."""
    curve = precision_recall(partial.scores, partial.hits, partial.truths)
    return {
        "ap": area_under(*curve) if partial.truths else 0.0,
        "truths": partial.truths,
        "detections": len(partial.scores),
    }


def at_thresholds(partial: DetectionPartial, thresholds: Sequence[float]) -> list[dict[str, float]]:
    """Precision and recall, as fractions, of the detections that score at least each threshold.

    Precision is 1 where nothing is detected.
    """
    rows = []
    for threshold in thresholds:
        kept = partial.scores >= threshold
        found = int(partial.hits[kept].sum())
        precision = found / int(kept.sum()) if kept.any() else 1.0
        recall = found / max(1, partial.truths)
        rows.append({"threshold": float(threshold), "precision": precision, "recall": recall})
    return rows


def evaluate_detection(
    truth: BoxSource,
    predicted: BoxSource,
    *,
    iou: float = PAPER_IOU,
    thresholds: Sequence[float] = THRESHOLDS,
) -> Figures:
    """Score detections of people: AP, and precision and recall at thresholds of the score.

    Args:
        truth: ground truth with boxes, in COCO's JSON or as MOTChallenge text (rows of flag 0 are
            left out).
        predicted: detections with scores, in the same format.
        iou: least overlap of a match; 0.4 as in the paper's Table 2.
        thresholds: scores to give precision and recall at.

    Returns:
        `iou`, `ap` as a fraction, `truths`, `detections`, and in `at` for each threshold
        `precision` and `recall`.

    Raises:
        ValueError: if `iou` is out of its bounds, or a file cannot be read.

    Example:
        >>> box = np.array([[0, 0, 10, 20.0]])
        >>> rows = MotRows(np.array([0]), np.array([-1]), box, np.array([0.9]))
        >>> figures = evaluate_detection(rows, rows, thresholds=[0.5])
        >>> figures["ap"], figures["at"]
        (1.0, [{'threshold': 0.5, 'precision': 1.0, 'recall': 1.0}])
    """
    if not 0 < iou <= 1:
        raise ValueError(f"iou must lie above 0 and up to 1, got {iou}")
    if _is_text(truth) and _is_text(predicted):
        images = _images_of_rows(_rows(truth, truth=True), _rows(predicted, truth=False))
    else:
        images = _images_of_coco(truth, predicted)
    partial = evaluate(images, iou=iou)
    figures = summarize(partial)
    everything = {"iou": iou, **figures, "at": at_thresholds(partial, thresholds)}
    name = "predicted"
    if isinstance(predicted, str | os.PathLike | CocoFile):
        name = Path(predicted.path if isinstance(predicted, CocoFile) else predicted).stem
    return Figures(everything, {name: figures}, COLUMNS)


def _is_text(source: BoxSource) -> bool:
    if isinstance(source, str | os.PathLike):
        return is_mot_text(source)
    return isinstance(source, MotRows)


def _rows(source: BoxSource, *, truth: bool) -> MotRows:
    if isinstance(source, str | os.PathLike):
        return read_mot(source, truth=truth)
    if isinstance(source, MotRows):
        return source
    raise ValueError(f"{source.path} is COCO's JSON, where MOTChallenge text is expected")


def _images_of_rows(truth: MotRows, predicted: MotRows) -> list[tuple[Reals, Detections]]:
    count = max(truth.frame_count, predicted.frame_count)
    order = np.argsort(predicted.frames, kind="stable")
    of_frames = np.split(order, np.searchsorted(predicted.frames[order], np.arange(1, count)))
    return [
        (boxes, _detections(predicted.boxes[rows], predicted.scores[rows]))
        for (_, boxes), rows in zip(truth.by_frame(count), of_frames, strict=False)
    ]


def _images_of_coco(truth: BoxSource, predicted: BoxSource) -> list[tuple[Reals, Detections]]:
    if isinstance(truth, MotRows) or isinstance(predicted, MotRows):
        raise ValueError("truth and predicted must both be COCO's JSON or both MOTChallenge text")
    known, seen = coco_file(truth), coco_file(predicted)
    return [
        (
            known.boxes(labels),
            _detections(seen.boxes(results), [entry["score"] for entry in results]),
        )
        for labels, results in images_of(known, seen, "bbox")
    ]


def _detections(boxes: Reals, scores: ArrayLike) -> Detections:
    return Detections(boxes.astype(np.float32), np.asarray(scores, np.float32))


def _matched(overlap: Reals, least: float) -> NDArray[np.bool_]:
    """`(M,)`: which detections, sorted by score, get a truth; `overlap` is `(N, M)`."""
    hits = np.zeros(overlap.shape[1], bool)
    free = np.ones(len(overlap), bool)
    for column in range(overlap.shape[1]):
        values = np.where(free, overlap[:, column], -1.0)
        if len(values) and values.max() >= least:
            free[values.argmax()] = False
            hits[column] = True
    return hits
