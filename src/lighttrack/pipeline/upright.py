"""Which way up a camera was mounted, by which way up people are found in its images."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from lighttrack.pipeline.loading import networks_of_request
from lighttrack.pipeline.opening import opened
from lighttrack.pipeline.progress import Say
from lighttrack.pipeline.request import Request, Rotate
from lighttrack.pipeline.sources import is_named
from lighttrack.structures import Frame, Image, Mask, Poses, Regions
from lighttrack.tracking import PoseTracker
from lighttrack.video.orientation import rotated, turned_by

TURNS: tuple[Rotate, ...] = (0, 90, 180, 270)

_FRAMES = 5
"""Frames that are looked at."""

_APART = 0.5
"""Seconds between two of them."""

_HEADS = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "head_top")
_HIPS = ("left_hip", "right_hip", "left_knee", "right_knee")


def uprighted(request: Request, note: Say) -> tuple[Request, PoseTracker | None]:
    """The request with `rotate="auto"` decided, and the networks that were loaded for that.

    Raises:
        ValueError: if the source cannot be opened twice.
        OSError, RuntimeError: as from loading and reading.
    """
    if request.rotate != "auto":
        return request, None
    if not is_named(request.source):
        raise ValueError("rotate 'auto' is for sources that are opened by name: state the degrees")
    tracker = networks_of_request(request)
    with opened(request) as video:
        degrees = way_up(_spread(video), tracker)
    if degrees:
        note(
            f"people are upright when the images are turned by {degrees} degrees: rotate {degrees}"
        )
    return replace(request, rotate=degrees), tracker


def _spread(frames: Iterable[Frame]) -> Iterable[Frame]:
    """Some of the first frames, a while apart."""
    given, due = 0, 0.0
    for frame in frames:
        if frame.time < due:
            continue
        yield frame
        given, due = given + 1, frame.time + _APART
        if given == _FRAMES:
            return


def way_up(frames: Iterable[Frame], tracker: PoseTracker) -> Rotate:
    """Degrees clockwise by which images must be turned for people to stand on their feet.

    Each image is looked at in four turns; the one with the highest sum of the scores of people
    whose head is above their hips wins. Without any person, 0.

    Args:
        frames: some.
        tracker: its detector and pose estimator are used.
    """
    sums = np.zeros(len(TURNS))
    for frame in frames:
        for row, degrees in enumerate(TURNS):
            turned = turned_by(rotated(int(degrees)), frame.image)
            sums[row] += _upright_score(turned, tracker)
    return TURNS[int(sums.argmax())] if sums.any() else 0


def _upright_score(image: Image, tracker: PoseTracker) -> float:
    found = tracker.detector(image)
    found = found[found.scores >= tracker.detector.score_threshold]
    if not len(found):
        return 0.0
    poses = tracker.estimator(image, Regions.of(found.boxes))
    confident = poses.scores >= tracker.estimator.keypoint_threshold
    share = confident.mean(axis=1)
    return float((found.scores * share * _are_upright(poses)).sum())


def _are_upright(poses: Poses) -> Mask:
    """`(N,)`: whose head is above their hips and knees by more than it is beside them."""
    head, hips = _middle(poses, _HEADS), _middle(poses, _HIPS)
    offset = hips - head
    with np.errstate(invalid="ignore"):
        return np.asarray(offset[:, 1] > np.abs(offset[:, 0]))


def _middle(
    poses: Poses, names: tuple[str, ...]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    columns = [poses.skeleton.index[name] for name in names if name in poses.skeleton.index]
    points = poses.keypoints[:, columns].astype(np.float64)
    known = np.asarray(np.isfinite(points).all(axis=2))
    count = known.sum(axis=1)[:, None]
    middle = np.where(known[..., None], points, 0).sum(axis=1) / np.maximum(count, 1)
    return np.where(count > 0, middle, np.nan)
