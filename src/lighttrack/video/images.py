"""Frames from images: PNG, JPEG, BMP, WebP or TIFF files, in natural order of their names."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext

from lighttrack.structures import Frame, Image, VideoInfo
from lighttrack.video import orientation
from lighttrack.video.decode import ImageConverter
from lighttrack.video.errors import VideoError
from lighttrack.video.orientation import Orientation, rotated, turned_by
from lighttrack.video.pages import first_page, pages_of
from lighttrack.video.reader import Cut, VideoReader, beyond_the_end, require_size

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})
"""Lower-case suffixes of files that count as images."""


def images_in(folder: Path) -> list[Path]:
    """The images of a folder in natural order (`9.png` before `10.png`); hidden files are not."""
    return natural_order(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def natural_order(paths: Iterator[Path]) -> list[Path]:
    """Paths in natural order: numbers by value, the rest by letters."""
    return sorted(paths, key=lambda path: [_natural(part) for part in path.parts])


def _natural(text: str) -> tuple[list[tuple[int, str]], str]:
    pieces = re.split(r"(\d+)", text)
    # Text and digits alternate, so like is compared with like.
    key = [(int(p), "") if i % 2 else (0, p.casefold()) for i, p in enumerate(pieces)]
    return key, text


class ImageReader(VideoReader):
    """Reads images as frames of a video. An unreadable one leaves a gap in numbers and times.

    Args:
        paths: at least one image, in order.
        fps: frames per second.
        name: name of the video.
        source: the name that the user gave.
        cut: the wanted part.
        rotate: degrees clockwise by which the images are turned.

    Raises:
        VideoError: if no image can be read.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        fps: float,
        name: str,
        source: str,
        cut: Cut,
        rotate: int = 0,
    ) -> None:
        self._paths, self._fps, self._cut = paths, fps, cut
        self._decoder = ImageDecoder(rotate)
        image = self._first_readable(source)
        count = len(paths)
        self.info = VideoInfo(
            name=name,
            width=image.shape[1],
            height=image.shape[0],
            fps=fps,
            frame_count=cut.frames(count, count / fps, fps),
            source=source,
        )

    def _first_readable(self, source: str) -> Image:
        reason: VideoError | None = None
        for path in self._paths:
            try:
                return self._decoder.read(path)
            except VideoError as error:
                reason = reason or error
        raise VideoError(f"no image of {source} can be read: {reason}") from reason

    def _frames(self) -> Iterator[Frame]:
        unreadable, longer = [], []
        given = 0
        for index, path in enumerate(self._paths):
            time = index / self._fps
            if time < self._cut.start:
                continue
            if time >= self._cut.end:
                break
            try:
                image = self._decoder.read(path)
            except VideoError:
                unreadable.append(path.name)
                continue
            require_size(self.info, image.shape[1], image.shape[0], f"image {path.name}")
            given += 1
            if (pages := pages_of(path)) is not None and len(pages.numbers) > 1:
                longer.append((path.name, len(pages.numbers)))
            yield Frame(index, time, image)
        found = (self._broken(unreadable, given), _first_of(longer))
        self.problem = "; ".join(filter(None, found)) or None
        if not given and not unreadable:
            last = (len(self._paths) - 1) / self._fps
            raise beyond_the_end(self.info.source, self._cut.start, last)

    def _broken(self, unreadable: Sequence[str], given: int) -> str:
        if not unreadable:
            return ""
        return (
            f"images of {self.info.source} that could not be read: {len(unreadable)} "
            f"({', '.join(unreadable[:3])}{', ...' if len(unreadable) > 3 else ''}); "
            f"frames read: {given}"
        )

    def close(self) -> None:
        """Nothing is kept open."""


def _first_of(longer: Sequence[tuple[str, int]]) -> str:
    if not longer:
        return ""
    name, count = longer[0]
    more = f", and of {len(longer) - 1} more files likewise" if len(longer) > 1 else ""
    return f"of {name} only the first of {count} pages is read, as it is one image of several{more}"


class ImageDecoder:
    """Decodes images, upright; the first bytes of a file say what kind it is, not its name.

    Args:
        rotate: degrees clockwise by which images are turned, after what they say of themselves.
    """

    def __init__(self, rotate: int = 0) -> None:
        self._rotate = rotated(rotate)
        self._converters: dict[Orientation, ImageConverter] = {}

    def read(self, path: Path) -> Image:
        """The image as an array `(H, W, 3)`.

        Raises:
            VideoError: if the file holds no image of a known kind.
            OSError: if the file cannot be read at all.
        """
        data = path.read_bytes()
        kind = _kind(data)
        if kind == "bigtiff":
            return turned_by(self._rotate, first_page(path))
        if kind is None:
            allowed = "PNG, JPEG, BMP, WebP or TIFF"
            what = "empty" if not data else f"not an image ({allowed})"
            raise VideoError(f"{path.name} is {what}")
        codec = cast(VideoCodecContext, av.CodecContext.create(kind, "r"))
        codec.thread_type = "SLICE"
        try:
            frames = codec.decode(Packet(data)) or codec.decode(None)
        except av.FFmpegError as error:
            if kind == "webp":  # animated: FFmpeg decodes still ones only
                return turned_by(self._rotate, first_page(path))
            raise VideoError(f"{path.name} cannot be decoded: {error.strerror}") from error
        if not frames:
            raise VideoError(f"{path.name} holds no image")
        turned = orientation.of_file(data).then(self._rotate)
        convert = self._converters.setdefault(turned, ImageConverter(turned))
        return convert(frames[0])


def _kind(data: bytes) -> str | None:
    """FFmpeg's name of the decoder for a file that begins so."""
    if data[:4] == b"RIFF":
        return "webp" if data[8:12] == b"WEBP" else None
    beginnings = {
        b"\xff\xd8\xff": "mjpeg",
        b"\x89PNG\r\n\x1a\n": "png",
        b"BM": "bmp",
        b"II*\0": "tiff",
        b"MM\0*": "tiff",
        b"II+\0": "bigtiff",
        b"MM\0+": "bigtiff",
    }
    for beginning, name in beginnings.items():
        if data.startswith(beginning):
            return name
    return None
