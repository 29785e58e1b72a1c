"""The online framework of the paper: follow people by their poses, detect at key frames only."""

from lighttrack.tracking.components import (
    CameraMotionEstimator,
    Detector,
    PoseEstimator,
    PoseMatcher,
    ScanningDetector,
)
from lighttrack.tracking.config import TrackerConfig
from lighttrack.tracking.tracker import PoseTracker
from lighttrack.tracking.tracklets import TrackerState, Tracklets

__all__ = [
    "CameraMotionEstimator",
    "Detector",
    "PoseEstimator",
    "PoseMatcher",
    "PoseTracker",
    "ScanningDetector",
    "TrackerConfig",
    "TrackerState",
    "Tracklets",
]
