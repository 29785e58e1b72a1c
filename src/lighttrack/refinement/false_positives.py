"""Tracks that are false positives: low confidence throughout, and brief or motionless."""

import numpy as np
from numpy.typing import NDArray

from lighttrack.refinement.track_table import Rows, TrackTable
from lighttrack.structures import Floats

_LOW_CONFIDENCE = 0.6
"""Share of the video's own median confidence below which a track's is low. What a score means
differs between estimators, so there is no fixed number."""

_BRIEF = 0.5
"""Seconds: a shorter track is brief."""

_STILL, _LONG = 0.1, 1.0
"""Sizes, seconds: a track of at least so long that spends nine tenths of its frames within so much
of one place is motionless."""


def find_false_positives(people: TrackTable, times: NDArray[np.float64]) -> list[int]:
    """The ids of tracks that are false positives, ascending.

    Such a track has low confidence, and is besides brief (unless the video's beginning or end cuts
    it off) or motionless. Neither alone is enough: people may pass quickly, be far away, or sit.

    Args:
        people: all who were observed.
        times: `(F,)` seconds, of all frames of the video.
    """
    if not len(people):
        return []
    confidence = _confidence(people)
    lowest = _LOW_CONFIDENCE * float(np.median(confidence))
    frame_time = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    false_positives = []
    for identity, rows in people.tracks():
        if np.median(confidence[rows]) >= lowest:
            continue
        first, last = people.frames[rows[0]], people.frames[rows[-1]]
        cut_off = first == 0 or last == len(times) - 1
        duration = times[last] - times[first] + frame_time
        if (duration < _BRIEF and not cut_off) or (duration >= _LONG and _is_still(people, rows)):
            false_positives.append(identity)
    return false_positives


def _confidence(people: TrackTable) -> Floats:
    """`(M,)`: mean score of the better half of the keypoints.

    So a half-occluded person counts by the visible half. Without keypoints, the person's score.
    """
    scores = np.sort(people.poses.scores, axis=1)
    better = scores[:, scores.shape[1] // 2 :].mean(axis=1)
    posed = np.any(np.isfinite(people.poses.keypoints), axis=(1, 2))
    return np.asarray(np.where(posed, better, people.poses.person_scores), np.float32)


def _is_still(people: TrackTable, rows: Rows) -> bool:
    centers = (people.boxes[rows, :2] + people.boxes[rows, 2:]) / 2
    away = np.linalg.norm(centers - np.median(centers, axis=0), axis=1)
    return bool(np.quantile(away, 0.9) <= _STILL * np.median(people.sizes()[rows]))
