"""Smoothing for output: the One Euro filter on every keypoint and box, online and causal.

G. Casiez, N. Roussel, D. Vogel: "1 € Filter: A Simple Speed-based Low-pass Filter for Noisy Input
in Interactive Systems", CHI 2012. A low-pass filter whose cutoff rises with the speed of what it
filters: no jitter at rest, no lag in motion.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lighttrack.refinement.changes import changed
from lighttrack.structures import (
    Boxes,
    Floats,
    Ids,
    Mask,
    Skeleton,
    TrackedFrame,
    TrackedVideo,
    TrackState,
)

_CORNERS = 2
"""A box is filtered as two points, its corners, exactly as keypoints are."""


@dataclass(frozen=True, slots=True)
class SmootherState:
    """What passes from one frame to the next: a value, so one smoother serves many videos.

    The P points of a person are the K keypoints and two corners of the box.
    """

    ids: Ids
    """`(N,)`."""

    seen: Floats
    """`(N, P, 2)`: where each point was last seen, in pixels; NaN where never."""

    points: Floats
    """`(N, P, 2)`: filtered places in pixels; NaN where a point has never been seen."""

    velocities: Floats
    """`(N, P, 2)`: filtered, in pixels per second."""

    times: NDArray[np.float64]
    """`(N, P)`: seconds, when each point was last seen; -inf where never."""


class Smoother:
    """Removes jitter from poses and boxes; identities, scores and times stay as they are.

    Speeds are measured in sizes of the person (the longer side of the box) per second, so that the
    filter does the same to near and far people at any resolution, and time is that of the frames,
    so that it does the same at any frame rate.

    A keypoint that is missing stays missing. The filter starts again for one that comes back after
    more than `max_gap` seconds, and for a person who was away for so long or whose state is
    `REIDENTIFIED`.

    Args:
        min_cutoff: Hz: the cutoff at rest. Lower: smoother.
        beta: Hz per size per second: by how much the cutoff rises with speed. At a constant speed
            the lag is at most 1 / (2 π beta) sizes: 2 % with the default.
        velocity_cutoff: Hz: the cutoff for speeds, 1 in the paper.
        max_gap: seconds.

    Raises:
        ValueError: if a cutoff is not above 0, or `beta` or `max_gap` below 0.

    Example:
        >>> from lighttrack.structures import Poses
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> empty = TrackedFrame(0, 0.0, [], Poses.empty(COCO_17), np.zeros((0, 4)), True, [])
        >>> [len(frame) for frame in Smoother().smooth([empty])]
        [0]
    """

    def __init__(
        self,
        *,
        min_cutoff: float = 1.0,
        beta: float = 8.0,
        velocity_cutoff: float = 1.0,
        max_gap: float = 0.25,
    ) -> None:
        for name, cutoff in (("min_cutoff", min_cutoff), ("velocity_cutoff", velocity_cutoff)):
            if not cutoff > 0:
                raise ValueError(f"{name} must be above 0 Hz, got {cutoff}")
        for name, value in (("beta", beta), ("max_gap", max_gap)):
            if not value >= 0:
                raise ValueError(f"{name} must be 0 or more, got {value}")
        self.min_cutoff = min_cutoff
        self.beta = beta
        self.velocity_cutoff = velocity_cutoff
        self.max_gap = max_gap

    def settings(self) -> Mapping[str, float]:
        """What decides the result, by name, for its provenance."""
        return {
            "min_cutoff": self.min_cutoff,
            "beta": self.beta,
            "velocity_cutoff": self.velocity_cutoff,
            "max_gap": self.max_gap,
        }

    def smooth(self, frames: Iterable[TrackedFrame]) -> Iterator[TrackedFrame]:
        """Yield every frame smoothed, at once: it depends on earlier frames only."""
        state = None
        for frame in frames:
            state = self.start(frame.poses.skeleton) if state is None else state
            state, smoothed = self.step(state, frame)
            yield smoothed

    def start(self, skeleton: Skeleton) -> SmootherState:
        """The state before the first frame of a video."""
        points = len(skeleton) + _CORNERS
        return SmootherState(
            np.zeros(0, np.int64),
            np.zeros((0, points, 2), np.float32),
            np.zeros((0, points, 2), np.float32),
            np.zeros((0, points, 2), np.float32),
            np.zeros((0, points)),
        )

    def step(self, state: SmootherState, frame: TrackedFrame) -> tuple[SmootherState, TrackedFrame]:
        """Smooth one frame.

        Args:
            state: what the step before returned, or `start()`; it is not changed.
            frame: its time must not lie before the last one's, its skeleton must be the same.

        Returns:
            The state after it, and the frame with smoothed keypoints and boxes. The boxes that the
            poses were estimated in are a record of what was done, and stay.

        Raises:
            ValueError: if the state was made for another number of keypoints.
        """
        corners = frame.boxes.reshape(-1, _CORNERS, 2)
        raw = np.concatenate([frame.poses.keypoints, corners], axis=1)
        if raw.shape[1] != state.points.shape[1]:
            raise ValueError(
                f"the state is of people with {state.points.shape[1] - _CORNERS} keypoints, "
                f"the frame's have {len(frame.poses.skeleton)}"
            )
        before = _aligned(state, frame.ids, frame.states == TrackState.REIDENTIFIED)
        seen = np.isfinite(raw).all(axis=2)
        filtered, velocities = self._filter(before, raw, frame.time, _sizes(frame.boxes))
        there = seen[..., None]
        after = SmootherState(
            frame.ids,
            np.where(there, raw, before.seen),
            np.where(there, filtered, before.points),
            np.where(there, velocities, before.velocities),
            np.where(seen, frame.time, before.times),
        )
        shown = np.where(there, filtered, raw)
        keypoints, boxes = shown[:, :-_CORNERS], shown[:, -_CORNERS:].reshape(-1, 4)
        smoothed = replace(frame, poses=replace(frame.poses, keypoints=keypoints), boxes=boxes)
        return self._with_absent(after, state, frame.time), smoothed

    def _filter(
        self, before: SmootherState, raw: Floats, time: float, sizes: Floats
    ) -> tuple[Floats, Floats]:
        """Places and velocities `(N, P, 2)` after a frame; a point that begins is where it is."""
        elapsed = (time - before.times)[..., None]
        known = elapsed <= self.max_gap
        step = np.where(known, np.maximum(elapsed, 1e-6), 1.0)
        old = np.where(known, before.velocities, 0.0)
        change = np.where(known, raw - before.seen, 0.0) / step - old
        velocities = old + _weight(self.velocity_cutoff, step) * change
        speeds = np.linalg.norm(velocities, axis=2, keepdims=True) / sizes[:, None, None]
        weights = _weight(self.min_cutoff + self.beta * speeds, step)
        filtered = np.where(known, before.points + weights * (raw - before.points), raw)
        return np.asarray(filtered, np.float32), np.asarray(velocities, np.float32)

    def _with_absent(
        self, after: SmootherState, before: SmootherState, time: float
    ) -> SmootherState:
        """The state with those who are not in the frame, but may be in the next."""
        absent = ~np.isin(before.ids, after.ids)
        absent &= (time - before.times <= self.max_gap).any(axis=1)
        if not absent.any():
            return after
        return SmootherState(
            *(
                np.concatenate([getattr(after, name), getattr(before, name)[absent]])
                for name in ("ids", "seen", "points", "velocities", "times")
            )
        )


def smooth(
    video: TrackedVideo,
    *,
    min_cutoff: float = 1.0,
    beta: float = 8.0,
    velocity_cutoff: float = 1.0,
    max_gap: float = 0.25,
) -> TrackedVideo:
    """The same result with smoothed poses and boxes, recorded in its provenance under `changes`.

    What `Smoother` does frame by frame, for a whole result; the options are those of `Smoother`.

    Args:
        video: a result; it is not changed.
        min_cutoff: Hz.
        beta: Hz per size per second.
        velocity_cutoff: Hz.
        max_gap: seconds.

    Raises:
        ValueError: if a cutoff is not above 0, or `beta` or `max_gap` below 0.

    Example:
        >>> from lighttrack.structures import VideoInfo
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> video = TrackedVideo(VideoInfo("clip", 160, 90, 25.0), COCO_17, [])
        >>> smooth(video, beta=4.0).provenance["changes"][0]["beta"]
        4.0
    """
    smoother = Smoother(
        min_cutoff=min_cutoff, beta=beta, velocity_cutoff=velocity_cutoff, max_gap=max_gap
    )
    frames = list(smoother.smooth(video.frames))
    return changed(video, frames, "smooth", **smoother.settings())


def _weight(cutoff: NDArray[np.float64] | float, step: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of what is new is taken in: α = 1 / (1 + τ / Te) with τ = 1 / (2 π cutoff)."""
    turn = 2 * math.pi * np.asarray(cutoff) * step
    return np.asarray(turn / (1 + turn))


def _aligned(state: SmootherState, ids: Ids, restarted: Mask) -> SmootherState:
    """The state of the people `ids` in their order; those who are `restarted` or unknown begin."""
    count, points = len(ids), state.points.shape[1]
    row_of = {identity: row for row, identity in enumerate(state.ids.tolist())}
    rows = np.array([row_of.get(identity, -1) for identity in ids.tolist()], np.intp)
    known = (rows >= 0) & ~restarted
    seen = np.full((count, points, 2), np.nan, np.float32)
    filtered = np.full((count, points, 2), np.nan, np.float32)
    velocities = np.zeros((count, points, 2), np.float32)
    times = np.full((count, points), -np.inf)
    seen[known] = state.seen[rows[known]]
    filtered[known] = state.points[rows[known]]
    velocities[known] = state.velocities[rows[known]]
    times[known] = state.times[rows[known]]
    return SmootherState(ids, seen, filtered, velocities, times)


def _sizes(boxes: Boxes) -> Floats:
    """The longer side `(N,)` of each box, in pixels; at least 1, infinite where it is not known."""
    sizes = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=-np.inf)
    return np.asarray(np.where(np.isfinite(sizes), np.maximum(sizes, 1.0), np.inf), np.float32)
