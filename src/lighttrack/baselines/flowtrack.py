"""FlowTrack: boxes propagated by optical flow, and greedy matching on flow-based pose similarity.

Xiao et al., "Simple Baselines for Human Pose Estimation and Tracking", ECCV 2018, section 3. Ours:
flow to several frames back is the sum of the steps between, and the least similarity, which the
paper does not state.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from lighttrack.baselines.base import detected_boxes, greedy_pairs, posed, with_ids
from lighttrack.baselines.flow import DisFlow, OpticalFlow, moved_points
from lighttrack.structures import Boxes, Floats, Frame, Ids, Image, Poses, TrackedFrame
from lighttrack.structures import boxes as of_boxes
from lighttrack.structures.poses import oks
from lighttrack.structures.protocols import Detector, PoseEstimator

_PROPAGATED_ENLARGEMENT = 0.075
"""On each side: the paper enlarges the extent of the keypoints by 15 %."""


@dataclass(frozen=True, slots=True)
class _Past:
    """People of a former frame, at the places where the flow has carried them since."""

    ids: Ids
    poses: Poses


class FlowTrack:
    """Flow-based pose tracking."""

    def __init__(
        self,
        *,
        flow: OpticalFlow | None = None,
        past_frames: int = 10,
        least_oks: float = 0.3,
        most_overlap: float = 0.5,
    ) -> None:
        """Set it up.

        Args:
            flow: `DisFlow` without it.
            past_frames: length of the queue of former frames.
            least_oks: similarity from which poses are of one person.
            most_overlap: IoU above which the box of the lower score is dropped.
        """
        if past_frames < 1:
            raise ValueError(f"past_frames must be 1 or more, got {past_frames}")
        self.flow = flow or DisFlow()
        self.past_frames = past_frames
        self.least_oks = least_oks
        self.most_overlap = most_overlap

    def track(
        self, frames: Iterable[Frame], detector: Detector, estimator: PoseEstimator
    ) -> Iterator[TrackedFrame]:
        """The people of every frame; see `Baseline.track`."""
        past: deque[_Past] = deque(maxlen=self.past_frames)
        image: Image | None = None
        unused = 1
        for frame in frames:
            boxes, scores = detected_boxes(detector, frame)
            if image is not None and any(len(each.ids) for each in past):
                flow = self.flow(image, frame.image)
                past = deque((_carried(each, flow) for each in past), self.past_frames)
                boxes, scores = _joined(boxes, scores, past[-1].poses)
            poses = posed(estimator, frame, boxes[kept(boxes, scores, self.most_overlap)])
            ids = self._match(past, poses, unused)
            unused = max(unused, int(ids.max(initial=0)) + 1)
            past.append(_Past(ids, poses))
            image = frame.image
            yield with_ids(frame, poses, ids)

    def _match(self, past: Iterable[_Past], poses: Poses, unused: int) -> Ids:
        ids = np.zeros(len(poses), np.int64)
        parts = [each for each in past if len(each.ids)]
        if parts and len(poses):
            known = np.concatenate([each.ids for each in parts])
            alike = oks(Poses.concatenate([each.poses for each in parts]), poses)
            names = np.unique(known)
            # Of the several former frames, the one where a person is most alike counts.
            best = np.stack([alike[known == name].max(axis=0) for name in names])
            for row, column in greedy_pairs(best, self.least_oks):
                ids[column] = names[row]
        new = ids == 0
        ids[new] = np.arange(unused, unused + np.count_nonzero(new))
        return ids


def kept(boxes: Boxes, scores: Floats, most_overlap: float) -> np.ndarray:
    """Rows, in their order, that non-maximum suppression keeps of `boxes` `(N, 4)`.

    Example:
        >>> boxes = np.array([[0, 0, 9, 9], [0, 0, 9, 8], [20, 0, 29, 9]], np.float32)
        >>> kept(boxes, np.array([0.5, 0.9, 0.1]), 0.5).tolist()
        [1, 2]
    """
    overlap = of_boxes.iou(boxes, boxes)
    chosen: list[int] = []
    for row in np.argsort(-scores, kind="stable").tolist():
        if all(overlap[row, other] <= most_overlap for other in chosen):
            chosen.append(row)
    return np.sort(np.array(chosen, np.intp))


def _carried(past: _Past, flow: Floats) -> _Past:
    poses = past.poses
    return replace(past, poses=replace(poses, keypoints=moved_points(poses.keypoints, flow)))


def _joined(boxes: Boxes, scores: Floats, past: Poses) -> tuple[Boxes, Floats]:
    """Detections and the boxes around the poses that the flow has carried here."""
    points = past.keypoints
    around = of_boxes.of_points(points, np.isfinite(points[..., 0]))
    some = np.isfinite(around).all(axis=1)
    around = of_boxes.enlarge(around[some], _PROPAGATED_ENLARGEMENT)
    # A detection of this frame is better placed than a box carried into it.
    lower = past.person_scores[some] * np.float32(1e-3)
    return np.concatenate([boxes, around]), np.concatenate([scores, lower])
