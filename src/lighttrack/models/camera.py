"""The camera's motion between two frames, estimated from the background.

Corners outside the people are tracked from one small grey image to the next by pyramidal
Lucas-Kanade flow, and a similarity is fitted by RANSAC. A still camera is recognised before that,
at a fraction of the cost. Jumps too large for the flow are found by phase correlation. A motion
without a majority of inliers is accepted only if the images correlate once it is undone.
"""

from typing import Any

import cv2
import numpy as np

from lighttrack.models.background import (
    TEXTURE,
    TILE,
    Grey,
    View,
    background_of,
    changed_areas,
    corners_of,
    details,
    likeness,
    rearranged,
    reduced,
    relit,
    slopes,
    square,
    tile_means,
    undone,
)
from lighttrack.structures import Boxes, CameraMotion, Floats, Image, Mask

_FEWEST = 8
"""Fewest inliers among corners, or tiles, for an estimate."""

_EMPTY = 180
"""Of 255: mean of a tile's background mask from which it is taken as free of people."""

_TILE_AT_REST = 0.085
"""Pixels of the thumbnail: a tile whose brightness changed by less than this motion is at rest."""

_TOLERANCE = 0.7
"""Pixels of the small image: reprojection error up to which a corner is an inlier."""

_MAJORITY = 0.6
"""Share of inliers that is accepted at once; half of it, if few corners are at rest."""

_MINORITY = 0.1
"""Share of inliers that is accepted if the images correlate once the motion is undone."""

_ALIKE, _ALIKE_WITH_PEOPLE = 0.5, 0.75
"""Correlation from which two aligned images show the same place."""

_GAIN = 0.2
"""By how much a motion must raise the correlation; below it, two images show two places."""

_ZOOMS = 1.6 ** (np.arange(-5, 6) / 5)
"""Zooms that are tried at a jump."""

_LARGEST_ZOOM = 2.5
"""Between two frames; a larger one is a chance result."""

_NOISE = 0.1
"""Pixels of the small image: smaller motions are noise, which would accumulate as drift."""

_FLOW: dict[str, Any] = {"winSize": (11, 11), "maxLevel": 3, "criteria": (3, 10, 0.03)}


class BackgroundCamera:
    """Estimates the camera's motion from what lies outside the people.

    It has no state: all that is kept of a frame is the `View` that `preprocess` returns.

    Example:
        >>> scene = np.random.default_rng(0).integers(0, 255, (18, 40, 3), np.uint8)
        >>> scene = cv2.resize(scene, (640, 288), interpolation=cv2.INTER_CUBIC)
        >>> camera = BackgroundCamera()
        >>> before, now = camera.preprocess(scene[:, :600]), camera.preprocess(scene[:, 8:608])
        >>> motion = camera.estimate(before, now, np.zeros((0, 4), np.float32))
        >>> motion.points(np.array([[300, 100]], np.float32)).round().tolist()
        [[292.0, 100.0]]
    """

    def preprocess(self, image: Image, /) -> View:
        """The small grey images that are kept of an image `(H, W, 3)`."""
        return reduced(image)

    def estimate(self, before: View, now: View, people: Boxes, /) -> CameraMotion:
        """The camera's motion from one image to the next.

        Args:
            before: What `preprocess` returned for the frame before.
            now: What it returned for this frame.
            people: `(N, 4)` boxes in the frame before, which move by themselves.

        Returns:
            The motion; still without evidence of a motion, a cut where the images have nothing
            in common.
        """
        if before.grey.shape != now.grey.shape:
            return CameraMotion.unknown()
        background = background_of(before, people)
        slope = slopes(before.thumbnail)
        textured = slope > TEXTURE
        empty = textured & (tile_means(background) > _EMPTY)
        compared = empty if empty.sum() >= _FEWEST else textured
        if _at_rest(before, now, slope, compared):
            return CameraMotion.still()
        motion, agree, rest = _followed(before, now, corners_of(before.thumbnail, background))
        if agree > _MAJORITY or agree > max(_MAJORITY / 2, 2 * rest):
            return _unless_noise(motion, before)
        in_place = likeness(before.thumbnail, now.thumbnail, compared)
        if compared.sum() < _FEWEST or in_place > _ALIKE:
            return CameraMotion.still()
        if empty.sum() >= _FEWEST:  # people who fill the image do not show the camera's motion
            motion, agree = _refined(before, now, _jump(before, now), background)
            if agree > _MAJORITY / 2 or (
                agree > _MINORITY and _explains(before, now, motion, empty, textured, in_place)
            ):
                return _unless_noise(motion, before)
        if in_place > _GAIN or rearranged(before.thumbnail, now.thumbnail):
            return CameraMotion.still()
        blank = (slopes(now.thumbnail) > TEXTURE).sum() < _FEWEST
        return CameraMotion.still() if blank else CameraMotion.unknown()

    def changed(
        self, before: View, now: View, motion: CameraMotion, people: Boxes, areas: Boxes, /
    ) -> Mask:
        """`(T,)`: in which `areas` the image changed beyond the camera's `motion`.

        Args:
            before: What `preprocess` returned for the frame before.
            now: What it returned for this frame.
            motion: The camera's motion between them.
            people: `(N, 4)` boxes in this frame; what changes in them does not count.
            areas: `(T, 4)` in pixels of the image.
        """
        if motion.cut or before.grey.shape != now.grey.shape:
            return np.ones(len(areas), np.bool_)
        return changed_areas(before, now, motion, background_of(now, people), areas)


