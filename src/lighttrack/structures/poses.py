"""Poses of several people in one image, and how alike two poses are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from lighttrack.structures.skeletons import (
    LEAST_WEIGHT,
    Skeleton,
    mapping,
    motion_weights,
    sigmas_of,
)
from lighttrack.structures.types import NO_ANGLES, Boxes, Floats, Mask, require_shape

_ARRAYS = ("keypoints", "scores", "boxes", "person_scores", "angles")
"""The fields of `Poses` with a row for each person."""


@dataclass(frozen=True, slots=True)
class Poses:
    """Keypoints of N people in one image, with the boxes they were estimated in.

    A keypoint that is missing has NaN coordinates and score 0.
    """

    skeleton: Skeleton

    keypoints: Floats
    """`(N, K, 2)`: x, y in pixels of the image."""

    scores: Floats
    """`(N, K)`: the estimator's confidence in each keypoint; its scale is the estimator's own."""

    boxes: Boxes
    """`(N, 4)`: the box of the person that each pose was estimated in, in pixels."""

    person_scores: Floats
    """`(N,)`: the estimator's confidence that a person is there, 0 to 1."""

    angles: Floats = field(default_factory=lambda: NO_ANGLES)
    """`(N,)` radians, clockwise in the image: how far each person is turned from upright; 0 for
    every person if it is not given."""

    def __post_init__(self) -> None:
        if self.angles is NO_ANGLES:
            object.__setattr__(self, "angles", np.zeros(len(self.boxes), np.float32))
        for part in _ARRAYS:
            array = getattr(self, part)
            if getattr(array, "dtype", None) != np.float32:  # also what is no array yet
                object.__setattr__(self, part, np.asarray(array, np.float32))
        n, k = len(self.boxes), len(self.skeleton)
        require_shape("keypoints", self.keypoints, (n, k, 2))
        require_shape("scores", self.scores, (n, k))
        require_shape("boxes", self.boxes, (n, 4))
        require_shape("person_scores", self.person_scores, (n,))
        require_shape("angles", self.angles, (n,))

    @classmethod
    def empty(cls, skeleton: Skeleton) -> Self:
        """No people."""
        k = len(skeleton)
        return cls(
            skeleton,
            np.zeros((0, k, 2), np.float32),
            np.zeros((0, k), np.float32),
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.float32),
        )

    @classmethod
    def concatenate(cls, parts: Sequence["Poses"]) -> "Poses":
        """The people of all `parts`, one after the other.

        Raises:
            ValueError: without parts, or if their skeletons differ.
        """
        if not parts:
            raise ValueError("cannot concatenate poses: no parts given, so no skeleton is known")
        names = {part.skeleton.name for part in parts}
        if len(names) > 1:
            raise ValueError(f"cannot concatenate poses of different skeletons: {sorted(names)}")
        columns = (np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS)
        return cls(parts[0].skeleton, *columns)

    def __repr__(self) -> str:
        return f"<Poses: {self.skeleton.name}, keypoints {self.keypoints.shape}>"

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, index: Any) -> "Poses":
        """The people that a mask, a slice or an array of indices selects."""
        return Poses(self.skeleton, *(getattr(self, name)[index] for name in _ARRAYS))

    def replaced(self, rows: Any, poses: "Poses") -> "Poses":
        """The same people with those at `rows` replaced by `poses`, in that order."""
        arrays = []
        for part in _ARRAYS:
            changed = getattr(self, part).copy()
            changed[rows] = getattr(poses, part)
            arrays.append(changed)
        return Poses(self.skeleton, *arrays)

    def without(self, keypoints: Mask) -> "Poses":
        """The same people less the `keypoints` `(N, K)`: those are missing."""
        if not keypoints.any():
            return self
        return Poses(
            self.skeleton,
            np.where(keypoints[..., None], np.float32(np.nan), self.keypoints),
            np.where(keypoints, np.float32(0), self.scores),
            self.boxes,
            self.person_scores,
            self.angles,
        )

    def to(self, skeleton: Skeleton) -> "Poses":
        """The same people with the keypoints of another skeleton, matched by name.

        What the other skeleton has and this one lacks is derived where that is defined (neck, top
        of the head, middle of the hips) and missing otherwise. A derived keypoint scores as its
        least certain source.

        Example:
            >>> from lighttrack.structures.skeletons import COCO_17, POSETRACK_15
            >>> Poses.empty(COCO_17).to(POSETRACK_15).keypoints.shape
            (0, 15, 2)
        """
        if skeleton == self.skeleton:
            return self
        weights = mapping(self.skeleton, skeleton)
        used = weights != 0
        known = used.any(axis=1)
        # A missing source (NaN) must spoil only the keypoints that are made of it.
        points = np.where(used[None, :, :, None], self.keypoints[:, None], 0.0)
        mapped = (points * weights[None, :, :, None]).sum(axis=2)
        scores = np.where(used[None], self.scores[:, None], np.inf).min(axis=2, initial=np.inf)
        missing = ~known[None] | ~np.isfinite(mapped).all(axis=2)
        mapped[missing] = np.nan
        scores[missing] = 0.0
        return Poses(skeleton, mapped, scores, self.boxes, self.person_scores, self.angles)


