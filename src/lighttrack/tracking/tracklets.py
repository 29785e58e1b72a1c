"""What is kept of each person between two frames, and the state of a video.

A tracklet is two records: the body that is followed (poses, boxes, motion) and the identity that it
has (id, appearance, history). `reid.reassign` alone changes which body has which identity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures import Boxes, Floats, Ids, Mask, Poses, Skeleton
from lighttrack.structures.records import Records, from_arrays, to_arrays
from lighttrack.structures.scan import Scan
from lighttrack.tracking.keyframes import KeyframeClock


@dataclass(frozen=True, slots=True)
class Bodies(Records):
    """N bodies, each where it was last estimated or is expected now."""

    poses: Poses
    """N poses as the estimator gave them when each person was last found."""
    tracked: Mask
    """`(N,)`: eq. (1) of the paper; a person who is not tracked is lost."""
    keypoints: Floats
    """`(N, K, 2)`: in pixels; one that is not confident moves with the others."""
    keypoint_ages: Floats
    """`(N, K)`: seconds since the keypoint was last confident; infinite if it never was."""
    boxes: Boxes
    """`(N, 4)`: the whole body, in pixels."""
    margins: Floats
    """`(N, 4)`: how far the body reaches beyond its keypoints; see `propagation.body_boxes`."""
    velocities: Floats
    """`(N, 2)`: pixels per second."""
    ages: Floats
    """`(N,)`: seconds since the body was first found."""
    lost_for: Floats
    """`(N,)`: seconds since the body was last tracked; 0 while tracked."""
    position_unknown: Mask
    """`(N,)`: whether a cut has separated the body from the place where it was last seen."""
    missed_detections: NDArray[np.int64]
    """`(N,)`: key frames in a row at which it was in plain view and not detected."""
    confident: Mask
    """`(N,)`: whether one of its detections was confident enough to confirm it at once."""

    @property
    def angles(self) -> Floats:
        """`(N,)` radians, clockwise: how far each body is turned from upright."""
        return self.poses.angles


@dataclass(frozen=True, slots=True)
class Identities(Records):
    """N identities: who the bodies are, and what is remembered of them."""

    ids: Ids
    """`(N,)`: public identity; -1 for the unconfirmed."""
    appearances: Floats
    """`(N, D)`: descriptors of all appearance models side by side; NaN where unknown."""
    views: NDArray[np.int64]
    """`(N, M)`: clear views in the descriptor of each of the M appearance models."""
    frames_tracked: NDArray[np.int64]
    """`(N,)`: frames in which the person was tracked."""
    scores: Floats
    """`(N,)`: probability that the body is still of the person who got the identity."""
    reidentified: Mask
    """`(N,)`: whether the person was lost before and is tracked again since this frame."""
    targets: NDArray[np.int64]
    """`(N,)`: which of the tracker's targets the person is; -1 if none."""

    @property
    def is_target(self) -> Mask:
        """`(N,)`: who has an identity and is a target."""
        return (self.targets >= 0) & (self.ids >= 0)


