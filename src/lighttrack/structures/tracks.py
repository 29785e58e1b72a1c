"""What tracking gives: people with identities, frame by frame or as whole tracks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures.poses import Poses
from lighttrack.structures.skeletons import Skeleton
from lighttrack.structures.types import Boxes, Floats, Ids, require_shape
from lighttrack.structures.video import VideoInfo


class TrackState(IntEnum):
    """State of a person in a frame: eq. (1) of the paper, and what re-identification adds to it."""

    TRACKED = 0
    LOST = 1
    UNCONFIRMED = 2
    REIDENTIFIED = 3


@dataclass(frozen=True, slots=True)
class TrackedFrame:
    """The people of one frame, with their identities."""

    index: int
    """Frame number, from 0."""

    time: float
    """Seconds, from the stream's own timestamps."""

    ids: Ids
    """`(N,)`: one identity per person, unique within the frame, never reused within a video."""

    poses: Poses
    """Keypoints of the N people; `poses.boxes` are the boxes they were estimated in."""

    boxes: Boxes
    """`(N, 4)`: the whole body in pixels, inferred from the keypoints and from what the person's
    detections have shown of its size."""

    is_keyframe: bool
    """Whether the detector was called for this frame."""

    states: NDArray[np.uint8]
    """`(N,)`: a `TrackState` for each person."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", np.asarray(self.ids, np.int64))
        object.__setattr__(self, "boxes", np.asarray(self.boxes, np.float32))
        object.__setattr__(self, "states", np.asarray(self.states, np.uint8))
        n = len(self.poses)
        require_shape("ids", self.ids, (n,))
        require_shape("boxes", self.boxes, (n, 4))
        require_shape("states", self.states, (n,))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, people: Any) -> "TrackedFrame":
        """The same frame with those that a mask, a slice or an array of indices selects.

        Example:
            >>> from lighttrack.structures.skeletons import COCO_17
            >>> nobody = Poses.empty(COCO_17)
            >>> frame = TrackedFrame(7, 0.28, [], nobody, nobody.boxes, True, [])
            >>> frame[frame.ids == 3].index
            7
        """
        return replace(
            self,
            ids=self.ids[people],
            poses=self.poses[people],
            boxes=self.boxes[people],
            states=self.states[people],
        )


@dataclass(frozen=True, slots=True)
class Track:
    """One person through the frames in which they are seen."""

    id: int
    skeleton: Skeleton
    frame_indices: NDArray[np.int64]
    """`(T,)`: ascending."""
    times: NDArray[np.float64]
    """`(T,)`: seconds."""
    keypoints: Floats
    """`(T, K, 2)`: pixels; NaN where missing."""
    scores: Floats
    """`(T, K)`."""
    boxes: Boxes
    """`(T, 4)`."""

    def __len__(self) -> int:
        return len(self.frame_indices)


@dataclass(frozen=True, slots=True)
class TrackedVideo:
    """A whole result: what files hold."""

    info: VideoInfo
    skeleton: Skeleton
    frames: Sequence[TrackedFrame]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Version, command, configuration, names and hashes of the networks."""

    def ids(self) -> Ids:
        """All identities of the video, ascending."""
        if not self.frames:
            return np.zeros(0, np.int64)
        return np.unique(np.concatenate([frame.ids for frame in self.frames]))

    def tracks(self) -> list[Track]:
        """The result read person by person, in the order of their ids."""
        rows: dict[int, list[tuple[int, int]]] = {}
        for position, frame in enumerate(self.frames):
            for row, identity in enumerate(frame.ids.tolist()):
                rows.setdefault(identity, []).append((position, row))
        return [self._track(identity, rows[identity]) for identity in sorted(rows)]

    def _track(self, identity: int, rows: list[tuple[int, int]]) -> Track:
        frames = [self.frames[position] for position, _ in rows]
        people = [row for _, row in rows]
        pick = list(zip(frames, people, strict=True))
        return Track(
            id=identity,
            skeleton=self.skeleton,
            frame_indices=np.array([frame.index for frame in frames], np.int64),
            times=np.array([frame.time for frame in frames], np.float64),
            keypoints=np.stack([frame.poses.keypoints[row] for frame, row in pick]),
            scores=np.stack([frame.poses.scores[row] for frame, row in pick]),
            boxes=np.stack([frame.boxes[row] for frame, row in pick]),
        )

    def to_array(self) -> tuple[Ids, Floats]:
        """Ids `(I,)` and one array `(F, I, K, 3)` of x, y, score; NaN, NaN, 0 where not seen."""
        ids = self.ids()
        column = {identity: i for i, identity in enumerate(ids.tolist())}
        array = np.full((len(self.frames), len(ids), len(self.skeleton), 3), np.nan, np.float32)
        array[..., 2] = 0.0
        for row, frame in enumerate(self.frames):
            columns = [column[identity] for identity in frame.ids.tolist()]
            array[row, columns, :, :2] = frame.poses.keypoints
            array[row, columns, :, 2] = frame.poses.scores
        return ids, array
