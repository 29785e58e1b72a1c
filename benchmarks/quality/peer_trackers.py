"""ByteTrack, OC-SORT and BoT-SORT of PyPI `trackers`, each tuned to its best IDF1 on a clip.

They get detections of every frame, and BoT-SORT the camera's motion, which its own estimator reads
from the images. Thresholds are tuned on the very clip they are scored on, which favours them: one
setting at a time over the values of `GRIDS`, from the package's defaults and from thresholds that
suit a small detector, again and again until no value gives a better IDF1.

The package would bring a second OpenCV along, so it is installed without what it depends on:

    pip install --no-deps --group peers
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from material import Clip, People
from scoring import LEAST_IOU, Figures, score

from lighttrack.evaluation import identity, sequence_of_boxes
from lighttrack.structures import Detections
from lighttrack.tracking import Detector

CACHE = Path(tempfile.gettempdir()) / "lighttrack-benchmarks" / "quality"
"""Where detections and settings are kept by default."""

Setting = Mapping[str, float]

_SHARED: Mapping[str, Sequence[float]] = {
    "high_conf_det_threshold": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    "lost_track_buffer": (15, 30, 60, 90, 150),  # in frames at 30 a second: 0.5 to 5 seconds
    "minimum_consecutive_frames": (1, 2, 3, 5),
}
_IOU: Sequence[float] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)

GRIDS: Mapping[str, Mapping[str, Sequence[float]]] = {
    "ByteTrack": {
        "track_activation_threshold": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        "minimum_iou_threshold": _IOU,
        **_SHARED,
    },
    "OC-SORT": {
        "minimum_iou_threshold": _IOU,
        "direction_consistency_weight": (0.0, 0.1, 0.2, 0.4),
        "delta_t": (1, 2, 3),
        **_SHARED,
    },
    "BoT-SORT": {
        "track_activation_threshold": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        "minimum_iou_threshold_first_assoc": _IOU,
        "minimum_iou_threshold_second_assoc": _IOU,
        "minimum_iou_threshold_unconfirmed_assoc": _IOU,
        "enable_cmc": (False, True),
        **_SHARED,
    },
}

STARTS: Sequence[Setting] = (
    {},
    {"high_conf_det_threshold": 0.4, "track_activation_threshold": 0.5, "lost_track_buffer": 60},
)
"""Where tuning begins: the package's defaults, and what suits a small detector."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a peer is given of a clip."""

    fps: float
    detections: Sequence[Detections]
    motions: Sequence[np.ndarray]
    """`(2, 3)` for each frame: where a point of the frame before is now."""


class _KnownMotion:
    """The camera's motion estimated beforehand: it depends on the images only."""

    def __init__(self, motions: Sequence[np.ndarray]) -> None:
        self.frame = -1
        self._motions = motions

    def estimate(self, frame: object, boxes: object = None) -> np.ndarray:
        return self._motions[self.frame]

    def reset(self) -> None:
        self.frame = -1


def measure(clip: Clip, key: str, detector: Detector, cache: Path) -> dict[str, Figures]:
    """Every peer at its best on a clip.

    Args:
        clip: images and truth.
        key: what the files of the clip are called in the cache.
        detector: called for every frame.
        cache: folder that keeps detections and the settings found, so that only the first run of a
            clip takes minutes.
    """
    seen = look_at(clip, detector, cache / f"{key}.npz")
    settings = _tuned(clip, seen, cache / f"{key}-{_digest(seen)}.json")
    return {
        name: score(clip.truth, follow(name, setting, seen), 1.0)
        for name, setting in settings.items()
    }


def look_at(clip: Clip, detector: Detector, cache: Path) -> Seen:
    """Detections and motion of the camera in every frame."""
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        _write(cache, *_look(clip, detector))
    with np.load(cache) as stored:
        found = np.split(stored["found"], np.cumsum(stored["counts"])[:-1])
        motions = list(stored["motions"])
    return Seen(clip.fps, [Detections(part[:, :4], part[:, 4]) for part in found], motions)


