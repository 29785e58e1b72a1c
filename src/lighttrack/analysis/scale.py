"""Pixels to metres: from a person's height, a known distance, or points of the ground.

The first two give one scale, which holds in the plane, parallel to the image, in which that person
moves or that distance lies. A homography holds on the ground, wherever; it says where people stand,
not how tall their limbs are.
"""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lighttrack.analysis.body import Body
from lighttrack.structures import TrackedVideo
from lighttrack.structures.types import AnyArray

_SOLE = 0.039
"""Height of the ankle as a share of the body's. D. A. Winter: "Biomechanics and Motor Control of
Human Movement", 4th edition, 2009, figure 4.1."""

_HEAD_OF_TOP, _HEAD_OF_NOSE = 1.008, 1.5
"""From the shoulders' middle to the top of the head, over that to the keypoint of the head, and
over that to the nose: the factors that Pose2Sim uses."""

_UPRIGHT = 75
"""Percentile of the body's length over the frames: bending and foreshortening only shorten it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How pixels become metres."""

    pixels_per_metre: float | None = None
    homography: NDArray[np.float64] | None = None
    """`(3, 3)`: from pixels to metres on the ground."""
    source: str = ""
    """What it was taken from, in words."""

    @classmethod
    def from_height(cls, video: TrackedVideo, height: float, person: int | None = None) -> "Scale":
        """The scale at which a person is so tall.

        Args:
            video: in which they are seen from the side or the front.
            height: metres.
            person: their id; without it, the one seen in most frames.

        Raises:
            ValueError: if the height is none, there is no such person, or they are never seen from
                ankle to shoulder.
        """
        if not 0.3 <= height <= 3:
            raise ValueError(f"height must be that of a person, 0.3 to 3 metres, got {height:g}")
        tracks = [track for track in video.tracks() if track.id >= 0]
        if person is not None and person not in [track.id for track in tracks]:
            raise ValueError(f"no person has the id {person}; ids: {_listed(tracks)}")
        if not tracks:
            raise ValueError("no person is in the result, so a height gives no scale")
        chosen = [track for track in tracks if track.id == person] or [max(tracks, key=len)]
        [track] = chosen
        pixels = body_height(Body.of(track, track.frame_indices, track.times))
        if not np.isfinite(pixels):
            raise ValueError(
                f"person {track.id} is never seen from ankle to shoulder: name another person"
            )
        words = f"person {track.id}, {height:g} m tall, is {pixels:.1f} pixels tall"
        return cls(pixels / height, source=words)

    @classmethod
    def from_distance(cls, points: Sequence[float], metres: float) -> "Scale":
        """The scale at which two points of the image are so far apart.

        Args:
            points: x0, y0, x1, y1 in pixels.
            metres: between them.

        Example:
            >>> Scale.from_distance([100, 50, 500, 50], 2.0).pixels_per_metre
            200.0
        """
        x0, y0, x1, y1 = points
        pixels = float(np.hypot(x1 - x0, y1 - y0))
        if not (pixels > 0 and metres > 0):
            raise ValueError(
                "a distance needs two points and metres above 0, got "
                f"{pixels:g} pixels, {metres:g} m"
            )
        return cls(pixels / metres, source=f"{pixels:.1f} pixels are {metres:g} m")

    @classmethod
    def from_text(cls, text: str) -> "Scale":
        """The scale of `X0,Y0,X1,Y1=METRES`.

        Raises:
            ValueError: if it is something else.

        Example:
            >>> Scale.from_text("100,50,500,50=2").pixels_per_metre
            200.0
        """
        points, _, metres = text.partition("=")
        try:
            numbers = [float(part) for part in points.split(",")]
            return cls.from_distance(numbers, float(metres))
        except ValueError as error:
            raise ValueError(
                f"a distance is X0,Y0,X1,Y1=METRES, two points in pixels, got {text!r}: {error}"
            ) from error

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> "Scale":
        """The homography of a CSV file of points, `x,y,X,Y` a line: pixels, and metres.

        A first line of names is passed over.

        Raises:
            ValueError: if the file holds something else.
        """
        text = Path(path).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.strip()]
        if lines and not lines[0].split(",")[0].strip().lstrip("+-").replace(".", "").isdigit():
            lines = lines[1:]
        try:
            table = np.array([[float(cell) for cell in line.split(",")] for line in lines])
            return cls.from_ground(table[:, :2], table[:, 2:])
        except (ValueError, IndexError) as error:
            raise ValueError(
                f"{path} must have lines x,y,X,Y, pixels and metres of four or more points: {error}"
            ) from error

    @classmethod
    def from_ground(cls, points: AnyArray, metres: AnyArray) -> "Scale":
        """The homography of four or more points of the ground.

        Args:
            points: `(N, 2)` in pixels.
            metres: `(N, 2)`: where they are on the ground.

        Raises:
            ValueError: with fewer than four points, or if three of four lie on a line.
        """
        points, metres = np.asarray(points, np.float64), np.asarray(metres, np.float64)
        if points.shape != metres.shape or points.shape[1:] != (2,) or len(points) < 4:
            raise ValueError(
                f"a homography needs four or more points (N, 2) on both sides, got {points.shape} "
                f"and {metres.shape}"
            )
        # Direct linear transformation, on points brought to a common size.
        to_unit, unit = _normalized(points)
        rows = []
        for (x, y), (u, v) in zip(unit, metres, strict=True):
            rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, -u])
            rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, -v])
        _, sizes, right = np.linalg.svd(np.array(rows))
        matrix = right[-1].reshape(3, 3) @ to_unit
        if sizes[7] < 1e-9 * sizes[0] or abs(matrix[2, 2]) < 1e-12:
            raise ValueError("the points give no homography: three of them lie on a line")
        return cls(None, matrix / matrix[2, 2], f"{len(points)} points of the ground")

    def on_ground(self, points: AnyArray) -> AnyArray:
        """Points `(..., 2)` in pixels as metres on the ground.

        Raises:
            ValueError: without a homography.
        """
        if self.homography is None:
            raise ValueError("this scale has no homography")
        mapped = np.concatenate([points, np.ones((*points.shape[:-1], 1))], axis=-1)
        mapped = mapped @ self.homography.T
        return np.asarray(mapped[..., :2] / mapped[..., 2:])


