"""What PoseTrack files hold, whichever their layout, in the evaluator's order of joints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures.types import Reals

JOINTS = (
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist",
    "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "head_bottom",
    "nose", "head_top",
)  # fmt: skip
"""The evaluator's joints in its order; it prints head_bottom as neck."""

K = len(JOINTS)


@dataclass(frozen=True, slots=True)
class People:
    """The people of one frame."""

    ids: NDArray[np.int64]
    """`(N,)`."""
    points: Reals
    """`(N, 15, 2)`: pixels; NaN where the joint is absent."""
    scores: Reals
    """`(N, 15)`: NaN where the file gives none."""
    heads: Reals
    """`(N, 4)`: the head box x1, y1, x2, y2; NaN where the file gives none."""

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: Any) -> "People":
        return People(self.ids[index], self.points[index], self.scores[index], self.heads[index])

    @property
    def present(self) -> NDArray[np.bool_]:
        """`(N, 15)`: which joints a person has."""
        return np.isfinite(self.points[..., 0])


NO_PEOPLE = People(np.zeros(0, np.int64), np.zeros((0, K, 2)), np.zeros((0, K)), np.zeros((0, 4)))


@dataclass(frozen=True, slots=True)
class AnnotatedFrame:
    """One entry of a file."""

    name: str
    """The image's name as the file gives it."""
    people: People
    annotated: bool
    """Whether the file lists a person here, with or without joints."""
    labelled: bool | None
    """The file's `is_labeled`; None where it says nothing."""
    regions: tuple[Reals, ...] = ()
    """Polygons `(V, 2)` in which nothing counts."""
    time: float | None = None
    """Seconds, where the file says it."""
    entries: tuple[Mapping[str, Any], ...] = ()
    """The file's own entry of each of `people`, for what the benchmark does not score (boxes, ears,
    states); empty unless asked for."""


@dataclass(frozen=True, slots=True)
class SequenceFile:
    """One sequence as read."""

    name: str
    frames: tuple[AnnotatedFrame, ...] = ()
    problems: tuple[str, ...] = ()
    """What is wrong, one sentence each; the frames are not to be used if there is anything."""
    videos: int = 1
    """How many videos the file holds; only the first is read, as the evaluator does."""
    layout: int = 2018
    """2017 (`annolist`) or 2018 (`images`, of 2018 and 2021)."""


def stack(rows: list[People]) -> People:
    """All `rows` together, in their order."""
    if not rows:
        return NO_PEOPLE
    return People(
        np.concatenate([row.ids for row in rows]),
        np.concatenate([row.points for row in rows]),
        np.concatenate([row.scores for row in rows]),
        np.concatenate([row.heads for row in rows]),
    )
