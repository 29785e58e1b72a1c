"""What a detector that is run on tiles of an image has examined so far."""

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from lighttrack.structures import boxes
from lighttrack.structures.camera import CameraMotion
from lighttrack.structures.types import Boxes, Indices, Mask, Reals, require_shape
from lighttrack.structures.video import Frame


@dataclass(frozen=True, slots=True)
class Scan:
    """When each of T tiles was examined, and where R finds were refused.

    Example:
        >>> scan = Scan.of(np.array([[0, 0, 10, 10], [5, 0, 15, 10]], np.float32))
        >>> scan.after([1], 2.0).examined.tolist()
        [-inf, 2.0]
    """

    tiles: Boxes
    """`(T, 4)`: in pixels."""
    examined: Reals
    """`(T,)`: seconds of the video; minus infinity if never."""
    changed: Mask
    """`(T,)`: whether the image has changed there since then."""
    refused: Boxes
    """`(R, 4)`: where what looked like a person was not, in pixels."""
    refused_at: Reals
    """`(R,)`: seconds of the video."""

    def __post_init__(self) -> None:
        require_shape("tiles", self.tiles, ("T", 4))
        require_shape("examined", self.examined, (len(self.tiles),))
        require_shape("changed", self.changed, (len(self.tiles),))
        require_shape("refused", self.refused, ("R", 4))
        require_shape("refused_at", self.refused_at, (len(self.refused),))

    @classmethod
    def of(cls, tiles: Boxes) -> Self:
        """Nothing has been examined yet."""
        never, unknown = np.full(len(tiles), -np.inf), np.ones(len(tiles), np.bool_)
        return cls(tiles, never, unknown, np.zeros((0, 4), np.float32), np.zeros(0))

    @classmethod
    def none(cls) -> Self:
        """No tiles."""
        return cls.of(np.zeros((0, 4), np.float32))

    def moved(self, camera: CameraMotion, changed: Mask) -> Self:
        """The same in the next frame, after the `camera`'s motion; `changed` `(T,)` since."""
        refused = self.refused if camera.is_still else camera.boxes(self.refused)
        return replace(self, changed=self.changed | changed, refused=refused)

    def after(self, which: Indices, time: float) -> Self:
        """The same after the tiles `which` were examined at `time`."""
        examined, changed = self.examined.copy(), self.changed.copy()
        examined[which], changed[which] = time, False
        return replace(self, examined=examined, changed=changed)

    def refusing(self, places: Boxes, time: float, memory: float) -> Self:
        """The same with `places` `(R, 4)` refused at `time`, less what `memory` seconds forget."""
        kept = self.refused_at > time - memory
        if not len(places) and kept.all():
            return self
        at = np.append(self.refused_at[kept], np.full(len(places), time))
        return replace(self, refused=np.concatenate([self.refused[kept], places]), refused_at=at)

    def due(self, people: Boxes, frame: Frame, elapsed: float, seconds: float) -> Indices:
        """Which tiles fall to a frame, `elapsed` s after the last, if all take `seconds`.

        All of them where none has been examined yet. Then one is due `seconds` after it was
        examined, or, where the image has changed, a quarter of it, and as many are taken as examine
        all in that time: those first that are overdue, at the border of the image, and of a size to
        show a person as tall as one of the `people` `(N, 4)`. Tiles inside one of them are left
        out.
        """
        tiles = self.tiles
        if not np.isfinite(self.examined).any():
            return np.arange(len(tiles))
        age = np.minimum(frame.time - self.examined, 1e6) / seconds
        share = (people[:, 3] - people[:, 1]) / (tiles[:, 2:3] - tiles[:, :1])
        usual = ((share > 0.4) & (share < 1.2)).any(axis=1)
        outer = np.array([0, 0, frame.width - 1, frame.height - 1]) * [1, 1, -1, -1]
        border = (tiles * [1, 1, -1, -1] <= outer).any(axis=1)
        changed = self.changed
        urgency = age * np.where(changed, 4.0, 1.0) * np.where(border & changed, 2.0, 1.0)
        inside = boxes.intersection(tiles, people) / boxes.area(tiles)[:, None]
        wanted = (urgency >= 1.0) & (inside.max(axis=1, initial=0) < 0.95)
        rate = len(tiles) / seconds
        count = max(1, math.floor(frame.time * rate) - math.floor((frame.time - elapsed) * rate))
        rows = np.flatnonzero(wanted)
        order = np.argsort(-(urgency * np.where(usual, 2.0, 1.0))[rows], kind="stable")
        return rows[order[:count]]
