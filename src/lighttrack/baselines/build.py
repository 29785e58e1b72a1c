"""Baselines by name."""

from collections.abc import Callable, Mapping
from functools import partial

from lighttrack.baselines.base import Baseline
from lighttrack.baselines.detect_and_track import DetectAndTrack
from lighttrack.baselines.flowtrack import FlowTrack
from lighttrack.baselines.peers import PeerTracker
from lighttrack.baselines.poseflow import PoseFlow

BASELINES: Mapping[str, Callable[[], Baseline]] = {
    "poseflow": PoseFlow,
    "flowtrack": FlowTrack,
    "detect-and-track": DetectAndTrack,
    "oc-sort": partial(PeerTracker, "oc-sort"),
    "bot-sort": partial(PeerTracker, "bot-sort"),
}
"""What makes each, by the name that plans of experiments give it."""


def build_baseline(name: str) -> Baseline:
    """A baseline with its default settings.

    Raises:
        ValueError: if there is none of that name.
        ImportError: if the package of a peer is not installed.

    Example:
        >>> type(build_baseline("detect-and-track")).__name__
        'DetectAndTrack'
    """
    if name not in BASELINES:
        raise ValueError(f"baseline must be one of {', '.join(BASELINES)}, got {name!r}")
    return BASELINES[name]()
