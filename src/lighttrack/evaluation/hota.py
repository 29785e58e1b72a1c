"""HOTA: detection and association judged apart, over nineteen thresholds of similarity.

Luiten et al., "HOTA: a higher order metric for evaluating multi-object tracking", 2020, with
TrackEval's conventions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.sequence import EvaluationSequence
from lighttrack.structures.types import Reals

ALPHAS: Reals = np.arange(0.05, 0.99, 0.05)
"""`(19,)`: 0.05 to 0.95."""
ALPHAS.flags.writeable = False

_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class HotaPartial:
    """Sums `(19,)` per threshold of one or several sequences; add them up with `combine`."""

    true_positives: Reals
    false_negatives: Reals
    false_positives: Reals
    similarity: Reals
    """Over the true positives."""
    association: Reals
    """Over the true positives: Jaccard index of the two tracks that each belongs to."""
    association_recall: Reals
    association_precision: Reals


def evaluate(sequence: EvaluationSequence) -> HotaPartial:
    """Count over one sequence.

    Example:
        >>> from lighttrack.evaluation.sequence import make_sequence
        >>> walk = make_sequence([[0]] * 4, [[5], [5], [6], [6]], [[[1.0]]] * 4)
        >>> round(summarize(evaluate(walk))["assa"], 6)
        0.5
    """
    people, tracks, alike = _matched(sequence)
    width = max(1, len(sequence.track_ids))
    pairs, pair_of = np.unique(people * width + tracks, return_inverse=True)
    ok = alike[None] >= ALPHAS[:, None] - _EPSILON
    counts = np.stack(
        [np.bincount(pair_of.reshape(-1)[row], minlength=len(pairs)) for row in ok]
    ).astype(np.float64)
    frames_truth = sequence.truth_counts[pairs // width][None]
    frames_track = sequence.track_counts[pairs % width][None]
    found = ok.sum(axis=1).astype(np.float64)
    return HotaPartial(
        true_positives=found,
        false_negatives=sequence.truth_counts.sum() - found,
        false_positives=sequence.track_counts.sum() - found,
        similarity=np.where(ok, alike[None], 0.0).sum(axis=1),
        association=_weighted(counts, frames_truth + frames_track - counts),
        association_recall=_weighted(counts, frames_truth),
        association_precision=_weighted(counts, frames_track),
    )


def combine(partials: Iterable[HotaPartial]) -> HotaPartial:
    """The sums of several sequences together."""
    parts = list(partials)
    if not parts:
        return HotaPartial(*(np.zeros(len(ALPHAS)) for _ in fields(HotaPartial)))
    return HotaPartial(
        *(np.sum([getattr(part, f.name) for part in parts], axis=0) for f in fields(HotaPartial))
    )


def curves(partial: HotaPartial) -> dict[str, Reals]:
    """Every figure at each of `ALPHAS`, as fractions."""
    tp, fn, fp = partial.true_positives, partial.false_negatives, partial.false_positives
    found = np.maximum(1, tp)
    deta = tp / np.maximum(1, tp + fn + fp)
    assa = partial.association / found
    return {
        "hota": np.sqrt(deta * assa),
        "deta": deta,
        "assa": assa,
        "loca": np.maximum(1e-10, partial.similarity) / np.maximum(1e-10, tp),
        "detre": tp / np.maximum(1, tp + fn),
        "detpr": tp / np.maximum(1, tp + fp),
        "assre": partial.association_recall / found,
        "asspr": partial.association_precision / found,
    }


def summarize(partial: HotaPartial) -> dict[str, float]:
    """Means over the thresholds, as fractions, 1 = perfect."""
    return {name: float(curve.mean()) for name, curve in curves(partial).items()}


def _weighted(counts: Reals, union: Reals | NDArray[np.int64]) -> Reals:
    return np.asarray((counts * (counts / np.maximum(1, union))).sum(axis=1))


def _matched(
    sequence: EvaluationSequence,
) -> tuple[NDArray[np.intp], NDArray[np.intp], Reals]:
    """All matched pairs of the sequence as codes of people, codes of tracks, similarities.

    One assignment per frame serves all thresholds; it favours pairs that belong together over the
    whole sequence.
    """
    from scipy.optimize import linear_sum_assignment

    alignment = _alignment(sequence)
    people, tracks, alike = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)], [np.zeros(0)]
    for frame in sequence.frames:
        if not frame.similarity.size:
            continue
        value = alignment[frame.truth[:, None], frame.tracks[None]] * frame.similarity
        rows, columns = linear_sum_assignment(-value)
        people.append(frame.truth[rows])
        tracks.append(frame.tracks[columns])
        alike.append(frame.similarity[rows, columns])
    return np.concatenate(people), np.concatenate(tracks), np.concatenate(alike)


def _alignment(sequence: EvaluationSequence) -> Reals:
    """`(I, J)`: how far each person and each track go together, a Jaccard index of soft matches."""
    together = np.zeros((len(sequence.truth_ids), len(sequence.track_ids)))
    for frame in sequence.frames:
        value = frame.similarity
        union = value.sum(axis=0)[None] + value.sum(axis=1)[:, None] - value
        share = np.divide(value, union, out=np.zeros_like(value), where=union > _EPSILON)
        together[frame.truth[:, None], frame.tracks[None]] += share
    return together / (sequence.truth_counts[:, None] + sequence.track_counts[None] - together)
