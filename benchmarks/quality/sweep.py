"""Runs of trackers with changed settings over clips, for `leave_one_out.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from cached import CachedAppearance, CachedCamera, CachedDetector, CachedEstimator, NetworkCache
from cameras import VARIATIONS
from material import Clip, People
from scoring import Figures, score

from lighttrack.assembly import build_camera, build_estimator, build_matcher, preset_config
from lighttrack.models import assets, build_appearance, build_detector
from lighttrack.models.contract import build
from lighttrack.models.presets import PRESETS
from lighttrack.structures import Frame, TrackedFrame
from lighttrack.tracking import Detector, PoseTracker, TrackerConfig

NETWORKS: Mapping[str, Any] = {"detector": "rtmdet-nano-person", "pose": "tinypose-256x192"}

Settings = Mapping[str, Mapping[str, Any]]
"""Changed settings by group; the group `networks` has `detector`, `detector_size`, `pose` and
`appearance`."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A run of a clip that should come to the same, and differs by chance."""

    name: str
    start: int = 0
    """Frames left out at the beginning."""
    variation: str = "original"
    interval: int = 0
    """Frames by which the key-frame interval is longer."""

    @classmethod
    def named(cls, name: str) -> "Seed":
        """The seed of a name: a variation, `start N`, `interval +1` or `interval -1`."""
        kind, _, number = name.partition(" ")
        if kind in ("start", "interval"):
            return cls(name, **{kind: int(number)})
        if name not in VARIATIONS:
            known = ", ".join([*VARIATIONS, "start N", "interval +N"])
            raise ValueError(f"unknown seed {name!r}; known: {known}")
        return cls(name, variation=name)

    def of(self, clip: Clip) -> Clip:
        """The clip as this seed has it."""
        varied, first = VARIATIONS[self.variation](clip), self.start
        return replace(
            varied,
            times=varied.times[first:],
            truth=varied.truth[first:],
            image=lambda index: varied.image(index + first),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """What a tracker gave for a clip."""

    frames: Sequence[TrackedFrame]
    detector_share: float

    @property
    def people(self) -> People:
        """Ids and boxes of each frame."""
        return [(frame.ids, frame.boxes.astype(float)) for frame in self.frames]

    def score(self, truth: People) -> Figures:
        """Its figures."""
        return score(truth, self.people, self.detector_share)


class Sweep:
    """Trackers that share the answers of their networks.

    Args:
        folder: where answers and decoded images are kept; None: nowhere.
        preset: whose networks and settings are changed; None: the networks of `balanced` but
            appearance, and the default settings.
    """

    def __init__(self, folder: Path | None, preset: str | None = None) -> None:
        self._folder = folder
        self._networks, self._config = NETWORKS, TrackerConfig()
        if preset is not None:
            chosen = PRESETS[preset]
            self._config = preset_config(preset)
            self._networks = {
                "detector": chosen.detector,
                "pose": chosen.estimator,
                "appearance": chosen.appearance,
            }
        self._built: dict[tuple[Any, ...], Any] = {}
        self._cache, self._open = NetworkCache(None), ""

    def run(self, clip: Clip, seed: Seed, settings: Settings) -> Run:
        """Track a clip as a seed has it, with changed settings."""
        self._turn_to(f"{clip.name}-{seed.variation.replace(' ', '-')}")
        networks = {**self._networks, **settings.get("networks", {})}
        changes = {name: values for name, values in settings.items() if name != "networks"}
        config = self._config.changed(changes)
        interval = max(config.keyframes.interval + seed.interval, 1)
        config = config.changed({"keyframes": {"interval": interval}})
        tracker, detector = self._tracker(networks, config)
        varied = seed.of(clip)
        state, frames = tracker.start(), []
        for index, time in enumerate(varied.times):
            self._cache.frame = index + seed.start
            image = np.ascontiguousarray(varied.image(index))
            state, tracked = tracker.step(state, Frame(index, time, image))
            frames.append(tracked)
        return Run(frames, detector.calls / len(varied))

    def save(self) -> None:
        """Keep what the networks answered for the last clip."""
        self._cache.save()

    def _turn_to(self, name: str) -> None:
        if name != self._open:
            self._cache.save()
            path = None if self._folder is None else self._folder / f"{name}.pkl"
            self._cache, self._open = NetworkCache(path), name

    def _tracker(
        self, networks: Mapping[str, Any], config: TrackerConfig
    ) -> tuple[PoseTracker, CachedDetector]:
        cache = self._cache
        size = networks.get("detector_size")
        name = str(networks["detector"])
        inner = self._once("detector", name, size)
        detector = CachedDetector(inner, f"{name} {size}" if size else name, cache)
        pose, looks = str(networks["pose"]), networks.get("appearance")
        tracker = PoseTracker(
            detector,
            CachedEstimator(self._once("pose", pose), pose, cache),
            matcher=self._once("matcher", "sgcn"),
            camera=CachedCamera(self._once("camera", ""), cache),
            appearance=looks and CachedAppearance(self._once("appearance", looks), looks, cache),
            config=config,
        )
        return tracker, detector

    def _once(self, kind: str, name: str, size: int | None = None) -> Any:
        key = (kind, name, size)
        if key not in self._built:
            self._built[key] = _build(kind, name, size)
        return self._built[key]


def _build(kind: str, name: str, size: int | None) -> Any:
    if kind == "detector":
        return _detector(name, size)
    if kind == "pose":
        return build_estimator(name, threads=1)
    if kind == "appearance":
        return build_appearance(name, threads=1)
    return build_camera() if kind == "camera" else build_matcher(name)


def _detector(name: str, size: int | None) -> Detector:
    """The detector of that name, with an input of another size if one is given."""
    if size is None:
        return build_detector(name, threads=1)
    found = assets.locate(name)
    contract = {**found.contract, "input_size": size}
    built: Detector = build(contract, found.paths, role="detector", origin=name, threads=1)
    return built
