"""What may be done to results after the tracker: smoothing, refining, correcting by hand.

Smoothing works online, frame by frame; refining needs the whole result and is offline. Neither is
ever fed back into the tracker.
"""

from lighttrack.refinement.edit import delete, merge, rename, swap
from lighttrack.refinement.refine import refine
from lighttrack.refinement.smoothing import Smoother, SmootherState, smooth

__all__ = ["Smoother", "SmootherState", "delete", "merge", "refine", "rename", "smooth", "swap"]
