"""Small grey images for the estimate of the camera's motion, and measures of their tiles.

Everything here is cheap compared to a network: the larger of the two images has some
320 x 180 pixels.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lighttrack.models.crop import check_boxes
from lighttrack.structures import Boxes, CameraMotion, Floats, Image, Mask

Grey: TypeAlias = NDArray[np.uint8]

_LONG_SIDE = 320
"""Pixels: side of the image in which corners are followed."""

TILE = 10
"""Pixels of the thumbnail, half as large: side of the tiles."""

TEXTURE = 3.0
"""Grey values a pixel: mean gradient from which a tile shows a motion."""

_CORNER = 1e-4
"""Smaller eigenvalue of a corner's structure tensor, as OpenCV scales it; less is an edge."""

_PEOPLE_MARGIN = 0.1
"""Of a person's box: margin for their own motion and for the edge."""

_SAME_TONES, _SAME_PLACES = 0.85, 0.6
"""Overlap of the histograms, and correlation of the coarse images, from which there was no cut."""


_CHANGE = 6
"""Grey values of the thumbnail: a larger difference is no noise of the camera's."""

_CHANGED_SHARE = 0.01
"""Of an area: where more pixels changed, a person may have come."""


@dataclass(frozen=True, slots=True)
class View:
    """What is kept of an image: two small grey ones."""

    grey: Grey
    """`(h, w)`: sides are multiples of two tiles."""

    thumbnail: Grey
    """`(h / 2, w / 2)`."""

    pitch: Floats
    """`(2,)`: pixels of the image per pixel of `grey`, along x and y."""

    def to_image_points(self, points: Floats) -> Floats:
        """Points `(N, 2)` of `grey` in pixels of the image; both count from pixel centres."""
        return np.asarray((points + 0.5) * self.pitch - 0.5, np.float32)

    def to_image_matrix(self, reduction: int = 1) -> Any:
        """The same as a matrix `(3, 3)`; for `grey` reduced once more."""
        pitch = self.pitch * reduction
        matrix = np.diag([*pitch, 1.0])
        matrix[:2, 2] = pitch / 2 - 0.5
        return matrix

    def between_greys(self, transform: Any) -> Any:
        """A `transform` `(2, 3)` between images as one between their `grey`s."""
        to_image = self.to_image_matrix()
        return (np.linalg.inv(to_image) @ square(transform) @ to_image)[:2]


def reduced(image: Image) -> View:
    """The view of an image `(H, W, 3)`."""
    shape = np.array(image.shape[1::-1])
    whole = 2 * TILE
    reduction = max(1.0, shape.max() / _LONG_SIDE)
    width, height = np.maximum(1, (shape / reduction / whole).round()).astype(int) * whole
    if reduction > 2:  # averaging all pixels of a large image takes long
        image = cv2.resize(image, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    pitch = (shape / [width, height]).astype(np.float32)
    return view_of(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), pitch)


def view_of(grey: Grey, pitch: Floats) -> View:
    """The view with the thumbnail of `grey`."""
    size = grey.shape[1] // 2, grey.shape[0] // 2
    thumbnail = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return View(grey, np.asarray(thumbnail, np.uint8), pitch)


def background_of(view: View, people: Boxes) -> Grey:
    """255 where the thumbnail shows background, 0 where people are."""
    mask = np.full_like(view.thumbnail, 255)
    people = check_boxes(people)
    margin = (people[:, 2:] - people[:, :2]) * np.float32(_PEOPLE_MARGIN)
    corners = np.stack([people[:, :2] - margin, people[:, 2:] + margin], axis=1)
    limit = np.array(mask.shape[::-1])
    corners = np.clip(corners / (2 * view.pitch), 0, limit).round().astype(int)
    for (x0, y0), (x1, y1) in corners.tolist():
        mask[y0:y1, x0:x1] = 0
    return mask


def relit(view: View, like: View, background: Grey) -> View:
    """The view with the brightness and contrast of another one, against changes of exposure."""
    mean, spread = cv2.meanStdDev(view.thumbnail, mask=background)
    wanted, wanted_spread = cv2.meanStdDev(like.thumbnail, mask=background)
    gain = float(np.clip(wanted_spread / np.maximum(spread, 1), 0.25, 4).item())
    offset = (wanted - gain * mean).item()
    if abs(wanted - mean).item() < 1 and abs(gain - 1) < 0.02:
        return view
    grey, thumbnail = (
        np.clip(part * np.float32(gain) + np.float32(offset), 0, 255).astype(np.uint8)
        for part in (view.grey, view.thumbnail)
    )
    return replace(view, grey=grey, thumbnail=thumbnail)


def tile_means(values: Any) -> Floats:
    """Mean of each tile of an array as large as the thumbnail."""
    size = values.shape[1] // TILE, values.shape[0] // TILE
    values = np.asarray(values, np.float32)  # a mean of whole numbers would be rounded to one
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA))


