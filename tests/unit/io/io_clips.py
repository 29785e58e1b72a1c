"""Small videos made on the spot, each with a story: every frame tells its number."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def picture(number: int, width: int = 64, height: int = 48) -> np.ndarray:
    """White top left, red top right, blue bottom left; bottom right its number in eight bars."""
    image = np.zeros((height, width, 3), np.uint8)
    rows, columns = height // 2, width // 2
    image[:rows, :columns] = 255
    image[:rows, columns:, 0] = 200
    image[rows:, :columns, 2] = 200
    for bit, bar in enumerate(np.array_split(np.arange(columns, width), 8)):
        image[rows:, bar] = 255 * (number >> bit & 1)
    return image


def number_of(image: np.ndarray) -> int:
    """The number that a (compressed) picture of `picture` tells."""
    height, width = image.shape[:2]
    bars = np.array_split(np.arange(width // 2, width), 8)
    seen = [image[height * 5 // 8 : height * 7 // 8, bar].mean() > 127 for bar in bars]
    return sum(1 << bit for bit, is_set in enumerate(seen) if is_set)


def corners(image: np.ndarray) -> list[str]:
    """What is seen top left, top right, bottom left, bottom right."""
    height, width = image.shape[:2]

    def name(row: int, column: int) -> str:
        pixel = image[row * height // 4, column * width // 4].astype(int)
        if pixel.min() > 200:
            return "white"
        if pixel[0] > pixel[2] + 80:
            return "red"
        if pixel[2] > pixel[0] + 80:
            return "blue"
        return "number"

    return [name(row, column) for row in (1, 3) for column in (1, 3)]


def encode(
    path: Path,
    frames: int = 50,
    *,
    size: tuple[int, int] = (64, 48),
    codec: str = "libx264",
    pixels: str = "yuv420p",
    stamps: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    noise: bool = False,
) -> Path:
    """Write a video at 25 frames per second, or with the given timestamps in milliseconds."""
    random = np.random.default_rng(0)
    with av.open(str(path), "w", options=container or {}) as file:
        stream = file.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        stream.codec_context.gop_size = 10
        unit = Fraction(1, 25 if stamps is None else 1000)
        stream.codec_context.time_base = unit
        for number in range(frames):
            image = picture(number, *size)
            if noise:  # so that a frame has many bytes to be damaged
                image[: size[1] // 2] = random.integers(0, 255, image[: size[1] // 2].shape)
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts = number if stamps is None else stamps[number]
            frame.time_base = unit
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path
