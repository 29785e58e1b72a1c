"""Antialiased strokes on an image, and images as files: the only module to draw with OpenCV."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import cv2
import numpy as np

from lighttrack.render.colors import Color
from lighttrack.structures import Floats, Image
from lighttrack.structures.types import require_shape

DARK: Color = (16, 16, 16)
LIGHT: Color = (255, 255, 255)

Point = tuple[float, float]
"""x, y in pixels."""

Limb = tuple[float, Point, Point, int]
"""Opacity (0 to 1), start, end, width in pixels."""

Joint = tuple[float, Point, float]
"""Opacity (0 to 1), centre, radius in pixels."""

_SHIFT = 4  # fractional bits of OpenCV's sub-pixel coordinates
_ONE = 1 << _SHIFT
_FAR = 20_000.0  # OpenCV's line clipping overflows far outside the image
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_OPAQUE = 0.99


class Canvas:
    """An image to draw on; every stroke has a thin dark outline, for contrast on bright footage."""

    def __init__(self, image: Image) -> None:
        """Copy `image` `(H, W, 3)`; what is drawn is in `self.image`."""
        self.image: Image = np.array(image, np.uint8, order="C")
        self.height, self.width = self.image.shape[:2]

    def limbs(self, limbs: Sequence[Limb], color: Color, rim: int) -> None:
        """Draw lines, the most opaque on top; `rim` is what the outline adds to their width."""
        solid = [limb for limb in limbs if limb[0] >= _OPAQUE]
        for opacity, start, end, width in sorted(limb for limb in limbs if limb[0] < _OPAQUE):
            with self._faded(opacity, (start, end), width + rim):
                self._line(start, end, DARK, width + rim)
                self._line(start, end, color, width)
        # All outlines first: where limbs meet, none cuts into its neighbour.
        for _, start, end, width in solid:
            self._line(start, end, DARK, width + rim)
        for _, start, end, width in solid:
            self._line(start, end, color, width)

    def joints(self, joints: Sequence[Joint], color: Color, rim: int) -> None:
        """Draw discs; `rim` is what the outline adds to their diameter."""
        for opacity, center, radius in sorted(joints):
            with self._faded(opacity, (center,), round(2 * radius + rim)):
                self._disc(center, DARK, radius + rim / 2)
                self._disc(center, color, radius)

    def box(
        self, corners: tuple[float, float, float, float], color: Color, width: int, dash: int
    ) -> None:
        """Outline a box x0, y0, x1, y1; `dash` is the length of its dashes, 0 for a solid line."""
        x0, y0, x1, y1 = (min(max(value, -_FAR), _FAR) for value in corners)
        for start, end in (
            ((x0, y0), (x1, y0)),
            ((x1, y0), (x1, y1)),
            ((x1, y1), (x0, y1)),
            ((x0, y1), (x0, y0)),
        ):
            for first, last in _dashes(start, end, dash):
                self._line(first, last, color, width)

    def text_width(self, text: str, height: int) -> int:
        """Pixels that `text` takes when its digits are `height` pixels tall."""
        return int(cv2.getTextSize(text, _FONT, _font_scale(height), _weight(height))[0][0])

    def pill(
        self, text: str, left: float, top: float, height: int, color: Color, opacity: float
    ) -> None:
        """Write `text`, its digits `height` pixels tall, in a rounded field of `color`.

        The field is `pill_size` large and its corner lies at `left`, `top`.
        """
        width, tall = self.pill_size(text, height)
        middle = top + tall / 2
        start, end = (left + tall / 2, middle), (left + width - tall / 2, middle)
        with self._faded(opacity, (start, end), tall):
            self._line(start, end, DARK, tall)
            self._line(start, end, color, tall - 2 * max(1, height // 12))
            origin = (
                round(left + (width - self.text_width(text, height)) / 2),
                round(middle + height / 2),
            )
            scale, weight = _font_scale(height), _weight(height)
            cv2.putText(self.image, text, origin, _FONT, scale, DARK, weight, cv2.LINE_AA)

    def pill_size(self, text: str, height: int) -> tuple[int, int]:
        """Width and height in pixels of the field that `pill` draws."""
        tall = round(height * 1.7)
        return max(self.text_width(text, height) + round(height * 1.1), tall), tall

    def path(self, points: Floats, color: Color, width: int, *, closed: bool = False) -> None:
        """Draw a line through points `(N, 2)`, without an outline."""
        if len(points):
            fixed = np.clip(np.asarray(points, np.float64), -_FAR, _FAR) * _ONE
            corners = [np.round(fixed).astype(np.int32)[:, None]]
            cv2.polylines(self.image, corners, closed, color, width, cv2.LINE_AA, _SHIFT)

    def write(
        self, text: str, origin: Point, height: int, color: Color, *, right: bool = False
    ) -> None:
        """Write `text`, its digits `height` pixels tall, from its lower left (or `right`) end."""
        x = origin[0] - (self.text_width(text, height) if right else 0)
        scale, weight = _font_scale(height), _weight(height)
        place = (round(x), round(origin[1]))
        cv2.putText(self.image, text, place, _FONT, scale, color, weight, cv2.LINE_AA)

    def _line(self, start: Point, end: Point, color: Color, width: int) -> None:
        cv2.line(self.image, _fixed(start), _fixed(end), color, width, cv2.LINE_AA, _SHIFT)

    def _disc(self, center: Point, color: Color, radius: float) -> None:
        fixed = round(radius * _ONE)
        cv2.circle(self.image, _fixed(center), fixed, color, cv2.FILLED, cv2.LINE_AA, _SHIFT)

    @contextmanager
    def _faded(self, opacity: float, points: Sequence[Point], width: int) -> Iterator[None]:
        """What is drawn within, around `points` and `width` wide, shows with `opacity`."""
        if opacity >= _OPAQUE:
            yield
            return
        margin = width // 2 + 2
        left, top = (int(min(point[axis] for point in points)) - margin for axis in (0, 1))
        right, bottom = (int(max(point[axis] for point in points)) + margin for axis in (0, 1))
        part = self.image[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        before = part.copy()
        yield
        if part.size:
            cv2.addWeighted(part, opacity, before, 1 - opacity, 0, dst=part)


def encode_png(image: Image) -> bytes:
    """The bytes of a PNG file of `image` `(H, W, 3)` RGB, which keeps every pixel.

    Example:
        >>> encode_png(np.zeros((9, 16, 3), np.uint8))[1:4]
        b'PNG'
    """
    return _encoded(".png", image, [])


def encode_jpeg(image: Image, *, quality: int = 80) -> bytes:
    """The bytes of a JPEG file of `image` `(H, W, 3)` RGB; `quality` is 1 (small) to 100.

    Raises:
        ValueError: if the quality lies outside its bounds.

    Example:
        >>> encode_jpeg(np.zeros((9, 16, 3), np.uint8))[:2].hex()
        'ffd8'
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality must be 1 to 100, got {quality}")
    return _encoded(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])


