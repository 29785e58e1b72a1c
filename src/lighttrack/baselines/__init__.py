"""Offline and rival trackers on the poses and detections that lighttrack gets, for comparisons.

All call the detector in every frame, as the paper's offline rows do. They read frames from an
iterable and yield a `TrackedFrame` for each.

Example:
    >>> from lighttrack import open_video  # doctest: +SKIP
    >>> from lighttrack.baselines import build_baseline
    >>> from lighttrack.models import build_detector, build_estimator  # doctest: +SKIP
    >>> tracker = build_baseline("poseflow")
    >>> detector, estimator = build_detector(), build_estimator()  # doctest: +SKIP
    >>> with open_video("walk.mp4") as frames:  # doctest: +SKIP
    ...     tracked = list(tracker.track(frames, detector, estimator))
"""

from lighttrack.baselines.base import Baseline
from lighttrack.baselines.build import BASELINES, build_baseline
from lighttrack.baselines.detect_and_track import DetectAndTrack
from lighttrack.baselines.flow import DisFlow, OpticalFlow, RaftFlow
from lighttrack.baselines.flowtrack import FlowTrack
from lighttrack.baselines.peers import PeerTracker
from lighttrack.baselines.poseflow import PoseFlow

__all__ = [
    "BASELINES",
    "Baseline",
    "DetectAndTrack",
    "DisFlow",
    "FlowTrack",
    "OpticalFlow",
    "PeerTracker",
    "PoseFlow",
    "RaftFlow",
    "build_baseline",
]
