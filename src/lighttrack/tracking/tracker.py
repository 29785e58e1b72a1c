"""The framework of the paper, section 3.1: a pose estimator that is the tracker.

A detector finds people at key frames. Between them each person's box follows from that person's own
keypoints, and the pose estimated in it tells where they are and, by its confidence, whether they
are lost. At key frames detections are given identities: spatial consistency, then pose matching.
"""

from collections.abc import Iterable, Iterator, Mapping
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
from lighttrack.structures.tracks import TrackedFrame
from lighttrack.tracking import keyframes, lifecycle, motion, reid
from lighttrack.tracking.appearance import AppearanceMemory
from lighttrack.tracking.association import associate, pose_matching, spatial_consistency
from lighttrack.tracking.colours import ColourDescriptor
from lighttrack.tracking.config import StageName, TrackerConfig
from lighttrack.tracking.estimation import Estimation
from lighttrack.tracking.occlusion import visibility
from lighttrack.tracking.output import emit
from lighttrack.tracking.target import Selection, Target
from lighttrack.tracking.tracklets import TrackerState, Tracklets


class PoseTracker:
    """Follows every person of a video, frame by frame, and keeps one identity for each.

    The tracker holds no state of a video: one tracker serves many at a time.

    Args:
        detector: called at key frames only.
        estimator: called with every person's box.
        matcher: compares poses where boxes cannot tell who is who; None: not used.
        camera: estimates how the camera moved; None: it stands still.
        appearance: a re-identification network; None: people are told apart by the colours of
            their clothes alone.
        target: the one person to follow; None: everybody.
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
        target: Target | None = None,
        config: TrackerConfig | None = None,
    ) -> None:
        self.detector = detector
        self.estimator = estimator
        self.matcher = matcher
        self.config = config or TrackerConfig()
        self.camera = camera if self.config.motion.camera else None
        self.appearance = appearance
        self.target = target
        models: list[AppearanceModel] = []
        if self.config.appearance.colours:
            models.append(ColourDescriptor(estimator.keypoint_threshold))
        if appearance is not None:
            models.append(appearance)
        self._memory = AppearanceMemory(tuple(models), self.config)
        self._estimation = Estimation(estimator, self._memory, self.config)
        self._person_stages = {
            name: stage
            for name in self.config.association.stages
            if (stage := self._stage(name)) is not None
        }
        max_lost_time = self.config.reidentification.max_lost_time
        self._selection = Selection(target, appearance, max_lost_time)
        # By its method, not isinstance: wrappers (timing) are detectors of the same kind.
        self._tiled = hasattr(detector, "scan") and keyframes.is_spread(self.config.keyframes)
        self._timetable = self.config.keyframes
        if self._tiled:  # parts of a call are made in every frame: nobody lost calls for another
            self._timetable = replace(self._timetable, mode="fixed")

    def track(self, frames: Iterable[Frame]) -> Iterator[TrackedFrame]:
        """Yield every frame's people at once; nothing of a frame is kept but the state."""
        state = self.start()
        for frame in frames:
            if not isinstance(frame, Frame):
                raise TypeError(
                    f"a tracker takes Frames, got {type(frame).__name__}: "
                    "lighttrack.stream takes images with fps="
                )
            state, tracked = self.step(state, frame)
            yield tracked

    def start(self) -> TrackerState:
        """The state before the first frame of a video."""
        skeleton, width = self.estimator.skeleton, self._memory.dimensions
        models = len(self._memory.models)
        nobody = Poses.empty(skeleton)
        return TrackerState(Tracklets.found(nobody, descriptor=width, models=models))

    def restore(self, arrays: Mapping[str, NDArray[Any]], last: Frame | None) -> TrackerState:
        """The state that `TrackerState.to_arrays` saved.

        From the image of the `last` frame that was tracked the camera's view is made again; without
        it, the camera's motion into the next frame is not known.

        Raises:
            ValueError: if an array is missing.
        """
        view = None
        if last is not None and self.camera is not None:
            view = self.camera.preprocess(last.image)
        return TrackerState.from_arrays(arrays, self.estimator.skeleton, view)

    def step(self, state: TrackerState, frame: Frame) -> tuple[TrackerState, TrackedFrame]:
        """Section 3.1 of the paper: predict, estimate, at key frames detect and associate, update.

        `state` is what the step before returned, or `start()`, and is not changed; the time of the
        `frame` must not lie before the last one's.
        """
        config, chosen = self.config, state.chosen
        if not self._selection.starts_at(frame.time):
            nobody = emit(state.people[:0], frame, False, config)
            return replace(state, time=frame.time), nobody
        elapsed = 0.0 if state.time is None else max(frame.time - state.time, 0.0)
        clock = state.clock.tick()

        # Predict: the camera's motion, then everybody's own.
        view, camera = self._camera_motion(state, frame)
        people = motion.compensate_camera(state.people, camera)
        people = motion.predict(people, elapsed, config.motion)
        before = people.body.tracked

        # Estimate: a pose in each propagated box; eq. (1) says who is lost.
        anybody = self._tiled or bool(np.count_nonzero(before))
        timetable = self._timetable
        scheduled = keyframes.is_scheduled(clock, frame.time, timetable)
        is_keyframe = scheduled or camera.cut
        estimated = np.zeros(len(people), np.bool_)
        if not (is_keyframe and config.keyframes.detect_first):
            people, estimated = self._estimation.follow(people, frame, elapsed)
        lost = bool(np.count_nonzero(before & ~people.body.tracked[: len(before)]))
        if keyframes.is_called_for(clock, timetable, anybody=anybody, lost=lost):
            is_keyframe = True
        stays = bool(np.count_nonzero(people.body.tracked))
        scheduled |= is_keyframe and keyframes.is_overdue(clock, timetable)

        # Detect, and associate detections with people by position: eq. (2).
        detected: Mask | None = None
        scan = state.scan
        if is_keyframe or self._tiled:
            if self._tiled:
                found, scan = self._scan(state, people, frame, view, camera, elapsed)
            else:
                found = self.detector(frame.image)
            people, was_detected = self._associate(people, estimated, found, frame, elapsed, chosen)
            detected = None if self._tiled else was_detected

        # Update: appearance, identities of the unconfirmed, who is deleted.
        size = (frame.width, frame.height)
        if is_keyframe or detected is not None or self._memory.is_in_doubt(people):
            seen = visibility(people, *size, config.occlusion)
            if detected is not None and scheduled:
                people = lifecycle.count_missed_detections(people, detected, seen)
            looks = self._memory.describe(people, frame.image, seen, everybody=is_keyframe)
            people = reid.undo_switches(people, looks, self._memory, config.reidentification)
            people = self._memory.remember(people, looks)
            people = lifecycle.confirm(people, seen, config.lifecycle)
        people = reid.unsure_in_contact(people, elapsed, config)
        # A person lost between scheduled key frames while others stay has not been moved by a jump
        # of the camera: who is found elsewhere is another.
        stages = [
            stage
            for name, stage in self._person_stages.items()
            if scheduled or not stays or name != "pose matching"
        ]
        people, next_id = reid.identify(people, state.next_id, stages, size, config)
        people = lifecycle.delete(people, is_scheduled=scheduled, chosen=chosen, config=config)
        people, chosen = self._selection.keep(people, chosen)

        # Emit.
        clock = clock.after(frame.time, is_keyframe=is_keyframe, is_scheduled=scheduled)
        after = TrackerState(people, next_id, frame.time, clock, view, chosen, scan)
        return after, emit(people, frame, is_keyframe, config, chosen)

    # The parts of a step, in their order.

    def _camera_motion(self, state: TrackerState, frame: Frame) -> tuple[Any, CameraMotion]:
        """What to remember of the image, and how the camera moved since the one before."""
        if self.camera is None:
            return None, CameraMotion.still()
        view = self.camera.preprocess(frame.image)
        if state.view is None:
            return view, CameraMotion.still()
        looked_for = lifecycle.is_looked_for(state.people, self.config.reidentification)
        moving = state.people.body.boxes[looked_for]
        return view, self.camera.estimate(state.view, view, moving)

    def _scan(
        self,
        state: TrackerState,
        people: Tracklets,
        frame: Frame,
        view: Any,
        camera: CameraMotion,
        elapsed: float,
    ) -> tuple[Detections, Scan]:
        """People in the tiles that fall to this frame, and what has been examined by now."""
        config, scan = self.config.keyframes, state.scan
        scanner = cast(ScanningDetector, self.detector)
        image = np.array([[0, 0, frame.width, frame.height]], np.float32)
        shown = boxes.visible_share(camera.boxes(image), frame.width, frame.height)
        if camera.cut or shown < config.same_view or not len(scan.tiles):
            scan = Scan.of(scanner.tiles(frame.width, frame.height))
        if self._is_complete(people, state.chosen):
            return Detections.empty(), scan
        known = people.body.boxes[people.body.tracked]
        if self.camera is not None and state.view is not None:
            parts = (state.view, view, camera, known, scan.tiles)
            scan = scan.moved(camera, self.camera.changed(*parts))
        rows = keyframes.due(scan, known, frame, elapsed, config)
        left_out = np.concatenate([known, scan.refused])
        found = scanner.scan(frame.image, scan.tiles[rows], left_out)
        sure = found.scores >= self._detection_threshold
        scan = scan.after(rows, frame.time)
        scan = scan.refusing(found.boxes[~sure], frame.time, config.refusal_memory)
        return found[found.scores > 0], scan

    def _is_complete(self, people: Tracklets, chosen: int | None) -> bool:
        """Whether nobody else is wanted than those who are followed."""
        limit = self.config.lifecycle.max_people
        confirmed = people.body.tracked & (people.identity.ids >= 0)
        full = limit is not None and int(np.count_nonzero(confirmed)) >= limit
        return full or self._selection.is_complete(people, chosen)

    def _associate(
        self,
        people: Tracklets,
        estimated: Mask,
        found: Detections,
        frame: Frame,
        elapsed: float,
        chosen: int | None,
    ) -> tuple[Tracklets, Mask]:
        """The people after detections were given to them or start tracklets, and who was detected.

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
        left &= self._selection.wants(people, found, frame, chosen)
        people, more = self._estimation.follow_detected(
            people, owner[left], found[left], threshold, frame, elapsed
        )
        was_detected = np.zeros(len(people), np.bool_)
        was_detected[rows] = was_detected[more] = True
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
            return lambda lost, found, size: pose_matching(lost, found, matcher)
        return None