def _listed(tracks: Sequence[object]) -> str:
    ids = [str(getattr(track, "id", "")) for track in tracks]
    return ", ".join(ids[:10]) + (" ..." if len(ids) > 10 else "") if ids else "none"


def _normalized(points: AnyArray) -> tuple[AnyArray, AnyArray]:
    """A matrix that centres points and makes them about 1 large, and the points so."""
    center = points.mean(axis=0)
    size = max(float(np.abs(points - center).mean()), 1e-9)
    matrix = np.array(
        [[1 / size, 0, -center[0] / size], [0, 1 / size, -center[1] / size], [0, 0, 1]]
    )
    return matrix, (points - center) / size


def body_height(body: Body) -> float:
    """How tall a person is in the unit of the points, standing upright; NaN if it is not seen.

    The sum of shank, thigh, trunk and head, and of what is below the ankle, so that bent knees do
    not make the person smaller.
    """

    def between(a: AnyArray, b: AnyArray) -> AnyArray:
        return np.asarray(np.linalg.norm(a - b, axis=-1))

    def limb(a: str, b: str) -> AnyArray:
        sides = [between(body[f"{side}_{a}"], body[f"{side}_{b}"]) for side in ("left", "right")]
        return np.asarray(np.nanmean(np.stack(sides), axis=0))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of means of nothing
        length = limb("ankle", "knee") + limb("knee", "hip") + limb("hip", "shoulder")
        shoulders = body.middle("shoulder")
        if "head_top" in body.native:
            head = between(body["head_top"], shoulders) * _HEAD_OF_TOP
        else:
            head = between(body["nose"], shoulders) * _HEAD_OF_NOSE
        tall = (length + head) / (1 - _SOLE)
        return float(np.nanpercentile(tall, _UPRIGHT)) if np.isfinite(tall).any() else float("nan")


def in_metres(video: TrackedVideo, scale: Scale) -> TrackedVideo:
    """The same result with coordinates in metres, y still down, for files that state their unit.

    Raises:
        ValueError: if the scale is a homography, which holds on the ground only.
    """
    if scale.pixels_per_metre is None:
        raise ValueError("poses need a height or a distance: a homography holds on the ground only")
    factor = np.float32(1 / scale.pixels_per_metre)
    frames = [
        replace(
            frame,
            boxes=frame.boxes * factor,
            poses=replace(
                frame.poses,
                keypoints=frame.poses.keypoints * factor,
                boxes=frame.poses.boxes * factor,
            ),
        )
        for frame in video.frames
    ]
    provenance = {**video.provenance, "unit": "m", "scale": scale.source}
    return replace(video, frames=frames, provenance=provenance)
