"""Tracklets: what the tracker knows of each person between two frames, as a struct of arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures import Boxes, Floats, Ids, Mask, Poses, Skeleton
from lighttrack.tracking.colours import PARTS


@dataclass(frozen=True, slots=True)
class Tracklets:
    """N people that are followed or remembered, the oldest first.

    The order is the age: where two tracklets claim one person, the one further up is the older.
    """

    ids: Ids
    """`(N,)`: public identity; -1 until one is given."""

    poses: Poses
    """N poses as the estimator gave them when each person was last looked at with success."""

    tracked: Mask
    """`(N,)`: eq. (1) of the paper; a person who is not tracked is lost."""

    body: Floats
    """`(N, K, 2)`: keypoints in pixels; one that is hidden is carried along with the others."""

    unseen: Floats
    """`(N, K)`: seconds since the keypoint was last confident; infinite if it never was."""

    boxes: Boxes
    """`(N, 4)`: the whole body, in pixels."""

    margins: Floats
    """`(N, 4)`: how far the body reaches beyond its keypoints; see `propagation.body_boxes`."""

    velocities: Floats
    """`(N, 2)`: pixels per second."""

    lost_for: Floats
    """`(N,)`: seconds since the person was last tracked; 0 while tracked."""

    seen_for: Floats
    """`(N,)`: seconds since the person was first seen."""

    frames_tracked: NDArray[np.int64]
    """`(N,)`: frames in which the person was tracked."""

    evidence: Floats
    """`(N,)`: looks of the detector that speak for a person rather than a ghost; see `evidence`."""

    origins: Floats
    """`(N, 2)`: where each was first seen, in pixels of the present picture."""

    colours: Floats
    """`(N, PARTS, 3)`: what each person wears, as last seen clearly; NaN where never; see
    `colours.sample`."""

    looks: Floats
    """`(N, D)`: what each looks like to an appearance network; NaN where never; see `looks`. D is
    0 without one."""

    looks_taken: NDArray[np.int64]
    """`(N,)`: clear looks in the mean."""

    embeddings: Floats
    """`(N, E)`: what the pose matcher made of the pose in which each was last seen; NaN as long as
    nobody has asked."""

    adrift: Mask
    """`(N,)`: whether a cut tore the person from the place where they were last seen."""

    revived: Mask
    """`(N,)`: whether the person was lost before and is tracked again since this frame."""

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: Any) -> "Tracklets":
        """The tracklets that a mask, a slice or an array of indices selects."""
        return Tracklets(*[getattr(self, name)[index] for name in _FIELDS])

    @property
    def all_tracked(self) -> bool:
        """Whether nobody is lost."""
        return bool(np.count_nonzero(self.tracked) == len(self.tracked))

    @classmethod
    def empty(cls, skeleton: Skeleton, dimensions: int = 0, embedding: int = 0) -> Self:
        """Nobody; `dimensions` is D of `looks`, `embedding` is E of `embeddings`."""
        k = len(skeleton)
        return cls(
            ids=np.zeros(0, np.int64),
            poses=Poses.empty(skeleton),
            tracked=np.zeros(0, np.bool_),
            body=np.zeros((0, k, 2), np.float32),
            unseen=np.zeros((0, k), np.float32),
            boxes=np.zeros((0, 4), np.float32),
            margins=np.zeros((0, 4), np.float32),
            velocities=np.zeros((0, 2), np.float32),
            lost_for=np.zeros(0, np.float32),
            seen_for=np.zeros(0, np.float32),
            frames_tracked=np.zeros(0, np.int64),
            evidence=np.zeros(0, np.float32),
            origins=np.zeros((0, 2), np.float32),
            colours=np.zeros((0, PARTS, 3), np.float32),
            looks=np.zeros((0, dimensions), np.float32),
            looks_taken=np.zeros(0, np.int64),
            embeddings=np.zeros((0, embedding), np.float32),
            adrift=np.zeros(0, np.bool_),
            revived=np.zeros(0, np.bool_),
        )

    @classmethod
    def concatenate(cls, parts: Sequence["Tracklets"]) -> "Tracklets":
        """The people of all `parts` in their order."""
        joined: list[Any] = []
        for name in _FIELDS:
            values = [getattr(part, name) for part in parts]
            joined.append(Poses.concatenate(values) if name == "poses" else np.concatenate(values))
        return cls(*joined)

    def updated(self, **changes: Any) -> "Tracklets":
        """The same tracklets with some fields replaced."""
        kept = {name: getattr(self, name) for name in _FIELDS}
        return Tracklets(**(kept | changes))

    def replaced(self, rows: NDArray[np.intp], people: "Tracklets") -> "Tracklets":
        """The same tracklets with `rows` of them replaced by `people`, in that order."""
        merged: dict[str, Any] = {}
        for name in _FIELDS:
            old, new = getattr(self, name), getattr(people, name)
            merged[name] = (
                old.replaced(rows, new) if isinstance(old, Poses) else _put(old, rows, new)
            )
        return Tracklets(**merged)


def _put(array: NDArray[Any], rows: NDArray[np.intp], values: NDArray[Any]) -> NDArray[Any]:
    changed = array.copy()
    changed[rows] = values
    return changed


_FIELDS = tuple(part.name for part in fields(Tracklets))


@dataclass(frozen=True, slots=True)
class TrackerState:
    """Everything that passes from one frame to the next: a value, so one tracker serves many."""

    people: Tracklets
    next_id: int = 1
    time: float | None = None
    """Seconds: of the last frame; None before the first."""
    frames_since_scheduled: int | None = None
    """Since the fixed schedule last came round; None before the first frame."""
    frames_since_keyframe: int | None = None
    """Since the detector was last called, scheduled or not; None before the first frame."""
    keyframe_time: float | None = None
    """Seconds: when the detector was last called; None before the first frame."""
    view: Any = None
    """What the camera motion estimator remembers of the last frame; None before the first."""
    chosen: int | None = None
    """Identity of the one person who is followed; None while there is none, or for everybody."""
