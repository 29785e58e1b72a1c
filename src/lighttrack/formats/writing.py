"""What all writers of tracks share: the checks, the files, and numbers as text."""

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

from lighttrack.formats.errors import FormatError
from lighttrack.structures import Mask, Poses, Skeleton, TrackedFrame, VideoInfo
from lighttrack.structures.types import AnyArray

COORDINATE_DECIMALS = 2
"""Coordinates are written to a hundredth of a pixel."""

SCORE_DECIMALS = 4

TIME_DECIMALS = 6
"""Times are written to a microsecond."""


class TracksWriter(ABC):
    """Takes tracked frames one by one and keeps none of them.

    A context manager: left normally the file is finished; left by an error it is abandoned,
    which means that line formats keep what was written and the others leave nothing behind.

    Args:
        path: the file or folder to write; the folder around it must exist.
        info: of the video.
        skeleton: of the poses that will come.
        provenance: version, command, configuration, networks; formats without a place for it
            leave it out.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        info: VideoInfo,
        skeleton: Skeleton,
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = Path(path)
        self.info = info
        self.skeleton = skeleton
        self.provenance = dict(provenance or {})
        self.notes: list[str] = []
        """What became of this result in the file; known when closed."""
        self._last_index = -1
        self._closed = False
        with naming(self.path):
            self._begin()

    def write(self, frame: TrackedFrame) -> None:
        """Append a frame.

        Raises:
            FormatError: if the frame has another skeleton or comes out of order.
            OSError: if it cannot be written, for instance because the disk is full.
        """
        if frame.poses.skeleton != self.skeleton:
            raise FormatError(
                f"{self.path.name} holds poses of {self.skeleton.name!r}, "
                f"got {frame.poses.skeleton.name!r}"
            )
        if frame.index <= self._last_index:
            raise FormatError(
                f"frames must come in ascending order: got {frame.index} after {self._last_index}"
            )
        with naming(self.path):
            self._write(frame)
        self._last_index = frame.index

    def close(self) -> None:
        """Finish the file."""
        if not self._closed:
            self._closed = True
            with naming(self.path):
                self._finish()

    def abandon(self) -> None:
        """Stop writing without finishing the file."""
        if not self._closed:
            self._closed = True
            self._abandon()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abandon()

    @abstractmethod
    def _begin(self) -> None:
        """Open what will be written to."""

    @abstractmethod
    def _write(self, frame: TrackedFrame) -> None: ...

    @abstractmethod
    def _finish(self) -> None: ...

    @abstractmethod
    def _abandon(self) -> None: ...


class LinesWriter(TracksWriter):
    """Writes a text file line by line; what was written is on disk, whatever comes."""

    _mode = "w"

    def _begin(self) -> None:
        # A name that is no text (bytes of another encoding) is escaped, in JSON as JSON does.
        self._file = open(  # noqa: SIM115
            self.path, self._mode, encoding="utf-8", errors="backslashreplace", newline="\n"
        )

    def _finish(self) -> None:
        self._file.close()

    def _abandon(self) -> None:
        self._file.close()


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """The path of a file that takes its name only when it has been written whole."""
    part = path.with_name(f"{path.name}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the operating system name the file: a full disk does not say whose."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A text file that takes its name only when it has been written whole.

    Example:
        >>> with replacing(Path("result.json")) as file:  # doctest: +SKIP
        ...     _ = file.write("{}")
    """
    with (
        replacing_file(path) as part,
        open(part, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file,
    ):
        yield file


def to_json(value: Any) -> str:
    """Compact JSON; letters of every script stay readable.

    Raises:
        ValueError: for NaN and infinity, which JSON does not have.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def rounded(array: AnyArray, decimals: int = COORDINATE_DECIMALS) -> list[Any]:
    """Nested lists of rounded numbers, with `None` for what is not finite.

    Example:
        >>> rounded(np.array([[1.234, np.nan]], np.float32))
        [[1.23, None]]
    """
    # Rounding 32-bit floats would leave digits that appear when they are written in full.
    values = np.round(array.astype(np.float64), decimals)
    broken = ~np.isfinite(values)
    if broken.any():
        values = values.astype(object)
        values[broken] = None
    return list(values.tolist())


def triples(poses: Poses) -> AnyArray:
    """Keypoints as `(N, K, 3)` of rounded x, y, score; zeros where missing."""
    values = np.empty((*poses.scores.shape, 3), np.float64)
    values[..., :2] = np.round(poses.keypoints.astype(np.float64), COORDINATE_DECIMALS)
    values[..., 2] = np.round(np.nan_to_num(poses.scores.astype(np.float64)), SCORE_DECIMALS)
    values[~present(poses)] = 0.0
    return values


def identity_scores_of(frame: TrackedFrame) -> list[dict[str, float]]:
    """For each person the member `identity_score`, if it is known."""
    scores = rounded(frame.identity_scores, SCORE_DECIMALS)
    return [{} if score is None else {"identity_score": score} for score in scores]


def flattened(values: AnyArray) -> list[list[Any]]:
    """For each person of `(N, K, 3)` one flat list of 3 K values."""
    people, keypoints, parts = values.shape
    return list(values.reshape(people, keypoints * parts).tolist())


def present(poses: Poses) -> Mask:
    """Which keypoints `(N, K)` are not missing."""
    return np.asarray(np.isfinite(poses.keypoints).all(axis=2))
