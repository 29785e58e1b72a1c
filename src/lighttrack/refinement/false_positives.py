"""Tracks of what is nobody: seen for a moment only, or never moving, and doubtful all the time."""

import numpy as np
from numpy.typing import NDArray

from lighttrack.refinement.sightings import Rows, Sightings
from lighttrack.structures import Floats

_DOUBTFUL = 0.6
"""Share of the video's own median confidence below which a track is doubtful. What a score means
differs between estimators, so there is no fixed number."""

_BRIEF = 0.5
"""Seconds."""

_STILL, _LONG = 0.1, 1.0
"""Sizes, seconds: whoever has nine tenths of a life of so long within so much of one place does
not move."""


def find_ghosts(people: Sightings, times: NDArray[np.float64]) -> list[int]:
    """The ids of ghosts, ascending.

    A ghost is doubtful, and besides brief (unless the video's beginning or end cuts it off) or
    still. Neither alone is enough: people may pass quickly, be far away, or sit.

    Args:
        people: everybody who was seen.
        times: `(F,)` seconds, of all frames of the video.
    """
    if not len(people):
        return []
    confidence = _confidence(people)
    doubtful = _DOUBTFUL * float(np.median(confidence))
    frame_time = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    ghosts = []
    for identity, rows in people.tracks():
        if np.median(confidence[rows]) >= doubtful:
            continue
        first, last = people.frames[rows[0]], people.frames[rows[-1]]
        cut_off = first == 0 or last == len(times) - 1
        life = times[last] - times[first] + frame_time
        if (life < _BRIEF and not cut_off) or (life >= _LONG and _is_still(people, rows)):
            ghosts.append(identity)
    return ghosts


def _confidence(people: Sightings) -> Floats:
    """`(M,)`: mean score of the better half of the keypoints.

    So a person half hidden counts by the half that is seen. Without keypoints, the person's score.
    """
    scores = np.sort(people.poses.scores, axis=1)
    better = scores[:, scores.shape[1] // 2 :].mean(axis=1)
    posed = np.any(np.isfinite(people.poses.keypoints), axis=(1, 2))
    return np.asarray(np.where(posed, better, people.poses.person_scores), np.float32)


def _is_still(people: Sightings, rows: Rows) -> bool:
    centers = (people.boxes[rows, :2] + people.boxes[rows, 2:]) / 2
    away = np.linalg.norm(centers - np.median(centers, axis=0), axis=1)
    return bool(np.quantile(away, 0.9) <= _STILL * np.median(people.sizes()[rows]))
