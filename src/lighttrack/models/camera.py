"""How the camera moved between two frames, read from the background.

Corners outside the people are followed from one small grey picture to the next by pyramidal
Lucas-Kanade flow, and a similarity is fitted to them that most must agree on. A still camera is
recognised before that, at a fraction of the cost. Jumps too large for the flow are found by
comparing descriptors (ORB), and believed only if the pictures, laid over one another, look alike.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lighttrack.models.crop import check_boxes
from lighttrack.structures import Boxes, CameraMotion, Floats, Image, Mask

Grey: TypeAlias = NDArray[np.uint8]

_LONG_SIDE = 320
"""Pixels: side of the picture that is looked at; half a pixel of it is seen as motion."""

_TILE = 16
"""Pixels of the small picture: side of the tiles that have a vote each."""

_TEXTURE = 3.0
"""Grey values a pixel: mean slope from which a tile shows where it is."""

_FEWEST = 8
"""Corners or tiles that must agree; fewer are no evidence."""

_STILL_TILE = 0.12
"""Pixels: tiles that moved less, by their brightness, did not move."""

_STILL = 0.1
"""Pixels of the small picture: smaller motions are noise and would add up to a drift."""

_FLOW: dict[str, Any] = {"winSize": (11, 11), "maxLevel": 3, "criteria": (3, 10, 0.03)}

_PEOPLE_MARGIN = 0.1
"""Of a person's box: it may move that far and its edge is not background."""


@dataclass(frozen=True, slots=True)
class View:
    """What is kept of a picture: small, grey, of people and background alike."""

    grey: Grey
    """`(h, w)`: the picture, reduced."""

    pitch: Floats
    """`(2,)`: pixels of the picture per pixel of `grey`, along x and y."""

    def to_picture(self, points: Floats) -> Floats:
        """Points `(N, 2)` of `grey` in pixels of the picture; both count from pixel centres."""
        return np.asarray((points + 0.5) * self.pitch - 0.5, np.float32)

    def from_picture(self, points: Floats) -> Floats:
        """Points `(N, 2)` of the picture in pixels of `grey`."""
        return np.asarray((points + 0.5) / self.pitch - 0.5, np.float32)


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
        height, width = image.shape[:2]
        reduction = max(1.0, max(width, height) / _LONG_SIDE)
        size = max(1, round(width / reduction)), max(1, round(height / reduction))
        if reduction > 4:  # averaging all pixels of a large picture takes long
            image = cv2.resize(image, (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_LINEAR)
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
        return View(grey, np.array([width / size[0], height / size[1]], np.float32))

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
        now = View(_like(now.grey, before.grey, background), now.pitch)
        textured = _textured(before.grey) & (_tiles(background) > 180)
        if _at_rest(before.grey, now.grey, textured):
            return CameraMotion.still()
        corners = _corners(before.grey, background)
        motion = _followed(before, now, corners, corners)
        if motion is not None:
            return motion
        in_place = _likeness(before.grey, now.grey, textured)
        if textured.sum() < _FEWEST or in_place > 0.4:
            return CameraMotion.still()
        motion = _recognised(before, now, background, corners)
        if motion is not None and _looks_alike(before, now, motion, textured) > in_place + 0.2:
            return motion
        if in_place > 0.2 or _textured(now.grey).sum() < _FEWEST:
            return CameraMotion.still()
        return CameraMotion.unknown()


def _background(view: View, people: Boxes) -> Grey:
    """255 where the picture shows background, 0 where people are; as large as `view.grey`."""
    mask = np.full_like(view.grey, 255)
    people = check_boxes(people)
    margin = (people[:, 2:] - people[:, :2]) * np.float32(_PEOPLE_MARGIN)
    corners = np.stack([people[:, :2] - margin, people[:, 2:] + margin], axis=1)
    limit = np.array(view.grey.shape[::-1])
    for (x0, y0), (x1, y1) in np.clip(corners / view.pitch, 0, limit).round().astype(int).tolist():
        mask[y0:y1, x0:x1] = 0
    return mask


def _like(grey: Grey, other: Grey, background: Grey) -> Grey:
    """The picture with the brightness and contrast of another one: light may change."""
    (mean,), (spread,) = (part.ravel() for part in cv2.meanStdDev(grey, mask=background))
    (wanted,), (wanted_spread,) = (part.ravel() for part in cv2.meanStdDev(other, mask=background))
    gain = np.clip(wanted_spread / max(spread, 1.0), 0.25, 4.0)
    if abs(mean - wanted) < 1 and abs(gain - 1) < 0.02:
        return grey
    return np.asarray(cv2.convertScaleAbs(grey, alpha=gain, beta=wanted - gain * mean), np.uint8)


def _tiles(values: Any) -> Floats:
    """Mean of each tile of an array as large as the small picture."""
    height, width = values.shape
    size = max(1, width // _TILE), max(1, height // _TILE)
    found = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return np.asarray(found, np.float32)


def _slope(grey: Grey) -> Floats:
    """Grey values a pixel, averaged over each tile and both directions."""
    across, down = (
        cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, *order, ksize=1), alpha=0.5)
        for order in ((1, 0), (0, 1))
    )
    return _tiles(cv2.addWeighted(across, 0.5, down, 0.5, 0))


