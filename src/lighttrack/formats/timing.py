"""A constant frame rate, for formats that have no other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures.types import AnyArray

_TOLERANCE = 0.25
"""Share of a frame's duration by which times may lie beside those of a constant rate."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Frames at a constant rate, and how those of the video are read at them."""

    rate: float
    """Frames per second."""
    start: float
    """Seconds of frame 0."""
    resampled: bool
    """Whether the frames are others than the video's."""
    first: int
    """The number of the video's first frame at this rate."""
    count: int
    """Frames from the first to the last."""

    @classmethod
    def of(cls, indices: AnyArray, times: AnyArray, fps: float) -> "Clock":
        """The rate of frames `(F,)`: that of their numbers if it is constant, else `fps`."""
        if len(times) < 2 or times[-1] <= times[0]:
            start = float(times[0] - indices[0] / fps) if len(times) else 0.0
            return cls(fps, start, False, int(indices[0]) if len(times) else 0, len(times))
        rate = float((indices[-1] - indices[0]) / (times[-1] - times[0]))
        # The container's own figure, where the times agree with it.
        span = float(times[-1] - times[0])
        if abs(span * fps - (indices[-1] - indices[0])) <= _TOLERANCE:
            rate = fps
        start = float(times[0] - indices[0] / rate)
        off = np.abs(times - start - indices / rate).max() * rate
        if off <= _TOLERANCE:
            count = int(indices[-1] - indices[0]) + 1
            return cls(rate, start, False, int(indices[0]), count)
        first = round(float(times[0]) * fps)
        return cls(fps, 0.0, True, first, int(np.floor((span * fps) + 1e-6)) + 1)

    def times(self, numbers: AnyArray) -> NDArray[np.float64]:
        """Seconds of frames of these numbers."""
        return np.asarray(self.start + np.asarray(numbers) / self.rate, np.float64)

    def read(
        self, indices: AnyArray, times: AnyArray, values: AnyArray
    ) -> tuple[NDArray[np.int64], AnyArray]:
        """Values `(T, ...)` of the frames in which a person is seen, at the constant rate.

        Args:
            indices: `(T,)` numbers of those frames, ascending.
            times: `(T,)` seconds.
            values: `(T, ...)`; NaN where missing.

        Returns:
            Numbers `(S,)` of successive frames, and their values; NaN where the person is not seen.
            Between two frames of the video that follow one another, values lie on a straight line.
        """
        if not self.resampled:
            numbers = np.arange(indices[0], indices[-1] + 1)
            filled = np.full((len(numbers), *values.shape[1:]), np.nan, values.dtype)
            filled[indices - indices[0]] = values
            return numbers, filled
        begin = int(np.ceil(times[0] * self.rate - 0.5))
        numbers = np.arange(begin, max(begin, int(np.floor(times[-1] * self.rate + 0.5))) + 1)
        wanted = np.clip(self.times(numbers), times[0], times[-1])
        after = np.clip(np.searchsorted(times, wanted), 1, max(1, len(times) - 1))
        if len(times) == 1:
            return numbers, np.repeat(values, len(numbers), axis=0)
        before = after - 1
        share = (wanted - times[before]) / (times[after] - times[before])
        share = share.reshape(-1, *[1] * (values.ndim - 1))
        low, high = values[before], values[after]
        # Exactly on a frame its own values hold, whatever the other is.
        mixed = np.where(share <= 0, low, np.where(share >= 1, high, low + share * (high - low)))
        # Frames between that do not show the person are a gap.
        gap = (
            (indices[after] - indices[before] > 1).reshape(share.shape) & (share > 0) & (share < 1)
        )
        return numbers, np.asarray(np.where(gap, np.nan, mixed), values.dtype)