def _encoded(suffix: str, image: Image, options: Sequence[int]) -> bytes:
    """The file that OpenCV makes; it takes BGR."""
    require_shape("image", image, ("H", "W", 3))
    try:
        _, encoded = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    except cv2.error as error:
        raise ValueError(
            f"image of shape {image.shape} cannot be encoded as {suffix}: {error.err}"
        ) from error
    return encoded.tobytes()


def _fixed(point: Point) -> tuple[int, int]:
    x, y = point
    return round(min(max(x, -_FAR), _FAR) * _ONE), round(min(max(y, -_FAR), _FAR) * _ONE)


@cache
def _digit_height() -> float:
    """Pixels that a digit is tall at scale 1: measured, for OpenCV's fonts differ by version."""
    scale = 4
    digit = np.zeros((200, 200), np.uint8)
    cv2.putText(digit, "0", (20, 180), _FONT, scale, 255, 1, cv2.LINE_AA)
    return float(np.count_nonzero(digit.max(axis=1) > 127)) / scale


def _font_scale(height: int) -> float:
    return height / _digit_height()


def _weight(height: int) -> int:
    return max(1, round(height / 8))


def _dashes(start: Point, end: Point, dash: int) -> Iterator[tuple[Point, Point]]:
    if dash <= 0:
        yield start, end
        return
    a, b = np.asarray(start), np.asarray(end)
    length = float(np.abs(b - a).sum())
    count = max(1, round(length / (2 * dash)))
    for i in range(count):
        first, last = a + (b - a) * (i / count), a + (b - a) * ((i + 0.5) / count)
        yield (float(first[0]), float(first[1])), (float(last[0]), float(last[1]))