def oks(first: Poses, second: Poses, areas: Floats | None = None) -> Floats:
    """Object keypoint similarity `(N, M)` of every pose of `first` with every pose of `second`.

    The mean over the keypoints that both have of `exp(-d² / (2 s² k²))` with distance d, person's
    area s² and k twice the keypoint's sigma: the definition of the COCO keypoint evaluation. Where
    no keypoint is common the similarity is 0.

    Args:
        first: N poses.
        second: M poses of the same skeleton.
        areas: `(N, M)` in square pixels; without it, the mean of both people's box areas.

    Example:
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> oks(Poses.empty(COCO_17), Poses.empty(COCO_17)).shape
        (0, 0)
    """
    if first.skeleton != second.skeleton:
        raise ValueError(
            f"OKS needs one skeleton, got {first.skeleton.name!r} and {second.skeleton.name!r}"
        )
    if areas is None:
        size_first = np.prod(first.boxes[:, 2:] - first.boxes[:, :2], axis=1)
        size_second = np.prod(second.boxes[:, 2:] - second.boxes[:, :2], axis=1)
        areas = ((size_first[:, None] + size_second[None]) / 2).astype(np.float32)
    return keypoint_similarity(
        first.keypoints[:, None], second.keypoints[None], areas, sigmas_of(first.skeleton)
    )


def keypoint_similarity(first: Floats, second: Floats, areas: Floats, sigmas: Floats) -> Floats:
    """OKS of pairs of poses `(..., K, 2)` given the areas `(...)` and sigmas `(K,)`; see `oks`."""
    offset = first - second
    squared = np.einsum("...i,...i->...", offset, offset)
    common = squared == squared  # false for NaN, in one pass
    variance = np.maximum(areas, 1.0)[..., None] * (8.0 * sigmas * sigmas)
    with np.errstate(invalid="ignore"):
        similarity = np.exp(-squared / variance)
    total = np.where(common, similarity, 0.0).sum(axis=-1)
    return np.asarray(total / np.maximum(common.sum(axis=-1), 1), np.float32)


def displacement(before: Floats, now: Floats, both: Mask, skeleton: Skeleton) -> Floats:
    """Motion `(N, 2)` of bodies between two frames: the mean motion of the keypoints in both.

    0 where no keypoint is in both: nothing says that the body moved. `before` and `now` are
    `(N, K, 2)` in pixels, `both` `(N, K)` says which keypoints are known in both.
    """
    weights = both * motion_weights(skeleton)
    moved = np.where(both[..., None], now - before, np.float32(0))
    total = np.maximum(weights.sum(axis=1, keepdims=True), np.float32(LEAST_WEIGHT))
    return np.asarray(np.einsum("nk,nki->ni", weights, moved) / total, np.float32)
