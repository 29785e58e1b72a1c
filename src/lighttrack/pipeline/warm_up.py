"""Networks compiled before the first frame."""

import numpy as np

from lighttrack.structures import Regions
from lighttrack.tracking import PoseTracker


def warm_up(tracker: PoseTracker, width: int, height: int) -> None:
    """Have the networks compiled for images of a size, so that no frame waits for it.

    Args:
        tracker: its detector, pose estimator and appearance network are called once or twice.
        width: pixels.
        height: pixels.
    """
    blank = np.zeros((height, width, 3), np.uint8)
    tracker.detector(blank)
    # A network may be compiled one way for a few people at once and another for one.
    everything = np.array([[0, 0, width, height]] * 4, np.float32)
    for count in (4, 1):
        tracker.estimator(blank, Regions.of(everything[:count]))
        if tracker.appearance is not None:
            tracker.appearance.describe(blank, everything[:count], None)
