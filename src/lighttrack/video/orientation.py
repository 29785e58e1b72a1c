"""The orientation of images: display matrices of videos, EXIF orientation of photographs."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.buffer import Buffer
from av.video.frame import VideoFrame

from lighttrack.structures import Image


@dataclass(frozen=True, slots=True)
class Orientation:
    """How stored pixels are to be turned: swap the axes first, then mirror."""

    swap_axes: bool = False
    """Rows become columns."""

    mirror_x: bool = False
    """Left becomes right, after the axes were swapped."""

    mirror_y: bool = False
    """Top becomes bottom, after the axes were swapped."""

    def then(self, other: "Orientation") -> "Orientation":
        """What this orientation and then another amount to.

        Example:
            >>> rotated(90).then(rotated(270))
            Orientation(swap_axes=False, mirror_x=False, mirror_y=False)
        """
        x, y = self.mirror_x, self.mirror_y
        if other.swap_axes:
            x, y = y, x
        return Orientation(
            self.swap_axes != other.swap_axes, x != other.mirror_x, y != other.mirror_y
        )

    def filters(self) -> list[tuple[str, str]]:
        """FFmpeg's filters, and their arguments, that turn an image this way."""
        if self.swap_axes:
            # FFmpeg names its transpositions by the turn that they amount to.
            turns = {
                (False, False): "cclock_flip",
                (True, False): "clock",
                (False, True): "cclock",
                (True, True): "clock_flip",
            }
            return [("transpose", turns[self.mirror_x, self.mirror_y])]
        # vflip only makes FFmpeg read the rows backwards; the filter after it writes them again.
        upside_down = [("vflip", ""), *([] if self.mirror_x else [("copy", "")])]
        return upside_down * self.mirror_y + [("hflip", "")] * self.mirror_x


def of_frame(frame: VideoFrame) -> Orientation:
    """The orientation that a decoded frame's display matrix asks for."""
    try:
        matrix = cast(Mapping[str, Buffer], frame.side_data).get("DISPLAYMATRIX")
    except ValueError:  # PyAV does not know every kind of side data that FFmpeg attaches
        return _of_angle(frame.rotation)
    return Orientation() if matrix is None else of_matrix(*struct.unpack_from("=5i", matrix))


def of_matrix(a: int, b: int, _u: int, c: int, d: int) -> Orientation:
    """The nearest orientation to a display matrix: x' = a x + c y, y' = b x + d y.

    Example:
        >>> of_matrix(0, 65536, 0, -65536, 0)  # a phone held upright
        Orientation(swap_axes=True, mirror_x=True, mirror_y=False)
    """
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(mirror_x=a < 0, mirror_y=d < 0)
    return Orientation(swap_axes=True, mirror_x=c < 0, mirror_y=b < 0)


def rotated(degrees: int) -> Orientation:
    """The orientation that turns an image clockwise by 0, 90, 180 or 270 degrees.

    Raises:
        ValueError: for any other angle.
    """
    if degrees not in (0, 90, 180, 270):
        raise ValueError(f"rotate must be 0, 90, 180 or 270 degrees, got {degrees}")
    return _of_angle(360 - degrees)


def _of_angle(degrees: int) -> Orientation:
    """The orientation that turns an image counterclockwise by `degrees`."""
    turns = {
        90: Orientation(swap_axes=True, mirror_y=True),
        180: Orientation(mirror_x=True, mirror_y=True),
        270: Orientation(swap_axes=True, mirror_x=True),
    }
    return turns.get(round(degrees / 90) * 90 % 360, Orientation())


# Values 1 to 8 of the tag, EXIF 2.32 section 4.6.4: where the stored row 0 and column 0 are seen.
_EXIF = {
    2: Orientation(mirror_x=True),
    3: Orientation(mirror_x=True, mirror_y=True),
    4: Orientation(mirror_y=True),
    5: Orientation(swap_axes=True),
    6: Orientation(swap_axes=True, mirror_x=True),
    7: Orientation(swap_axes=True, mirror_x=True, mirror_y=True),
    8: Orientation(swap_axes=True, mirror_y=True),
}
_TAG = 0x0112


def of_file(data: bytes) -> Orientation:
    """The orientation that the EXIF block of a JPEG, PNG, WebP or TIFF file asks for.

    Decoders differ in what they report (some drop it, some do not report mirroring), so it is read
    from the file. A malformed block counts as upright.
    """
    for block in _exif_blocks(data):
        try:
            return _EXIF.get(_orientation_tag(block), Orientation())
        except struct.error:
            continue
    return Orientation()


def _exif_blocks(data: bytes) -> Iterator[bytes]:
    if data[:2] == b"\xff\xd8":
        yield from _jpeg_exif(data)
    elif data[:8] == b"\x89PNG\r\n\x1a\n":
        yield from (body for kind, body in _chunks(data, 8, ">I4s", 4) if kind == b"eXIf")
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        for kind, body in _chunks(data, 12, "<4sI", 0):
            if kind == b"EXIF":
                yield body.removeprefix(b"Exif\0\0")
    elif data[:4] in (b"II*\0", b"MM\0*"):
        yield data


def _jpeg_exif(data: bytes) -> Iterator[bytes]:
    """EXIF blocks among the segments before the image itself (ITU-T T.81, annex B)."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        marker, length = struct.unpack_from(">xBH", data, place)
        body = data[place + 4 : place + 2 + length]
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            yield body[6:]
        place += 2 + length


def _chunks(data: bytes, place: int, head: str, tail: int) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each chunk of a PNG (length first) or RIFF file (kind first)."""
    while place + 8 <= len(data):
        first, second = struct.unpack_from(head, data, place)
        kind, length = (second, first) if isinstance(first, int) else (first, second)
        yield kind, data[place + 8 : place + 8 + length]
        # RIFF pads its chunks to an even length, PNG appends a checksum.
        place += 8 + length + (tail if tail else length % 2)


def _orientation_tag(tiff: bytes) -> int:
    """The orientation in the first directory of a TIFF structure, 1 (upright) if not stated."""
    order = "<" if tiff[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(order + "I", tiff, 4)
    (entries,) = struct.unpack_from(order + "H", tiff, directory)
    for entry in range(entries):
        tag, _kind, _count, value = struct.unpack_from(
            order + "HHIH", tiff, directory + 2 + 12 * entry
        )
        if tag == _TAG:
            return int(value)
    return 1


def turned_by(turn: Orientation, image: Image) -> Image:
    """An image turned as an orientation says."""
    if turn.swap_axes:
        image = image.swapaxes(0, 1)
    if turn.mirror_x:
        image = image[:, ::-1]
    if turn.mirror_y:
        image = image[::-1]
    return np.ascontiguousarray(image)


class Turner:
    """Turns decoded frames the right way up, in whatever pixel format they are."""

    def __init__(self, orientation: Orientation) -> None:
        self._filters = orientation.filters()
        self._graph: av.filter.Graph | None = None
        self._layout: tuple[int, int, str] | None = None

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        """The frame, turned; the frame itself if it is upright."""
        if not self._filters:
            return frame
        layout = (frame.width, frame.height, frame.format.name)
        if self._graph is None or layout != self._layout:
            self._graph, self._layout = self._build(frame), layout
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _build(self, frame: VideoFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        source = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            # A graph needs a unit of time; the times themselves are read before turning.
            time_base=frame.time_base or Fraction(1, 1000),
        )
        turns = [graph.add(name, arguments) for name, arguments in self._filters]
        graph.link_nodes(source, *turns, graph.add("buffersink"))
        graph.configure()
        return graph
