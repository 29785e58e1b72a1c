"""A clip as another camera would have seen it; the ground truth goes where the images go.

Everything is the same in every run. Moving windows show a part of the clip: people of whom
less than 30 % lie in the window are left out of the truth, the boxes of others end at its edge.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
from material import Clip

from lighttrack.structures import Ids, Image
from lighttrack.structures.types import Reals

WINDOW = 0.6
"""Sides of the moving window's image, as a share of the clip's."""

LEAST_VISIBLE = 0.3

View = tuple[float, float, float]
"""Where a window is: its centre, 0 to 1 of where it can be in x and y, and what it shows.

What it shows is in sides of `WINDOW`: 1 to 1.5, which is 1.5 times as wide, so people are smaller.
"""


def as_it_is(clip: Clip) -> Clip:
    """The clip itself."""
    return clip


def mirrored(clip: Clip) -> Clip:
    """Left and right exchanged."""
    truth = [
        (ids, np.stack([clip.width - b[:, 2], b[:, 1], clip.width - b[:, 0], b[:, 3]], axis=1))
        for ids, b in clip.truth
    ]
    return replace(clip, truth=truth, image=lambda index: clip.image(index)[:, ::-1])


def halved(clip: Clip) -> Clip:
    """Half as many pixels on each side."""
    width, height = clip.width // 2, clip.height // 2

    def image(index: int) -> Image:
        return cv2.resize(clip.image(index), (width, height), interpolation=cv2.INTER_AREA)

    scale = np.tile([width / clip.width, height / clip.height], 2)
    truth = [(ids, boxes * scale) for ids, boxes in clip.truth]
    return replace(clip, width=width, height=height, truth=truth, image=image)


def backwards(clip: Clip) -> Clip:
    """The last frame first; people who left come in."""
    last = len(clip) - 1
    return replace(
        clip,
        times=[clip.times[last] - time for time in reversed(clip.times)],
        truth=clip.truth[::-1],
        image=lambda index: clip.image(last - index),
    )


def dropped(clip: Clip, fps: float = 7.0) -> Clip:
    """Frames left out, so that about `fps` are left; their distances are not all the same."""
    slots = np.floor((np.array(clip.times) - clip.times[0]) * fps + 1e-6)
    kept = np.nonzero(np.diff(slots, prepend=-1) > 0)[0].tolist()
    return replace(
        clip,
        times=[clip.times[index] for index in kept],
        truth=[clip.truth[index] for index in kept],
        image=lambda index: clip.image(kept[index]),
    )


def shaken(frame: int, time: float) -> View:
    """A hand that trembles: swings of several speeds, up to six a second, that never repeat."""
    x = np.sin(2 * np.pi * 0.7 * time) + 0.6 * np.sin(2 * np.pi * 2.3 * time + 1)
    y = np.sin(2 * np.pi * 0.9 * time + 2) + 0.6 * np.sin(2 * np.pi * 2.9 * time)
    x += 0.3 * np.sin(2 * np.pi * 5.7 * time + 3)
    y += 0.3 * np.sin(2 * np.pi * 6.1 * time + 4)
    return 0.5 + 0.12 * x, 0.5 + 0.12 * y, 1.15


def swept(frame: int, time: float) -> View:
    """A camera that pans from side to side in three seconds, and zooms as it goes."""
    pan, zoom = np.sin(2 * np.pi * time / 6), np.sin(2 * np.pi * time / 4)
    return 0.5 + 0.5 * pan, 0.5, 1.25 - 0.25 * zoom


def jumping(frame: int, time: float) -> View:
    """Every 25 frames a shift by a third of the image, or a zoom by 1.5, at once."""
    # The window is 0.6 wide and has 0.4 to move in: half of that is a third of the window.
    views: Sequence[View] = ((0.25, 0.6, 1.0), (0.75, 0.6, 1.0), (0.75, 0.6, 1.5), (0.25, 0.6, 1.5))
    return views[frame // 25 % len(views)]


def through_window(clip: Clip, path: Callable[[int, float], View]) -> Clip:
    """The clip seen through a window that moves along a path."""
    width, height = round(clip.width * WINDOW), round(clip.height * WINDOW)
    windows = [_window(clip, path(index, time)) for index, time in enumerate(clip.times)]

    def image(index: int) -> Image:
        x, y, scale = windows[index]
        to_clip = np.array([[scale, 0, x], [0, scale, y]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(clip.image(index), to_clip, (width, height), flags=flags)

    truth = [
        _in_view(ids, (boxes - [x, y, x, y]) / scale, width, height)
        for (ids, boxes), (x, y, scale) in zip(clip.truth, windows, strict=True)
    ]
    return replace(clip, width=width, height=height, truth=truth, image=image)


def _window(clip: Clip, view: View) -> tuple[float, float, float]:
    """Left and top of the window in the clip, and pixels of the clip to one of the window."""
    x, y, scale = view
    free = 1 - WINDOW * scale
    return x * free * clip.width, y * free * clip.height, scale


def _in_view(ids: Ids, boxes: Reals, width: int, height: int) -> tuple[Ids, Reals]:
    inside = np.clip(boxes, 0, [width, height, width, height])
    visible = np.prod(inside[:, 2:] - inside[:, :2], axis=1)
    enough = visible >= LEAST_VISIBLE * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return ids[enough], inside[enough]


VARIATIONS: Mapping[str, Callable[[Clip], Clip]] = {
    "original": as_it_is,
    "shake": lambda clip: through_window(clip, shaken),
    "sweep": lambda clip: through_window(clip, swept),
    "jumps": lambda clip: through_window(clip, jumping),
    "7 fps": dropped,
    "mirror": mirrored,
    "half": halved,
    "reversed": backwards,
}
