"""The framework of the paper, section 3.1: a pose estimator that is the tracker.

A detector finds people at key frames. Between them each person's box follows from that person's own
keypoints, and the pose estimated in it tells where they are and, by its confidence, whether they
are lost. At key frames detections are given identities: spatial consistency, then pose matching.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lighttrack.structures import CameraMotion, Frame, Mask, Poses, Regions
from lighttrack.structures.protocols import (
    AppearanceModel,
    CameraMotionEstimator,
    Detector,
    PoseDistance,
    PoseEstimator,
)
from lighttrack.structures.tracks import TrackedFrame, TrackState
from lighttrack.tracking import evidence, propagation, schedule
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.detection import PeopleFinder
from lighttrack.tracking.expectation import carried_along, expected
from lighttrack.tracking.observation import Observer, newcomers, take_in
from lighttrack.tracking.output import shown
from lighttrack.tracking.recognition import Recogniser
from lighttrack.tracking.returning import anonymous
from lighttrack.tracking.target import Target, narrowed
from lighttrack.tracking.tracklets import TrackerState, Tracklets


class PoseTracker:
    """Follows every person of a video, frame by frame, and keeps one identity for each.

    The tracker holds no state of a video: one tracker serves many at a time.

    Args:
        detector: called at key frames only.
        estimator: called with every person's box.
        matcher: tells people apart by their poses where boxes cannot; None: not used.
        camera: tells how the camera moved, so that people are looked for where it put them; None:
            it stands still.
        appearance: tells people apart by what they look like; None: by the colours they wear.
        target: the one person to follow; None: everybody.
        config: how to follow; see `TrackerConfig`.

    Example:
        A tracker takes any objects that fulfil the protocols of `tracking.components`:

            tracker = PoseTracker(detector, estimator)
            for frame in tracker.track(video):
                print(frame.time, frame.ids, frame.poses.keypoints)
    """

    def __init__(
        self,
        detector: Detector,
        estimator: PoseEstimator,
        *,
        matcher: PoseDistance | None = None,
        camera: CameraMotionEstimator | None = None,
        appearance: AppearanceModel | None = None,
        target: Target | None = None,
        config: TrackerConfig | None = None,
    ) -> None:
        self.detector = detector
        self.estimator = estimator
        self.matcher = matcher
        self.config = config or TrackerConfig()
        self.camera = camera if self.config.camera else None
        self.appearance = appearance
        self.target = target
        self._dimensions = (
            0 if appearance is None else appearance.dimensions,
            0 if matcher is None else matcher.embed(Poses.empty(estimator.skeleton)).shape[1],
        )
        self._recogniser = Recogniser(
            self.config, estimator.keypoint_threshold, matcher, appearance
        )
        self._observer = Observer(self.config, estimator, self._recogniser)
        self._finder = PeopleFinder(
            config=self.config,
            detector=detector,
            estimator=estimator,
            observer=self._observer,
            matcher=matcher,
            appearance=appearance,
            target=target,
            dimensions=self._dimensions,
        )
        # A look that is spread over the interval is going on all the time: nothing calls for one.
        self._timetable = self.config
        if self._finder.is_spread:
            self._timetable = replace(self.config, keyframe_mode="fixed")

    def track(self, frames: Iterable[Frame]) -> Iterator[TrackedFrame]:
        """Yield every frame's people at once; nothing of a frame is kept but the state."""
        state = self.start()
        for frame in frames:
            state, tracked = self.step(state, frame)
            yield tracked

    def start(self) -> TrackerState:
        """The state before the first frame of a video."""
        return TrackerState(Tracklets.empty(self.estimator.skeleton, *self._dimensions))

    def resume(self, last: TrackedFrame, next_id: int) -> TrackerState:
        """The state after a frame that was tracked in an earlier run.

        What a result does not hold (velocities, people who were lost) is learnt anew; the next
        frame is a key frame.

        Args:
            last: the last frame of the earlier run.
            next_id: the first identity that the earlier run has not given.
        """
        confident = self._observer.confident(last.poses)
        people = newcomers(last.poses, confident, last.boxes, self.config, *self._dimensions)
        people = people.updated(
            ids=last.ids,
            frames_tracked=np.full(len(last), self.config.confirmation),
            evidence=np.full(len(last), self.config.patience, np.float32),
            tracked=last.states != TrackState.LOST,
            boxes=np.where(np.isfinite(people.boxes), people.boxes, last.boxes),
        )
        chosen = int(last.ids[0]) if self.target is not None and len(last) else None
        return TrackerState(people[people.ids >= 0], next_id, last.time, chosen=chosen)

    def step(self, state: TrackerState, frame: Frame) -> tuple[TrackerState, TrackedFrame]:
        """Track one frame.

        Args:
            state: what the step before returned, or `start()`; it is not changed.
            frame: the next picture; its time must not lie before the last one's.
        """
        if self.target is not None and frame.time < self.target.time:
            nobody = shown(state.people, frame, False, self.config)
            return replace(state, time=frame.time), nobody
        config = self.config
        elapsed = 0.0 if state.time is None else max(frame.time - state.time, 0.0)
        since_scheduled = _one_more(state.frames_since_scheduled)
        since = _one_more(state.frames_since_keyframe)
        view, moved = self._look_around(state, frame)
        before = carried_along(state.people, moved)
        people = expected(before, elapsed, motion=config.motion)
        fresh = np.zeros(len(people), np.bool_)

        is_spread = self._finder.is_spread
        anybody = is_spread or bool(before.tracked.any())
        unwatched = 0.0 if state.keyframe_time is None else frame.time - state.keyframe_time
        scheduled = schedule.is_scheduled(
            self._timetable, since_scheduled, since, unwatched, anybody
        )
        is_keyframe = scheduled or moved.cut
        if config.keep_undetected or not is_keyframe:
            people, fresh = self._follow(people, frame, elapsed)
        somebody_is_lost = not people.all_tracked and bool(
            (before.tracked & ~people.tracked[: len(before)]).any()
        )
        if somebody_is_lost and schedule.is_called_for(self._timetable, since):
            is_keyframe = True
        if is_spread and since is not None and not moved.cut:
            part = 0 if is_keyframe else since
            people = self._finder.scan(people, fresh, part, frame, elapsed, state.chosen)
        elif is_keyframe:
            people = self._finder.detect(people, fresh, frame, elapsed, state.chosen)

        if is_keyframe or somebody_is_lost or self._recogniser.knows_too_little(people):
            people = self._recogniser.check(people, frame.image, everybody=is_keyframe)

        people = self._forget(people, is_keyframe, state.chosen)
        people, next_id = self._recogniser.identify(people, state.next_id, frame.image)
        chosen = state.chosen
        if self.target is not None:
            people, chosen = narrowed(people, chosen, config.memory)
        if scheduled or (is_keyframe and config.keyframe_restart):
            since_scheduled = 0
        since = 0 if is_keyframe else since
        after = TrackerState(
            people=people,
            next_id=next_id,
            time=frame.time,
            frames_since_scheduled=since_scheduled,
            frames_since_keyframe=since,
            keyframe_time=frame.time if is_keyframe else state.keyframe_time,
            view=view,
            chosen=chosen,
        )
        return after, shown(people, frame, is_keyframe, config, chosen)

    # What happens in a frame, in its order.

    def _look_around(self, state: TrackerState, frame: Frame) -> tuple[Any, CameraMotion]:
        """What to remember of the picture, and how the camera moved since the one before."""
        if self.camera is None:
            return None, CameraMotion.still()
        view = self.camera.look(frame.image)
        if state.view is None:
            return view, CameraMotion.still()
        people = state.people
        about = self._is_looked_for(people)
        return view, self.camera.between(state.view, view, people.boxes[about])

    def _is_looked_for(self, people: Tracklets) -> Mask:
        """`(N,)`: who is tracked, or was a moment ago and should be near."""
        lately = (people.lost_for <= self.config.search) & ~people.adrift
        return np.asarray(people.tracked | lately)

    def _follow(self, people: Tracklets, frame: Frame, elapsed: float) -> tuple[Tracklets, Mask]:
        """Estimate everybody's pose where they are expected."""
        inside = propagation.visible_share(people.boxes, frame.width, frame.height) > 0.1
        if people.all_tracked and inside.all():
            seen = self.estimator(frame.image, Regions.of(people.boxes))
            observed = self._observer.observe(people, seen, frame.image)
            return take_in(people, None, observed, elapsed, self.config), inside
        looked_for = self._is_looked_for(people) & inside
        rows = np.nonzero(looked_for)[0]
        seen = self.estimator(frame.image, Regions.of(people.boxes[rows]))
        was_tracked = people.tracked[rows]
        observed = self._observer.observe(people[rows], seen, frame.image)
        # Whoever was not looked for is out of the picture or long gone.
        people = people.updated(tracked=people.tracked & looked_for)
        people = take_in(people, rows[was_tracked], observed[was_tracked], elapsed, self.config)
        again = ~was_tracked & observed.found
        if again.any():
            # Where one lost person was expected another may have come out of hiding: whoever it is
            # has no identity until it is clear whose it is.
            found = take_in(people[rows[again]], None, observed[again], elapsed, self.config)
            people = Tracklets.concatenate([people, anonymous(found)])
            looked_for = np.append(looked_for, np.ones(len(found), np.bool_))
        return people, looked_for

    def _forget(self, people: Tracklets, is_keyframe: bool, chosen: int | None) -> Tracklets:
        """Let go of those who were lost too long, or never confirmed, or never detected again."""
        config = self.config
        ghost = people.tracked & evidence.is_ghost(people)
        gone = ghost
        if not people.all_tracked:
            long_lost = (people.lost_for > config.memory) | (people.ids < 0)
            gone = ghost | (~people.tracked & (long_lost if config.memory > 0 else is_keyframe))
        if chosen is not None:  # nobody whom the user has chosen is given up
            target = people.ids == chosen
            people = people.updated(tracked=people.tracked & ~(ghost & target))
            gone = gone & ~target
        return people[~gone] if gone.any() else people


def _one_more(frames: int | None) -> int | None:
    return None if frames is None else frames + 1
