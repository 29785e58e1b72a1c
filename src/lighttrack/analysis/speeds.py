"""Where a person is, and how fast."""

import numpy as np

from lighttrack.analysis.body import Body
from lighttrack.analysis.scale import Scale
from lighttrack.structures.types import AnyArray


def speeds_of(body: Body, scale: Scale | None = None) -> dict[str, AnyArray]:
    """The path of the middle of the hips, and on the ground that of the feet.

    Args:
        body: the person; points filtered beforehand, since differences of raw points are noise.
        scale: makes metres of pixels.

    Returns:
        Columns `(T,)`: `x`, `y` (y up), `speed_x`, `speed_y`, `speed` and the `distance` covered
        since the first frame, by the hips; with a homography instead `x`, `y` on the ground, of the
        lowest points of the feet. Per second; pixels without a scale, metres with one. Gaps add
        nothing to the distance.
    """
    if scale is not None and scale.homography is not None:
        place = scale.on_ground(standing_point(body))
    else:
        factor = 1.0 if scale is None or scale.pixels_per_metre is None else scale.pixels_per_metre
        place = body.middle("hip") * (1, -1) / factor
    velocity = derivative(place, body.times)
    steps = np.linalg.norm(np.diff(place, axis=0), axis=1)
    covered = np.concatenate([[0.0], np.nancumsum(steps)])[: len(place)]
    return {
        "x": place[:, 0],
        "y": place[:, 1],
        "speed_x": velocity[:, 0],
        "speed_y": velocity[:, 1],
        "speed": np.linalg.norm(velocity, axis=1),
        "distance": np.where(np.isnan(place[:, 0]), np.nan, covered),
    }


def standing_point(body: Body) -> AnyArray:
    """`(T, 2)`: between the feet, at the height of the lower one."""
    parts = ["ankle", "heel", "foot_index"]
    paths = np.stack([body[f"{side}_{part}"] for side in ("left", "right") for part in parts])
    seen = np.isfinite(paths[..., 0])
    x = np.where(seen, paths[..., 0], 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    y = np.where(seen, paths[..., 1], -np.inf).max(axis=0)
    found = seen.any(axis=0)
    return np.stack([np.where(found, x, np.nan), np.where(found, y, np.nan)], axis=1)


def derivative(values: AnyArray, times: AnyArray) -> AnyArray:
    """Per second, of values `(T, C)`: central differences, one-sided at ends of gaps."""
    result = np.full(values.shape, np.nan)
    if len(values) < 2:
        return result
    slope = np.diff(values, axis=0) / np.diff(times)[:, None]
    before = np.concatenate([np.full((1, values.shape[1]), np.nan), slope])
    after = np.concatenate([slope, np.full((1, values.shape[1]), np.nan)])
    both = np.isfinite(before) & np.isfinite(after)
    result = np.where(np.isfinite(before), before, after)
    return np.asarray(np.where(both, (before + after) / 2, result))
