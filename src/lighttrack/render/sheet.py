"""A contact sheet: some images of a video on one page."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path

import cv2
import numpy as np

from lighttrack.render.canvas import encode_png
from lighttrack.structures import Image

_GAP = 6
_PAPER = 24


def contact_sheet(images: Sequence[Image], *, columns: int = 3, width: int = 1800) -> Image:
    """Images of one size, row by row, shrunk so that the page is `width` pixels wide.

    Raises:
        ValueError: without images, or if their sizes differ.

    Example:
        >>> contact_sheet([np.zeros((90, 160, 3), np.uint8)] * 4, columns=2, width=326).shape
        (192, 326, 3)
    """
    sizes = {image.shape for image in images}
    if len(sizes) != 1:
        raise ValueError(f"a contact sheet needs images of one size, got {sorted(sizes)}")
    height_in, width_in, _ = images[0].shape
    columns = min(columns, len(images))
    cell_width = (width - _GAP * (columns + 1)) // columns
    cell_height = max(round(height_in * cell_width / width_in), 1)
    rows = ceil(len(images) / columns)
    page = np.full(
        (rows * (cell_height + _GAP) + _GAP, columns * (cell_width + _GAP) + _GAP, 3),
        _PAPER,
        np.uint8,
    )
    for place, image in enumerate(images):
        top = _GAP + (place // columns) * (cell_height + _GAP)
        left = _GAP + (place % columns) * (cell_width + _GAP)
        cell = page[top : top + cell_height, left : left + cell_width]
        cell[:] = cv2.resize(image, (cell_width, cell_height), interpolation=cv2.INTER_AREA)
    return page


def write_png(path: Path, image: Image) -> None:
    """Store `image` `(H, W, 3)` RGB as a PNG file."""
    path.write_bytes(encode_png(image))
