"""PoseFlow: flows of poses through a window of frames, and non-maximum suppression of flows.

Xiu et al., "Pose Flow: Efficient Online Pose Tracking", BMVC 2018. Ours: a step counts with its
confidence times its similarity; the similarity is the mean of ORB matches and box overlap; windows
follow one another with one frame in common; flows are compared by OKS.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from lighttrack.baselines.base import detected_boxes, posed, with_ids
from lighttrack.structures import Floats, Frame, Image, Poses, TrackedFrame
from lighttrack.structures.boxes import iou
from lighttrack.structures.poses import oks
from lighttrack.structures.protocols import Detector, PoseEstimator

Flow = list[tuple[int, int]]
"""Steps of one person: the frame's place in the window, the row of the pose."""

_PATCH = 0.1
"""The square around a keypoint in which features count, as a share of the person's box."""
_FARTHEST = 60
"""Differing bits of 256 up to which two ORB descriptors match."""


@dataclass(slots=True)
class _Posed:
    """A frame of the window."""

    frame: Frame
    poses: Poses
    similarity: Floats
    """`(N, M)` of the poses of the frame before with these."""
    ids: dict[int, int] = field(default_factory=dict)
    """By row of the pose."""


class PoseFlow:
    """Tracks of the largest cumulative confidence."""

    def __init__(
        self, *, window: int = 20, least_similarity: float = 0.2, most_oks: float = 0.7
    ) -> None:
        """Set it up.

        Args:
            window: frames that are looked at together; so many wait before they are given.
            least_similarity: of the poses of two frames, 0 to 1, from which one may follow another.
            most_oks: median similarity of two flows in their common frames, above which they are
                merged.
        """
        if window < 2:
            raise ValueError(f"window must be 2 or more, got {window}")
        self.window = window
        self.least_similarity = least_similarity
        self.most_oks = most_oks

    def track(
        self, frames: Iterable[Frame], detector: Detector, estimator: PoseEstimator
    ) -> Iterator[TrackedFrame]:
        """The people of every frame; see `Baseline.track`."""
        window: list[_Posed] = []
        features, unused = _Features.none(), 1
        for frame in frames:
            boxes, _ = detected_boxes(detector, frame)
            poses = posed(estimator, frame, boxes)
            now = _Features.of(frame.image)
            if window:
                alike = similarity(window[-1].poses, features, poses, now)
            else:
                alike = np.zeros((0, len(poses)), np.float32)
            # Images are not needed any more, and a window of them is much memory.
            small = replace(frame, image=np.zeros((1, 1, 3), np.uint8))
            window.append(_Posed(small, poses, alike))
            features = now
            if len(window) > self.window:
                unused = self._resolve(window, unused)
                yield from (_given(each) for each in window[:-1])
                window = window[-1:]
        self._resolve(window, unused)
        yield from (_given(each) for each in window)

    def _resolve(self, window: Sequence[_Posed], unused: int) -> int:
        """Give the poses of a window identities; the first frame may have some already."""
        confidences = [each.poses.scores.mean(axis=1) for each in window]
        flows = build_flows(
            confidences, [each.similarity for each in window[1:]], self.least_similarity
        )
        kept = self._merged(window, flows, confidences)
        for flow in kept:
            place, row = flow[0]
            known = window[place].ids.get(row) if place == 0 else None
            identity = unused if known is None else known
            unused += known is None
            for place, row in flow:
                window[place].ids[row] = identity
        return unused

    def _merged(
        self, window: Sequence[_Posed], flows: list[Flow], confidences: Sequence[Floats]
    ) -> list[Flow]:
        """Pose-flow NMS: flows of one person become the most confident one, poses averaged."""
        flows = sorted(flows, key=lambda flow: -sum(float(confidences[t][n]) for t, n in flow))
        kept: list[Flow] = []
        for flow in flows:
            same = next((k for k in kept if self._alike(window, k, flow)), None)
            if same is None:
                kept.append(flow)
                continue
            rows = dict(flow)
            for place, row in same:
                if place in rows and place > 0:  # the first frame has been given already
                    each = window[place]
                    each.poses = averaged(each.poses, row, rows[place])
        return kept

    def _alike(self, window: Sequence[_Posed], first: Flow, second: Flow) -> bool:
        rows = dict(second)
        common = [(t, n, rows[t]) for t, n in first if t in rows]
        known = window[0].ids
        if not common or any(t == 0 and n in known and m in known for t, n, m in common):
            return False
        values = [
            oks(window[t].poses[n : n + 1], window[t].poses[m : m + 1])[0, 0] for t, n, m in common
        ]
        return bool(np.median(values) > self.most_oks)


def build_flows(
    confidences: Sequence[Floats], similarities: Sequence[Floats], least: float
) -> list[Flow]:
    """Flows of the largest cumulative confidence, one after the other, each pose in one of them.

    Args:
        confidences: `(N_t,)` for each frame.
        similarities: `(N_t, N_{t+1})` for each frame but the last.
        least: similarity from which a pose may follow another.

    Example:
        >>> build_flows([np.ones(1), np.array([0.5, 0.9])], [np.array([[0.8, 0.6]])], 0.2)
        [[(0, 0), (1, 1)], [(1, 0)]]
    """
    free = [np.ones(len(each), np.bool_) for each in confidences]
    flows: list[Flow] = []
    while any(each.any() for each in free):
        flow = _best_flow(confidences, similarities, free, least)
        for place, row in flow:
            free[place][row] = False
        flows.append(flow)
    return flows


