"""Poses that the tests of matching share: COCO's keypoints in pixels, from before."""

import numpy as np

STANDING = np.array(
    [
        [100, 30], [104, 26], [96, 26], [108, 28], [92, 28], [118, 55], [82, 55], [124, 90],
        [76, 90], [126, 122], [74, 122], [112, 125], [88, 125], [113, 170], [87, 170], [113, 215],
        [87, 215],
    ],
    np.float32,
)  # fmt: skip
ARMS_UP = STANDING.copy()
ARMS_UP[7:11] = [[135, 30], [65, 30], [130, 0], [70, 0]]
