"""The framework of the paper, section 3.1: a pose estimator that is the tracker.

A detector finds people at key frames. Between them each person's box is propagated from that
person's keypoints; the pose estimated in it gives the position and, by its confidence, says whether
the person is lost. Detections get identities by spatial consistency, then by pose matching.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set, Sized
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures import CameraMotion, Detections, Frame, Mask, Poses, boxes
from lighttrack.structures.protocols import (
    AppearanceModel,
    CameraMotionEstimator,
    Detector,
    PoseDistance,
    PoseEstimator,
    ScanningDetector,
)
from lighttrack.structures.scan import Scan
from lighttrack.structures.target import Target
from lighttrack.structures.tracks import TrackedFrame
from lighttrack.tracking import keyframes, lifecycle, motion, reid
from lighttrack.tracking.appearance import AppearanceMemory
from lighttrack.tracking.association import associate, pose_matching, spatial_consistency
from lighttrack.tracking.colours import ColourDescriptor
from lighttrack.tracking.config import StageName, TrackerConfig
from lighttrack.tracking.estimation import Estimation
from lighttrack.tracking.occlusion import visibility
from lighttrack.tracking.output import emit
from lighttrack.tracking.target import Selection
from lighttrack.tracking.tracklets import TrackerState, Tracklets


class PoseTracker:
    """Follows every person of a video, frame by frame, and keeps one identity for each.

    The tracker holds no state of a video: one tracker serves many at a time.

    Args:
        detector: called at key frames only.
        estimator: called with every person's box.
        matcher: compares poses where boxes do not decide an identity; None: not used.
        camera: estimates how the camera moved; None: it stands still.
        appearance: a re-identification network; None: the colour descriptor alone is compared.
        target: the one person to follow, or several; None: every person.
        config: how to follow; see `TrackerConfig`.

    Example:
        >>> for frame in PoseTracker(detector, estimator).track(video):  # doctest: +SKIP
        ...     print(frame.time, frame.ids, frame.poses.keypoints)
    """

    def __init__(
        self,
        detector: Detector,
        estimator: PoseEstimator,
        *,
        matcher: PoseDistance | None = None,
        camera: CameraMotionEstimator | None = None,
        appearance: AppearanceModel | None = None,
        target: Target | Collection[Target] | None = None,
        config: TrackerConfig | None = None,
    ) -> None:
        self.detector = detector
        self.estimator = estimator
        self.matcher = matcher
        self.config = config or TrackerConfig()
        self.camera = camera if self.config.motion.camera else None
        self.appearance = appearance
        self.targets = (target,) if isinstance(target, Target) else tuple(target or ())
        models: list[AppearanceModel] = []
        if self.config.appearance.colours:
            models.append(ColourDescriptor(estimator.keypoint_threshold))
        if appearance is not None:
            models.append(appearance)
        self._memory = AppearanceMemory(tuple(models), self.config)
        self._estimation = Estimation(estimator, self._memory, self.config)
        self._person_stages = [
            stage for name in self.config.association.stages if (stage := self._stage(name))
        ]
        max_lost_time = self.config.reidentification.max_lost_time
        self._selection = Selection(self.targets, appearance, max_lost_time)
        # By its method, not isinstance: wrappers (timing) are detectors of the same kind.
        self._tiled = hasattr(detector, "scan") and keyframes.is_spread(self.config.keyframes)
        self._timetable = self.config.keyframes
        # Detections that are known beforehand are looked up by frame.
        self._of_frame: Callable[[Frame], Detections] | None = getattr(detector, "of_frame", None)
        listed = self.config.keyframes.at_detections
        self._listed: Set[int] | None = getattr(detector, "keyframes", None) if listed else None
        if self._tiled or self._listed is not None:  # then a lost person calls for no other
            self._timetable = replace(self._timetable, mode="fixed", search_when_empty=False)

    def track(self, frames: Iterable[Frame]) -> Iterator[TrackedFrame]:
        """Yield the people of each frame as it is read; of a frame only the state is kept."""
        state, last = self.start(), len(frames) if isinstance(frames, Sized) else None
        for number, frame in enumerate(frames, start=1):
            if not isinstance(frame, Frame):
                raise TypeError(
                    f"a tracker takes Frames, got {type(frame).__name__}: "
                    "lighttrack.stream takes images with fps="
                )
            state, tracked = self.step(state, frame, is_last=number == last)
            yield tracked

    def start(self) -> TrackerState:
        """The state before the first frame of a video."""
        skeleton, width = self.estimator.skeleton, self._memory.dimensions
        models = len(self._memory.models)
        none = Poses.empty(skeleton)
        return TrackerState(Tracklets.found(none, descriptor=width, models=models))

    def restore(self, arrays: Mapping[str, NDArray[Any]], last: Frame | None) -> TrackerState:
        """The state that `TrackerState.to_arrays` saved.

        The camera's view is computed again from the image of the `last` tracked frame; without it,
        the camera's motion into the next frame is unknown.

        Raises:
            ValueError: if an array is missing.
        """
        view = None
        if last is not None and self.camera is not None:
            view = self.camera.preprocess(last.image)
        return TrackerState.from_arrays(arrays, self.estimator.skeleton, view)

    def step(
        self, state: TrackerState, frame: Frame, *, is_last: bool = False
    ) -> tuple[TrackerState, TrackedFrame]:
        """Section 3.1 of the paper: predict, estimate, at key frames detect and associate, update.

        `state` is what the step before returned, or `start()`, and is not changed; the time of the
        `frame` must not lie before the last one's. In the last frame of a sequence every tracked
        person counts as confirmed.
        """
        config = self.config
        if not self._selection.starts_at(frame.time):
            return replace(state, time=frame.time), emit(state.people[:0], frame, False, config)
        elapsed = 0.0 if state.time is None else max(frame.time - state.time, 0.0)
        clock = state.clock.tick()

        # Predict: the camera's motion, then each person's own.
        view, camera = self._camera_motion(state, frame)
        people = motion.compensate_camera(state.people, camera)
        people = motion.predict(people, elapsed, config.motion)
        before = people.body.tracked

        # Estimate: a pose in each propagated box; eq. (1) says who is lost.
        timetable = self._timetable
        scheduled = keyframes.is_scheduled(clock, frame.time, timetable)
        if self._listed is not None:
            scheduled = frame.index in self._listed
        is_keyframe = scheduled
        if self._listed is None:
            is_keyframe |= camera.cut or self._selection.begins(state.time, frame.time)
        estimated = np.zeros(len(people), np.bool_)
        if not (is_keyframe and config.keyframes.detect_first):
            people, estimated = self._estimation.follow(people, frame, elapsed)
        lost = bool(np.count_nonzero(before & ~people.body.tracked[: len(before)]))
        if keyframes.is_called_for(clock, timetable, tracked=bool(before.any()), lost=lost):
            is_keyframe = True
        scheduled |= is_keyframe and keyframes.is_overdue(clock, timetable)

        # Detect, and associate detections with people by position: eq. (2).
        detected: Mask | None = None
        in_place: Mask | None = None
        scan = state.scan
        if is_keyframe or self._tiled:
            found, scan = self._detect(state, people, frame, view, camera, elapsed)
            people, was_detected = self._associate(people, estimated, found, frame, elapsed)
            detected = None if self._tiled else was_detected
            # A lost person who was detected in place will be found there, so is not sought
            # elsewhere, except at a scheduled key frame: it may delete them.
            in_place = None if scheduled else was_detected

        # Update: appearance, identities of the unconfirmed, who is deleted.
        size = (frame.width, frame.height)
        if is_keyframe or detected is not None or self._memory.is_in_doubt(people):
            seen = visibility(people, *size, config.occlusion)
            if detected is not None and scheduled:
                people = lifecycle.count_missed_detections(people, detected, seen)
            described = self._memory.describe(people, frame.image, seen, all_people=is_keyframe)
            people = reid.undo_switches(people, described, self._memory, config.reidentification)
            people = self._memory.remember(people, described)
            people = lifecycle.confirm(people, seen, config.lifecycle)
        people = reid.unsure_in_contact(people, elapsed, config)
        if is_last:
            people = lifecycle.confirm_all(people, config.lifecycle)
        people, next_id = reid.identify(
            people, state.next_id, self._person_stages, size, config, in_place
        )
        people = lifecycle.delete(people, is_scheduled=scheduled, config=config)
        people = self._selection.keep(people)

        # Emit.
        clock = clock.after(frame.time, is_keyframe=is_keyframe, is_scheduled=scheduled)
        after = TrackerState(people, next_id, frame.time, clock, view, scan)
        return after, emit(people, frame, is_keyframe, config, targets_only=bool(self.targets))

    # The parts of a step, in their order.

    def _camera_motion(self, state: TrackerState, frame: Frame) -> tuple[Any, CameraMotion]:
        """The view of this image to keep, and the camera's motion since the last one."""
        if self.camera is None:
            return None, CameraMotion.still()
        view = self.camera.preprocess(frame.image)
        if state.view is None:
            return view, CameraMotion.still()
        looked_for = lifecycle.is_looked_for(state.people, self.config.reidentification)
        moving = state.people.body.boxes[looked_for]
        return view, self.camera.estimate(state.view, view, moving)

    def _detect(
        self,
        state: TrackerState,
        people: Tracklets,
        frame: Frame,
        view: Any,
        camera: CameraMotion,
        elapsed: float,
    ) -> tuple[Detections, Scan]:
        """Detections of the image, or of the tiles due in this frame, and the tiles examined."""
        config, scan = self.config.keyframes, state.scan
        if self._of_frame is not None:
            return self._of_frame(frame), scan
        if not self._tiled:
            return self.detector(frame.image), scan
        scanner = cast(ScanningDetector, self.detector)
        image = np.array([[0, 0, frame.width, frame.height]], np.float32)
        shown = boxes.visible_share(camera.boxes(image), frame.width, frame.height)
        if camera.cut or shown < config.same_view or not len(scan.tiles):
            scan = Scan.of(scanner.tiles(frame.width, frame.height))
        if self._is_complete(people):
            return Detections.empty(), scan
        known = people.body.boxes[people.body.tracked]
        if self.camera is not None and state.view is not None:
            parts = (state.view, view, camera, known, scan.tiles)
            scan = scan.moved(camera, self.camera.changed(*parts))
        rows = scan.due(known, frame, elapsed, config.scan_seconds)
        left_out = np.concatenate([known, scan.refused])
        found = scanner.scan(frame.image, scan.tiles[rows], left_out)
        sure = found.scores >= self._detection_threshold
        scan = scan.after(rows, frame.time)
        scan = scan.refusing(found.boxes[~sure], frame.time, config.refusal_memory)
        return found[found.scores > 0], scan

    def _is_complete(self, people: Tracklets) -> bool:
        """Whether no further person is to be found."""
        limit = self.config.lifecycle.max_people
        confirmed = people.body.tracked & (people.identity.ids >= 0)
        full = limit is not None and int(np.count_nonzero(confirmed)) >= limit
        return full or self._selection.is_complete(people)

    def _associate(
        self,
        people: Tracklets,
        estimated: Mask,
        found: Detections,
        frame: Frame,
        elapsed: float,
    ) -> tuple[Tracklets, Mask]:
        """The people after detections were matched or started tracklets, and who was detected.

        `estimated` `(N,)` says whose pose has already been estimated in this frame.
        """
        config, threshold = self.config, self._detection_threshold
        people = people.with_body(tracked=people.body.tracked & estimated)
        if config.association.detections == "confident":
            found = found[found.scores >= threshold]
        stages = []
        if "spatial consistency" in config.association.stages:
            stages = [spatial_consistency(people, found, config.association)]
        owner = associate(len(people), len(found), stages)

        # A pose already estimated in this frame is kept; its detection only corrects the box.
        settled = owner >= 0
        settled[settled] = people.body.tracked[owner[settled]]
        rows = owner[settled]
        people = self._estimation.reconsider(people, rows, found[settled], frame)
        people = lifecycle.record_detections(people, rows, found[settled], threshold, config)
        left = ~settled & ((owner >= 0) | (found.scores >= threshold))
        left &= self._selection.wants(people, owner, found, frame)
        people, more = self._estimation.follow_detected(
            people, owner[left], found[left], threshold, frame, elapsed
        )
        people = self._selection.mark(people, frame)
        was_detected = np.zeros(len(people), np.bool_)
        was_detected[rows] = was_detected[more] = True
        was_detected[owner[owner >= 0]] = True  # also whose pose could not be estimated there
        return people, was_detected

    @property
    def _detection_threshold(self) -> float:
        threshold = self.config.lifecycle.detection_threshold
        return self.detector.score_threshold if threshold is None else threshold

    def _stage(self, name: StageName) -> reid.PersonStage | None:
        """The stage of that name between the lost and the unconfirmed; None if it is none."""
        if name == "re-identification":
            return reid.ReidentificationStage(self._memory, self.matcher, self.config)
        if name == "pose matching" and (matcher := self.matcher) is not None:
            return lambda lost, found, _: pose_matching(lost, found, matcher)
        return None
