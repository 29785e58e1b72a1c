"""How the camera moved between two frames, read from the background.

Corners outside the people are followed from one small grey picture to the next by pyramidal
Lucas-Kanade flow, and a similarity is fitted that most of them must agree on. A still camera is
recognised before that, at a fraction of the cost. Jumps too large for the flow are found by phase
correlation. What is not agreed on by most is believed only if the pictures, laid over one another,
look alike.
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
"""Pixels: side of the picture in which corners are followed."""

_TILE = 10
"""Pixels of the thumbnail, half as large: side of the tiles that have a vote each."""

_TEXTURE = 3.0
"""Grey values a pixel: mean slope from which a tile shows whether it moved."""

_FEWEST = 8
"""Corners or tiles that must agree; fewer are no evidence."""

_TILE_AT_REST = 0.085
"""Pixels of the thumbnail: a tile that moved less, by its brightness, did not move."""

_TOLERANCE = 0.7
"""Pixels of the small picture: corners nearer to where a motion takes them agree on it."""

_MAJORITY = 0.6
"""Share of the corners that is believed without another look; half of it, if few stay at rest."""

_MINORITY = 0.1
"""Share of the corners that must agree on a motion that the pictures, too, speak for."""

_ALIKE = 0.5
"""Correlation of pictures of one place, laid over one another; other places have less."""

_SAME_TONES, _SAME_PLACES = 0.85, 0.6
"""Overlap of the histograms, and correlation of what is coarse, from which there was no cut."""

_ZOOMS = 1.6 ** (np.arange(-5, 6) / 5)
"""Tried where the camera jumped."""

_NOISE = 0.1
"""Pixels of the small picture: smaller motions are noise, which would add up to a drift."""

_FLOW: dict[str, Any] = {"winSize": (11, 11), "maxLevel": 3, "criteria": (3, 10, 0.03)}

_PEOPLE_MARGIN = 0.1
"""Of a person's box: so far they may have moved, and their edge is no background."""


@dataclass(frozen=True, slots=True)
class View:
    """What is kept of a picture: two small grey ones."""

    grey: Grey
    """`(h, w)`: sides are multiples of two tiles."""

    thumbnail: Grey
    """`(h / 2, w / 2)`."""

    pitch: Floats
    """`(2,)`: pixels of the picture per pixel of `grey`, along x and y."""

    def to_picture(self, points: Floats) -> Floats:
        """Points `(N, 2)` of `grey` in pixels of the picture; both count from pixel centres."""
        return np.asarray((points + 0.5) * self.pitch - 0.5, np.float32)

    def to_picture_matrix(self, reduction: int = 1) -> Any:
        """The same as a matrix `(3, 3)`; for `grey` reduced once more."""
        pitch = self.pitch * reduction
        matrix = np.diag([*pitch, 1.0])
        matrix[:2, 2] = pitch / 2 - 0.5
        return matrix

    def of_picture(self, transform: Any) -> Any:
        """A `transform` `(2, 3)` between pictures as one between their `grey`s."""
        to_picture = self.to_picture_matrix()
        return (np.linalg.inv(to_picture) @ _square(transform) @ to_picture)[:2]


class BackgroundCamera:
    """Estimates the camera's motion from what lies outside the people.

    It has no state: what is remembered of a frame is the `View` that `look` gives.

    Example:
        >>> scene = np.random.default_rng(0).integers(0, 255, (18, 40, 3), np.uint8)
        >>> scene = cv2.resize(scene, (640, 288), interpolation=cv2.INTER_CUBIC)
        >>> camera = BackgroundCamera()
        >>> before, now = camera.look(scene[:, :600]), camera.look(scene[:, 8:608])
        >>> motion = camera.between(before, now, np.zeros((0, 4), np.float32))
        >>> motion.points(np.array([[300, 100]], np.float32)).round().tolist()
        [[292.0, 100.0]]
    """

    def look(self, image: Image, /) -> View:
        """What is to be remembered of a picture `(H, W, 3)`."""
        shape = np.array(image.shape[1::-1])
        whole = 2 * _TILE
        reduction = max(1.0, shape.max() / _LONG_SIDE)
        width, height = np.maximum(1, (shape / reduction / whole).round()).astype(int) * whole
        if reduction > 2:  # averaging all pixels of a large picture takes long
            image = cv2.resize(image, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        pitch = (shape / [width, height]).astype(np.float32)
        return _view(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), pitch)

    def between(self, before: View, now: View, people: Boxes, /) -> CameraMotion:
        """How the camera moved from one picture to the next.

        Args:
            before: What `look` gave for the frame before.
            now: What it gave for this frame.
            people: `(N, 4)` boxes in the frame before, which move by themselves.

        Returns:
            The motion; still where nothing speaks of a motion, a cut where the pictures have
            nothing in common.
        """
        if before.grey.shape != now.grey.shape:
            return CameraMotion.unknown()
        background = _background(before, people)
        slope = _slope(before.thumbnail)
        textured = slope > _TEXTURE
        usable = textured & (_tiles(background) > 180)
        if usable.sum() < _FEWEST:  # people fill the picture: they are all there is to compare
            usable = textured
        if _at_rest(before, now, slope, usable):
            return CameraMotion.still()
        motion, agree, rest = _followed(before, now, _corners(before.thumbnail, background))
        if agree > _MAJORITY or agree > max(_MAJORITY / 2, 2 * rest):
            return _unless_noise(motion, before)
        in_place = _likeness(before.thumbnail, now.thumbnail, usable)
        if usable.sum() < _FEWEST or in_place > 0.5:
            return CameraMotion.still()
        for guess in (np.eye(2, 3), _jump(before, now)):
            motion = _refined(before, now, guess, background)
            alike = _likeness_after(before, now, motion, usable, textured)
            if alike > max(in_place + 0.2, _ALIKE):
                return _unless_noise(motion, before)
        if in_place > 0.2 or _rearranged(before.thumbnail, now.thumbnail):
            return CameraMotion.still()
        blank = (_slope(now.thumbnail) > _TEXTURE).sum() < _FEWEST
        return CameraMotion.still() if blank else CameraMotion.unknown()


