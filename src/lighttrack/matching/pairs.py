"""Pairs of poses from any tracked data set: the same person a moment later, or another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from lighttrack.matching.normalize import CANONICAL, MINIMUM_KEYPOINTS
from lighttrack.structures import Boxes, Floats, Mask, Skeleton, TrackedVideo
from lighttrack.structures.boxes import iou
from lighttrack.structures.boxes import of_points as boxes_of_points

HARD_IOU = 0.2
"""Boxes of two people that overlap by more make a hard negative, as in the original code."""


@dataclass(frozen=True, slots=True)
class PoseSequence:
    """The people of one video, by frame and identity."""

    name: str
    keypoints: Floats
    """`(F, I, K, 2)`: pixels; NaN where missing or not in the frame."""
    boxes: Boxes
    """`(F, I, 4)`: pixels."""

    @classmethod
    def from_video(cls, video: TrackedVideo, skeleton: Skeleton = CANONICAL) -> Self:
        """The poses of a tracked video as `skeleton` has them; frames without people included."""
        ids = video.ids()
        first = min((frame.index for frame in video.frames), default=0)
        last = max((frame.index for frame in video.frames), default=-1)
        shape = (last - first + 1, len(ids))
        keypoints = np.full((*shape, len(skeleton), 2), np.nan, np.float32)
        boxes = np.full((*shape, 4), np.nan, np.float32)
        for frame in video.frames:
            columns = np.searchsorted(ids, frame.ids)
            poses = frame.poses.to(skeleton)
            present = np.isfinite(poses.keypoints[..., 0]) & (poses.scores > 0)
            row = frame.index - first
            keypoints[row, columns] = np.where(present[..., None], poses.keypoints, np.nan)
            tight = boxes_of_points(poses.keypoints, present)
            given = frame.boxes[:, 2:] > frame.boxes[:, :2]
            boxes[row, columns] = np.where(given.all(axis=1, keepdims=True), frame.boxes, tight)
        return cls(video.info.name, keypoints, boxes)

    @property
    def present(self) -> Mask:
        """`(F, I)`: whose pose has enough keypoints to be compared."""
        count = np.isfinite(self.keypoints[..., 0]).sum(axis=-1)
        return np.asarray(count >= MINIMUM_KEYPOINTS)


class PairKind(IntEnum):
    """What a pair shows; the rows of the paper's Table 1."""

    POSITIVE = 0
    HARD_NEGATIVE = 1
    OTHER_NEGATIVE = 2


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of poses of one or more sequences."""

    first: NDArray[np.int64]
    """`(P, 3)`: sequence, frame and column (identity) of the earlier pose."""
    second: NDArray[np.int64]
    """`(P, 3)`: the same of the later pose."""
    kind: NDArray[np.int64]
    """`(P,)`: a `PairKind`."""

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def gap(self) -> NDArray[np.int64]:
        """`(P,)`: frames between the two poses."""
        return self.second[:, 1] - self.first[:, 1]

    def counts(self) -> dict[str, int]:
        """Number of pairs of each kind, as in the paper's Table 1."""
        return {
            kind.name.lower().replace("_", " "): int((self.kind == kind).sum()) for kind in PairKind
        }

    def __getitem__(self, chosen: NDArray[np.int64] | Mask) -> "Pairs":
        """The pairs that a mask or an array of indices selects."""
        return Pairs(self.first[chosen], self.second[chosen], self.kind[chosen])


def mine_pairs(sequences: Sequence[PoseSequence], *, gaps: Sequence[int] = (0, 1)) -> Pairs:
    """All pairs of poses that lie `gaps` frames apart.

    Positives are one identity in two frames; negatives are two identities, in two frames or, for
    gap 0, in the same one. A negative is hard where the two boxes overlap by an IoU above 0.2.

    Raises:
        ValueError: if a gap is negative.
    """
    if min(gaps, default=0) < 0:
        raise ValueError(f"gaps count frames forward, from 0, got {min(gaps)}")
    firsts, seconds, kinds = [], [], []
    for number, sequence in enumerate(sequences):
        present = sequence.present
        for gap in gaps:
            for frame in range(len(present) - gap):
                known = np.flatnonzero(present[frame])
                seen = np.flatnonzero(present[frame + gap])
                rows, columns, kind = _pairs_of_frames(sequence, frame, gap, known, seen)
                place = np.full_like(rows, number)
                firsts.append(np.stack([place, np.full_like(rows, frame), rows], axis=1))
                seconds.append(np.stack([place, np.full_like(rows, frame + gap), columns], axis=1))
                kinds.append(kind)
    none = np.zeros((0, 3), np.int64)
    return Pairs(
        np.concatenate([none, *firsts]),
        np.concatenate([none, *seconds]),
        np.concatenate([none[:, 0], *kinds]),
    )


def _pairs_of_frames(
    sequence: PoseSequence,
    frame: int,
    gap: int,
    known: NDArray[np.int64],
    seen: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    overlap = iou(sequence.boxes[frame, known], sequence.boxes[frame + gap, seen])
    kind = np.where(overlap > HARD_IOU, PairKind.HARD_NEGATIVE, PairKind.OTHER_NEGATIVE)
    same = known[:, None] == seen[None]
    kind[same] = PairKind.POSITIVE
    chosen = ~same & (known[:, None] < seen[None]) if gap == 0 else np.ones_like(same)
    rows, columns = np.nonzero(chosen)
    return known[rows], seen[columns], kind[rows, columns].astype(np.int64)