def slopes(thumbnail: Grey) -> Floats:
    """Grey values a pixel, averaged over each tile and both directions."""
    across, down = (
        cv2.convertScaleAbs(cv2.Sobel(thumbnail, cv2.CV_16S, *order, ksize=1), alpha=0.5)
        for order in ((1, 0), (0, 1))
    )
    return tile_means(cv2.addWeighted(across, 0.5, down, 0.5, 0))


def corners_of(thumbnail: Grey, background: Grey, tile: int = TILE) -> Floats:
    """The best corner of each tile of the background that has one, `(N, 2)` in `View.grey`."""
    quality = cv2.cornerMinEigenVal(thumbnail, 3)
    quality[background < 255] = 0
    rows, columns = thumbnail.shape[0] // tile, thumbnail.shape[1] // tile
    tiles = quality.reshape(rows, tile, columns, tile).swapaxes(1, 2).reshape(-1, tile * tile)
    best = tiles.argmax(axis=1)
    found = np.flatnonzero(tiles.max(axis=1) > _CORNER)
    x = (found % columns) * tile + best[found] % tile
    y = (found // columns) * tile + best[found] // tile
    return np.stack([2 * x, 2 * y], axis=1).astype(np.float32) + np.float32(0.5)


def undone(now: View, transform: Any) -> tuple[View, Grey]:
    """The view with a motion of the camera undone, and 255 where its thumbnail is defined."""
    matrix, size = now.between_greys(transform), now.grey.shape[::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    back = view_of(cv2.warpAffine(now.grey, matrix, size, flags=flags), now.pitch)
    white = cv2.warpAffine(np.full_like(now.grey, 255), matrix, size, flags=flags)
    return back, view_of(white, now.pitch).thumbnail


def likeness(first: Grey, second: Grey, which: Mask) -> float:
    """Mean correlation of the tiles `which` of both thumbnails, whatever their brightness."""
    if not which.any():
        return 0.0
    a, b = first.astype(np.float32), second.astype(np.float32)
    mean_a, mean_b = tile_means(a), tile_means(b)
    common = tile_means(a * b) - mean_a * mean_b
    spread = (tile_means(a * a) - mean_a**2) * (tile_means(b * b) - mean_b**2)
    return float((common / np.sqrt(np.maximum(spread, 1.0)))[which].mean())


def rearranged(first: Grey, second: Grey) -> bool:
    """Whether both thumbnails have similar histograms and coarse layout: motion, but no cut."""
    tones = [np.bincount(part.ravel() >> 3, minlength=32) / part.size for part in (first, second)]
    if np.minimum(*tones).sum() < _SAME_TONES:
        return False
    size = first.shape[1] // 4, first.shape[0] // 4
    coarse, other = (cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (first, second))
    across, down = size[0] // 6, size[1] // 6
    middle = coarse[down : size[1] - down, across : size[0] - across]
    middle = np.ascontiguousarray(middle)
    return bool(cv2.matchTemplate(other, middle, cv2.TM_CCOEFF_NORMED).max() > _SAME_PLACES)


def details(thumbnail: Grey) -> Floats:
    """The thumbnail without its low frequencies: illumination and large smooth areas."""
    values = thumbnail.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), 4), np.float32)


def changed_areas(
    before: View, now: View, motion: CameraMotion, background: Grey, areas: Boxes
) -> Mask:
    """`(T,)`: in which `areas` `(T, 4)` of the image enough of the background changed.

    What has just come into view counts as changed.
    """
    old, covered = before, np.full_like(now.thumbnail, 255)
    slack = np.zeros_like(covered)
    if not motion.is_still:
        back = np.linalg.inv(square(motion.transform))[:2]
        old, covered = undone(before, back)
        # Half a pixel of misalignment is no change.
        slack = cv2.morphologyEx(old.thumbnail, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) // 2
    difference = cv2.absdiff(old.thumbnail, now.thumbnail)
    changed = cv2.subtract(difference, slack) > _CHANGE
    changed = (changed | (covered < 250)) & (background > 0)
    total = cv2.integral(changed.astype(np.uint8))
    limit = np.array(changed.shape[::-1])
    corners = np.clip(areas.reshape(-1, 2, 2) / (2 * now.pitch), 0, limit).round().astype(int)
    (x0, y0), (x1, y1) = corners[:, 0].T, corners[:, 1].T
    count = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    return np.asarray(count > _CHANGED_SHARE * np.maximum((x1 - x0) * (y1 - y0), 1))


def square(transform: Any) -> Any:
    """A transform `(2, 3)` as a matrix `(3, 3)`, to be multiplied with others."""
    return np.vstack([transform, [0, 0, 1]])