def _view(grey: Grey, pitch: Floats) -> View:
    size = grey.shape[1] // 2, grey.shape[0] // 2
    thumbnail = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return View(grey, np.asarray(thumbnail, np.uint8), pitch)


def _square(transform: Any) -> Any:
    return np.vstack([transform, [0, 0, 1]])


def _background(view: View, people: Boxes) -> Grey:
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


def _relit(view: View, like: View, background: Grey) -> View:
    """The view with the brightness and contrast of another one: light may change."""
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


def _tiles(values: Any) -> Floats:
    """Mean of each tile of an array as large as the thumbnail."""
    size = values.shape[1] // _TILE, values.shape[0] // _TILE
    values = np.asarray(values, np.float32)  # a mean of whole numbers would be rounded to one
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA))


def _slope(thumbnail: Grey) -> Floats:
    """Grey values a pixel, averaged over each tile and both directions."""
    across, down = (
        cv2.convertScaleAbs(cv2.Sobel(thumbnail, cv2.CV_16S, *order, ksize=1), alpha=0.5)
        for order in ((1, 0), (0, 1))
    )
    return _tiles(cv2.addWeighted(across, 0.5, down, 0.5, 0))


def _at_rest(before: View, now: View, slope: Floats, usable: Mask) -> bool:
    """Whether most tiles differ by less than a small motion would make them."""
    if usable.sum() < _FEWEST:
        return False
    difference = _tiles(cv2.absdiff(before.thumbnail, now.thumbnail))
    return bool(np.median(difference[usable] / slope[usable]) < _TILE_AT_REST)


def _corners(thumbnail: Grey, background: Grey, tile: int = _TILE) -> Floats:
    """The best corner of each tile of the background that has one, `(N, 2)` in `View.grey`."""
    quality = cv2.cornerMinEigenVal(thumbnail, 3)
    quality[background < 255] = 0
    rows, columns = thumbnail.shape[0] // tile, thumbnail.shape[1] // tile
    tiles = quality.reshape(rows, tile, columns, tile).swapaxes(1, 2).reshape(-1, tile * tile)
    best = tiles.argmax(axis=1)
    found = np.flatnonzero(tiles.max(axis=1) > 1e-4)
    x = (found % columns) * tile + best[found] % tile
    y = (found // columns) * tile + best[found] // tile
    return np.stack([2 * x, 2 * y], axis=1).astype(np.float32) + np.float32(0.5)


def _followed(before: View, now: View, corners: Floats) -> tuple[Any, float, float]:
    """The motion `(2, 3)` that most corners agree on, if enough do.

    Returns:
        The motion, or none; the share of the corners that agree on it; the share of those that
        stay where they are in spite of it.
    """
    if len(corners) < _FEWEST:
        return None, 0.0, 0.0
    moved, status, _ = cv2.calcOpticalFlowPyrLK(before.grey, now.grey, corners, None, **_FLOW)
    seen = status.ravel() == 1
    if seen.sum() < _FEWEST:
        return None, 0.0, 0.0
    # OpenCV seeds the sampling anew in each call: the same points give the same fit.
    transform, agree = cv2.estimateAffinePartial2D(
        before.to_picture(corners[seen]),
        before.to_picture(moved[seen]),
        method=cv2.RANSAC,
        ransacReprojThreshold=_TOLERANCE * float(before.pitch.mean()),
    )
    if transform is None or agree.sum() < _FEWEST:
        return None, 0.0, 0.0
    rest = np.abs(moved - corners)[seen].max(axis=1) < _TOLERANCE / 2
    contrary = rest & (agree.ravel() == 0)
    return transform, agree.sum() / len(corners), contrary.sum() / len(corners)


def _unless_noise(transform: Any, view: View) -> CameraMotion:
    height, width = view.grey.shape
    edges = np.array([[0, 0], [width, 0], [0, height], [width, height]]) * view.pitch
    motion = CameraMotion(transform)
    largest = np.abs(motion.points(edges.astype(np.float32)) - edges).max()
    return CameraMotion.still() if largest < _NOISE * view.pitch.max() else motion


def _jump(before: View, now: View) -> Any:
    """The shift and zoom `(2, 3)` at which the thumbnails fit best, however large.

    Phase correlation (Kuglin and Hines, 1975) gives the shift; each of a few zooms is tried.
    """
    first, second = _details(before.thumbnail), _details(now.thumbnail)
    height, width = first.shape
    window = np.sqrt(cv2.createHanningWindow((width, height), cv2.CV_32F))
    plain_first, plain_second = (np.fft.rfft2(part * window) for part in (first, second))
    best, peak = np.eye(3), 0.0
    for zoom in _ZOOMS:
        # The larger of the two is shrunk, so that nothing is made up.
        shrink = _about_middle(min(zoom, 1 / zoom), width, height)
        if zoom > 1:
            small = cv2.warpAffine(second, shrink[:2], (width, height))
            product = np.fft.rfft2(small * window) * np.conj(plain_first)
        else:
            small = cv2.warpAffine(first, shrink[:2], (width, height))
            product = plain_second * np.conj(np.fft.rfft2(small * window))
        size = np.abs(product)
        surface = np.fft.irfft2(product / (size + 1e-3 * size.max() + 1e-9), (height, width))
        highest = surface.max()
        if highest > peak:
            peak = highest
            down, across = divmod(int(surface.argmax()), width)
            shift = np.eye(3)
            shift[0, 2] = across - width * (across > width // 2)
            shift[1, 2] = down - height * (down > height // 2)
            best = np.linalg.inv(shrink) @ shift if zoom > 1 else shift @ shrink
    to_picture = before.to_picture_matrix(2)
    return (to_picture @ best @ np.linalg.inv(to_picture))[:2]


def _details(thumbnail: Grey) -> Floats:
    """The thumbnail without what changes slowly over it: light, and large smooth areas."""
    values = thumbnail.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), 4), np.float32)


