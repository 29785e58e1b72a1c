"""Continuing an interrupted run so that its result equals that of an uninterrupted one.

Beside the JSON lines a run keeps the tracker's state in `NAME.state.npz`: every few seconds, and at
the end of an interrupted run. It is saved after the frame that it belongs to is on disk, so the
JSON lines hold at least the frames up to it; what they hold beyond it is cut off and tracked again.
"""

import json
import logging
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lighttrack.formats import read_tracks
from lighttrack.refinement import SmootherState
from lighttrack.structures import TrackedVideo
from lighttrack.tracking import TrackerState

JSONL = "jsonl"

_EVERY = 5.0
"""Seconds between two states that are saved."""

_FREE = ("end", "threads")
"""Settings that may change from one run to its continuation."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a run is after a frame, as arrays."""

    index: int
    """Of the frame."""

    time: float
    """Of the frame, in seconds."""

    tracker: Mapping[str, NDArray[Any]]
    """`TrackerState.to_arrays`."""

    smoother: Mapping[str, NDArray[Any]]
    """Fields of the `SmootherState`; empty without a smoother."""

    @classmethod
    def of(cls, index: int, state: TrackerState, smoothing: SmootherState | None) -> Self:
        """The moment after a frame was tracked, and perhaps smoothed."""
        smoother = {} if smoothing is None else _arrays_of(smoothing)
        time = 0.0 if state.time is None else state.time
        return cls(index, time, state.to_arrays(), smoother)

    def smoothing(self) -> SmootherState | None:
        """The smoother's state; None if there was no smoother."""
        return SmootherState(**self.smoother) if self.smoother else None

    def write(self, path: Path) -> None:
        """Store it, replacing the file at once and whole.

        Raises:
            OSError: if it cannot be written.
        """
        arrays: dict[str, Any] = {
            "index": np.array(self.index, np.int64),
            "time": np.array(self.time, np.float64),
            **{f"tracker/{name}": array for name, array in self.tracker.items()},
            **{f"smoother/{name}": array for name, array in self.smoother.items()},
        }
        part = path.with_name(path.name + ".part")
        try:
            with open(part, "wb") as file:
                np.savez(file, **arrays)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    @classmethod
    def read(cls, path: Path) -> Self:
        """What `write` stored.

        Raises:
            OSError: if the file is not there, or cannot be read.
            ValueError: if it is no state of a run.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = dict(stored)
            return cls(
                int(arrays["index"]),
                float(arrays["time"]),
                _below("tracker/", arrays),
                _below("smoother/", arrays),
            )
        except (KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is no state of a run: {error}") from error


def _arrays_of(state: SmootherState) -> dict[str, NDArray[Any]]:
    return {part.name: getattr(state, part.name) for part in fields(state)}


def _below(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


class Checkpoint:
    """Saves where a run is beside its result.

    Args:
        path: the file; None: nothing is saved.
        every: seconds between two saves.
    """

    def __init__(self, path: Path | None, *, every: float = _EVERY) -> None:
        self._path, self._every = path, every
        self._saved_at = perf_counter()
        self._latest: tuple[int, TrackerState, SmootherState | None] | None = None

    def passed(self, index: int, state: TrackerState, smoothing: SmootherState | None) -> None:
        """Take note that a frame is on disk; saves now and then."""
        self._latest = (index, state, smoothing)
        if perf_counter() - self._saved_at >= self._every:
            self.save()

    def save(self, *, quietly: bool = False) -> None:
        """Save where the run is now; a failure is logged, for the result matters more.

        With `quietly` it is logged as a detail: where something worse is said already.
        """
        self._saved_at = perf_counter()
        if self._path is None or self._latest is None:
            return
        try:
            Moment.of(*self._latest).write(self._path)
        except OSError as error:
            level = logging.DEBUG if quietly else logging.WARNING
            _log.log(level, "%s: cannot save the state of the run: %s", self._path, error)

    def remove(self) -> None:
        """Leave no state: the result is complete, or begins again."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run has left."""

    result: TrackedVideo
    moment: Moment | None
    """From where it can be continued."""

    missing: str
    """Why there is no such moment, in a sentence; empty if there is one."""

    complete: bool
    """Whether it tracked all that it was asked for."""


