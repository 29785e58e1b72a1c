"""The online framework of the paper: follow people by their poses, detect at key frames only."""

from lighttrack.structures.protocols import (
    AppearanceModel,
    CameraMotionEstimator,
    Detector,
    PoseDistance,
    PoseEstimator,
    ScanningDetector,
)
from lighttrack.structures.settings import Setting
from lighttrack.structures.target import Target
from lighttrack.tracking.config import TrackerConfig, settings
from lighttrack.tracking.tracker import PoseTracker
from lighttrack.tracking.tracklets import TrackerState, Tracklets

__all__ = [
    "AppearanceModel",
    "CameraMotionEstimator",
    "Detector",
    "PoseDistance",
    "PoseEstimator",
    "PoseTracker",
    "ScanningDetector",
    "Setting",
    "Target",
    "TrackerConfig",
    "TrackerState",
    "Tracklets",
    "settings",
]
