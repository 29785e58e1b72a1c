"""Files of several images: pages of a TIFF (BigTIFF too), frames of an animated WebP.

FFmpeg's decoders give the first image of such files only, so OpenCV decodes them; which pages there
are, and how long each is shown, is read from the file's structure.
"""

import logging
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import IO

import cv2
import numpy as np

from lighttrack.structures import Frame, Image, VideoInfo
from lighttrack.video.errors import VideoError
from lighttrack.video.orientation import rotated, turned_by
from lighttrack.video.reader import Cut, VideoReader, beyond_the_end, require_size

_log = logging.getLogger(__name__)

MOST_PAGES = 1_000_000
"""A file that chains more images is taken for broken, or made to waste time."""

_MEMORY = 1 << 28
"""Bytes of decoded pages that are held at a time."""

_NEW_SUBFILE_TYPE = 254
"""TIFF's tag; its lowest bit says that a page is a smaller copy of another."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The images of a file."""

    kind: str
    """`"tiff"`, `"webp"` or `"png"`."""
    numbers: tuple[int, ...]
    """Which of them are frames: thumbnails are not."""
    durations: tuple[float, ...] = ()
    """Seconds that each is shown, where the file says so."""


def pages_of(path: Path) -> Pages | None:
    """The images of a TIFF, WebP or PNG file; None for other files and broken ones.

    Raises:
        OSError: if the file cannot be read.
    """
    with open(path, "rb") as file:
        head = file.read(16)
        try:
            if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
                return Pages("tiff", tuple(_tiff_pages(file, head)))
            if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
                durations = tuple(_webp_durations(file))
                return Pages("webp", tuple(range(len(durations) or 1)), durations)
            if head[:8] == b"\x89PNG\r\n\x1a\n":
                return Pages("png", tuple(range(_png_frames(file))))
        except struct.error:
            return None
    return None


def _tiff_pages(file: IO[bytes], head: bytes) -> Iterator[int]:
    """Numbers of the pages that are no smaller copies of others (TIFF 6.0, section 2; BigTIFF)."""
    order = "<" if head[:2] == b"II" else ">"
    big = head[2:4] in (b"+\0", b"\0+")
    place_of, count_of, entry = ("Q", "Q", "HHQ8s") if big else ("I", "H", "HHI4s")
    size = struct.calcsize("<" + entry)
    place = struct.unpack_from(order + place_of, head, 8 if big else 4)[0]
    seen: set[int] = set()
    number = 0
    while place and place not in seen and number < MOST_PAGES:
        seen.add(place)
        file.seek(place)
        (count,) = _read(file, order + count_of)
        if count > 4096:  # directories have tens of entries
            return
        reduced = False
        for _ in range(count):
            tag, _kind, _values, value = struct.unpack(order + entry, _exactly(file, size))
            if tag == _NEW_SUBFILE_TYPE:
                reduced = bool(struct.unpack_from(order + "I", value)[0] & 1)
        if not reduced:
            yield number
        number += 1
        (place,) = _read(file, order + place_of)


def _webp_durations(file: IO[bytes]) -> Iterator[float]:
    """Seconds of each frame of an animation: the chunks ANMF of the WebP container."""
    place, count = 12, 0
    while count < MOST_PAGES:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            return
        kind, size = struct.unpack("<4sI", head)
        if kind == b"ANMF":
            body = _exactly(file, 16)
            count += 1
            # Browsers show a frame of no duration for a tenth of a second.
            yield (int.from_bytes(body[12:15], "little") or 100) / 1000
        place += 8 + size + size % 2


def _png_frames(file: IO[bytes]) -> int:
    """Frames of an APNG: its chunk acTL stands before the image data; 1 of a plain PNG."""
    place = 8
    for _ in range(64):
        file.seek(place)
        size, kind = struct.unpack(">I4s", _exactly(file, 8))
        if kind == b"acTL":
            return max(int(_read(file, ">I")[0]), 1)
        if kind == b"IDAT":
            return 1
        place += 12 + size
    return 1


def _read(file: IO[bytes], layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, _exactly(file, struct.calcsize(layout)))


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise struct.error("the file ends")
    return data


def first_page(path: Path) -> Image:
    """The first image of a file, as OpenCV decodes it.

    Raises:
        VideoError: if it cannot be decoded.
    """
    images = _decode(path, 0, 1)
    if not images:
        raise VideoError(f"{path.name} cannot be decoded")
    return images[0]


def _decode(path: Path, first: int, end: int) -> list[Image]:
    """Images of a range of pages; fewer where the file is broken."""
    data = np.fromfile(path, np.uint8)
    try:
        done, images = cv2.imdecodemulti(data, cv2.IMREAD_COLOR, range=(first, end))
    except (cv2.error, TypeError) as error:
        _log.debug("%s, pages %d to %d: %s", path, first, end, error)
        return []
    return [np.ascontiguousarray(image[..., ::-1]) for image in images] if done else []


class PageReader(VideoReader):
    """Reads the pages of a file as frames of a video. An unreadable page ends it.

    Args:
        path: a TIFF or WebP file.
        pages: its images.
        fps: frames per second, where the file states no times.
        name: name of the video.
        source: the name that the user gave.
        cut: the wanted part.
        rotate: degrees clockwise by which the pages are turned.

    Raises:
        VideoError: if no page can be read.
    """

    def __init__(
        self,
        path: Path,
        pages: Pages,
        *,
        fps: float,
        name: str,
        source: str,
        cut: Cut,
        rotate: int = 0,
    ) -> None:
        self._path, self._pages, self._cut = path, pages, cut
        self._turn = rotated(rotate)
        first = turned_by(self._turn, first_page(path))
        self._step = max(1, min(64, _MEMORY // max(first.nbytes, 1)))
        count = len(pages.numbers)
        ends = list(accumulate(pages.durations)) or [(i + 1) / fps for i in range(count)]
        self._times = [0.0, *ends[:-1]]
        length = ends[-1]
        rate = count / length if pages.durations else fps
        self.info = VideoInfo(
            name=name,
            width=first.shape[1],
            height=first.shape[0],
            fps=rate,
            frame_count=cut.frames(count, length, rate),
            source=source,
        )

    def _frames(self) -> Iterator[Frame]:
        given = 0
        wanted = [i for i, t in enumerate(self._times) if self._cut.start <= t < self._cut.end]
        if not wanted:
            raise beyond_the_end(self.info.source, self._cut.start, self._times[-1])
        for index, page in self._decoded(wanted):
            image = turned_by(self._turn, page)
            require_size(self.info, image.shape[1], image.shape[0], f"page {index + 1}")
            yield Frame(index, self._times[index], image)
            given += 1
        if given < len(wanted):
            self.problem = (
                f"{self.info.source} is broken: of its {len(self._times)} pages, "
                f"number {wanted[given] + 1} cannot be read; frames read: {given}"
            )

    def _decoded(self, wanted: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Frames by their numbers, decoded some pages at a time."""
        numbers = self._pages.numbers
        for begin in range(0, len(wanted), self._step):
            part = wanted[begin : begin + self._step]
            first = numbers[part[0]]
            images = _decode(self._path, first, numbers[part[-1]] + 1)
            for index in part:
                if numbers[index] - first >= len(images):
                    return
                yield index, images[numbers[index] - first]

    def close(self) -> None:
        """Nothing is kept open."""