def _about_middle(zoom: float, width: int, height: int) -> Any:
    x, y = (width - 1) / 2, (height - 1) / 2
    return np.array([[zoom, 0, x * (1 - zoom)], [0, zoom, y * (1 - zoom)], [0, 0, 1.0]])


def _refined(before: View, now: View, rough: Any, background: Grey) -> Any:
    """A `rough` motion made exact by following corners once it is undone; none if they disagree."""
    for _ in range(2):
        back, covered = _undone(now, rough)
        both = cv2.bitwise_and(covered, background)
        corners = _corners(before.thumbnail, both, _TILE // 2)
        if len(corners) < 2 * _FEWEST:  # people move, but less than a camera that jumps
            both, corners = covered, _corners(before.thumbnail, covered, _TILE // 2)
        remainder, agree, _ = _followed(before, _relit(back, before, both), corners)
        if remainder is None:
            return None
        rough = (_square(rough) @ _square(remainder))[:2]
    return rough if agree > _MINORITY else None


def _undone(now: View, transform: Any) -> tuple[View, Grey]:
    """The view had the camera not made a motion, and 255 where its thumbnail shows anything."""
    matrix, size = now.of_picture(transform), now.grey.shape[::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    back = _view(cv2.warpAffine(now.grey, matrix, size, flags=flags), now.pitch)
    white = cv2.warpAffine(np.full_like(now.grey, 255), matrix, size, flags=flags)
    return back, _view(white, now.pitch).thumbnail


def _likeness(first: Grey, second: Grey, which: Mask) -> float:
    """Mean correlation of the tiles `which` of both thumbnails, whatever their brightness."""
    if not which.any():
        return 0.0
    a, b = first.astype(np.float32), second.astype(np.float32)
    mean_a, mean_b = _tiles(a), _tiles(b)
    common = _tiles(a * b) - mean_a * mean_b
    spread = (_tiles(a * a) - mean_a**2) * (_tiles(b * b) - mean_b**2)
    return float((common / np.sqrt(np.maximum(spread, 1.0)))[which].mean())


def _rearranged(first: Grey, second: Grey) -> bool:
    """Whether both thumbnails have the same tones in much the same places: things moved, no cut."""
    tones = [np.bincount(part.ravel() >> 3, minlength=32) / part.size for part in (first, second)]
    if np.minimum(*tones).sum() < _SAME_TONES:
        return False
    size = first.shape[1] // 4, first.shape[0] // 4
    coarse, other = (cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (first, second))
    across, down = size[0] // 6, size[1] // 6
    middle = np.ascontiguousarray(coarse[down:-down, across:-across])
    return bool(cv2.matchTemplate(other, middle, cv2.TM_CCOEFF_NORMED).max() > _SAME_PLACES)


def _likeness_after(before: View, now: View, transform: Any, usable: Mask, textured: Mask) -> float:
    """Mean correlation of the tiles once a motion is undone; 0 if too few can be seen.

    Those `usable` are compared, or, if too few of them can be seen, all that are `textured`.
    """
    if transform is None:
        return 0.0
    back, covered = _undone(now, transform)
    inside = _tiles(covered) > 250
    for which in (usable & inside, textured & inside):
        if which.sum() >= _FEWEST:
            return _likeness(before.thumbnail, back.thumbnail, which)
    return 0.0