def _look(clip: Clip, detector: Detector) -> tuple[list[Detections], list[np.ndarray]]:
    from trackers import CMC

    estimator = CMC()
    detections, motions = [], []
    for frame in clip.frames():
        detections.append(detector(frame.image))
        motions.append(estimator.estimate(np.ascontiguousarray(frame.image[:, :, ::-1])))
    return detections, motions


def _write(path: Path, detections: Sequence[Detections], motions: Sequence[np.ndarray]) -> None:
    found = [np.column_stack([each.boxes, each.scores]) for each in detections]
    counts = [len(each) for each in detections]
    np.savez(path, found=np.concatenate(found), counts=counts, motions=np.stack(motions))


def _digest(seen: Seen) -> str:
    """Settings found for other detections or over other values are not used again."""
    content = hashlib.sha256(json.dumps([GRIDS, STARTS]).encode())
    for each in seen.detections:
        content.update(each.boxes.tobytes() + each.scores.tobytes())
    return content.hexdigest()[:8]


def _tuned(clip: Clip, seen: Seen, cache: Path) -> dict[str, Setting]:
    if not cache.exists():
        settings = {name: tune(name, clip.truth, seen) for name in GRIDS}
        cache.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    found: dict[str, Setting] = json.loads(cache.read_text(encoding="utf-8"))
    return found


def follow(name: str, setting: Setting, seen: Seen) -> People:
    """What a peer gives for each frame; whom it has given no identity is not among them."""
    import supervision

    tracker = _built(name, setting, seen.fps)
    motion = _KnownMotion(seen.motions)
    options: dict[str, Any] = {}
    if name == "BoT-SORT" and tracker.enable_cmc:
        tracker.cmc = motion
        options["frame"] = np.zeros((1, 1, 3), np.uint8)
    people = []
    for index, detections in enumerate(seen.detections):
        motion.frame = index
        given = supervision.Detections(xyxy=detections.boxes, confidence=detections.scores)
        result = tracker.update(given, **options)
        named = result.tracker_id >= 0
        people.append((result.tracker_id[named], result.xyxy[named].astype(float)))
    return people


def _built(name: str, setting: Setting, fps: float) -> Any:
    import trackers

    kinds = {
        "ByteTrack": trackers.ByteTrackTracker,
        "OC-SORT": trackers.OCSORTTracker,
        "BoT-SORT": trackers.BoTSORTTracker,
    }
    return kinds[name](frame_rate=fps, **setting)


def idf1(truth: People, seen: People) -> float:
    """The figure that peers are tuned to."""
    sequence = sequence_of_boxes(truth, seen)
    partial = identity.evaluate(sequence, threshold=LEAST_IOU)
    return float(identity.summarize(partial)["idf1"])


def tune(name: str, truth: People, seen: Seen) -> dict[str, float]:
    """The setting with the best IDF1 that is found from any of `STARTS`."""
    known: dict[tuple[tuple[str, float], ...], float] = {}

    def rating(setting: Setting) -> float:
        key = tuple(sorted(setting.items()))
        if key not in known:
            known[key] = idf1(truth, follow(name, setting, seen))
        return known[key]

    grid = GRIDS[name]
    ends = [
        _climb({key: value for key, value in start.items() if key in grid}, grid, rating)
        for start in STARTS
    ]
    return max(ends, key=rating)


def _climb(
    setting: dict[str, float],
    grid: Mapping[str, Sequence[float]],
    rating: Callable[[Setting], float],
) -> dict[str, float]:
    """Change one setting at a time while that makes it better."""
    while True:
        before = rating(setting)
        for key, values in grid.items():
            best = max(({**setting, key: value} for value in values), key=rating)
            if rating(best) > rating(setting):
                setting = best
        if rating(setting) <= before:
            return setting
