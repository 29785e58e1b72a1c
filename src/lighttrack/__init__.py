"""lighttrack: every person's pose in every frame of a video, with an identity that lasts.

Example:
    Track a file, and look at one person of it:

        import lighttrack

        result = lighttrack.track_video("match.mp4", output="out")
        for track in result.tracks():
            print(f"person {track.id}: {track.times[0]:.1f} s to {track.times[-1]:.1f} s")

    Or frame by frame, as they come:

        for seen in lighttrack.stream("match.mp4"):
            print(seen.frame.time, seen.tracked.ids)

What is named here is imported when it is first used: `import lighttrack` itself loads nothing.
"""

from typing import TYPE_CHECKING

from lighttrack._lazy import lazy
from lighttrack._version import __version__ as __version__

if TYPE_CHECKING:
    from lighttrack.assembly import load_tracker
    from lighttrack.evaluation import (
        evaluate_coco,
        evaluate_detection,
        evaluate_mot,
        evaluate_posetrack,
    )
    from lighttrack.formats import read_tracks, write_tracks
    from lighttrack.matching import PoseMatcher
    from lighttrack.pipeline.render_video import render_video
    from lighttrack.pipeline.streaming import Tracked, stream
    from lighttrack.pipeline.track_many import track_many
    from lighttrack.pipeline.track_video import track_video
    from lighttrack.refinement import Smoother, edit, refine, smooth
    from lighttrack.render.draw import draw
    from lighttrack.structures import (
        Detections,
        Frame,
        Poses,
        Skeleton,
        TrackedFrame,
        TrackedVideo,
        VideoInfo,
    )
    from lighttrack.tracking import PoseTracker, Target, TrackerConfig
    from lighttrack.video import VideoWriter, open_video

__all__ = [
    "Detections",
    "Frame",
    "PoseMatcher",
    "PoseTracker",
    "Poses",
    "Skeleton",
    "Smoother",
    "Target",
    "Tracked",
    "TrackedFrame",
    "TrackedVideo",
    "TrackerConfig",
    "VideoInfo",
    "VideoWriter",
    "draw",
    "edit",
    "evaluate_coco",
    "evaluate_detection",
    "evaluate_mot",
    "evaluate_posetrack",
    "load_tracker",
    "open_video",
    "read_tracks",
    "refine",
    "render_video",
    "smooth",
    "stream",
    "track_many",
    "track_video",
    "write_tracks",
]

_HOME = {
    "Detections": "structures",
    "Frame": "structures",
    "PoseMatcher": "matching",
    "PoseTracker": "tracking",
    "Poses": "structures",
    "Skeleton": "structures",
    "Smoother": "refinement",
    "Target": "tracking",
    "Tracked": "pipeline.streaming",
    "TrackedFrame": "structures",
    "TrackedVideo": "structures",
    "TrackerConfig": "tracking",
    "VideoInfo": "structures",
    "VideoWriter": "video",
    "draw": "render.draw",
    "edit": "refinement",
    "evaluate_coco": "evaluation",
    "evaluate_detection": "evaluation",
    "evaluate_mot": "evaluation",
    "evaluate_posetrack": "evaluation",
    "load_tracker": "assembly",
    "open_video": "video",
    "read_tracks": "formats",
    "refine": "refinement",
    "render_video": "pipeline.render_video",
    "smooth": "refinement",
    "stream": "pipeline.streaming",
    "track_many": "pipeline.track_many",
    "track_video": "pipeline.track_video",
    "write_tracks": "formats",
}

__getattr__, _ = lazy(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
