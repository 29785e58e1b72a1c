"""Regions of an image, one per person, in which a pose estimator estimates poses."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from lighttrack.structures.types import Boxes, Floats, require_shape


@dataclass(frozen=True, slots=True)
class Regions:
    """Regions of one image, one per person, with what is known about the person beforehand.

    Example:
        >>> regions = Regions.of([[10, 20, 50, 120]])
        >>> len(regions), regions.angles
        (1, array([0.], dtype=float32))
    """

    boxes: Boxes
    """`(N, 4)`: x0, y0, x1, y1 in pixels."""

    angles: Floats
    """`(N,)` radians, clockwise in the image: the rotation of each person from upright."""

    expected: Floats | None = None
    """`(N, K, 2)`: where each person's keypoints are expected, in pixels, NaN where a keypoint's
    place is unknown; `None` if no pose is expected of any person. K is the estimator's."""

    def __post_init__(self) -> None:
        for part in ("boxes", "angles"):
            array = getattr(self, part)
            if getattr(array, "dtype", None) != np.float32:  # also what is no array yet
                object.__setattr__(self, part, np.asarray(array, np.float32))
        require_shape("boxes", self.boxes, ("N", 4))
        require_shape("angles", self.angles, (len(self.boxes),))
        if self.expected is not None:
            object.__setattr__(self, "expected", np.asarray(self.expected, np.float32))
            require_shape("expected", self.expected, (len(self.boxes), "K", 2))

    @classmethod
    def of(cls, boxes: Any) -> Self:
        """Upright regions around `boxes` `(N, 4)`, without expected keypoints."""
        boxes = np.asarray(boxes, np.float32)
        return cls(boxes, np.zeros(len(boxes), np.float32))

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, index: Any) -> Self:
        """The regions that a mask, a slice or an array of indices selects.

        Raises:
            TypeError: if the index has several dimensions, as that of an array of boxes has.
        """
        if isinstance(index, tuple):
            raise TypeError(
                f"Regions are indexed by person, got {len(index)} indices; "
                "their boxes (N, 4) are in `regions.boxes`"
            )
        expected = None if self.expected is None else self.expected[index]
        return type(self)(self.boxes[index], self.angles[index], expected)
