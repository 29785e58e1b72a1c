"""Presets: networks that go well together, and how often the detector is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Preset:
    """Networks by their names in the catalog."""

    detector: str
    estimator: str
    description: str
    appearance: str | None = None
    """A re-identification network."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Settings of the tracker that differ from its default, by group."""

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of all its networks."""
        return (self.detector, self.estimator, *filter(None, (self.appearance,)))


_APPEARANCE = "reid-retail-0288"

_OFTEN: Mapping[str, Mapping[str, Any]] = {"keyframes": {"interval": 5, "min_gap": 0.8}}
"""A detector call costs no more than two or three poses, and finds people not yet followed; so
it is made every fifth frame, and never at more than one frame in four."""

PRESETS: Mapping[str, Preset] = {
    "embedded": Preset(
        "blazepose",
        "blazepose-full",
        "needs nothing but the package index; for a few people of good size",
    ),
    "fast": Preset(
        "rtmdet-nano-person",
        "tinypose-128x96",
        "many people in real time on a laptop",
        _APPEARANCE,
        _OFTEN,
    ),
    "balanced": Preset(
        "rtmdet-nano-person",
        "tinypose-256x192",
        "finer keypoints, half the speed",
        _APPEARANCE,
        _OFTEN,
    ),
    "accurate": Preset(
        "rtmdet-nano-person",
        "rtmpose-m",
        "the finest keypoints, and the slowest",
        _APPEARANCE,
        _OFTEN,
    ),
}
"""By name; the first is the default."""
