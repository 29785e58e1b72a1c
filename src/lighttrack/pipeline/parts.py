"""A drawn video whose images may change size: a second file begins where they do."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from lighttrack.structures import Image
from lighttrack.video import VideoWriter


class PartedVideo:
    """Writes images to `NAME.mp4`; images of another size go on in `NAME.2.mp4`, and so on.

    Args:
        path: the first file.
        width: of its images, in pixels.
        height: of its images, in pixels.
        fps: average frames per second.
        say: called with a message for each further file.
        sound_of: the file that the images are made from, whose sound is copied.

    Raises:
        OSError: if a file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        fps: float,
        say: Callable[[str], None] | None = None,
        sound_of: str | None = None,
    ) -> None:
        self._sound_of = sound_of
        self._path, self._fps, self._say = path, fps, say
        self.paths = [path]
        """The files, in order."""
        self._size = (width, height)
        self._writer = self._open(path)

    def _open(self, path: Path) -> VideoWriter:
        width, height = self._size
        return VideoWriter(path, width=width, height=height, fps=self._fps, sound_of=self._sound_of)

    @property
    def problem(self) -> str | None:
        """What is not in the last file as it should be, known when it is closed."""
        return self._writer.problem

    def write(self, image: Image, time: float) -> None:
        """Append an image; `time` in seconds, later than that of the one before."""
        size = (image.shape[1], image.shape[0])
        if size != self._size:
            self._writer.close()
            self._size = size
            self.paths.append(part_path(self._path, len(self.paths) + 1))
            self._writer = self._open(self.paths[-1])
            if self._say is not None:
                self._say(f"images are {size[0]}x{size[1]} from {time:.2f} s on: {self.paths[-1]}")
        self._writer.write(image, time)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()


def part_path(path: Path, number: int) -> Path:
    """The file of the n-th size, from 2.

    Example:
        >>> part_path(Path("out/match.mp4"), 2).name
        'match.2.mp4'
    """
    return path.with_name(f"{path.stem}.{number}{path.suffix}")
