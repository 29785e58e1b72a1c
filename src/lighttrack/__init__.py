"""lighttrack: every person's pose in every frame of a video, with an identity that lasts.

Example:
    The eight-line program:

        import lighttrack

        tracker = lighttrack.load_tracker()
        with lighttrack.open_video("video.mp4") as video:
            for frame in tracker.track(video):
                for person, keypoints in zip(frame.ids, frame.poses.keypoints):
                    print(f"{frame.time:.2f} s: person {person}, nose at {keypoints[0]}")

What is named here is imported when it is first used: `import lighttrack` itself loads nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lighttrack._version import __version__ as __version__

if TYPE_CHECKING:
    from lighttrack.assembly import load_tracker
    from lighttrack.formats import read_tracks
    from lighttrack.matching import PoseMatcher
    from lighttrack.refinement import Smoother, refine
    from lighttrack.render.draw import draw
    from lighttrack.structures import (
        Detections,
        Frame,
        Poses,
        Skeleton,
        TrackedFrame,
        TrackedVideo,
    )
    from lighttrack.tracking import PoseTracker, TrackerConfig
    from lighttrack.video import open_video

__all__ = [
    "Detections",
    "Frame",
    "PoseMatcher",
    "PoseTracker",
    "Poses",
    "Skeleton",
    "Smoother",
    "TrackedFrame",
    "TrackedVideo",
    "TrackerConfig",
    "draw",
    "load_tracker",
    "open_video",
    "read_tracks",
    "refine",
]

_HOME = {
    "Detections": "structures",
    "Frame": "structures",
    "PoseMatcher": "matching",
    "PoseTracker": "tracking",
    "Poses": "structures",
    "Skeleton": "structures",
    "Smoother": "refinement",
    "TrackedFrame": "structures",
    "TrackedVideo": "structures",
    "TrackerConfig": "tracking",
    "draw": "render.draw",
    "load_tracker": "assembly",
    "open_video": "video",
    "read_tracks": "formats",
    "refine": "refinement",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"lighttrack.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