def _textured(grey: Grey) -> Mask:
    return _slope(grey) > _TEXTURE


def _at_rest(before: Grey, now: Grey, textured: Mask) -> bool:
    """Whether most tiles differ by less than a small motion would make them."""
    if textured.sum() < _FEWEST:
        return False
    moved = _tiles(cv2.absdiff(before, now))[textured] / _slope(before)[textured]
    return bool(np.median(moved) < _STILL_TILE)


def _corners(grey: Grey, background: Grey) -> Floats:
    """The best corner `(N, 2)` of each tile of the background that has one."""
    quality = cv2.cornerMinEigenVal(grey, 3)
    quality[background == 0] = 0
    quality[:2] = quality[-2:] = 0
    quality[:, :2] = quality[:, -2:] = 0
    rows, columns = grey.shape[0] // _TILE, grey.shape[1] // _TILE
    cells = quality[: rows * _TILE, : columns * _TILE].reshape(rows, _TILE, columns, _TILE)
    cells = cells.transpose(0, 2, 1, 3).reshape(rows * columns, _TILE * _TILE)
    best = cells.argmax(axis=1)
    good = cells[np.arange(len(cells)), best] > 1e-4
    cell = np.flatnonzero(good)
    x = (cell % columns) * _TILE + best[good] % _TILE
    y = (cell // columns) * _TILE + best[good] // _TILE
    return np.stack([x, y], axis=1).astype(np.float32)


def _followed(before: View, now: View, corners: Floats, expected: Floats) -> CameraMotion | None:
    """The motion that most corners agree on, followed from where they are expected; else none."""
    if len(corners) < _FEWEST:
        return None
    flags = cv2.OPTFLOW_USE_INITIAL_FLOW if expected is not corners else 0
    start = expected.copy() if expected is not corners else None
    moved, status, _ = cv2.calcOpticalFlowPyrLK(
        before.grey, now.grey, corners, start, flags=flags, **_FLOW
    )
    seen = status.ravel() == 1
    if seen.sum() < _FEWEST:
        return None
    source, target = before.to_picture(corners[seen]), now.to_picture(moved[seen])
    pitch = float(before.pitch.mean())
    transform, agree = cv2.estimateAffinePartial2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=0.7 * pitch
    )
    if transform is None or agree.sum() < max(_FEWEST, 0.5 * len(corners)):
        return None
    return _unless_still(transform, before)


def _unless_still(transform: Any, view: View) -> CameraMotion:
    height, width = view.grey.shape
    edges = np.array([[0, 0], [width, 0], [0, height], [width, height]]) * view.pitch
    motion = CameraMotion(transform)
    largest = np.abs(motion.points(edges) - edges).max()
    return CameraMotion.still() if largest < _STILL * view.pitch.max() else motion


def _recognised(before: View, now: View, background: Grey, corners: Floats) -> CameraMotion | None:
    """A motion of any size, by descriptors that look alike in both pictures."""
    orb = cv2.ORB.create(400, edgeThreshold=15, patchSize=21, fastThreshold=10)
    points, words = orb.detectAndCompute(before.grey, background)
    points_now, words_now = orb.detectAndCompute(now.grey, None)
    if min(len(points), len(points_now)) < _FEWEST:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(words, words_now)
    if len(pairs) < _FEWEST:
        return None
    source = np.array([points[pair.queryIdx].pt for pair in pairs], np.float32)
    target = np.array([points_now[pair.trainIdx].pt for pair in pairs], np.float32)
    transform, agree = cv2.estimateAffinePartial2D(
        before.to_picture(source),
        now.to_picture(target),
        method=cv2.RANSAC,
        ransacReprojThreshold=2.0 * float(before.pitch.mean()),
    )
    if transform is None or agree.sum() < _FEWEST:
        return None
    rough = CameraMotion(transform)
    expected = now.from_picture(rough.points(before.to_picture(corners)))
    height, width = now.grey.shape
    inside = ((expected > 0) & (expected < [width, height])).all(axis=1)
    return _followed(before, now, corners[inside], expected[inside]) or rough


def _likeness(first: Grey, second: Grey, which: Mask) -> float:
    """Mean correlation of the tiles `which` of both pictures, whatever their brightness."""
    if not which.any():
        return 0.0
    a, b = first.astype(np.float32), second.astype(np.float32)
    mean_a, mean_b = _tiles(a), _tiles(b)
    common = _tiles(a * b) - mean_a * mean_b
    spread = (_tiles(a * a) - mean_a**2) * (_tiles(b * b) - mean_b**2)
    return float((common / np.sqrt(np.maximum(spread, 1.0)))[which].mean())


def _looks_alike(before: View, now: View, motion: CameraMotion, textured: Mask) -> float:
    """Mean correlation of the tiles once the motion is undone; 0 if too few can be seen."""
    height, width = before.grey.shape
    scale = np.append(before.pitch, 1.0)
    # From pixels of one small picture to pixels of the other.
    transform = motion.transform * scale / now.pitch[:, None]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    back = cv2.warpAffine(now.grey, transform, (width, height), flags=flags)
    covered = cv2.warpAffine(np.full_like(now.grey, 255), transform, (width, height), flags=flags)
    seen = textured & (_tiles(covered) > 250)
    return _likeness(before.grey, back, seen) if seen.sum() >= _FEWEST else 0.0
