"""People who walk through a made-up video, whole and steadily, for tests of what comes after."""

from collections.abc import Callable, Mapping

import numpy as np

from lighttrack.structures import Poses, TargetState, TrackedFrame, TrackedVideo, VideoInfo
from lighttrack.structures.skeletons import COCO_17

HEIGHT = 100.0
"""Pixels: of everybody."""

_FIGURE = np.random.default_rng(0).uniform((-20, -50), (20, 50), (len(COCO_17), 2))
"""Keypoints of a body around its middle."""
_FIGURE[:2] = (-20, -50), (20, 50)  # the box is the extent of the keypoints

Path = Callable[[float], tuple[float, float]]
"""Where the middle of a body is at a time."""


def frame(
    index: int,
    time: float,
    places: Mapping[int, tuple[float, float]],
    *,
    score: float | Mapping[int, float] = 0.8,
    state: TargetState = TargetState.TRACKED,
) -> TrackedFrame:
    """People with their middles at `places`, by id."""
    n, k = len(places), len(COCO_17)
    middles = np.array(list(places.values()), np.float32).reshape(n, 1, 2)
    keypoints = (middles + _FIGURE).astype(np.float32)
    boxes = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1)
    each = [score if isinstance(score, float) else score.get(i, 0.8) for i in places]
    scores = np.repeat(np.array(each, np.float32)[:, None], k, axis=1)
    poses = Poses(COCO_17, keypoints, scores, boxes, np.array(each, np.float32))
    return TrackedFrame(index, time, list(places), poses, boxes, index % 10 == 0, [state] * n)


def video(
    paths: Mapping[int, tuple[int, int, Path]],
    *,
    frames: int = 100,
    fps: float = 25.0,
    score: Mapping[int, float] | None = None,
    hidden: Mapping[int, range] | None = None,
) -> TrackedVideo:
    """A result in which each id goes its path from its first frame to its last one.

    Args:
        paths: first frame, last frame, path by id.
        frames: how many the video has.
        fps: frames per second.
        score: of all keypoints of an id, 0.8 unless told.
        hidden: frames in which an id is not seen.
    """
    hidden = hidden or {}
    made = []
    for index in range(frames):
        places = {
            identity: path(index / fps)
            for identity, (first, last, path) in paths.items()
            if first <= index <= last and index not in hidden.get(identity, ())
        }
        made.append(frame(index, index / fps, places, score=score or {}))
    return TrackedVideo(VideoInfo("walk", 1280, 720, fps, frames), COCO_17, made, {"version": "1"})


def line(x: float, y: float = 300.0, speed: float = 80.0) -> Path:
    """A straight way to the right, `x` being where it is at time 0; pixels and pixels a second."""
    return lambda time: (x + speed * time, y)


def ids_by_frame(result: TrackedVideo) -> list[list[int]]:
    """Who is in each frame, ascending."""
    return [sorted(each.ids.tolist()) for each in result.frames]
