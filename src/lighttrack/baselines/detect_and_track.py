"""Detect-and-Track: boxes of consecutive frames matched by the Hungarian method.

Girdhar et al., "Detect-and-Track: Efficient Pose Estimation in Videos", CVPR 2018, section 3.2: the
cost of a match is that of the boxes' overlap, and a detection without a match starts a track. The
paper's own network that detects and poses clips is not part of it.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from lighttrack.baselines.base import detected_boxes, posed, with_ids
from lighttrack.structures import Boxes, Frame, Ids, TrackedFrame
from lighttrack.structures.boxes import iou
from lighttrack.structures.protocols import Detector, PoseEstimator


class DetectAndTrack:
    """Hungarian matching on box IoU with the frame before."""

    def __init__(self, *, least_iou: float = 0.1) -> None:
        """Match boxes that overlap by `least_iou` or more; the paper states no such bound."""
        self.least_iou = least_iou

    def track(
        self, frames: Iterable[Frame], detector: Detector, estimator: PoseEstimator
    ) -> Iterator[TrackedFrame]:
        """The people of every frame; see `Baseline.track`."""
        boxes, ids, unused = np.zeros((0, 4), np.float32), np.zeros(0, np.int64), 1
        for frame in frames:
            found, _ = detected_boxes(detector, frame)
            poses = posed(estimator, frame, found)
            ids = self.match(boxes, ids, poses.boxes, unused)
            boxes, unused = poses.boxes, max(unused, int(ids.max(initial=0)) + 1)
            yield with_ids(frame, poses, ids)

    def match(self, before: Boxes, ids: Ids, boxes: Boxes, unused: int) -> Ids:
        """Identities `(M,)` of `boxes` `(M, 4)`: those `ids` of `before`, new ones from `unused`.

        Example:
            >>> box = np.array([[0, 0, 9, 9]], np.float32)
            >>> DetectAndTrack().match(box, np.array([4]), np.concatenate([box + 50, box]), 7)
            array([7, 4])
        """
        from scipy.optimize import linear_sum_assignment

        overlap = iou(before, boxes)
        found = np.zeros(len(boxes), np.int64)
        for row, column in zip(*linear_sum_assignment(-overlap), strict=True):
            if overlap[row, column] >= self.least_iou:
                found[column] = ids[row]
        new = found == 0
        found[new] = np.arange(unused, unused + np.count_nonzero(new))
        return found
