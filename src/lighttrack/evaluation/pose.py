"""Average precision and recall of poses by OKS, in the definition of the COCO keypoint challenge.

https://cocodataset.org/#keypoints-eval: ten OKS thresholds, 101 recall points, the twenty poses
of the highest score in each image, medium and large people apart, crowds and people without
keypoints ignored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.similarity import keypoint_oks
from lighttrack.structures.types import Reals

THRESHOLDS: Reals = np.linspace(0.5, 0.95, 10)
RECALLS: Reals = np.linspace(0.0, 1.0, 101)
RANGES = {"all": (0.0, 1e10), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
"""Square pixels of the truth, and of the box around a pose that matches no person."""
MAX_POSES = 20

_Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LabelledPoses:
    """The people of one image as annotated."""

    keypoints: Reals
    """`(N, K, 2)`: pixels."""
    labelled: _Bools
    """`(N, K)`: which keypoints count."""
    areas: Reals
    """`(N,)`: square pixels of the person (COCO: of the mask)."""
    boxes: Reals
    """`(N, 4)`: x0, y0, x1, y1."""
    crowd: _Bools
    """`(N,)`: groups, matched by any number of poses and never missed."""


@dataclass(frozen=True, slots=True)
class PredictedPoses:
    """The people of one image as estimated."""

    keypoints: Reals
    """`(N, K, 2)`: pixels."""
    scores: Reals
    """`(N,)`: per person."""


@dataclass(frozen=True, slots=True)
class PosePartial:
    """What images contribute, per range of areas: picklable, to be added up by `combine`."""

    scores: dict[str, Reals]
    """`(P,)`."""
    hits: dict[str, _Bools]
    """`(10, P)`: matched at each threshold."""
    ignored: dict[str, _Bools]
    """`(10, P)`: neither right nor wrong."""
    truths: dict[str, int]


def evaluate(images: Iterable[tuple[LabelledPoses, PredictedPoses]], sigmas: Reals) -> PosePartial:
    """Match the poses of several images.

    Args:
        images: for each image the truth and the estimates.
        sigmas: `(K,)`: tolerances of the keypoints, `Skeleton.sigmas`.
    """
    parts = [_image(truth, seen, np.asarray(sigmas, np.float64)) for truth, seen in images]
    return combine(parts)


def combine(partials: Iterable[PosePartial]) -> PosePartial:
    """Several sets of images together, in the order given."""
    parts = list(partials)
    none = np.zeros((len(THRESHOLDS), 0), bool)
    return PosePartial(
        {r: np.concatenate([np.zeros(0), *(p.scores[r] for p in parts)]) for r in RANGES},
        {r: np.concatenate([none, *(p.hits[r] for p in parts)], axis=1) for r in RANGES},
        {r: np.concatenate([none, *(p.ignored[r] for p in parts)], axis=1) for r in RANGES},
        {r: sum(p.truths[r] for p in parts) for r in RANGES},
    )


def summarize(partial: PosePartial) -> dict[str, float]:
    """`ap`, `ap50`, `ap75`, `ap_medium`, `ap_large` and the same of `ar`, as fractions.

    -1 where there is no person to be found, as COCO has it.
    """
    figures: dict[str, float] = {}
    for name, suffix in (("all", ""), ("medium", "_medium"), ("large", "_large")):
        precision, recall = _curves(partial, name)
        figures[f"ap{suffix}"], figures[f"ar{suffix}"] = _mean(precision), _mean(recall)
        if name == "all":
            for at, index in (("50", 0), ("75", 5)):
                figures[f"ap{at}"] = _mean(precision[index])
                figures[f"ar{at}"] = _mean(recall[index : index + 1])
    return figures


def evaluate_poses_by_oks(
    images: Sequence[tuple[LabelledPoses, PredictedPoses]], sigmas: Reals
) -> dict[str, float]:
    """OKS-AP and AR of several images; see `summarize`.

    Example:
        >>> point = np.array([[[50.0, 50.0]]])
        >>> truth = LabelledPoses(point, np.array([[True]]), np.array([5000.0]),
        ...                       np.array([[0, 0, 100, 100.0]]), np.array([False]))
        >>> images = [(truth, PredictedPoses(point, np.ones(1)))]
        >>> round(evaluate_poses_by_oks(images, np.array([0.1]))["ap"], 6)
        1.0
    """
    return summarize(evaluate(images, sigmas))


def _image(truth: LabelledPoses, seen: PredictedPoses, sigmas: Reals) -> PosePartial:
    order = np.argsort(-seen.scores, kind="stable")[:MAX_POSES]
    points = seen.keypoints[order]
    similarity = _similarity(truth, points, sigmas)
    extent = points.max(axis=1, initial=-np.inf) - points.min(axis=1, initial=np.inf)
    seen_areas = np.prod(extent, axis=1)
    always = truth.crowd | ~truth.labelled.any(axis=1)
    result = PosePartial({}, {}, {}, {})
    for name, (low, high) in RANGES.items():
        ignore = always | (truth.areas < low) | (truth.areas > high)
        outside = (seen_areas < low) | (seen_areas > high)
        hits, ignored = np.zeros((2, len(THRESHOLDS), len(order)), bool)
        for row, threshold in enumerate(THRESHOLDS):
            hits[row], ignored[row] = _match(similarity, ignore, truth.crowd, threshold)
        ignored |= ~hits & outside[None]
        result.scores[name] = seen.scores[order]
        result.hits[name], result.ignored[name] = hits, ignored
        result.truths[name] = int((~ignore).sum())
    return result


def _similarity(truth: LabelledPoses, points: Reals, sigmas: Reals) -> Reals:
    """OKS `(N, M)`; to a person without labelled keypoints, by the distance from the box."""
    similarity = keypoint_oks(truth.keypoints, truth.labelled, truth.areas, points, sigmas)
    for row in np.flatnonzero(~truth.labelled.any(axis=1)):
        x0, y0, x1, y1 = truth.boxes[row]
        margin = np.array([x1 - x0, y1 - y0])
        low, high = np.array([x0, y0]) - margin, np.array([x1, y1]) + margin
        beyond = np.maximum(0, np.maximum(low - points, points - high))
        variance = (2 * sigmas) ** 2 * 2 * (truth.areas[row] + np.spacing(1.0))
        similarity[row] = np.exp(-(beyond**2).sum(axis=2) / variance).mean(axis=1)
    return similarity


def _match(
    similarity: Reals, ignore: _Bools, crowd: _Bools, threshold: float
) -> tuple[_Bools, _Bools]:
    """Greedy: sorted by score, each takes the most similar person left, real before ignored."""
    people = np.argsort(ignore, kind="stable")
    taken = np.zeros(len(people), bool)
    hits, ignored = np.zeros((2, similarity.shape[1]), bool)
    for pose in range(similarity.shape[1]):
        best, least = -1, min(threshold, 1 - 1e-10)
        for person in people:
            if taken[person] and not crowd[person]:
                continue
            if best > -1 and not ignore[best] and ignore[person]:
                break
            if similarity[person, pose] >= least:
                best, least = person, similarity[person, pose]
        if best > -1:
            taken[best] = hits[pose] = True
            ignored[pose] = ignore[best]
    return hits, ignored


def _curves(partial: PosePartial, name: str) -> tuple[Reals, Reals]:
    """Precision `(10, 101)` at the recall points and final recall `(10,)`; -1 without truths."""
    precision = np.full((len(THRESHOLDS), len(RECALLS)), -1.0)
    recall = np.full(len(THRESHOLDS), -1.0)
    truths = partial.truths[name]
    if truths == 0:
        return precision, recall
    order = np.argsort(-partial.scores[name], kind="stable")
    hits, counts = partial.hits[name][:, order], ~partial.ignored[name][:, order]
    found = np.cumsum(hits & counts, axis=1).astype(np.float64)
    wrong = np.cumsum(~hits & counts, axis=1)
    for row in range(len(THRESHOLDS)):
        along = found[row] / truths
        height = found[row] / np.maximum(found[row] + wrong[row], np.spacing(1.0))
        height = np.maximum.accumulate(height[::-1])[::-1]
        at = np.searchsorted(along, RECALLS, side="left")
        precision[row] = np.append(height, 0.0)[np.minimum(at, len(height))]
        recall[row] = along[-1] if len(along) else 0.0
    return precision, recall


def _mean(values: Reals) -> float:
    known = values[values > -1]
    return float(known.mean()) if len(known) else -1.0
