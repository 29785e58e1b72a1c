"""Arrays with a meaning: boxes, detections, skeletons, poses, regions, camera, video, tracks.

NumPy only.
"""

from lighttrack.structures import boxes, skeletons
from lighttrack.structures.camera import CameraMotion
from lighttrack.structures.detections import Detections
from lighttrack.structures.poses import Poses, keypoint_similarity, oks
from lighttrack.structures.regions import Regions
from lighttrack.structures.skeletons import Skeleton, make_skeleton, mapping, skeleton_named
from lighttrack.structures.tracks import Track, TrackedFrame, TrackedVideo, TrackState
from lighttrack.structures.types import Boxes, Floats, Ids, Image, Mask
from lighttrack.structures.video import Frame, VideoInfo

__all__ = [
    "Boxes",
    "CameraMotion",
    "Detections",
    "Floats",
    "Frame",
    "Ids",
    "Image",
    "Mask",
    "Poses",
    "Regions",
    "Skeleton",
    "Track",
    "TrackState",
    "TrackedFrame",
    "TrackedVideo",
    "VideoInfo",
    "boxes",
    "keypoint_similarity",
    "make_skeleton",
    "mapping",
    "oks",
    "skeleton_named",
    "skeletons",
]
