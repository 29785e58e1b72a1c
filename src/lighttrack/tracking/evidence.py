"""Whether somebody who is followed is a person at all.

Pose estimators see bodies in bushes and signs. What gives such ghosts away is that the detector
doubts them at every look, and that they stay where they are: nobody who has walked is one.
"""

import math

import numpy as np

from lighttrack.structures import Floats, Mask, boxes
from lighttrack.structures.types import Indices
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.tracklets import Tracklets

_SURE = 1 / 3
"""Share of the way from the detector's threshold to 1 at which a detection is worth a full look."""

_SHOWS = 0.5
"""IoU from which a detection shows a person."""

_BORN = 0.25
"""Least evidence of a newcomer: they passed the detector's threshold and have a confident pose."""

_PROOF = 0.25
"""Evidence from which somebody who has not moved is given an identity."""

_MOVED = 0.3
"""Body heights that a person goes: more than a ghost's trembling."""

_LATELY = 2.0
"""Seconds for which somebody who stopped still counts as having moved."""


def of_detections(scores: Floats, threshold: float, config: TrackerConfig) -> Floats:
    """What detections say `(M,)`: 1 certainly a person, 0 undecided, -1 certainly nobody.

    Example:
        >>> of_detections(np.array([0.7, 0.5, 0.3]), 0.4, TrackerConfig()).round(1)
        array([ 1. ,  0.5, -0.5], dtype=float32)
    """
    if not config.doubt:
        return np.ones(len(scores), np.float32)
    said = (scores - threshold) / max(_SURE * (1 - threshold), 1e-6)
    return np.asarray(np.clip(said, -1, 1), np.float32)


def of_any(said: Floats, overlap: Floats) -> Floats:
    """The best `(M,)` of what detections say that show a person, be they the closest or not.

    Args:
        said: `(C,)` what each detection says.
        overlap: `(M, C)` IoU of the people with the detections.
    """
    return np.asarray(np.where(overlap > _SHOWS, said, -1).max(axis=1, initial=-1), np.float32)


def at_birth(said: Floats, config: TrackerConfig) -> Floats:
    """Evidence `(M,)` for newcomers, given what their detections say."""
    full = np.float32(config.patience)
    return np.asarray(np.where(said >= 1, full, np.maximum(said, np.float32(_BORN))), np.float32)


def drawn_along(people: Tracklets, elapsed: float) -> Floats:
    """Places `(N, 2)` from which motion is measured, drawn after the people themselves.

    Somebody who walked into a ghost and was lost there must not lend it their life for good.
    """
    gain = np.float32(1 - math.exp(-elapsed / _LATELY))
    return people.origins + gain * (boxes.centers(people.boxes) - people.origins)


def has_moved(people: Tracklets) -> Mask:
    """`(N,)`: who has lately gone away from where they were, as only the living do."""
    gone = np.abs(boxes.centers(people.boxes) - people.origins).max(axis=1)
    return np.asarray(gone > _MOVED * (people.boxes[:, 3] - people.boxes[:, 1]))


def after_look(
    people: Tracklets, rows: Indices, said: Floats, counts: Mask, config: TrackerConfig
) -> Floats:
    """Evidence `(N,)` after a look of the detector.

    Args:
        people: N tracklets.
        rows: `(M,)` to whom the detections fell.
        said: `(M,)` what the detections say; see `of_detections`.
        counts: `(N,)` against whom it counts to have no detection.
        config: says how many looks in a row nobody survives unseen (`patience`).
    """
    full = np.float32(config.patience)
    evidence = people.evidence - counts.astype(np.float32)
    certain = has_moved(people)[rows] | (said >= 1)
    believed = np.where(certain, full, people.evidence[rows] + said)
    evidence[rows] = np.minimum(believed, full)
    return evidence


def is_proven(people: Tracklets) -> Mask:
    """`(N,)`: who is believed enough to be given an identity."""
    return (people.evidence >= _PROOF) | has_moved(people)


def is_ghost(people: Tracklets) -> Mask:
    """`(N,)`: of whom there is no evidence left."""
    return np.asarray(people.evidence <= 0)
