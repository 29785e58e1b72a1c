"""Processing of results after tracking: smoothing, refining, correcting by hand.

`refine`, `smooth` and the functions of `edit` take a `TrackedVideo` and return a new one, in whose
provenance the operation is recorded. `Smoother` does the same as `smooth` online, frame by frame.
None of them is ever fed back into the tracker.
"""

from lighttrack.refinement import edit
from lighttrack.refinement.edit import (
    delete,
    frame_from,
    frame_until,
    merge,
    name,
    rename,
    split,
    swap,
)
from lighttrack.refinement.refine import refine
from lighttrack.refinement.smoothing import Smoother, SmootherState, smooth

__all__ = [
    "Smoother",
    "SmootherState",
    "delete",
    "edit",
    "frame_from",
    "frame_until",
    "merge",
    "name",
    "refine",
    "rename",
    "smooth",
    "split",
    "swap",
]
