"""Presets: detectors and pose estimators that go well together."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A detector and a pose estimator by their names in the catalog."""

    detector: str
    estimator: str
    description: str


PRESETS: Mapping[str, Preset] = {
    "embedded": Preset(
        "blazepose",
        "blazepose-full",
        "needs nothing but the package index; for a few people of good size",
    ),
    "fast": Preset("rtmdet-nano-person", "tinypose-128x96", "many people in real time on a laptop"),
    "balanced": Preset("rtmdet-nano-person", "tinypose-256x192", "finer keypoints, half the speed"),
    "accurate": Preset("rtmdet-nano-person", "rtmpose-m", "the finest keypoints, and the slowest"),
}
"""By name; the first is the default."""
