"""Tracked frames of dense arrays, as the formats that have a place for every person hold them."""

from collections.abc import Sequence

import numpy as np

from lighttrack.formats.reading import Person, frame_of
from lighttrack.structures import Mask, Skeleton, TrackedFrame
from lighttrack.structures.types import AnyArray


def frames_of_arrays(
    skeleton: Skeleton,
    ids: Sequence[int],
    indices: AnyArray,
    times: AnyArray,
    points: AnyArray,
    scores: AnyArray | None = None,
    present: AnyArray | None = None,
) -> list[TrackedFrame]:
    """The frames of a result, of which nothing but the keypoints is known.

    Args:
        skeleton: of the keypoints.
        ids: `(I,)`.
        indices: `(F,)` numbers of the frames.
        times: `(F,)` seconds.
        points: `(F, I, K, 3)`: x, y, score; NaN where missing.
        scores: `(F, I)` of the people; NaN: 1.
        present: `(F, I)`, whether a person is in a frame; by default where a keypoint is.
    """
    points = np.array(points, np.float32)
    missing = ~np.isfinite(points[..., :2]).all(axis=-1)
    points[missing] = (np.nan, np.nan, 0.0)
    # Without confidences of its own a keypoint that is there counts as sure.
    points[..., 2] = np.where(missing, 0.0, np.nan_to_num(points[..., 2], nan=1.0))
    seen: Mask = np.asarray(~missing.all(axis=-1) if present is None else present, np.bool_)
    frames = []
    for row, (index, time) in enumerate(zip(indices.tolist(), times.tolist(), strict=True)):
        people = [
            Person(ids[i], points[row, i], score=_score(scores, row, i))
            for i in np.flatnonzero(seen[row]).tolist()
        ]
        frames.append(frame_of(skeleton, int(index), float(time), people))
    return frames


def _score(scores: AnyArray | None, row: int, person: int) -> float:
    value = np.nan if scores is None else float(scores[row, person])
    return value if np.isfinite(value) else 1.0