def _at_rest(before: View, now: View, slope: Floats, usable: Mask) -> bool:
    """Whether most tiles differ by less than a small motion would make them."""
    if usable.sum() < _FEWEST:
        return False
    difference = tile_means(cv2.absdiff(before.thumbnail, now.thumbnail))
    return bool(np.median(difference[usable] / slope[usable]) < _TILE_AT_REST)


def _followed(before: View, now: View, corners: Floats) -> tuple[Any, float, float]:
    """The motion `(2, 3)` with most inliers, if it has enough.

    Returns:
        The motion, or none; the share of inliers; the share of outliers that are at rest.
    """
    if len(corners) < _FEWEST:
        return None, 0.0, 0.0
    moved, status, _ = cv2.calcOpticalFlowPyrLK(before.grey, now.grey, corners, None, **_FLOW)
    seen = status.ravel() == 1
    if seen.sum() < _FEWEST:
        return None, 0.0, 0.0
    # OpenCV seeds the sampling in each call: the same points give the same fit.
    transform, agree = cv2.estimateAffinePartial2D(
        before.to_image_points(corners[seen]),
        before.to_image_points(moved[seen]),
        method=cv2.RANSAC,
        ransacReprojThreshold=_TOLERANCE * float(before.pitch.mean()),
    )
    if transform is None or agree.sum() < _FEWEST:
        return None, 0.0, 0.0
    zoom = np.hypot(transform[0, 0], transform[1, 0])
    if not 1 / _LARGEST_ZOOM < zoom < _LARGEST_ZOOM:
        return None, 0.0, 0.0
    rest = np.abs(moved - corners)[seen].max(axis=1) < _TOLERANCE / 2
    contrary = rest & (agree.ravel() == 0)
    return transform, agree.sum() / len(corners), contrary.sum() / len(corners)


def _unless_noise(transform: Any, view: View) -> CameraMotion:
    """The motion, or exactly none if it moves no corner of the image noticeably."""
    height, width = view.grey.shape
    edges = np.array([[0, 0], [width, 0], [0, height], [width, height]]) * view.pitch
    motion = CameraMotion(transform)
    largest = np.abs(motion.points(edges.astype(np.float32)) - edges).max()
    return CameraMotion.still() if largest < _NOISE * view.pitch.max() else motion


