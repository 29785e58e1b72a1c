"""Networks behind the protocols of `lighttrack.structures.protocols`, and the camera's motion.

What is named here is imported when it is first used, for OpenVINO and OpenCV are slow to load.
"""

from typing import TYPE_CHECKING

from lighttrack._lazy import lazy

if TYPE_CHECKING:
    from lighttrack.models.assets import AssetError
    from lighttrack.models.builders import build_appearance, build_detector, build_estimator
    from lighttrack.models.camera import BackgroundCamera
    from lighttrack.models.presets import PRESETS, Preset
    from lighttrack.models.recorded import (
        KnownDetector,
        RecordedDetector,
        RecordedEstimator,
        RecordedNoise,
    )

__all__ = [
    "PRESETS",
    "AssetError",
    "BackgroundCamera",
    "KnownDetector",
    "Preset",
    "RecordedDetector",
    "RecordedEstimator",
    "RecordedNoise",
    "build_appearance",
    "build_detector",
    "build_estimator",
]

_HOME = {
    "PRESETS": "presets",
    "AssetError": "assets",
    "BackgroundCamera": "camera",
    "KnownDetector": "recorded",
    "Preset": "presets",
    "RecordedDetector": "recorded",
    "RecordedEstimator": "recorded",
    "RecordedNoise": "recorded",
    "build_appearance": "builders",
    "build_detector": "builders",
    "build_estimator": "builders",
}

__getattr__, __dir__ = lazy(__name__, _HOME)
