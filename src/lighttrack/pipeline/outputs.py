"""The files of a run: which they are, what keeps them from being written, writing them."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lighttrack.formats import FORMATS, write_tracks
from lighttrack.formats.writing import TracksWriter
from lighttrack.pipeline.measure import Meter
from lighttrack.pipeline.parts import PartedVideo
from lighttrack.render.draw import draw
from lighttrack.structures import Frame, Skeleton, TrackedFrame, TrackedVideo, VideoInfo

_log = logging.getLogger(__name__)

VIDEO = "video"
KINDS = (next(iter(FORMATS)), VIDEO, *list(FORMATS)[1:])
"""Everything that `--write` can name."""


def kinds_named(given: str | Sequence[str]) -> tuple[str, ...]:
    """What a list such as `"jsonl,video"` or `["jsonl", "video"]` names.

    Raises:
        ValueError: naming what exists, if something in it does not.
    """
    text = given if isinstance(given, str) else ",".join(given)
    kinds = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        what = f"unknown: {', '.join(unknown)}" if unknown else "nothing named"
        raise ValueError(f"write {text!r}: {what}; choose among {','.join(KINDS)}")
    return kinds


def paths_of(folder: Path, stem: str, kinds: Sequence[str]) -> dict[str, Path]:
    """Where each kind of output of a video goes."""
    return {
        kind: folder / (stem + (".mp4" if kind == VIDEO else FORMATS[kind].suffix))
        for kind in kinds
    }


def spare_the_source(source: str, paths: Mapping[str, Path]) -> None:
    """Refuse to write over the video that is being read.

    Raises:
        ValueError: naming the file that would be overwritten.
    """
    original = Path(source)
    for path in paths.values():
        if original.exists() and path.exists() and original.samefile(path):
            raise ValueError(f"{path} is the source itself: choose another output")


class Outputs:
    """Writes frames to every file that was asked for, as they come."""

    def __init__(
        self,
        paths: Mapping[str, Path],
        info: VideoInfo,
        skeleton: Skeleton,
        provenance: Mapping[str, Any],
        meter: Meter,
        opened: Sequence[TracksWriter] = (),
        say: Callable[[str], None] | None = None,
    ) -> None:
        """Open the files; writers that are `opened` already are written to, but not closed.

        `say` is told where the drawn video goes on in a further file.

        Raises:
            OSError: if one cannot be written.
        """
        self._meter = meter
        self._threshold = float(provenance["keypoint_threshold"])
        self._stack = ExitStack()
        self.video: PartedVideo | None = None
        self._writers: list[TracksWriter] = list(opened)
        with ExitStack() as stack:
            for kind, path in paths.items():
                if kind == VIDEO:
                    self.video = stack.enter_context(
                        PartedVideo(
                            path,
                            width=info.width,
                            height=info.height,
                            fps=info.fps,
                            say=say,
                            sound_of=info.source,
                        )
                    )
                else:
                    writer = FORMATS[kind].open(path, info, skeleton, provenance)
                    self._writers.append(stack.enter_context(writer))
            self._stack = stack.pop_all()

    def write(self, pair: tuple[Frame, TrackedFrame]) -> None:
        """Append a frame to every file."""
        frame, tracked = pair
        with self._meter.stage("write"):
            for writer in self._writers:
                writer.write(tracked)
        if self.video is not None:
            with self._meter.stage("render"):
                image = draw(frame.image, tracked, keypoint_threshold=self._threshold)
                self.video.write(image, frame.time)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Also after an error the files are finished: what was computed is worth keeping.
        try:
            with self._meter.stage("write"):
                self._stack.close()
            for writer in self._writers:
                for note in writer.notes:
                    _log.warning("%s: %s", writer.path, note)
            if self.video is not None and self.video.problem:
                _log.warning("%s", self.video.problem)
        except OSError:
            if error is None:
                raise


def rebuild(paths: Mapping[str, Path], result: TrackedVideo) -> None:
    """Write a stored result again in other formats."""
    for kind, path in paths.items():
        write_tracks(result, path, kind)
