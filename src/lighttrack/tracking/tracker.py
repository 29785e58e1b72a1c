"""The framework of the paper, section 3.1: a pose estimator that is the tracker.

A detector finds people at key frames. Between them each person's box follows from that person's own
keypoints, and the pose estimated in it tells where they are and, by its confidence, whether they
are lost. At key frames detections are given identities: spatial consistency, then pose matching.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np

from lighttrack.structures import (
    Boxes,
    CameraMotion,
    Detections,
    Floats,
    Frame,
    Image,
    Mask,
    Poses,
    boxes,
)
from lighttrack.structures.tracks import TargetState, TrackedFrame
from lighttrack.tracking import evidence, propagation, schedule
from lighttrack.tracking.association import Indices, Stage, associate
from lighttrack.tracking.components import (
    AppearanceEstimator,
    CameraMotionEstimator,
    Detector,
    PoseEstimator,
    PoseMatcher,
    ScanningDetector,
)
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.exclusion import overlapping_pairs, repeats, settle_claims, without
from lighttrack.tracking.expectation import carried_along, expected
from lighttrack.tracking.observation import (
    Observation,
    corrected,
    covered,
    hidden,
    newcomers,
    take_in,
)
from lighttrack.tracking.output import shown
from lighttrack.tracking.recognition import Recogniser
from lighttrack.tracking.returning import anonymous
from lighttrack.tracking.target import Target, narrowed, worth_a_look
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
        matcher: PoseMatcher | None = None,
        camera: CameraMotionEstimator | None = None,
        appearance: AppearanceEstimator | None = None,
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
        self._recogniser = Recogniser(
            self.config, estimator.keypoint_threshold, matcher, appearance
        )
        self._dimensions = (
            0 if appearance is None else appearance.dimensions,
            0 if matcher is None else matcher.embed(Poses.empty(estimator.skeleton)).shape[1],
        )
        # A look can be spread over frames where people are kept between them and the schedule is
        # fixed. By its method, not isinstance: wrappers (timing) are detectors of the same kind.
        steady = self.config.keep_undetected and self.config.keyframe_mode != "adaptive"
        spread = steady and hasattr(detector, "scan")
        self._scanner = cast(ScanningDetector, detector) if spread else None

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
        confident = last.poses.scores >= self.estimator.keypoint_threshold
        people = newcomers(last.poses, confident, last.boxes, self.config, *self._dimensions)
        people = people.updated(
            ids=last.ids,
            frames_tracked=np.full(len(last), self.config.confirmation),
            evidence=np.full(len(last), self.config.patience, np.float32),
            tracked=last.states != TargetState.LOST,
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

        anybody = self._scanner is not None or bool(before.tracked.any())
        scheduled = schedule.is_scheduled(config, since_scheduled, since, anybody)
        is_keyframe = scheduled or moved.cut
        if config.keep_undetected or not is_keyframe:
            people, fresh = self._follow(people, frame, elapsed)
        somebody_is_lost = not people.all_tracked and bool(
            (before.tracked & ~people.tracked[: len(before)]).any()
        )
        if somebody_is_lost and self._scanner is None and schedule.is_called_for(config, since):
            is_keyframe = True
        if self._scanner is not None and since is not None and not moved.cut:
            found = self._scan(people, frame, 0 if is_keyframe else since, state.chosen)
            people = self._detect(people, fresh, found, frame, elapsed, state.chosen)
        elif is_keyframe:
            found = self.detector(frame.image)
            people = self._detect(people, fresh, found, frame, elapsed, state.chosen)

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
        after = TrackerState(people, next_id, frame.time, since_scheduled, since, view, chosen)
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
            seen = self.estimator(frame.image, people.boxes)
            observed = self._observe(people, seen, frame.image)
            return take_in(people, None, observed, elapsed, self.config), inside
        looked_for = self._is_looked_for(people) & inside
        rows = np.nonzero(looked_for)[0]
        seen = self.estimator(frame.image, people.boxes[rows])
        was_tracked = people.tracked[rows]
        observed = self._observe(people[rows], seen, frame.image)
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

    def _scan(
        self, people: Tracklets, frame: Frame, position: int, chosen: int | None
    ) -> Detections:
        """The part of a look spread over the interval that falls to this frame."""
        assert self._scanner is not None
        if self._is_complete(people, chosen):
            return Detections.empty()
        parts = self._scanner.parts
        share = -(-parts // self.config.keyframe_interval)
        known = people.boxes[people.tracked]
        return Detections.concatenate(
            [
                self._scanner.scan(frame.image, part, known)
                for part in range(position * share, min((position + 1) * share, parts))
            ]
        )

    def _detect(
        self,
        people: Tracklets,
        fresh: Mask,
        found: Detections,
        frame: Frame,
        elapsed: float,
        chosen: int | None,
    ) -> Tracklets:
        """Find people anew and give them the identities they had.

        Args:
            people: where everybody is expected, or was just seen.
            fresh: `(N,)` whose pose has already been estimated in this frame.
            found: what the detector says.
            frame: the picture.
            elapsed: seconds since the frame before.
            chosen: the identity that alone is followed; None: not yet, or everybody is.
        """
        config = self.config
        if not config.keep_undetected:  # the paper drops what is less likely a person than not
            found = found[found.scores >= self._start_threshold]
        kept = people.tracked & fresh
        overlap = boxes.iou(people.boxes, found.boxes)
        present = kept if config.keep_undetected else None
        spatial = Stage("spatial consistency", overlap, config.iou_threshold, present)
        owner = associate(len(people), len(found), [spatial])

        # A pose already estimated in this frame is kept; its detection only corrects the box.
        settled = owner >= 0
        settled[settled] = kept[owner[settled]]
        everybody = self._scanner is None  # a part of a look tells nothing of those it misses
        rows, said = owner[settled], self._say(found)
        counts = people.tracked & ~hidden(people) if everybody else np.zeros_like(kept)
        heard = np.maximum(said[settled], evidence.of_any(said, overlap[rows]))
        if not everybody:  # nor does it doubt those whom it happens to see again
            heard = np.maximum(heard, np.float32(0))
        people = self._told(people, rows, found.boxes[settled], heard, counts)
        people = people.updated(tracked=kept)

        left = ~settled & ((owner >= 0) | (found.scores >= self._start_threshold))
        if self.target is not None:
            left &= self._is_of_interest(people, chosen, found, frame)
        if not left.any():
            return people
        found, owner, said = found[left], owner[left], said[left]
        seen = self.estimator(frame.image, found.boxes)
        genuine = self._is_tracked(seen.scores) & ~self._repeats(people, seen)
        found, owner, seen, said = found[genuine], owner[genuine], seen[genuine], said[genuine]
        if config.memory == 0:
            owner = self._match_poses(people, seen, owner)
        known = owner >= 0
        observed = self._observe(people[owner[known]], seen[known], frame.image)
        people = take_in(people, owner[known], observed, elapsed, config)
        nobody_else = np.zeros(len(people), np.bool_)
        people = self._told(people, owner[known], found.boxes[known], said[known], nobody_else)
        return self._welcome(people, seen[~known], found[~known], said[~known])

    # The parts of the above.

    def _observe(self, people: Tracklets, seen: Poses, image: Image) -> Observation:
        """Judge the poses `seen` that were estimated for `people`, one for each."""
        config = self.config
        confident = seen.scores >= self.estimator.keypoint_threshold
        if not config.exclusive or not len((pairs := overlapping_pairs(seen.boxes))[0]):
            return Observation(seen, confident, self._is_tracked(seen.scores))
        belief = partial(self._recogniser.belief, people, seen, confident, image)
        claims = settle_claims(seen, confident, people.body, belief, pairs, config.duplicate_oks)
        seen, confident = without(seen, claims.stolen), confident & ~claims.stolen
        return Observation(seen, confident, self._is_tracked(seen.scores) & ~claims.duplicates)

    def _is_tracked(self, scores: Floats) -> Mask:
        """Eq. (1): whether the mean keypoint score exceeds τs."""
        threshold = self.config.tracked_threshold
        if threshold is None:
            threshold = self.estimator.tracked_threshold
        return np.asarray(np.einsum("nk->n", scores) > threshold * scores.shape[1])

    @property
    def _start_threshold(self) -> float:
        threshold = self.config.detection_threshold
        return self.detector.score_threshold if threshold is None else threshold

    def _told(
        self, people: Tracklets, rows: Indices, detected: Boxes, said: Floats, counts: Mask
    ) -> Tracklets:
        """The people after detections of `rows` of them, with what it counts against others."""
        proof = evidence.after_look(people, rows, said, counts, self.config)
        return corrected(people, rows, detected, self.config).updated(evidence=proof)

    def _say(self, found: Detections) -> Floats:
        return evidence.of_detections(found.scores, self._start_threshold, self.config)

    def _repeats(self, people: Tracklets, seen: Poses) -> Mask:
        """`(M,)`: which of the poses are people who are tracked already, seen once more."""
        tracked = people[people.tracked]
        if not len(tracked) or not len(seen):
            return np.zeros(len(seen), np.bool_)
        confident = seen.scores >= self.estimator.keypoint_threshold
        alike = repeats(
            seen.keypoints, confident, tracked.body, tracked.unseen == 0, tracked.boxes,
            seen.skeleton,
        )  # fmt: skip
        return np.asarray(alike.max(axis=1) > self.config.duplicate_oks)

    def _match_poses(self, people: Tracklets, seen: Poses, owner: Indices) -> Indices:
        """The paper's second stage: give poses without an owner to whom they resemble."""
        free = ~people.tracked
        free[owner[owner >= 0]] = False
        left, orphans = np.nonzero(free)[0], np.nonzero(owner < 0)[0]
        if self.matcher is None or not len(left) or not len(orphans):
            return owner
        embed = self.matcher.embed
        distance = self.matcher.compare(embed(people.poses[left]), embed(seen[orphans]))
        stage = Stage("pose matching", -distance, -self.matcher.threshold)
        matched = associate(len(left), len(orphans), [stage])
        owner = owner.copy()
        owner[orphans] = np.where(matched >= 0, left[matched], -1)
        return owner

    def _welcome(
        self, people: Tracklets, seen: Poses, found: Detections, said: Floats
    ) -> Tracklets:
        """Begin to follow people who were not known; `said` `(C,)` is what detections prove."""
        limit = self.config.max_people
        room = len(seen) if limit is None else max(limit - int(people.tracked.sum()), 0)
        start = self._start_threshold
        best = np.argsort(-found.scores, kind="stable")[:room]
        best = best[found.scores[best] >= start]
        if not len(best):
            return people
        seen, found, said = seen[best], found[best], said[best]
        confident = seen.scores >= self.estimator.keypoint_threshold
        new = newcomers(seen, confident, found.boxes, self.config, *self._dimensions)
        # Part of somebody who is followed may look like another person for a moment.
        certain = (said >= 1) & ~covered(found.boxes, people)
        if self.target is not None and not len(people):  # this is the one who was chosen
            certain[:] = True
        new = new.updated(
            evidence=evidence.at_birth(said, self.config),
            frames_tracked=np.where(certain, self.config.confirmation, 1),
        )
        return Tracklets.concatenate([people, new])

    def _is_complete(self, people: Tracklets, chosen: int | None) -> bool:
        """Whether nobody else is wanted than those who are followed."""
        named = people.ids[people.tracked & (people.ids >= 0)]
        if chosen is not None:
            return bool((named == chosen).any())
        return self.config.max_people is not None and len(named) >= self.config.max_people

    def _is_of_interest(
        self, people: Tracklets, chosen: int | None, found: Detections, frame: Frame
    ) -> Mask:
        """`(M,)`: which detections matter to whoever follows the target alone."""
        assert self.target is not None
        if chosen is not None:
            return worth_a_look(people, chosen, found.boxes)
        if len(people):  # the target, about to be confirmed
            return np.zeros(len(found), np.bool_)
        return self.target.choose(found, frame, self.appearance)

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