def state_path(paths: Mapping[str, Path], name: str) -> Path | None:
    """Where a run keeps its state: beside its JSON lines, if it writes any."""
    return paths[JSONL].with_name(f"{name}.state.npz") if JSONL in paths else None


def earlier_run(paths: Mapping[str, Path], name: str, end: float | None) -> Earlier | None:
    """What there is to continue; None if nothing has been stored.

    Args:
        paths: where the run writes.
        name: of the video.
        end: second at which this run is to end.

    Raises:
        ValueError: if this run would not write the format that can be continued.
    """
    state = state_path(paths, name)
    if state is None:
        raise ValueError("resume continues JSON lines: name jsonl in write")
    stored = paths[JSONL]
    if not stored.exists() or not stored.stat().st_size:
        return None
    result = read_tracks(stored)
    moment, missing = _moment(state, result)
    summary = paths[JSONL].with_name(f"{name}.summary.json")
    return Earlier(result, moment, missing, _is_complete(summary, result, end))


def _moment(path: Path, result: TrackedVideo) -> tuple[Moment | None, str]:
    """The saved state; or none, and why."""
    if not path.exists():
        return None, f"{path} is missing"
    try:
        moment = Moment.read(path)
    except (OSError, ValueError) as error:
        return None, f"{path} cannot be read ({error})"
    if all(frame.index != moment.index for frame in result.frames):
        return None, f"{path} is of frame {moment.index}, which the result does not hold"
    return moment, ""


def _is_complete(summary: Path, result: TrackedVideo, end: float | None) -> bool:
    try:
        told = json.loads(summary.read_text(encoding="utf-8"))
        ended = told["config"]["end"]
        return bool(
            told["problem"] is None and told["frames"] == len(result.frames) and ended == end
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def keep_earlier(paths: Mapping[str, Path], name: str) -> Path | None:
    """Move JSON lines that cannot be continued out of the way; where they are now.

    None if they hold no frame.
    """
    stored = paths[JSONL]
    with open(stored, "rb") as file:
        if not file.readline() or not file.readline():
            return None
    numbers = ("", *(f".{number}" for number in range(2, 1000)))
    for number in numbers:
        kept = stored.with_name(f"{name}.earlier{number}.tracks.jsonl")
        if not kept.exists():
            return stored.rename(kept)
    return None


def cut_back(path: Path, last: int) -> None:
    """Cut off what JSON lines hold beyond the frame `last`, a half-written line included."""
    with open(path, "rb+") as file:
        file.readline()
        end = file.tell()
        while line := file.readline():
            try:
                if json.loads(line)["frame"] > last:
                    break
            except (ValueError, KeyError):
                break
            end = file.tell()
        file.truncate(end)


def require_same_settings(then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to continue what was made with other networks or settings.

    Args:
        then: provenance of the stored result.
        now: provenance of this run.

    Raises:
        ValueError: naming the first setting that differs.
    """
    before, wanted = _settings(then), _settings(now)
    for name, value in wanted.items():
        if before.get(name) != value:
            raise ValueError(
                f"the stored result was made with {name} {before.get(name)!r}, and this run has "
                f"{value!r}: use the same settings, or track it again without resume"
            )


def _settings(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name, those of the tracker as `group.name`."""
    # As JSON gives them back: a tuple is a list there.
    settings: dict[str, Any] = json.loads(json.dumps(provenance.get("config", {})))
    settings.update(_flat(settings.pop("tracker", {}) or {}))
    settings["networks"] = dict(provenance.get("networks", {}))
    return {name: value for name, value in settings.items() if name not in _FREE}


def _flat(groups: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{group}.{name}": value
        for group, values in groups.items()
        for name, value in values.items()
    }
