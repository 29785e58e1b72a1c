"""A whole result as one struct of arrays: a row for each person of each frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures import Boxes, Floats, Ids, Poses, TrackedFrame, TrackedVideo

Rows = NDArray[np.intp]
"""`(M,)`: numbers of rows."""


@dataclass(frozen=True, slots=True)
class TrackTable:
    """M people of all frames of a video, in the order of the frames."""

    frames: Rows
    """`(M,)`: place of the frame in the video's list, which is not its number."""

    times: NDArray[np.float64]
    """`(M,)`: seconds."""

    ids: Ids
    """`(M,)`."""

    poses: Poses
    """M of them."""

    boxes: Boxes
    """`(M, 4)`: whole bodies, in pixels."""

    states: NDArray[np.uint8]
    """`(M,)`: `TrackState`s."""

    identity_scores: Floats
    """`(M,)`: how sure each identity is; NaN where that is not known."""

    @classmethod
    def of(cls, video: TrackedVideo) -> "TrackTable":
        """All people of every frame."""
        frames = video.frames
        counts = np.array([len(frame) for frame in frames], np.intp)
        times = np.array([frame.time for frame in frames], np.float64)
        no_people = Poses.empty(video.skeleton)
        return cls(
            np.repeat(np.arange(len(frames)), counts),
            np.repeat(times, counts),
            np.concatenate([np.zeros(0, np.int64), *(frame.ids for frame in frames)]),
            Poses.concatenate([no_people, *(frame.poses for frame in frames)]),
            np.concatenate([no_people.boxes, *(frame.boxes for frame in frames)]),
            np.concatenate([np.zeros(0, np.uint8), *(frame.states for frame in frames)]),
            np.concatenate([np.zeros(0, np.float32), *(frame.identity_scores for frame in frames)]),
        )

    @classmethod
    def concatenate(cls, parts: "Sequence[TrackTable]") -> "TrackTable":
        """The rows of all `parts`, put in the order of the frames."""
        joined = cls(
            np.concatenate([part.frames for part in parts]),
            np.concatenate([part.times for part in parts]),
            np.concatenate([part.ids for part in parts]),
            Poses.concatenate([part.poses for part in parts]),
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.states for part in parts]),
            np.concatenate([part.identity_scores for part in parts]),
        )
        return joined[np.argsort(joined.frames, kind="stable")]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: Any) -> "TrackTable":
        """The rows that a mask, a slice or an array of indices selects."""
        return TrackTable(
            self.frames[index],
            self.times[index],
            self.ids[index],
            self.poses[index],
            self.boxes[index],
            self.states[index],
            self.identity_scores[index],
        )

    def tracks(self) -> Iterator[tuple[int, Rows]]:
        """Each identity with its rows, in the order of the frames; ids ascend."""
        if not len(self):
            return
        order = np.argsort(self.ids, kind="stable")
        ids, begins = np.unique(self.ids[order], return_index=True)
        yield from zip(ids.tolist(), np.split(order, begins[1:]), strict=True)

    def sizes(self) -> Floats:
        """The longer side `(M,)` of each box in pixels; NaN where the box is not known."""
        return np.asarray((self.boxes[:, 2:] - self.boxes[:, :2]).max(axis=1), np.float32)

    def placed_in(self, frames: Sequence[TrackedFrame]) -> list[TrackedFrame]:
        """The frames of the video these rows are of, with these people in place of theirs."""
        ends = np.searchsorted(self.frames, np.arange(len(frames) + 1))
        return [
            replace(
                frame,
                ids=self.ids[begin:end],
                poses=self.poses[begin:end],
                boxes=self.boxes[begin:end],
                states=self.states[begin:end],
                identity_scores=self.identity_scores[begin:end],
            )
            for frame, begin, end in zip(frames, ends[:-1].tolist(), ends[1:].tolist(), strict=True)
        ]
