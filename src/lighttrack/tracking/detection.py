"""What a look of the detector tells: who is still there, who is back, and who is new."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from lighttrack.structures import Boxes, Detections, Floats, Frame, Mask, Poses, Regions, boxes
from lighttrack.structures.protocols import (
    AppearanceModel,
    Detector,
    PoseDistance,
    PoseEstimator,
    ScanningDetector,
)
from lighttrack.structures.types import Indices
from lighttrack.tracking import evidence
from lighttrack.tracking.association import Stage, associate
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.exclusion import repeats
from lighttrack.tracking.observation import (
    Observer,
    corrected,
    covered,
    hidden,
    newcomers,
    take_in,
)
from lighttrack.tracking.target import Target, worth_a_look
from lighttrack.tracking.tracklets import Tracklets


@dataclass(frozen=True, slots=True)
class PeopleFinder:
    """Finds people anew by the detector, and gives them the identities they had."""

    config: TrackerConfig

    detector: Detector

    estimator: PoseEstimator

    observer: Observer

    matcher: PoseDistance | None

    appearance: AppearanceModel | None

    target: Target | None

    dimensions: tuple[int, int]
    """D of `Tracklets.looks` and E of `Tracklets.embeddings`."""

    @property
    def is_spread(self) -> bool:
        """Whether a look is spread over the frames between key frames.

        It can be where people are kept between them and the schedule is fixed.
        """
        steady = self.config.keep_undetected and self.config.keyframe_mode != "adaptive"
        # By its method, not isinstance: wrappers (timing) are detectors of the same kind.
        return steady and hasattr(self.detector, "scan")

    def detect(
        self, people: Tracklets, fresh: Mask, frame: Frame, elapsed: float, chosen: int | None
    ) -> Tracklets:
        """The people after the detector looked at the whole picture.

        Args:
            people: N tracklets, where everybody is expected or was just seen.
            fresh: `(N,)` whose pose has already been estimated in this frame.
            frame: the picture.
            elapsed: seconds since the frame before.
            chosen: the identity that alone is followed; None: not yet, or everybody is.
        """
        found = self.detector(frame.image)
        return self._update(people, fresh, found, frame, elapsed, chosen)

    def scan(
        self,
        people: Tracklets,
        fresh: Mask,
        position: int,
        frame: Frame,
        elapsed: float,
        chosen: int | None,
    ) -> Tracklets:
        """The same after the part of a spread look that falls to this frame.

        `position` is how many frames ago the look began.
        """
        found = Detections.empty()
        if not self._is_complete(people, chosen):
            found = self._scanned(people, position, frame)
        return self._update(people, fresh, found, frame, elapsed, chosen)

    def _is_complete(self, people: Tracklets, chosen: int | None) -> bool:
        """Whether nobody else is wanted than those who are followed."""
        named = people.ids[people.tracked & (people.ids >= 0)]
        if chosen is not None:
            return bool((named == chosen).any())
        return self.config.max_people is not None and len(named) >= self.config.max_people

    def _scanned(self, people: Tracklets, position: int, frame: Frame) -> Detections:
        scanner = cast(ScanningDetector, self.detector)
        share = -(-scanner.parts // self.config.keyframe_interval)
        known = people.boxes[people.tracked]
        return Detections.concatenate(
            [
                scanner.scan(frame.image, part, known)
                for part in range(position * share, min((position + 1) * share, scanner.parts))
            ]
        )

    def _update(
        self,
        people: Tracklets,
        fresh: Mask,
        found: Detections,
        frame: Frame,
        elapsed: float,
        chosen: int | None,
    ) -> Tracklets:
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
        everybody = not self.is_spread  # a part of a look tells nothing of those it misses
        rows = owner[settled]
        said = evidence.of_detections(found.scores, self._start_threshold, config)
        counts = people.tracked & ~hidden(people) if everybody else np.zeros_like(kept)
        heard = np.maximum(said[settled], evidence.of_any(said, overlap[rows]))
        if not everybody:  # nor does it doubt those whom it happens to see again
            heard = np.maximum(heard, np.float32(0))
        people = self._told(people, rows, found.boxes[settled], heard, counts)
        people = people.updated(tracked=kept)

        left = ~settled & ((owner >= 0) | (found.scores >= self._start_threshold))
        if self.target is not None:
            left &= self._is_of_interest(self.target, people, chosen, found, frame)
        if not left.any():
            return people
        return self._look_closer(people, owner[left], found[left], said[left], frame, elapsed)

    def _look_closer(
        self,
        people: Tracklets,
        owner: Indices,
        found: Detections,
        said: Floats,
        frame: Frame,
        elapsed: float,
    ) -> Tracklets:
        """Estimate the poses of those whose pose of this frame is not known yet.

        Args:
            people: N tracklets.
            owner: `(M,)` row of the person that each detection is of; -1: nobody known.
            found: M detections.
            said: `(M,)` what each of them proves.
            frame: the picture.
            elapsed: seconds since the frame before.
        """
        seen = self.estimator(frame.image, Regions.of(found.boxes))
        genuine = self.observer.is_tracked(seen) & ~self._repeats(people, seen)
        found, owner, seen, said = found[genuine], owner[genuine], seen[genuine], said[genuine]
        if self.config.memory == 0:
            owner = self._match_poses(people, seen, owner)
        known = owner >= 0
        observed = self.observer.observe(people[owner[known]], seen[known], frame.image)
        people = take_in(people, owner[known], observed, elapsed, self.config)
        nobody_else = np.zeros(len(people), np.bool_)
        people = self._told(people, owner[known], found.boxes[known], said[known], nobody_else)
        return self._welcome(people, seen[~known], found[~known], said[~known])

    # The parts of the above.

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

    def _is_of_interest(
        self,
        target: Target,
        people: Tracklets,
        chosen: int | None,
        found: Detections,
        frame: Frame,
    ) -> Mask:
        """`(M,)`: which detections matter to whoever follows the target alone."""
        if chosen is not None:
            return worth_a_look(people, chosen, found.boxes)
        if len(people):  # the target, about to be confirmed
            return np.zeros(len(found), np.bool_)
        return target.choose(found, frame, self.appearance)

    def _repeats(self, people: Tracklets, seen: Poses) -> Mask:
        """`(M,)`: which of the poses are people who are tracked already, seen once more."""
        tracked = people[people.tracked]
        if not len(tracked) or not len(seen):
            return np.zeros(len(seen), np.bool_)
        alike = repeats(
            seen.keypoints, self.observer.confident(seen), tracked.body, tracked.unseen == 0,
            tracked.boxes, seen.skeleton,
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
        confident = self.observer.confident(seen)
        new = newcomers(seen, confident, found.boxes, self.config, *self.dimensions)
        # Part of somebody who is followed may look like another person for a moment.
        certain = (said >= 1) & ~covered(found.boxes, people)
        if self.target is not None and not len(people):  # this is the one who was chosen
            certain[:] = True
        new = new.updated(
            evidence=evidence.at_birth(said, self.config),
            frames_tracked=np.where(certain, self.config.confirmation, 1),
        )
        return Tracklets.concatenate([people, new])
