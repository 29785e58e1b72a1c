"""Accuracy of distances on validation pairs while training, and their calibration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.matching.network import Calibration, GraphNetwork, pose_features
from lighttrack.matching.pairs import PairKind, Pairs, PoseSequence, mine_pairs
from lighttrack.structures import Floats

GAPS = (1, 4, 8, 12)
"""Frames between the poses of the pairs on which networks are scored."""

JUDGED_GAPS = (1, 2, 4, 8, 12)
"""Those, and one more for calibration."""

Distances = Callable[[Sequence[PoseSequence], Pairs], Floats]
"""Distances `(P,)` of pairs, infinite where a pose is missing."""


@dataclass(frozen=True, slots=True)
class PoseDistances:
    """Distances between single poses."""

    pose: GraphNetwork
    precision: Floats | None

    def __call__(self, sequences: Sequence[PoseSequence], pairs: Pairs) -> Floats:
        """Distances of `pairs`."""
        embedded = [embed_sequence(self.pose, each, self.precision) for each in sequences]
        known, seen = _take(embedded, pairs.first), _take(embedded, pairs.second)
        squared = 2 - 2 * np.einsum("pd,pd->p", known, seen)
        squared = np.where(np.isnan(squared), np.inf, np.maximum(squared, 0))
        return np.asarray(np.sqrt(squared), np.float32)


def embed_sequence(
    network: GraphNetwork, sequence: PoseSequence, precision: Floats | None
) -> Floats:
    """Embeddings `(F, I, D)` as `PoseMatcher.embed` makes them; NaN where a person is absent."""
    frames, people, k = sequence.keypoints.shape[:3]
    features, present = pose_features(sequence.keypoints.reshape(-1, k, 2), precision)
    embedded = network(features)
    embedded[~present] = np.nan
    return embedded.reshape(frames, people, -1)


def best_balanced_accuracy(distances: Floats, same: NDArray[np.bool_]) -> tuple[float, float]:
    """The best mean of the shares of right positives and right negatives, and its threshold.

    NaN, NaN without positives or without negatives.

    Example:
        >>> best_balanced_accuracy(np.array([0.1, 0.4, 0.9]), np.array([True, True, False]))
        (1.0, 0.4)
    """
    if same.all() or not same.any():
        return float("nan"), float("nan")
    order = np.argsort(distances, kind="stable")
    gain = np.where(same[order], 1 / same.sum(), -1 / (~same).sum()).cumsum()
    best = int(np.argmax(gain))
    return float(0.5 + gain[best] / 2), float(distances[order[best]])


def judged_pairs(sequences: Sequence[PoseSequence], gaps: Sequence[int] = JUDGED_GAPS) -> Pairs:
    """Positives and hard negatives only, as the paper validates (section 4.4)."""
    pairs = mine_pairs(sequences, gaps=gaps)
    return pairs[pairs.kind != PairKind.OTHER_NEGATIVE]


def score(distances: Floats, pairs: Pairs, gaps: Sequence[int] = GAPS) -> dict[int, float]:
    """Best balanced accuracy of positives against negatives at each gap.

    Args:
        distances: `(P,)` of the pairs.
        pairs: positives and hard negatives, `judged_pairs`.
        gaps: frames between the poses.
    """
    same = pairs.kind == PairKind.POSITIVE
    return {
        gap: best_balanced_accuracy(distances[pairs.gap == gap], same[pairs.gap == gap])[0]
        for gap in gaps
    }


def calibrate(distances: Floats, pairs: Pairs) -> Calibration:
    """Fit probabilities to pairs: logistic regression on D² and the logarithm of the gap.

    At each gap the positives weigh as much as the negatives.

    Args:
        distances: `(P,)` of the pairs.
        pairs: positives and hard negatives, `judged_pairs`.

    Raises:
        ValueError: if no gap has both positives and negatives.
    """
    from scipy.optimize import minimize

    usable = np.isfinite(distances)
    square = np.square(distances[usable], dtype=np.float64)
    sign = np.where(pairs.kind[usable] == PairKind.POSITIVE, 1.0, -1.0)
    gap = pairs.gap[usable]
    step = np.log(np.maximum(gap, 1))
    weight = np.zeros(len(sign))
    for each in np.unique(gap):
        for kind in (1.0, -1.0):
            members = (gap == each) & (sign == kind)
            if ((gap == each) & (sign == -kind)).any():
                weight[members] = 1 / max(members.sum(), 1)
    if not weight.any():
        raise ValueError("calibration needs pairs of one person and overlapping pairs of two")

    def objective(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scale = np.exp(values[0] + values[1] * step)
        margin = values[2] + values[3] * step - square
        odds = sign * scale * margin
        wrong = weight * sign / (1 + np.exp(np.clip(odds, -60, 60)))
        slope = np.stack([scale * margin, scale * margin * step, scale, scale * step])
        loss = (weight * np.logaddexp(0, -odds)).sum()
        return float(loss), -(slope * wrong).sum(axis=1)

    start = np.array([2.0, 0.0, float(np.median(square[weight > 0])), 0.0])
    values = minimize(objective, start, jac=True, method="L-BFGS-B").x.tolist()
    return Calibration(scale=(values[0], values[1]), boundary=(values[2], values[3]))


def _take(embedded: Sequence[Floats], places: NDArray[np.int64]) -> Floats:
    result = np.empty((len(places), embedded[0].shape[-1]), np.float32)
    for number, embeddings in enumerate(embedded):
        rows = places[:, 0] == number
        result[rows] = embeddings[places[rows, 1], places[rows, 2]]
    return result
