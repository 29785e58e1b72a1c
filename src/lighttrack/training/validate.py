"""Accuracy of distances on validation pairs while training, and their calibration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.matching.description import compare_descriptors, describe, history_weight
from lighttrack.matching.matcher import HISTORY_AGES, history_features
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
        described = [describe_sequence(self.pose, each, self.precision) for each in sequences]
        k = sequences[0].keypoints.shape[2]
        return _apart(_take(described, pairs.first), _take(described, pairs.second), k)


@dataclass(frozen=True, slots=True)
class HistoryDistances:
    """Distances between the embedding predicted from a person's last poses and a later pose."""

    pose: GraphNetwork
    history: GraphNetwork
    precision: Floats | None

    def __call__(self, sequences: Sequence[PoseSequence], pairs: Pairs) -> Floats:
        """Distances of `pairs`, the history of the earlier pose known to both."""
        seen = [describe_sequence(self.pose, sequence, self.precision) for sequence in sequences]
        past = history_of(sequences, pairs)
        gap = pairs.gap.astype(np.float32)
        shown, _ = history_features(past, gap, self.precision)
        known = describe(self.history(shown), shown, history_weight(gap))
        return _apart(known, _take(seen, pairs.second), past.shape[2])


def history_of(sequences: Sequence[PoseSequence], pairs: Pairs) -> Floats:
    """Keypoints `(P, H, K, 2)` of the last poses up to the earlier pose of each pair."""
    ages = np.asarray(HISTORY_AGES, np.int64)
    k = sequences[0].keypoints.shape[2]
    past = np.full((len(pairs), len(ages), k, 2), np.nan, np.float32)
    for number, sequence in enumerate(sequences):
        rows = np.flatnonzero(pairs.first[:, 0] == number)
        frames = pairs.first[rows, 1][:, None] - ages
        found = sequence.keypoints[np.maximum(frames, 0), pairs.first[rows, 2][:, None]]
        found[frames < 0] = np.nan
        past[rows] = found
    return past


def describe_sequence(
    network: GraphNetwork, sequence: PoseSequence, precision: Floats | None
) -> Floats:
    """Descriptors `(F, I, D)` as `PoseMatcher.embed` makes them; NaN where a person is absent."""
    frames, people, k = sequence.keypoints.shape[:3]
    features, present = pose_features(sequence.keypoints.reshape(-1, k, 2), precision)
    embedded = network(features)
    embedded[~present] = np.nan
    return describe(embedded, features).reshape(frames, people, -1)


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


def _take(described: Sequence[Floats], places: NDArray[np.int64]) -> Floats:
    result = np.empty((len(places), described[0].shape[-1]), np.float32)
    for number, descriptions in enumerate(described):
        rows = places[:, 0] == number
        result[rows] = descriptions[places[rows, 1], places[rows, 2]]
    return result


def _apart(known: Floats, seen: Floats, keypoints: int) -> Floats:
    return compare_descriptors(known[:, None], seen[:, None], keypoints)[:, 0, 0]
