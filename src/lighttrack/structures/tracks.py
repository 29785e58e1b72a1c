"""What tracking gives: people with identities, frame by frame or as whole tracks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from importlib import import_module
from itertools import pairwise
from typing import Any, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures.poses import Poses
from lighttrack.structures.skeletons import Skeleton
from lighttrack.structures.types import Boxes, Floats, Ids, require_shape
from lighttrack.structures.video import VideoInfo

DataFrameLibrary: TypeAlias = Literal["pandas", "polars"]


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

    identity_scores: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    """`(N,)`: probability, 0 to 1, that each is still the person who got the identity; NaN where
    it is not known, as in a file that does not tell it. Left out, it is not known of anybody."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", np.asarray(self.ids, np.int64))
        object.__setattr__(self, "boxes", np.asarray(self.boxes, np.float32))
        object.__setattr__(self, "states", np.asarray(self.states, np.uint8))
        n = len(self.poses)
        scores = np.asarray(self.identity_scores, np.float32)
        if n and not len(scores):
            scores = np.full(n, np.nan, np.float32)
        object.__setattr__(self, "identity_scores", scores)
        require_shape("identity_scores", scores, (n,))
        require_shape("ids", self.ids, (n,))
        require_shape("boxes", self.boxes, (n, 4))
        require_shape("states", self.states, (n,))

    def __repr__(self) -> str:
        keyframe = ", key frame" if self.is_keyframe else ""
        return (
            f"<TrackedFrame {self.index} at {self.time:.3f} s: ids {_listed(self.ids)}, "
            f"{self.poses.skeleton.name}, keypoints {self.poses.keypoints.shape}{keyframe}>"
        )

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
            identity_scores=self.identity_scores[people],
        )

    def to_detections(self) -> Any:
        """The people as `supervision.Detections`: boxes, scores and, as `tracker_id`, their ids.

        Raises:
            ImportError: if supervision is not installed.

        Example:
            >>> labels = frame.to_detections().tracker_id  # doctest: +SKIP
        """
        return _supervision().Detections(
            xyxy=self.boxes.copy(),
            confidence=self.poses.person_scores.copy(),
            class_id=np.zeros(len(self), np.int64),
            tracker_id=self.ids.copy(),
        )

    def to_keypoints(self) -> Any:
        """The poses as `supervision.KeyPoints`; ids are in its `data` under `tracker_id`.

        A missing keypoint lies at (0, 0), where supervision draws none, with a score of 0.

        Raises:
            ImportError: if supervision is not installed.
        """
        return _supervision().KeyPoints(
            xy=np.nan_to_num(self.poses.keypoints),
            keypoint_confidence=self.poses.scores.copy(),
            class_id=np.zeros(len(self), np.int64),
            data={"tracker_id": self.ids.copy()},
        )


class FilledFrames(Sequence[TrackedFrame]):
    """Frames of which few hold people: those between are made when they are asked for.

    Args:
        listed: in ascending order of their numbers.
        count: how many frames there are in all, from 0.
        fps: gives the times of the others.
        nobody: one of these others, of any number.
    """

    def __init__(
        self, listed: Sequence[TrackedFrame], count: int, fps: float, nobody: TrackedFrame
    ) -> None:
        self._listed = {frame.index: frame for frame in listed}
        self._count, self._fps = count, fps
        self._shared = [(part.name, getattr(nobody, part.name)) for part in fields(nobody)]

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> TrackedFrame: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[TrackedFrame]: ...

    def __getitem__(self, place: int | slice) -> TrackedFrame | Sequence[TrackedFrame]:
        if isinstance(place, slice):
            return [self._at(index) for index in range(*place.indices(self._count))]
        if not -self._count <= place < self._count:
            raise IndexError(place)
        return self._at(place % self._count)

    def _at(self, index: int) -> TrackedFrame:
        found = self._listed.get(index)
        if found is not None:
            return found
        # Not by the constructor, whose checks would take most of the time of a long gap.
        made = object.__new__(TrackedFrame)
        for name, value in self._shared:
            object.__setattr__(made, name, value)
        object.__setattr__(made, "index", index)
        object.__setattr__(made, "time", index / self._fps)
        return made

    @property
    def listed(self) -> Sequence[TrackedFrame]:
        """The frames that were given."""
        return list(self._listed.values())


def in_order(frames: Sequence[TrackedFrame]) -> Sequence[TrackedFrame]:
    """The same frames by their numbers, which must be different, and times must ascend with them.

    Raises:
        ValueError: naming the frame that stands twice or whose time does not follow.

    Example:
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> no = Poses.empty(COCO_17)
        >>> frames = [TrackedFrame(i, i / 25, [], no, no.boxes, False, []) for i in (2, 0, 1)]
        >>> [frame.index for frame in in_order(frames)]
        [0, 1, 2]
    """
    if any(after.index <= before.index for before, after in pairwise(frames)):
        frames = sorted(frames, key=lambda frame: frame.index)
    for before, after in pairwise(frames):
        if after.index == before.index:
            raise ValueError(f"frame {after.index} stands twice")
        if not after.time >= before.time:
            raise ValueError(
                f"frame {after.index}: time must not be before that of frame {before.index} "
                f"({before.time:g} s), got {after.time:g} s"
            )
    return frames


