"""What viewers of a live page keep: recordings as the usual files, and snapshots."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from lighttrack.pipeline.loading import Loaded
from lighttrack.pipeline.measure import Counts
from lighttrack.pipeline.outputs import Outputs, paths_of
from lighttrack.pipeline.provenance import summary_of
from lighttrack.pipeline.request import Request
from lighttrack.render.canvas import encode_png
from lighttrack.render.draw import draw
from lighttrack.structures import Frame, TrackedFrame, VideoInfo
from lighttrack.view.session import LiveSession


class Recorder:
    """Writes what viewers ask for: recordings as the usual files, and snapshots."""

    def __init__(
        self,
        request: Request,
        info: VideoInfo,
        loaded: Loaded,
        session: LiveSession,
        tell: Callable[[str], None],
    ) -> None:
        self._request, self._info, self._loaded = request, info, loaded
        self._session, self._tell = session, tell
        self._recording: _Recording | None = None
        self._newest: tuple[Frame, TrackedFrame] | None = None
        self._ended = False
        self.written: list[Path] = []

    def take(self, frame: Frame, tracked: TrackedFrame) -> None:
        """Take note of a frame; errors of the disk end the recording and are said."""
        self._newest = frame, tracked
        self.look()
        with self._told_errors():
            if self._session.wishes.recording and self._recording is None:
                self._start()
            if self._recording is not None:
                self._recording.write(frame, tracked)

    def look(self) -> None:
        """Do what was asked for without a further frame, as when the video is paused or over."""
        wishes = self._session.wishes
        with self._told_errors():
            if wishes.snapshots and self._newest is not None:
                wishes.snapshots -= 1
                self._snapshot(*self._newest)
            if not wishes.recording:
                self.stop()
            elif self._ended:
                wishes.recording = False
                self._tell("the video has ended: there is nothing to record")

    def end(self) -> None:
        """No further frame will come."""
        self._ended = True
        self.stop()

    @contextmanager
    def _told_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._session.wishes.recording = False
            self._recording = None
            self._tell(f"not written: {error}")

    def _start(self) -> None:
        folder = self._folder()
        stem = _free(folder, f"{self._info.name}.recording", ".summary.json", ".tracks.jsonl")
        self._recording = _Recording(folder, stem, self._request, self._info, self._loaded)
        self._tell(f"recording {stem}")

    def stop(self) -> None:
        """End the recording, if there is one."""
        if self._recording is None:
            return
        recording, self._recording = self._recording, None
        self._session.wishes.recording = False
        paths = recording.close(self._session.wishes.names)
        self.written += paths
        self._tell(f"recorded {', '.join(path.name for path in paths)}")

    def _folder(self) -> Path:
        folder = self._request.output or Path()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _snapshot(self, frame: Frame, tracked: TrackedFrame) -> None:
        folder = self._folder()
        path = folder / (_free(folder, f"{self._info.name}.snapshot", ".png") + ".png")
        threshold = float(self._loaded.origin.keypoint_threshold)
        path.write_bytes(encode_png(draw(frame.image, tracked, keypoint_threshold=threshold)))
        self.written.append(path)
        self._tell(f"wrote {path.name}")

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Recording:
    """The files of one recording, in which frames count from 0 at second 0 as in every file."""

    def __init__(
        self, folder: Path, stem: str, request: Request, info: VideoInfo, loaded: Loaded
    ) -> None:
        self._folder, self._loaded, self._source = folder, loaded, info.source
        # Its frames are not the source's: a loop, or a part, without those that were dropped.
        self._info = replace(info, name=stem, source="", frame_count=None)
        self._paths = paths_of(folder, stem, request.write)
        self._before, self._began = deepcopy(loaded.meter), time.perf_counter()
        self._counts = Counts()
        self._first = 0.0
        provenance = {**loaded.origin.provenance(), "recorded_from": info.source}
        self._outputs = Outputs(
            self._paths, self._info, loaded.skeleton, provenance, loaded.meter
        ).__enter__()

    def write(self, frame: Frame, tracked: TrackedFrame) -> None:
        """Append a frame."""
        if not self._counts.frames:
            self._first = frame.time
        index, at = self._counts.frames, frame.time - self._first
        moved = replace(tracked, index=index, time=at)
        self._outputs.write((Frame(index, at, frame.image), moved))
        self._counts.add(moved)

    def close(self, names: dict[int, str]) -> list[Path]:
        """Finish the files; returns them."""
        self._outputs.__exit__(None, None, None)
        if "jsonl" in self._paths:
            write_names(self._paths["jsonl"], names)
        summary = summary_of(
            self._source,
            self._loaded.origin,
            self._counts,
            self._loaded.meter.since(self._before),
            frames_before=0,
            seconds=time.perf_counter() - self._began,
            loading_seconds=self._loaded.seconds,
            problem=None,
        )
        path = self._folder / f"{self._info.name}.summary.json"
        path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        return [*self._paths.values(), path]


def _free(folder: Path, start: str, *suffixes: str) -> str:
    """A name with a number, of which no file is there."""
    number = 1
    while any((folder / f"{start}-{number}{suffix}").exists() for suffix in suffixes):
        number += 1
    return f"{start}-{number}"


def write_names(path: Path, names: dict[int, str]) -> None:
    """Put names of ids into the header of JSON lines.

    Raises:
        OSError: if the file cannot be written again.
    """
    if not names:
        return
    part = path.with_name(path.name + ".part")
    try:
        with open(path, "rb") as source, open(part, "wb") as target:
            header: dict[str, Any] = json.loads(source.readline())
            header["names"] = {str(key): name for key, name in sorted(names.items())}
            target.write(json.dumps(header, separators=(",", ":")).encode() + b"\n")
            while block := source.read(1 << 20):
                target.write(block)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
