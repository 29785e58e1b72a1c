"""What a run needs before its first frame: a tracker with its networks loaded and measured."""

from dataclasses import dataclass, replace
from time import perf_counter

from lighttrack.assembly import known_detector, load_tracker
from lighttrack.models.recorded import KnownDetector
from lighttrack.pipeline.measure import Meter, TimedAppearance, TimedDetector, TimedEstimator
from lighttrack.pipeline.opening import frames_of_source
from lighttrack.pipeline.provenance import Origin, origin_of
from lighttrack.pipeline.region import RegionDetector, RegionEstimator, region_named
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.target import resolved, targets_named
from lighttrack.pipeline.warm_up import warm_up
from lighttrack.refinement import Smoother
from lighttrack.refinement.smoothing import SmootherState
from lighttrack.structures import Skeleton, TrackedFrame, skeleton_named
from lighttrack.structures.protocols import Detector, PoseEstimator
from lighttrack.tracking import PoseTracker
from lighttrack.video import VideoReader


@dataclass(frozen=True, slots=True)
class Loaded:
    """A tracker that is ready for a video, and what decides its result."""

    tracker: PoseTracker
    """Its networks are timed by `meter`."""

    meter: Meter
    skeleton: Skeleton
    """Keypoints of the result."""

    smoother: Smoother | None
    detector: Detector
    """The tracker's, not timed."""

    origin: Origin
    seconds: float
    """That loading took."""

    def start_smoothing(self) -> SmootherState | None:
        """The smoother's state before the first frame; None if nothing is smoothed."""
        return None if self.smoother is None else self.smoother.start(self.skeleton)

    def finish(
        self, tracked: TrackedFrame, smoothing: SmootherState | None
    ) -> tuple[TrackedFrame, SmootherState | None]:
        """What the tracker gave as it comes out: with the wanted keypoints, and smoothed if asked.

        Args:
            tracked: what the tracker gave.
            smoothing: the smoother's state; None: as it is, without smoothing.
        """
        if tracked.poses.skeleton != self.skeleton:
            tracked = replace(tracked, poses=tracked.poses.to(self.skeleton))
        if self.smoother is not None and smoothing is not None:
            smoothing, tracked = self.smoother.step(smoothing, tracked)
        return tracked, smoothing


def networks_of_request(request: Request) -> PoseTracker:
    """The tracker that a request names, with its networks loaded.

    Raises:
        ValueError: if something asked for does not exist or makes no sense.
        OSError: if a file cannot be read.
        RuntimeError: if a network cannot be had.
    """
    if request.load_with is not None:
        return request.load_with(request)
    return request.tracker or load_tracker(
        request.preset,
        detector=request.detector,
        pose=request.pose,
        matcher=request.matcher,
        camera=request.camera,
        appearance=request.appearance,
        config=request.config,
        skeleton=request.skeleton,
        threads=request.threads,
        detections=request.detections,
    )


def load(request: Request, video: VideoReader, tracker: PoseTracker | None = None) -> Loaded:
    """Load what a request names, and have it compiled for the size of the video.

    Args:
        request: what is to be tracked, and how.
        video: the opened source.
        tracker: what `networks_of_request` gave, if it is loaded already.

    Raises:
        ValueError: if something asked for does not exist or makes no sense.
        OSError: if a file cannot be read.
        RuntimeError: if a network cannot be had.
    """
    # Misspelt names are refused before anything is loaded.
    wanted = None if request.skeleton is None else skeleton_named(request.skeleton)
    named = targets_named(request.target)
    inside = None if request.region is None else region_named(request.region, video.info)
    began = perf_counter()
    given = tracker or networks_of_request(request)
    finder = given.detector
    if request.detections is not None and not isinstance(finder, KnownDetector):
        finder = known_detector(request.detections)  # in place of a tracker's that was given
    if isinstance(finder, KnownDetector):  # numbers count from the source's first frame
        finder.require_within(frames_of_source(request, video))
    warm_up(given, video.info.width, video.info.height)
    seconds = perf_counter() - began
    skeleton = wanted or given.estimator.skeleton
    smoother = Smoother() if request.smooth else None
    meter = Meter()
    detector: Detector = TimedDetector(finder, meter)
    estimator: PoseEstimator = TimedEstimator(given.estimator, meter)
    if inside is not None:
        detector, estimator = RegionDetector(detector, inside), RegionEstimator(estimator, inside)
    return Loaded(
        tracker=PoseTracker(
            detector,
            estimator,
            matcher=given.matcher,
            camera=given.camera,
            appearance=given.appearance and TimedAppearance(given.appearance, meter),
            target=[resolved(each, given, video.info) for each in named] or given.targets,
            config=given.config,
        ),
        meter=meter,
        skeleton=skeleton,
        smoother=smoother,
        detector=finder,
        origin=origin_of(
            request,
            given,
            skeleton=skeleton.name,
            smooth=None if smoother is None else smoother.settings(),
        ),
        seconds=seconds,
    )
