"""What a detector that looks at an image in tiles has examined so far."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from lighttrack.structures.camera import CameraMotion
from lighttrack.structures.types import Boxes, Indices, Mask, Reals, require_shape


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
