"""Identities at key frames: stages of an affinity with a gate, and one assignment.

Paper, section 3.1: spatial consistency first, eq. (2), then pose matching among what is left.
`reid.Reidentification` is the stage that the full system has in place of the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from lighttrack.structures import Detections, Floats, Mask, boxes
from lighttrack.structures.protocols import PoseDistance
from lighttrack.structures.types import Indices
from lighttrack.tracking.config import Association
from lighttrack.tracking.tracklets import Tracklets


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of association: who takes part, how alike they are, how alike they must be."""

    name: str

    affinity: Floats
    """`(T, C)` of all known with all seen; larger is more alike."""
    threshold: float
    """Pairs whose affinity is not above it are never made."""
    known: Mask | None = None
    """`(T,)`: the known who take part; None: all."""
    decided: Mask | None = None
    """`(C,)`: the seen of whom the stage is certain; None: all. The others compete for the known
    too, but are matched in a later frame."""


def assign(affinity: Floats, threshold: float) -> tuple[Indices, Indices]:
    """The one-to-one pairs above `threshold` whose affinities sum up to the most.

    Args:
        affinity: `(T, C)`, larger is more alike; -inf forbids.
        threshold: pairs that are not above it are forbidden before the assignment is solved.

    Returns:
        Rows and columns of the pairs.

    Example:
        >>> rows, columns = assign(np.array([[0.9, 0.8], [0.8, 0.1]]), 0.2)
        >>> list(zip(rows.tolist(), columns.tolist()))
        [(0, 1), (1, 0)]
    """
    allowed = affinity > threshold
    nothing = np.zeros(0, np.intp)
    if not allowed.any():
        return nothing, nothing
    # A pair above the threshold is worth making even if it costs a little elsewhere: forbidden
    # pairs gain nothing, so the optimum uses one only where no allowed pair is left.
    gain = np.where(allowed, affinity - threshold + 1e-6, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    made = allowed[rows, columns]
    return rows[made], columns[made]


def associate(n_known: int, n_seen: int, stages: Sequence[Stage]) -> Indices:
    """Run the stages in order, each on what the stages before have left.

    Returns:
        For each of the seen the index of the known it belongs to, or -1 `(C,)`.
    """
    owner = np.full(n_seen, -1, np.intp)
    free = np.ones(n_known, np.bool_)
    for stage in stages:
        known = np.nonzero(free if stage.known is None else free & stage.known)[0]
        seen = np.nonzero(owner < 0)[0]
        if not len(known) or not len(seen):
            continue
        rows, columns = assign(stage.affinity[known[:, None], seen], stage.threshold)
        if stage.decided is not None:
            certain = stage.decided[seen[columns]]
            rows, columns = rows[certain], columns[certain]
        owner[seen[columns]] = known[rows]
        free[known[rows]] = False
    return owner


def spatial_consistency(people: Tracklets, found: Detections, settings: Association) -> Stage:
    """Eq. (2): a detection belongs to the person whose box it overlaps by more than τo.

    The boxes of `people` are those estimated or predicted for this frame.
    """
    overlap = boxes.iou(people.body.boxes, found.boxes)
    known = None if settings.known == "all" else people.body.tracked
    return Stage("spatial consistency", overlap, settings.iou_threshold, known)


def pose_matching(lost: Tracklets, found: Tracklets, matcher: PoseDistance) -> Stage:
    """Section 3.2: a person found is the lost person whose last pose is nearest to theirs.

    `lost` are T people out of sight, `found` C people in sight without an identity.
    """
    distance = pose_distances(lost, found, matcher)
    return Stage("pose matching", -distance, -matcher.threshold)


def pose_distances(lost: Tracklets, found: Tracklets, matcher: PoseDistance) -> Floats:
    """Distances `(T, C)` of the poses in which two groups of people were last seen."""
    return matcher.compare(matcher.embed(lost.body.poses), matcher.embed(found.body.poses))