def _listed(ids: Ids) -> str:
    """The first few ids, and how many there are if these are not all."""
    shown = ", ".join(str(identity) for identity in ids[:8].tolist())
    return f"[{shown}]" if len(ids) <= 8 else f"[{shown}, ...] ({len(ids)})"


def _supervision() -> Any:
    try:
        return import_module("supervision")
    except ImportError as error:
        raise ImportError(
            "this needs the package supervision, which is not installed: pip install supervision"
        ) from error


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

    def __repr__(self) -> str:
        size = f"{self.info.width}x{self.info.height}"
        return (
            f"<TrackedVideo {self.info.name!r}, {size}: {len(self.frames)} frames, "
            f"ids {_listed(self.ids())}, {self.skeleton.name}>"
        )

    def ids(self) -> Ids:
        """All identities of the video, ascending."""
        if not self.frames:
            return np.zeros(0, np.int64)
        given = [frame.ids for frame in self.listed()]
        return np.unique(np.concatenate(given)) if given else np.zeros(0, np.int64)

    def listed(self) -> Sequence[TrackedFrame]:
        """The frames without those that only fill a long gap: what a file of them has to hold."""
        return self.frames.listed if isinstance(self.frames, FilledFrames) else self.frames

    def tracks(self) -> list[Track]:
        """The result read person by person, in the order of their ids."""
        rows: dict[int, list[tuple[int, int]]] = {}
        frames = self.listed()
        for position, frame in enumerate(frames):
            for row, identity in enumerate(frame.ids.tolist()):
                rows.setdefault(identity, []).append((position, row))
        return [self._track(identity, frames, rows[identity]) for identity in sorted(rows)]

    def _track(
        self, identity: int, video: Sequence[TrackedFrame], rows: list[tuple[int, int]]
    ) -> Track:
        frames = [video[position] for position, _ in rows]
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

    def to_dataframe(self, library: DataFrameLibrary | None = None) -> Any:
        """A table with a row for each person of each frame, for pandas or polars.

        Columns: `frame, time, keyframe, id, state, score, identity_score, x0, y0, x1, y1`, then
        `_x`, `_y` and `_score` of each keypoint behind its name; NaN, NaN, 0 where one is missing.

        Args:
            library: which of the two; without it pandas, or polars where pandas is not installed.

        Raises:
            ImportError: if the library is not installed.

        Example:
            >>> table = video.to_dataframe()  # doctest: +SKIP
            >>> table.groupby("id").time.agg(["min", "max"])  # doctest: +SKIP
        """
        return _dataframe_library(library).DataFrame(self._columns())

    def _columns(self) -> dict[str, Any]:
        frames = self.listed()
        counts = [len(frame) for frame in frames]
        k = len(self.skeleton)
        boxes = _joined([frame.boxes for frame in frames], (0, 4), np.float32)
        points = _joined([frame.poses.keypoints for frame in frames], (0, k, 2), np.float32)
        scores = _joined([frame.poses.scores for frame in frames], (0, k), np.float32)
        states = _joined([frame.states for frame in frames], (0,), np.uint8)
        columns: dict[str, Any] = {
            "frame": np.repeat(np.array([f.index for f in frames], np.int64), counts),
            "time": np.repeat(np.array([f.time for f in frames], np.float64), counts),
            "keyframe": np.repeat(np.array([f.is_keyframe for f in frames], bool), counts),
            "id": _joined([frame.ids for frame in frames], (0,), np.int64),
            "state": [TrackState(state).name.lower() for state in states.tolist()],
            "score": _joined([f.poses.person_scores for f in frames], (0,), np.float32),
        }
        identity_scores = [frame.identity_scores for frame in self.frames]
        columns["identity_score"] = _joined(identity_scores, (0,), np.float32)
        for i, side in enumerate(("x0", "y0", "x1", "y1")):
            columns[side] = boxes[:, i]
        for i, name in enumerate(self.skeleton.keypoints):
            columns[f"{name}_x"], columns[f"{name}_y"] = points[:, i, 0], points[:, i, 1]
            columns[f"{name}_score"] = scores[:, i]
        return columns


def _joined(parts: Sequence[NDArray[Any]], empty: tuple[int, ...], kind: Any) -> NDArray[Any]:
    """The arrays one after the other; without any, an empty one of that shape."""
    return np.concatenate(parts) if parts else np.zeros(empty, kind)


def _dataframe_library(wanted: DataFrameLibrary | None) -> Any:
    names = ("pandas", "polars") if wanted is None else (wanted,)
    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise ImportError(f"a data frame needs {' or '.join(names)}: pip install {names[0]}")
