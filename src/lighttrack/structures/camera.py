"""How the camera moved between two frames."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from lighttrack.structures.boxes import centers
from lighttrack.structures.types import Boxes, Floats, require_shape


@dataclass(frozen=True, slots=True)
class CameraMotion:
    """A similarity (shift, zoom, turn) that maps what stands still from one frame into the next.

    Example:
        >>> pan = CameraMotion([[1, 0, -30], [0, 1, 5]])
        >>> pan.points(np.array([[100, 50]], np.float32))
        array([[70., 55.]], dtype=float32)
    """

    transform: Floats
    """`(2, 3)`: maps x, y, 1 in pixels of the frame before to x, y in pixels of this frame."""

    cut: bool = False
    """Nothing of the frame before is found in this one; the transform is then the identity."""

    is_still: bool = field(init=False)
    """The camera did not move: the transform is exactly the identity, and there was no cut."""

    scale: float = field(init=False)
    """How much larger things are than in the frame before; 1 without a zoom."""

    def __post_init__(self) -> None:
        transform = np.asarray(self.transform, np.float32)
        require_shape("transform", transform, (2, 3))
        (a, b, _), (c, d, _) = transform.tolist()
        area = a * d - b * c  # a square's, of side 1 before
        if not (np.isfinite(transform).all() and area > 0):
            raise ValueError(
                f"transform must be finite and must not mirror or flatten the image, "
                f"got {transform.tolist()}"
            )
        at_rest = not self.cut and bool((transform == _IDENTITY).all())
        object.__setattr__(self, "transform", transform)
        object.__setattr__(self, "is_still", at_rest)
        object.__setattr__(self, "scale", area**0.5)

    @staticmethod
    def still() -> "CameraMotion":
        """The camera did not move."""
        return _STILL

    @classmethod
    def unknown(cls) -> Self:
        """A cut: nothing says where things of the frame before are now."""
        return cls(_IDENTITY, cut=True)

    def points(self, xy: Floats) -> Floats:
        """Where points `(..., 2)` of the frame before are in this one; NaN stays NaN."""
        return np.asarray(xy @ self.transform[:, :2].T + self.transform[:, 2], np.float32)

    def boxes(self, boxes: Boxes) -> Boxes:
        """Where boxes `(N, 4)` of the frame before are in this one.

        The centre is mapped and the size scaled, so a turn leaves the sides upright.

        Example:
            >>> zoom = CameraMotion([[2, 0, 0], [0, 2, 0]])
            >>> zoom.boxes(np.array([[10, 20, 30, 60]], np.float32))
            array([[ 20.,  40.,  60., 120.]], dtype=float32)
        """
        center = self.points(centers(boxes))
        half = (boxes[:, 2:] - boxes[:, :2]) * np.float32(self.scale / 2)
        return np.concatenate([center - half, center + half], axis=1)


_IDENTITY: Floats = np.eye(2, 3, dtype=np.float32)
_IDENTITY.flags.writeable = False
_STILL = CameraMotion(_IDENTITY)
