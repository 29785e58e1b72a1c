"""Tracking again from a frame of a result that was corrected by hand: its people are as given."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lighttrack.assembly import networks_of
from lighttrack.pipeline.loading import Loaded, load, networks_of_request
from lighttrack.pipeline.opening import opened
from lighttrack.pipeline.request import Request
from lighttrack.refinement.changes import changed
from lighttrack.structures import Frame, Poses, TrackedFrame, TrackedVideo, TrackState
from lighttrack.structures.boxes import iou
from lighttrack.structures.types import Floats
from lighttrack.tracking import PoseTracker, TrackerConfig, TrackerState
from lighttrack.tracking.tracklets import Tracklets

_SAME = 0.3
"""IoU from which two boxes of consecutive frames are of one body."""


def retrack(
    video: TrackedVideo,
    *,
    from_frame: int,
    source: str | None = None,
    tracker: PoseTracker | None = None,
) -> TrackedVideo:
    """Track again from a frame of a corrected result, whose people the tracker takes as given.

    Frames up to `from_frame` stay as they are. In the next frame the detector is called, and
    from then on the tracker goes on as it would have, had it found the people of `from_frame`
    under the ids that they have there. Ids that come up new are greater than all of the result.
    Appearance descriptors are not part of a result: the tracker computes them again.

    Args:
        video: a result, corrected up to `from_frame`; it is not changed.
        from_frame: the last frame that is taken as it is.
        source: the video; without it, the one that the result names.
        tracker: with its networks loaded; without it, one with the networks and settings that
            the result's provenance names.

    Raises:
        ValueError: if the result has no such frame, its source does not show it, or its provenance
            does not say how it was tracked and no tracker is given.
        OSError: if the video cannot be read.
        RuntimeError: if a network cannot be had.

    Example:
        >>> from lighttrack.refinement import edit
        >>> video = edit.swap(video, 1, 2, from_frame=120)  # doctest: +SKIP
        >>> video = retrack(video, from_frame=120)  # doctest: +SKIP
    """
    kept = [frame for frame in video.frames if frame.index <= from_frame]
    if not kept or kept[-1].index != from_frame:
        first, last = (video.frames[0].index, video.frames[-1].index) if video.frames else (0, 0)
        raise ValueError(f"the result has no frame {from_frame}: its frames are {first} to {last}")
    request = _request(video, source or video.info.source, tracker)
    with opened(request, start=kept[-1].time) as reader:
        loaded = load(request, reader)
        frames = iter(reader)
        image = _frame(frames, from_frame)
        state = _given(loaded.tracker, kept, image, 1 + max(video.ids(), default=0))
        more = list(_tracked(loaded, state, frames, video.frames[-1].index))
    if _settings(video).get("target") is not None:
        known = video.ids()
        more = [frame[np.isin(frame.ids, known)] for frame in more]
    return changed(video, [*kept, *more], "retrack", from_frame=from_frame)


def tracker_of(video: TrackedVideo) -> PoseTracker:
    """A tracker with the networks and settings that a result's provenance names.

    Raises:
        ValueError: if it does not name them, or one that does not exist.
        OSError: if a file cannot be read.
        RuntimeError: if a network cannot be had.
    """
    return networks_of_request(_request(video, video.info.source, None))


def _settings(video: TrackedVideo) -> Mapping[str, Any]:
    settings = video.provenance.get("config")
    return settings if isinstance(settings, Mapping) else {}


def _request(video: TrackedVideo, source: str, tracker: PoseTracker | None) -> Request:
    """What a run would be asked for that tracks as the result was tracked."""
    settings = _settings(video)
    how: dict[str, Any] = {"tracker": tracker}
    if tracker is None:
        if not settings.get("detector") or not settings.get("pose"):
            raise ValueError(
                "the result does not say with which networks it was tracked: give a tracker"
            )
        preset = settings.get("preset")
        how = {
            "detector": settings["detector"],
            "pose": settings["pose"],
            "matcher": settings.get("matcher") or "none",
            "appearance": settings.get("appearance") or "none",
            "config": TrackerConfig().changed(settings.get("tracker") or {}),
            "threads": settings.get("threads"),
        }
        if preset is not None:
            how["preset"] = preset
            own = dict(zip(("detector", "pose"), networks_of(preset), strict=False))
            how |= {name: None for name, given in own.items() if how[name] == given}
    return Request(
        source=source,
        output=None,
        skeleton=video.skeleton.name,
        smooth=bool(settings.get("smooth")),
        end=settings.get("end"),
        fps=video.info.fps if "*" in source else None,
        stream=settings.get("stream"),
        rotate=settings.get("rotate") or 0,
        region=settings.get("region"),
        **how,
    )


def _frame(frames: Iterator[Frame], index: int) -> Frame:
    for frame in frames:
        if frame.index == index:
            return frame
        if frame.index > index:
            break
    raise ValueError(f"the video does not show frame {index}: it is not the result's")


def _given(
    tracker: PoseTracker, kept: Sequence[TrackedFrame], image: Frame, next_id: int
) -> TrackerState:
    """The state of a tracker that has found the people of the last of the frames."""
    now = kept[-1]
    state = tracker.start()
    now = now[(now.ids >= 0) & (now.states != TrackState.LOST)]
    memory = tracker.config.reidentification.max_lost_time
    lost = _lost(kept, now, memory)
    parts = [_tracklets(state.people, now, kept, tracker)]
    for frame, row in lost:
        there = _tracklets(state.people, frame[row : row + 1], kept, tracker)
        away = np.array([image.time - frame.time], np.float32)
        parts.append(there.with_body(tracked=np.zeros(1, np.bool_), lost_for=away))
    view = None if tracker.camera is None else tracker.camera.preprocess(image.image)
    people = Tracklets.concatenate(parts)
    return replace(state, people=people, next_id=next_id, time=image.time, view=view)


def _tracklets(
    empty: Tracklets, frame: TrackedFrame, kept: Sequence[TrackedFrame], tracker: PoseTracker
) -> Tracklets:
    """Confirmed people, each where a frame has them."""
    poses = frame.poses.to(tracker.estimator.skeleton)
    # A result leaves out keypoints that were not found; estimators, and so the tracker, do not.
    middles = (frame.boxes[:, :2] + frame.boxes[:, 2:])[:, None] / 2
    keypoints = np.where(np.isfinite(poses.keypoints), poses.keypoints, middles)
    poses = Poses(
        poses.skeleton, keypoints, poses.scores, frame.boxes, poses.person_scores, poses.angles
    )
    count = len(frame.ids)
    return (
        empty.more(poses)
        .with_body(velocities=_velocities(frame, kept), confident=np.ones(count, np.bool_))
        .with_identity(ids=frame.ids)
    )


def _velocities(frame: TrackedFrame, kept: Sequence[TrackedFrame]) -> Floats:
    """`(N, 2)` pixels per second, from the frame before; 0 of those who were not there.

    Bodies are found by their boxes, since an id may have been corrected between the two frames.
    """
    found = np.zeros((len(frame.ids), 2), np.float32)
    before = next((each for each in reversed(kept) if each.time < frame.time), None)
    if before is None or not len(before.ids):
        return found
    overlap = iou(frame.boxes, before.boxes)
    for row, column in enumerate(overlap.argmax(axis=1).tolist()):
        if overlap[row, column] >= _SAME:
            moved = frame.boxes[row] - before.boxes[column]
            found[row] = (moved[:2] + moved[2:]) / 2 / (frame.time - before.time)
    return found


def _lost(
    kept: Sequence[TrackedFrame], now: TrackedFrame, memory: float
) -> list[tuple[TrackedFrame, int]]:
    """Where those were last seen who are out of sight, and are still looked for."""
    seen = set(now.ids.tolist())
    found = []
    for frame in reversed(kept[:-1]):
        if now.time - frame.time > memory:
            break
        for row, identity in enumerate(frame.ids.tolist()):
            if identity >= 0 and identity not in seen and frame.states[row] != TrackState.LOST:
                found.append((frame, row))
                seen.add(identity)
    return found


def _tracked(
    loaded: Loaded, state: TrackerState, frames: Iterator[Frame], last: int
) -> Iterator[TrackedFrame]:
    smoothing = loaded.start_smoothing()
    for frame in frames:
        if frame.index > last:
            return
        state, tracked = loaded.tracker.step(state, frame, is_last=frame.index == last)
        tracked, smoothing = loaded.finish(tracked, smoothing)
        yield tracked
