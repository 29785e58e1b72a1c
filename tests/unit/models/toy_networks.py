"""What tests share of the toy networks that `conftest.py` makes."""

import numpy as np

from lighttrack.structures import make_skeleton

WIDTH, HEIGHT = 48, 64

NOSE = make_skeleton("nose-only", ["nose"], [])
"""The toy networks know one keypoint: the brightest spot."""


def spot(x, y, *, width=200, height=160, spread=1.5):
    """A dark picture with one bright spot."""
    rows, columns = np.mgrid[:height, :width]
    bright = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2))
    return np.repeat((bright * 255).round().astype(np.uint8)[..., None], 3, axis=2)
