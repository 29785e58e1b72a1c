"""What a detector says of one image."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from lighttrack.structures.types import NO_ANGLES, Boxes, Floats, require_shape


@dataclass(frozen=True, slots=True)
class Detections:
    """People found in one image.

    Example:
        >>> people = Detections(boxes=[[10, 20, 50, 120]], scores=[0.9])
        >>> len(people)
        1
    """

    boxes: Boxes
    """`(N, 4)`: x0, y0, x1, y1 in pixels."""

    scores: Floats
    """`(N,)`: confidence of the detector, 0 to 1."""

    angles: Floats = field(default_factory=lambda: NO_ANGLES)
    """`(N,)` radians, clockwise in the image: how far each person is turned from upright; 0 for
    every person if it is not given."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "boxes", np.asarray(self.boxes, np.float32))
        object.__setattr__(self, "scores", np.asarray(self.scores, np.float32))
        if self.angles is NO_ANGLES:
            object.__setattr__(self, "angles", np.zeros(len(self.boxes), np.float32))
        object.__setattr__(self, "angles", np.asarray(self.angles, np.float32))
        require_shape("boxes", self.boxes, ("N", 4))
        require_shape("scores", self.scores, (len(self.boxes),))
        require_shape("angles", self.angles, (len(self.boxes),))

    @classmethod
    def empty(cls) -> Self:
        """No people."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))

    @classmethod
    def concatenate(cls, parts: Sequence["Detections"]) -> Self:
        """The people of all `parts`, one after the other; no people without parts."""
        if not parts:
            return cls.empty()
        return cls(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.angles for part in parts]),
        )

    def __repr__(self) -> str:
        scores = ", ".join(f"{score:.2f}" for score in self.scores[:8].tolist())
        more = ", ..." if len(self) > 8 else ""
        return f"<Detections: boxes {self.boxes.shape}, scores [{scores}{more}]>"

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, index: Any) -> Self:
        """The detections that a mask, a slice or an array of indices selects."""
        return type(self)(self.boxes[index], self.scores[index], self.angles[index])
