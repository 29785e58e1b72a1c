"""Whole people of a PoseTrack sequence: similarity of two poses by the joints they share."""

from collections.abc import Iterable

import numpy as np

from lighttrack.evaluation import tracking
from lighttrack.evaluation.posetrack.checks import Pair
from lighttrack.evaluation.posetrack.frames import Mode, frames_to_score
from lighttrack.evaluation.posetrack.precision import THRESHOLD
from lighttrack.evaluation.posetrack.report import drop
from lighttrack.evaluation.sequence import EvaluationSequence, make_sequence


def people_figures(
    pairs: Iterable[Pair], mode: Mode, *, drop_below: float | None = None
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """CLEAR MOT, identity and HOTA of whole people (PCKh), by sequence and in total."""
    partials = {
        pair.name: tracking.evaluate(people_sequence(pair, mode, drop_below=drop_below))
        for pair in sorted(pairs, key=lambda pair: pair.name)
    }
    total = tracking.summarize(tracking.combine(partials.values()))
    return {name: tracking.summarize(part) for name, part in partials.items()}, total


def people_sequence(
    pair: Pair, mode: Mode, *, drop_below: float | None = None
) -> EvaluationSequence:
    """A sequence for CLEAR MOT, identity and HOTA of whole people.

    Similarity is PCKh: the share of the person's annotated joints that the pose has within half a
    head size. Joints where nothing is annotated do not count. Poses that have no joint left after
    dropping keypoints below `drop_below` are left out.
    """
    predicted = pair.predicted if drop_below is None else drop(pair.predicted, drop_below)
    frames = frames_to_score(pair.truth, predicted, mode)
    similarity, seen = [], []
    for frame in frames:
        near = (frame.distance <= THRESHOLD).sum(axis=2)
        labelled = np.maximum(frame.truth.present.sum(axis=1), 1)
        kept = frame.predicted.present.any(axis=1)
        similarity.append((near / labelled[:, None])[:, kept])
        seen.append(frame.predicted.ids[kept])
    return make_sequence(
        [frame.truth.ids for frame in frames],
        seen,
        similarity,
        name=pair.name,
    )
