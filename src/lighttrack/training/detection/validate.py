"""How good a detector is: average precision, and the best threshold of its score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lighttrack.evaluation.detection import (
    PAPER_IOU,
    DetectionPartial,
    at_thresholds,
    evaluate,
    summarize,
)
from lighttrack.structures import Detections
from lighttrack.structures.protocols import Detector
from lighttrack.training.detection.images import LabelledImages
from lighttrack.training.pose.crops import read_image

AP_IOU = 0.5
"""IoU of a match for AP50."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Figures of a detector, as fractions."""

    ap: float
    """AP50."""
    precision: float
    recall: float
    """Both at `threshold`, with the paper's IoU of 0.4."""
    threshold: float
    """The score with the best F1."""


def detected(detector: Detector, folders: Sequence[LabelledImages]) -> list[list[Detections]]:
    """What a detector finds in every image of every folder."""
    return [[detector(read_image(path)) for path in folder.paths] for folder in folders]


def judge(folders: Sequence[LabelledImages], found: Sequence[Sequence[Detections]]) -> Judgement:
    """The figures of detections in labelled images."""
    images = [
        (boxes, seen)
        for folder, of_images in zip(folders, found, strict=True)
        for boxes, seen in zip(folder.boxes, of_images, strict=True)
    ]
    partial = evaluate(images, iou=PAPER_IOU)
    threshold = best_threshold(partial)
    [at] = at_thresholds(partial, [threshold])
    ap = summarize(evaluate(images, iou=AP_IOU))["ap"]
    return Judgement(ap, at["precision"], at["recall"], threshold)


def best_threshold(partial: DetectionPartial) -> float:
    """The score with the best F1, between the detection that has it and the next weaker one.

    Example:
        >>> hits = np.array([True, True, False])
        >>> best_threshold(DetectionPartial(np.array([0.9, 0.7, 0.3]), hits, 2))
        0.5
    """
    order = np.argsort(-partial.scores, kind="stable")
    scores, right = partial.scores[order], np.cumsum(partial.hits[order])
    if not len(scores) or not right[-1]:
        return 0.5
    f1 = 2 * right / (np.arange(1, len(scores) + 1) + partial.truths)
    best = int(f1.argmax())
    weaker = scores[best + 1] if best + 1 < len(scores) else 0.0
    return round(float((scores[best] + weaker) / 2), 4)
