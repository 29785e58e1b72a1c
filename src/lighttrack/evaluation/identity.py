"""Identity metrics: IDF1, IDP, IDR.

Ristani et al., "Performance measures and a data set for multi-target, multi-camera tracking", 2016:
one track per person of the truth over the whole sequence, chosen for the most frames in common.
TrackEval and motmetrics agree on these.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lighttrack.evaluation.sequence import EvaluationSequence


@dataclass(frozen=True, slots=True)
class IdentityPartial:
    """Counts of one or several sequences; add them up with `combine`."""

    true_positives: int = 0
    false_negatives: int = 0
    false_positives: int = 0


def evaluate(sequence: EvaluationSequence, *, threshold: float = 0.5) -> IdentityPartial:
    """Count over one sequence; pairs less similar than `threshold` cannot match.

    Example:
        >>> from lighttrack.evaluation.sequence import make_sequence
        >>> walk = make_sequence([[0]] * 4, [[5], [5], [5], [6]], [[[1.0]]] * 4)
        >>> summarize(evaluate(walk))["idf1"]
        0.75
    """
    from scipy.optimize import linear_sum_assignment

    common = np.zeros((len(sequence.truth_ids), len(sequence.track_ids)), np.int64)
    for frame in sequence.frames:
        rows, columns = np.nonzero(frame.similarity >= threshold)
        common[frame.truth[rows], frame.tracks[columns]] += 1
    # Leaving a pair out costs its frames twice, as misses and as false positives, so the least
    # total cost is the largest number of frames in common.
    rows, columns = linear_sum_assignment(-common)
    matched = int(common[rows, columns].sum())
    return IdentityPartial(
        true_positives=matched,
        false_negatives=int(sequence.truth_counts.sum()) - matched,
        false_positives=int(sequence.track_counts.sum()) - matched,
    )


def combine(partials: Iterable[IdentityPartial]) -> IdentityPartial:
    """The counts of several sequences together."""
    parts = list(partials)
    return IdentityPartial(
        sum(part.true_positives for part in parts),
        sum(part.false_negatives for part in parts),
        sum(part.false_positives for part in parts),
    )


def summarize(partial: IdentityPartial) -> dict[str, float]:
    """Rates as fractions, 1 = perfect."""
    found = partial.true_positives
    missed, wrong = partial.false_negatives, partial.false_positives
    return {
        "idf1": found / max(1.0, found + 0.5 * wrong + 0.5 * missed),
        "idp": found / max(1, found + wrong),
        "idr": found / max(1, found + missed),
    }
