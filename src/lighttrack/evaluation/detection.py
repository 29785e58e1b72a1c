"""Detection of people: precision and recall at thresholds of the score, and average precision.

Matching as in Pascal VOC: in each image the surest detection first takes the truth that it overlaps
most, if that is enough and not taken. The paper's Table 2 uses an IoU of 0.4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.average_precision import area_under, precision_recall
from lighttrack.evaluation.similarity import box_iou
from lighttrack.structures import Boxes, Detections
from lighttrack.structures.types import Reals

PAPER_IOU = 0.4


@dataclass(frozen=True, slots=True)
class DetectionPartial:
    """What images contribute: picklable, to be added up by `combine`."""

    scores: Reals
    """`(P,)`."""
    hits: NDArray[np.bool_]
    """`(P,)`."""
    truths: int


def evaluate(
    images: Iterable[tuple[Boxes, Detections]], *, iou: float = PAPER_IOU
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


def _matched(overlap: Reals, least: float) -> NDArray[np.bool_]:
    """`(M,)`: which detections, surest first, get a truth; `overlap` is `(N, M)`."""
    hits = np.zeros(overlap.shape[1], bool)
    free = np.ones(len(overlap), bool)
    for column in range(overlap.shape[1]):
        values = np.where(free, overlap[:, column], -1.0)
        if len(values) and values.max() >= least:
            free[values.argmax()] = False
            hits[column] = True
    return hits
