"""What a result says about its origin, and what a run came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from lighttrack._version import __version__
from lighttrack.assembly import appearance_of, networks_of
from lighttrack.pipeline.fingerprint import MEMBER
from lighttrack.pipeline.measure import Counts, Meter, peak_memory_mb
from lighttrack.pipeline.target import each_target
from lighttrack.tracking import PoseTracker
from lighttrack.video.open import without_secrets

if TYPE_CHECKING:
    from lighttrack.pipeline.request import Request


@dataclass(frozen=True, slots=True)
class Origin:
    """Everything that decides what the result of a run is."""

    settings: Mapping[str, Any]
    """Options by name; those of the tracker are one member, `tracker`."""

    networks: Mapping[str, str]
    """Files of networks with their hashes."""

    keypoint_threshold: float
    """The score from which the estimator is confident of a keypoint."""

    command: tuple[str, ...] = field(default=())

    first_frames: str | None = None
    """Hash of the first frames, if the source can be opened again."""

    def provenance(self) -> dict[str, Any]:
        """What the head of a file of tracks holds."""
        seen = {} if self.first_frames is None else {MEMBER: self.first_frames}
        return {
            "program": "lighttrack",
            "version": __version__,
            "command": list(self.command),
            "config": dict(self.settings),
            "networks": dict(self.networks),
            "keypoint_threshold": self.keypoint_threshold,
            **seen,
        }


def origin_of(
    request: "Request",
    tracker: PoseTracker,
    *,
    skeleton: str,
    smooth: Mapping[str, float] | None,
) -> Origin:
    """What decides the result of a request.

    Args:
        request: what was asked for.
        tracker: what it led to, its networks loaded.
        skeleton: name of the keypoints that are written.
        smooth: settings of the smoother, if there is one.
    """
    detector, pose = _networks_named(request)
    parts = (tracker.detector, tracker.estimator, tracker.appearance, tracker.matcher)
    return Origin(
        settings={
            "preset": None if detector and pose else request.preset,
            "detector": _detections(request) or detector or networks_of(request.preset)[0],
            "pose": pose or networks_of(request.preset)[1],
            "matcher": _name(tracker.matcher if request.tracker else request.matcher),
            "appearance": _appearance(request, tracker),
            "target": _targets(request),
            "skeleton": skeleton,
            "start": request.start,
            "end": request.end,
            "threads": request.threads,
            "stream": request.stream,
            "rotate": request.rotate or None,
            "region": None if request.region is None else str(request.region),
            "smooth": None if smooth is None else dict(smooth),
            "tracker": tracker.config.as_dict(),
        },
        networks={name: digest for part in parts for name, digest in _files(part).items()},
        keypoint_threshold=float(tracker.estimator.keypoint_threshold),
        command=tuple(without_secrets(word) for word in request.command),
    )


def _networks_named(request: "Request") -> tuple[str | None, str | None]:
    """Names of the detector and the estimator where they are not the preset's."""
    if request.tracker is not None:
        return _name(request.tracker.detector), _name(request.tracker.estimator)
    return _name(request.detector), _name(request.pose)


def _appearance(request: "Request", tracker: PoseTracker) -> str | None:
    """Name of the appearance network; None without one."""
    if tracker.appearance is None:
        return None
    if request.tracker is not None:
        return _name(tracker.appearance)
    return _name(request.appearance) or appearance_of(request.preset, tracker.config)


def _name(part: object) -> str | None:
    """A name or path as it was given; of an object, that of its type."""
    if part is None:
        return None
    return fspath(part) if isinstance(part, str | PathLike) else type(part).__qualname__


def _files(part: object) -> Mapping[str, str]:
    """Files and hashes of a part of the tracker; whatever needs no file has none."""
    return dict(getattr(part, "networks", {}))


def summary_of(
    source: str,
    origin: Origin,
    counts: Counts,
    meter: Meter,
    *,
    frames_before: int,
    seconds: float,
    loading_seconds: float,
    problem: str | None,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """What a run came to; docs/command-line.md explains the keys.

    Args:
        source: what was read.
        origin: what decided the result.
        counts: of all frames, those of an earlier run included.
        meter: of this run.
        frames_before: frames of an earlier run.
        seconds: that this run took, loading left out.
        loading_seconds: until the networks were ready.
        problem: a sentence on what went wrong, if anything did.
        notes: the messages about the source.
    """
    return {
        "source": source,
        "frames": counts.frames,
        "frames_before": frames_before,
        "seconds": round(seconds, 3),
        "loading_seconds": round(loading_seconds, 3),
        "total_seconds": round(seconds + loading_seconds, 3),
        "fps": round((counts.frames - frames_before) / seconds, 2),
        "people": counts.people,
        "ids": len(counts.ids),
        "keyframes": counts.keyframes,
        "least_sure": [moment.as_dict() for moment in counts.unsure.least_sure()],
        "detector_calls": meter.calls["detect"],
        "pose_calls": meter.calls["pose"],
        "people_posed": meter.posed,
        "people_per_frame": round(counts.people / counts.frames, 2) if counts.frames else None,
        **meter.per_person(),
        "stage_seconds": {name: round(value, 3) for name, value in meter.seconds.items()},
        "peak_memory_mb": peak_memory_mb(),
        "problem": problem,
        "notes": list(notes),
        "networks": dict(origin.networks),
        "config": dict(origin.settings),
        "version": __version__,
    }


def _targets(request: "Request") -> str | list[str] | None:
    names = [str(each) for each in each_target(request.target)]
    if len(names) > 1:
        return names
    return names[0] if names else None


def _detections(request: "Request") -> str | None:
    """The file of known boxes, if they take the detector's place."""
    given = request.detections
    if given is None:
        return None
    return "known detections" if isinstance(given, Mapping) else fspath(given)
