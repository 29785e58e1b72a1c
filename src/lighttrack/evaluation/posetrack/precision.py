"""Average precision of keypoints, as PoseTrack's evaluator computes it.

Pishchulin et al., "DeepCut", 2016, and Andriluka et al., "PoseTrack", 2018: poses are assigned
whole, by the share of the person's joints that they hit; then each joint is a detection of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.average_precision import area_under, precision_recall
from lighttrack.evaluation.posetrack.frames import Mode, ScoredFrame
from lighttrack.formats.posetrack.annotations import K, stack
from lighttrack.structures.types import Reals

THRESHOLD = 0.5
"""Head sizes within which a joint is found, inclusive."""

MISSING_SCORE = -9999.0
"""What the evaluator takes for a score that the file does not give."""


@dataclass(frozen=True, slots=True)
class PrecisionPartial:
    """Every predicted joint of one or several sequences, in the order of the files."""

    joints: NDArray[np.intp]
    """`(P,)`: which joint."""
    scores: Reals
    """`(P,)`."""
    hits: NDArray[np.bool_]
    """`(P,)`: whether it is where its person's joint is."""
    truths: NDArray[np.int64]
    """`(15,)`: annotated joints."""


def evaluate(frames: Iterable[ScoredFrame], mode: Mode) -> PrecisionPartial:
    """Collect the predicted joints of one sequence."""
    frames = list(frames)
    predicted = stack([frame.predicted for frame in frames])
    hits = np.concatenate([np.zeros((0, K), bool), *(_hits(frame, mode) for frame in frames)])
    there = predicted.present
    given = predicted.scores[there]
    return PrecisionPartial(
        np.nonzero(there)[1],
        np.where(np.isnan(given), MISSING_SCORE, given),
        hits[there],
        stack([frame.truth for frame in frames]).present.sum(axis=0),
    )


def combine(partials: Iterable[PrecisionPartial]) -> PrecisionPartial:
    """Several sequences together, in the order given."""
    parts = [PrecisionPartial(np.zeros(0, np.intp), np.zeros(0), np.zeros(0, bool), _zeros())]
    parts += list(partials)
    return PrecisionPartial(
        np.concatenate([part.joints for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.hits for part in parts]),
        np.sum([part.truths for part in parts], axis=0),
    )


def summarize(partial: PrecisionPartial, mode: Mode) -> dict[str, Reals]:
    """`ap`, `pre` and `rec` `(16,)` in percent: the 15 joints and their mean.

    A joint that is never annotated has no AP. `strict` leaves it out of all means; `official` takes
    0 for one that is not predicted either, and 0 as the precision of one that is.
    """
    ap, pre, rec = np.zeros(K), np.zeros(K), np.zeros(K)
    for joint in range(K):
        of_joint = partial.joints == joint
        truths = int(partial.truths[joint])
        if mode == "strict" and truths == 0:
            ap[joint] = pre[joint] = rec[joint] = np.nan
        elif of_joint.any():
            precision, recall = precision_recall(
                partial.scores[of_joint],
                partial.hits[of_joint],
                truths,
                ties="together" if mode == "strict" else "as_sorted",
            )
            ap[joint] = 100 * area_under(precision, recall)
            pre[joint], rec[joint] = 100 * precision[-1], 100 * recall[-1]
    return {"ap": with_mean(ap), "pre": with_mean(pre), "rec": with_mean(rec)}


def with_mean(values: Reals) -> Reals:
    """The values `(15,)` and, at the end, the mean of those that are numbers."""
    known = values[~np.isnan(values)]
    return np.append(values, known.mean() if len(known) else np.nan)


def _hits(frame: ScoredFrame, mode: Mode) -> NDArray[np.bool_]:
    """`(P, 15)`: whether each predicted joint is where the joint of its pose's person is."""
    hit = np.zeros((len(frame.predicted), K), bool)
    if not len(frame.truth) or not len(frame.predicted):
        return hit
    near = frame.distance <= THRESHOLD
    people, poses = assigned_poses(frame, near, mode)
    hit[poses] = near[people, poses]
    return hit


def assigned_poses(
    frame: ScoredFrame, near: NDArray[np.bool_], mode: Mode
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which person of the truth got which pose.

    Each pose keeps the person of whom it hits the largest share of joints, then each person takes
    the best of the poses that chose them; no pose falls back to a second choice. Ties go to the
    first in the file (`official`) or to the higher mean score (`strict`).
    """
    labelled = frame.truth.present.sum(axis=1)
    share = near.sum(axis=2) / np.maximum(labelled, 1)[:, None]
    order = np.arange(len(frame.predicted))
    if mode == "strict":
        given = np.where(frame.predicted.present, np.nan_to_num(frame.predicted.scores), 0.0)
        mean = given.sum(axis=1) / np.maximum(frame.predicted.present.sum(axis=1), 1)
        order = np.argsort(-mean, kind="stable")
    share = share[:, order]
    choice = share.argmax(axis=0)
    chosen = np.zeros_like(share)
    chosen[choice, np.arange(share.shape[1])] = share.max(axis=0)
    taken = chosen.argmax(axis=1)
    people = np.flatnonzero(chosen.max(axis=1) > 0)
    return people, order[taken[people]]


def _zeros() -> NDArray[np.int64]:
    return np.zeros(K, np.int64)
