"""Sequences as a camera sees them that jumps, pans and zooms: places change, poses do not.

The case of the paper's Figures 1 and 2. The ground truth is moved by a translation and a scale for
each frame, the same for all people in it; no person leaves the view, so what is to be found is the
same as with the camera at rest.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lighttrack.formats.posetrack.annotations import AnnotatedFrame, People, SequenceFile
from lighttrack.structures.types import Reals

STILL = "still"


@dataclass(frozen=True, slots=True)
class CameraPath:
    """What a camera does, in units of the median height of the people of a sequence."""

    jump: float = 0.0
    """Length of a sudden shift, in a direction drawn at random."""
    pan: float = 0.0
    """Largest speed of a steady swing to and fro along x, per frame."""
    zoom: float = 1.0
    """Factor of a sudden zoom, in and out by turns."""
    every: int = 20
    """Frames between two sudden events."""


CAMERAS: Mapping[str, CameraPath] = {
    STILL: CameraPath(),
    "jumps": CameraPath(jump=1.0),
    "pans": CameraPath(pan=0.15),
    "zooms": CameraPath(zoom=1.6),
}
"""The cameras that a plan can name."""

_SWING = 40
"""Frames of a pan from one end to the other and back."""
_MARGIN = 10.0
"""Pixels around all people, so that the image holds them all."""


def views_of(sequence: SequenceFile, camera: str) -> Reals:
    """`(F, 3)`: the scale and the offset in x and y with which a camera sees each frame."""
    frames = sequence.frames
    count = np.arange(len(frames))
    if camera == STILL or not frames:
        return np.column_stack([np.ones(len(frames)), np.zeros((len(frames), 2))])
    path = CAMERAS[camera]
    random = np.random.default_rng(zlib.crc32(sequence.name.encode()))
    height, centre = _size_and_centre(frames)
    event = count // path.every
    angles = random.uniform(0, 2 * np.pi, event[-1] + 1)
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=1) * path.jump * height
    steps[0] = 0
    offset = np.cumsum(steps, axis=0)[event]
    # A sine of that period has its largest step in the middle of the swing.
    offset[:, 0] += path.pan * height * _SWING / (2 * np.pi) * np.sin(2 * np.pi * count / _SWING)
    scale = np.where(event % 2 == 1, path.zoom, 1.0)
    views = np.column_stack([scale, centre * (1 - scale)[:, None] + offset])
    return _inside(frames, views)


def moved(sequence: SequenceFile, camera: str) -> SequenceFile:
    """The annotations of a sequence as a camera sees it; `still` changes nothing.

    Example:
        >>> moved(SequenceFile("empty"), "jumps").frames
        ()
    """
    if camera == STILL:
        return sequence
    frames = [
        replace(
            frame,
            people=people_seen(frame.people, view),
            regions=tuple(view[0] * region + view[1:] for region in frame.regions),
        )
        for frame, view in zip(sequence.frames, views_of(sequence, camera), strict=True)
    ]
    return replace(sequence, frames=tuple(frames))


def people_seen(people: People, view: Reals) -> People:
    """The people of a frame in a view `(3,)` of `views_of`."""
    scale, offset = view[0], view[1:]
    return replace(
        people,
        points=scale * people.points + offset,
        heads=scale * people.heads + np.tile(offset, 2),
    )


def _size_and_centre(frames: tuple[AnnotatedFrame, ...]) -> tuple[float, Reals]:
    extents = [frame.people.points for frame in frames if frame.people.present.any()]
    if not extents:
        return 0.0, np.zeros(2)
    points = np.concatenate(extents)
    points = points[np.isfinite(points[..., 1]).any(axis=1)]
    heights = np.nanmax(points[..., 1], axis=1) - np.nanmin(points[..., 1], axis=1)
    return float(np.median(heights)), np.nanmean(points, axis=(0, 1))


def _inside(frames: tuple[AnnotatedFrame, ...], views: Reals) -> Reals:
    """The views shifted together so that no person is at a negative place."""
    least = [
        np.nanmin(view[0] * frame.people.points + view[1:], axis=(0, 1))
        for frame, view in zip(frames, views, strict=True)
        if frame.people.present.any()
    ]
    if least:
        views[:, 1:] += np.maximum(_MARGIN - np.min(least, axis=0), 0)
    return views