def _jump(before: View, now: View) -> Any:
    """The shift and zoom `(2, 3)` at which the thumbnails correlate best, however large.

    Phase correlation (Kuglin and Hines, 1975) gives the shift; each of a few zooms is tried. The
    image of the larger scale is shrunk, so that no detail is interpolated.
    """
    first, second = details(before.thumbnail), details(now.thumbnail)
    size = first.shape[1], first.shape[0]
    window = np.sqrt(cv2.createHanningWindow(size, cv2.CV_32F))
    spectrum, spectrum_now = (np.fft.rfft2(part * window) for part in (first, second))
    best, peak = np.eye(3), 0.0
    for zoom in _ZOOMS:
        shrink = _about_middle(min(zoom, 1 / zoom), *size)
        small = cv2.warpAffine(second if zoom > 1 else first, shrink[:2], size)
        shrunk = np.fft.rfft2(small * window)
        pair = (spectrum, shrunk) if zoom > 1 else (shrunk, spectrum_now)
        shift, height = _shift(*pair, size)
        if height > peak:
            peak = height
            best = np.linalg.inv(shrink) @ shift if zoom > 1 else shift @ shrink
    to_image = before.to_image_matrix(2)
    return (to_image @ best @ np.linalg.inv(to_image))[:2]


def _shift(first: Any, second: Any, size: tuple[int, int]) -> tuple[Any, float]:
    """The shift `(3, 3)` from one spectrum's image to another's, and the height of its peak."""
    product = second * np.conj(first)
    strength = np.abs(product)
    # Frequencies of low amplitude are mostly noise.
    phase = product / (strength + 1e-3 * strength.max() + 1e-9)
    surface = np.fft.irfft2(phase, size[::-1])
    down, across = np.unravel_index(surface.argmax(), surface.shape)
    shift = np.eye(3)
    shift[0, 2] = across - size[0] * (across > size[0] // 2)
    shift[1, 2] = down - size[1] * (down > size[1] // 2)
    return shift, float(surface.max())


def _about_middle(zoom: float, width: int, height: int) -> Any:
    """A zoom `(3, 3)` that leaves the middle of an image where it is."""
    x, y = (width - 1) / 2, (height - 1) / 2
    return np.array([[zoom, 0, x * (1 - zoom)], [0, zoom, y * (1 - zoom)], [0, 0, 1.0]])


def _refined(before: View, now: View, rough: Any, background: Grey) -> tuple[Any, float]:
    """A `rough` motion refined by optical flow once it is undone.

    Returns:
        The motion, and the share of the background's corners that are inliers; 0 without one.
    """
    for _ in range(2):
        back, covered = undone(now, rough)
        both, most = cv2.bitwise_and(covered, background), 1.0
        corners = corners_of(before.thumbnail, both, TILE // 2)
        if len(corners) < 2 * _FEWEST:  # people move, but less than a camera that jumps
            both, most = covered, _MAJORITY / 2
            corners = corners_of(before.thumbnail, covered, TILE // 2)
        remainder, agree, _ = _followed(before, relit(back, before, both), corners)
        if remainder is None:
            return None, 0.0
        rough = (square(rough) @ square(remainder))[:2]
    return rough, min(agree, most)


def _explains(
    before: View, now: View, motion: Any, empty: Mask, textured: Mask, in_place: float
) -> bool:
    """Whether undoing the motion makes the images correlate, more than they do `in_place`.

    The `empty` tiles are compared; if too few of them are visible, all that are `textured`, with a
    stricter limit, because people who fill the image move by themselves.
    """
    back, covered = undone(now, motion)
    inside = tile_means(covered) > 250
    for tiles, enough in (
        (empty & inside, max(_ALIKE, in_place + _GAIN)),
        (textured & inside, _ALIKE_WITH_PEOPLE),
    ):
        if tiles.sum() >= _FEWEST:
            return likeness(before.thumbnail, back.thumbnail, tiles) > enough
    return False
