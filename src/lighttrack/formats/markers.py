"""Keypoints as markers of motion capture: the names that OpenSim's and Pose2Sim's models use."""

from functools import cache

from lighttrack.structures.skeletons import SKELETONS

_WORDS = {
    "head_top": "Head",
    "head_bottom": "HeadBottom",
    "mid_hip": "Hip",
    "foot_index": "BigToe",
}
"""Markers that are not the keypoint's words put together."""


def marker_of(keypoint: str) -> str:
    """The marker of a keypoint; keypoints of skeletons that are not built in keep their names.

    Example:
        >>> marker_of("left_foot_index"), marker_of("mid_hip"), marker_of("tail")
        ('LBigToe', 'Hip', 'tail')
    """
    return _markers().get(keypoint, keypoint)


def keypoint_of(marker: str) -> str:
    """The keypoint of a marker.

    Example:
        >>> keypoint_of("RHeel"), keypoint_of("C7")
        ('right_heel', 'C7')
    """
    return _keypoints().get(marker, marker)


@cache
def _markers() -> dict[str, str]:
    named = {}
    for keypoint in {name for skeleton in SKELETONS.values() for name in skeleton.keypoints}:
        side, _, rest = keypoint.partition("_")
        part = rest if side in ("left", "right") else keypoint
        text = _WORDS.get(part) or "".join(word.capitalize() for word in part.split("_"))
        named[keypoint] = (side[0].upper() if part is rest else "") + text
    return named


@cache
def _keypoints() -> dict[str, str]:
    return {marker: keypoint for keypoint, marker in _markers().items()}