@dataclass(frozen=True, slots=True)
class Tracklets:
    """N people who are followed or remembered, the oldest first.

    Where two tracklets claim one person, the first of them is the older.
    """

    body: Bodies
    identity: Identities

    def __len__(self) -> int:
        return len(self.identity.ids)

    def __getitem__(self, index: Any) -> "Tracklets":
        """The tracklets that a mask, a slice or an array of indices selects."""
        return Tracklets(self.body[index], self.identity[index])

    @property
    def all_tracked(self) -> bool:
        """Whether no person is lost."""
        tracked = self.body.tracked
        return bool(np.count_nonzero(tracked) == len(tracked))

    @property
    def is_lost(self) -> Mask:
        """`(N,)`: who has an identity and is out of sight."""
        return ~self.body.tracked & (self.identity.ids >= 0)

    @property
    def is_unconfirmed(self) -> Mask:
        """`(N,)`: who is in sight and has no identity yet."""
        return self.body.tracked & (self.identity.ids < 0)

    def with_body(self, **changes: Any) -> "Tracklets":
        """The same tracklets with fields of their bodies replaced."""
        return Tracklets(self.body.changed(**changes), self.identity)

    def with_identity(self, **changes: Any) -> "Tracklets":
        """The same tracklets with fields of their identities replaced."""
        return Tracklets(self.body, self.identity.changed(**changes))

    @classmethod
    def found(cls, poses: Poses, *, descriptor: int = 0, models: int = 0) -> Self:
        """Unconfirmed tracklets of N people found now, whose boxes are those of their `poses`.

        `descriptor` is D of `Identities`, and `models` is M.
        """
        n, k = poses.scores.shape
        zeros, no, counts = np.zeros(n, np.float32), np.zeros(n, np.bool_), np.zeros(n, np.int64)
        body = Bodies(
            poses=poses,
            tracked=~no,
            keypoints=poses.keypoints,
            keypoint_ages=np.zeros((n, k), np.float32),
            boxes=poses.boxes,
            margins=np.zeros((n, 4), np.float32),
            velocities=np.zeros((n, 2), np.float32),
            ages=zeros,
            lost_for=zeros,
            position_unknown=no,
            missed_detections=counts,
            confident=no,
        )
        identity = Identities(
            ids=counts - 1,
            appearances=np.full((n, descriptor), np.nan, np.float32),
            views=np.zeros((n, models), np.int64),
            frames_tracked=counts + 1,
            scores=zeros + 1,
            reidentified=no,
            targets=counts - 1,
        )
        return cls(body, identity)

    def more(self, poses: Poses) -> "Tracklets":
        """Unconfirmed tracklets of people found now, to be joined with these."""
        known = self.identity
        widths = {"descriptor": known.appearances.shape[1], "models": known.views.shape[1]}
        return Tracklets.found(poses, **widths)

    @classmethod
    def concatenate(cls, parts: Sequence["Tracklets"]) -> "Tracklets":
        """The people of all `parts` in their order."""
        return cls(
            Bodies.concatenate([part.body for part in parts]),
            Identities.concatenate([part.identity for part in parts]),
        )


_ARRAYS = {
    "poses": ("keypoints", "scores", "boxes", "person_scores", "angles"),
    "body": tuple(Bodies.__dataclass_fields__)[1:],
    "identity": tuple(Identities.__dataclass_fields__),
    "scan": tuple(Scan.__dataclass_fields__),
}
"""What a saved state holds of each record."""


@dataclass(frozen=True, slots=True)
class TrackerState:
    """Everything that passes from one frame to the next: a value, so one tracker serves many."""

    people: Tracklets
    next_id: int = 1
    time: float | None = None
    """Seconds: of the last frame; None before the first."""
    clock: KeyframeClock = field(default_factory=KeyframeClock)
    view: Any = None
    """What the camera motion estimator remembers of the last frame; None before the first."""
    scan: Scan = field(default_factory=Scan.none)
    """The tiles that a tiled detector has examined."""

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The state as named arrays without Python objects, for `numpy.savez`.

        The camera's `view` is left out: `PoseTracker.restore` makes it again from the last image.
        """
        body, clock = self.people.body, self.clock
        parts = (body.poses, body, self.people.identity, self.scan)
        arrays = to_arrays(
            dict(zip(_ARRAYS, zip(parts, _ARRAYS.values(), strict=True), strict=True))
        )
        numbers = (self.time, clock.frames, clock.time, clock.scheduled)
        arrays["next_id"] = np.array(self.next_id, np.int64)
        arrays["numbers"] = np.array([np.nan if n is None else n for n in numbers], np.float64)
        return arrays

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], skeleton: Skeleton, view: Any = None
    ) -> Self:
        """The state that `to_arrays` gave; `skeleton` names the keypoints.

        Raises:
            ValueError: if an array is missing, naming it.
        """
        try:
            poses, body, identity, scan = from_arrays(arrays, _ARRAYS)
            numbers, next_id = arrays["numbers"].tolist(), int(arrays["next_id"])
        except KeyError as error:
            raise ValueError(f"the saved state lacks {error.args[0]!r}") from None
        time, frames, call_time, scheduled = (None if n != n else n for n in numbers)
        clock = KeyframeClock()
        if frames is not None and scheduled is not None:
            clock = KeyframeClock(int(frames), call_time, int(scheduled))
        return cls(
            Tracklets(Bodies(Poses(skeleton, *poses), *body), Identities(*identity)),
            next_id, time, clock, view, Scan(*scan),
        )  # fmt: skip