def _best_flow(
    confidences: Sequence[Floats],
    similarities: Sequence[Floats],
    free: Sequence[np.ndarray],
    least: float,
) -> Flow:
    """By dynamic programming from the last frame to the first."""
    totals: list[np.ndarray] = [np.asarray(each, np.float64) for each in confidences]
    following: list[np.ndarray] = [np.full(len(each), -1) for each in confidences]
    for place in range(len(confidences) - 2, -1, -1):
        alike = similarities[place]
        if not alike.size:
            continue
        onward = totals[place + 1] - confidences[place + 1] * (1 - alike)
        gain = np.where((alike >= least) & free[place + 1], onward, -np.inf)
        best = gain.argmax(axis=1)
        value = gain[np.arange(len(best)), best]
        follows = np.isfinite(value)
        totals[place] = totals[place] + np.where(follows, value, 0)
        following[place] = np.where(follows, best, -1)
    starts = [
        (total, -place, -row)
        for place, each in enumerate(totals)
        for row, total in enumerate(each.tolist())
        if free[place][row]
    ]
    _, place, row = max(starts)
    flow = [(-place, -row)]
    while following[flow[-1][0]][flow[-1][1]] >= 0:
        place, row = flow[-1]
        flow.append((place + 1, int(following[place][row])))
    return flow


def averaged(poses: Poses, row: int, other: int) -> Poses:
    """The poses with that at `row` the mean of it and `other`, weighted by keypoint scores."""
    weights = poses.scores[[row, other]]
    points = np.nan_to_num(poses.keypoints[[row, other]])
    total = weights.sum(axis=0)
    mean = (points * weights[..., None]).sum(axis=0) / np.maximum(total, 1e-9)[:, None]
    keypoints, scores = poses.keypoints.copy(), poses.scores.copy()
    keypoints[row] = np.where(total[:, None] > 0, mean, np.nan)
    scores[row] = weights.max(axis=0)
    return replace(poses, keypoints=keypoints, scores=scores)


@dataclass(frozen=True, slots=True)
class _Features:
    """ORB features of an image: places `(F, 2)` and descriptors `(F, 32)`."""

    points: Floats
    descriptors: np.ndarray

    @classmethod
    def none(cls) -> "_Features":
        return cls(np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8))

    @classmethod
    def of(cls, image: Image) -> "_Features":
        if not any(image.strides) or min(image.shape[:2]) < 32:  # one colour, or too small for ORB
            return cls.none()
        grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
        found, descriptors = cv2.ORB.create(nfeatures=5000).detectAndCompute(grey, None)
        if descriptors is None:
            return cls.none()
        return cls(np.array([each.pt for each in found], np.float32), descriptors)


def similarity(before: Poses, seen_before: _Features, now: Poses, seen_now: _Features) -> Floats:
    """Similarity `(N, M)`, 0 to 1, of the poses of two frames.

    The mean of box IoU and of the share of the features around a keypoint that match one around the
    same keypoint (averaged over the keypoints that have features); IoU alone without features.
    """
    overlap = iou(before.boxes, now.boxes)
    matches = np.full(len(seen_before.points), -1)
    if len(matches) and len(seen_now.points):
        matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)
        for match in matcher.match(seen_before.descriptors, seen_now.descriptors):
            if match.distance <= _FARTHEST:
                matches[match.queryIdx] = match.trainIdx
    known, seen = _around(before, seen_before.points), _around(now, seen_now.points)
    counts = known.sum(axis=2)  # (N, K)
    some = counts > 0
    matched = np.flatnonzero(matches >= 0)
    moved = seen_now.points[matches[matched]] - seen_before.points[matched]
    sides = (before.boxes[:, 2:] - before.boxes[:, :2]).max(axis=1, initial=0)
    # A person moves by less than their size between frames: a farther match is another person.
    near = np.linalg.norm(moved, axis=1) <= sides[:, None]
    held = known[..., matched] & near[:, None]
    common = np.einsum("nkf,mkf->nmk", *(
        part.astype(np.float32) for part in (held, seen[..., matches[matched]])
    ))  # fmt: skip
    shares = common / np.maximum(counts, 1)[:, None]
    mean = shares.sum(axis=2) / np.maximum(some.sum(axis=1), 1)[:, None]
    return np.where(some.any(axis=1)[:, None], (mean + overlap) / 2, overlap).astype(np.float32)


def _around(poses: Poses, points: Floats) -> np.ndarray:
    """`(N, K, F)`: which `points` lie in the square around each keypoint."""
    sides = (poses.boxes[:, 2:] - poses.boxes[:, :2]).max(axis=1, initial=0)
    away = np.abs(poses.keypoints[:, :, None] - points).max(axis=3, initial=0)
    return np.asarray(away <= _PATCH / 2 * sides[:, None, None])


def _given(each: _Posed) -> TrackedFrame:
    """A frame without the poses that were merged into others, each with its flow's identity."""
    rows = sorted(each.ids)
    ids = np.array([each.ids[row] for row in rows], np.int64)
    return with_ids(each.frame, each.poses[np.array(rows, np.intp)], ids)
