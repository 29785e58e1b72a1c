"""What is known of a job: a small JSON file beside its result, written last and at once."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias, get_args

from lighttrack._version import __version__
from lighttrack.pipeline.batch.storage import is_store, state_in_store
from lighttrack.pipeline.request import Request
from lighttrack.video.images import images_in

Status: TypeAlias = Literal["running", "done", "failed", "retry"]
"""`running`: begun, and not ended; `failed`: for good, as the source cannot be read; `retry`: worth
another try."""

SUFFIX = ".job.json"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What decides whether a result is still that of its source and its options."""

    size: int | None
    """Bytes of the source, of all its images together; None if it cannot be known."""

    modified: float | None
    """Seconds since 1970 at which the source was last changed."""

    options: str
    """Hash of the options and of all files they name, own networks included."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What is known of a job."""

    status: Status
    source: str
    fingerprint: Fingerprint
    error: str | None = None
    outputs: tuple[str, ...] = ()
    """Names of the files that belong to the job."""

    networks: Mapping[str, str] = field(default_factory=dict)
    """Files of networks with their hashes."""

    figures: Mapping[str, Any] = field(default_factory=dict)
    """Of the run: frames, people, ids, seconds, fps, problem."""

    attempts: int = 1
    version: str = __version__

    def to_json(self) -> bytes:
        """The marker as the bytes of its file."""
        return (json.dumps(asdict(self), indent=2) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self | None:
        """The marker of a file; None if it is none, as after a power cut."""
        try:
            values = json.loads(data)
            values["fingerprint"] = Fingerprint(**values["fingerprint"])
            values["outputs"] = tuple(values["outputs"])
            known = {each.name for each in fields(cls)}
            marker = cls(**{key: value for key, value in values.items() if key in known})
        except (ValueError, KeyError, TypeError):
            return None
        return marker if marker.status in get_args(Status) else None


def fingerprint(source: str, request: Request, tracker_for: Callable[..., Any]) -> Fingerprint:
    """What a result of a source depends on.

    Args:
        source: a path or an address.
        request: how it is tracked and what is written; its own source and output do not count,
            nor do threads.
        tracker_for: gives the tracker; its name counts.
    """
    size, modified = _state_of(source)
    values = _options(request)
    values["tracker_for"] = f"{tracker_for.__module__}.{tracker_for.__qualname__}"
    text = json.dumps(values, sort_keys=True, default=repr)
    return Fingerprint(size, modified, hashlib.sha256(text.encode()).hexdigest())


def size_of(source: str) -> int:
    """Bytes of a source, 0 where that cannot be known."""
    return _state_of(source)[0] or 0


def _state_of(source: str) -> tuple[int | None, float | None]:
    if is_store(source):
        return state_in_store(source)
    path = Path(source)
    try:
        files = images_in(path) if path.is_dir() else [path]
        states = [file.stat() for file in files]
    except (OSError, ValueError):
        return None, None  # an address, or a file that is not there
    if not states:
        return None, None
    return sum(each.st_size for each in states), max(each.st_mtime for each in states)


def _options(request: Request) -> dict[str, Any]:
    left_out = ("source", "output", "threads", "resume", "overwrite", "command")
    loaded = ("tracker", "load_with", "config")
    values = {
        each.name: _plain(getattr(request, each.name))
        for each in fields(request)
        if each.name not in (*left_out, *loaded)
    }
    values["tracker"] = request.configuration.as_dict()
    return values


def _plain(value: Any) -> Any:
    """A value as JSON; for the path of a file, also what the file holds."""
    if not isinstance(value, str | os.PathLike):
        return value
    text = os.fspath(value)
    path = Path(text)
    files = [file for file in (path, path.with_suffix(".toml")) if file.is_file()]
    return [text, *(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)]
