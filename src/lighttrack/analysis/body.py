"""One person's keypoints under the names that the analysis uses, whatever skeleton they have."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures import Skeleton, Track, make_skeleton, mapping
from lighttrack.structures.skeletons import HALPE_26
from lighttrack.structures.types import AnyArray

BODY = make_skeleton(
    "analysis", [*HALPE_26.keypoints, "left_index", "right_index"], [("left_wrist", "left_index")]
)
"""Halpe's 26 keypoints and the index fingers; what a skeleton lacks is missing, but for neck, top
of the head and middle of the hips, which are derived."""


@dataclass(frozen=True, slots=True)
class Body:
    """A person through successive frames of the video."""

    id: int
    frames: NDArray[np.int64]
    """`(T,)`: numbers; a frame in which the person is not seen is there, with keypoints missing."""
    times: NDArray[np.float64]
    """`(T,)`: seconds."""
    points: AnyArray
    """`(T, K, 2)`: pixels or metres, y down; NaN where missing."""
    native: frozenset[str]
    """Keypoints that the skeleton has itself."""

    @classmethod
    def of(
        cls, track: Track, frames: AnyArray, times: AnyArray, *, least_score: float = 0.0
    ) -> "Body":
        """A track over all frames of the video between its first and its last.

        Args:
            track: the person.
            frames: `(F,)` numbers of the video's frames, ascending.
            times: `(F,)` their seconds.
            least_score: a keypoint below it is missing.
        """
        first, last = np.searchsorted(frames, track.frame_indices[[0, -1]])
        numbers = np.asarray(frames[first : last + 1], np.int64)
        points = np.full((len(numbers), len(BODY), 2), np.nan)
        known = np.where((track.scores >= least_score)[..., None], track.keypoints, np.nan)
        points[np.searchsorted(numbers, track.frame_indices)] = _mapped(known, track.skeleton)
        native = frozenset(track.skeleton.keypoints) & frozenset(BODY.keypoints)
        seconds = np.asarray(times[first : last + 1], np.float64)
        return cls(track.id, numbers, seconds, points, native)

    def __getitem__(self, name: str) -> AnyArray:
        """`(T, 2)`: the path of a keypoint."""
        return np.asarray(self.points[:, BODY.index[name]])

    @property
    def rate(self) -> float:
        """Frames per second."""
        steps = np.diff(self.times)
        return float(1 / np.median(steps)) if len(steps) and np.median(steps) > 0 else 25.0

    def middle(self, part: str) -> AnyArray:
        """`(T, 2)`: half-way between left and right; the one that is seen where only one is."""
        sides = np.stack([self[f"left_{part}"], self[f"right_{part}"]])
        seen = np.isfinite(sides)
        total = np.where(seen, sides, 0.0).sum(axis=0)
        return np.where(seen.any(axis=0), total / np.maximum(seen.sum(axis=0), 1), np.nan)


def _mapped(points: AnyArray, skeleton: Skeleton) -> AnyArray:
    """Keypoints `(T, K, 2)` as those of `BODY`; one that a source is missing of is missing."""
    weights = np.asarray(mapping(skeleton, BODY), np.float64)
    missing = np.isnan(points[..., 0])
    values = np.einsum("bk,tkc->tbc", weights, np.nan_to_num(points.astype(np.float64)))
    lacking = (missing.astype(np.float64) @ (weights != 0).T.astype(np.float64)) > 0
    values[lacking | ~weights.any(axis=1)] = np.nan
    return np.asarray(values)
