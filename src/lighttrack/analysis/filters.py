"""Filters for the paths of keypoints, under the names that Sports2D has for them.

All run over the whole recording, forwards and backwards where they would lag. Gaps stay gaps: each
stretch between them is filtered by itself, and one that is too short is left as it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy import signal

from lighttrack.structures.types import AnyArray

FilterName = Literal["butterworth", "one_euro", "savitzky_golay", "median", "none"]
FILTERS: tuple[FilterName, ...] = get_args(FilterName)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter and its settings; each of the others passes over those that it does not have."""

    name: FilterName = "butterworth"
    cutoff: float = 6.0
    """Hz: of `butterworth`, and of `one_euro` at rest (Sports2D: 6 and 2.5)."""
    order: int = 4
    """Of `butterworth`, after both passes, so even; of the polynomials of `savitzky_golay`."""
    beta: float = 0.9
    """Of `one_euro`: by how much the cutoff rises with speed, in Hz per pixel (metre) a second."""
    window: int = 9
    """Frames: of `savitzky_golay`, and of `median`; odd."""
    max_gap: float = 0.4
    """Seconds: gaps up to it are filled on straight lines before filtering, with every filter."""

    def __post_init__(self) -> None:
        if self.name not in FILTERS:
            raise ValueError(f"unknown filter {self.name!r}; known: {', '.join(FILTERS)}")
        if not self.cutoff > 0:
            raise ValueError(f"cutoff must be above 0 Hz, got {self.cutoff}")
        if self.order < 2 or (self.name == "butterworth" and self.order % 2):
            raise ValueError(f"order must be 2 or more, and even for butterworth, got {self.order}")
        if self.window < 3 or self.window % 2 == 0:
            raise ValueError(f"window must be odd and 3 or more, got {self.window}")
        if self.name == "savitzky_golay" and self.window <= self.order:
            raise ValueError(f"window {self.window} must be above the order {self.order}")

    def __call__(self, values: AnyArray, rate: float) -> AnyArray:
        """Values `(T, ...)` filtered along the frames.

        Args:
            values: NaN where missing.
            rate: frames per second.

        Example:
            >>> Filter("median", window=3)(np.array([1.0, 9.0, 1.0, 1.0]), rate=25).tolist()
            [1.0, 1.0, 1.0, 1.0]
        """
        shape = np.shape(values)
        columns = np.array(values, np.float64).reshape(shape[0], int(np.prod(shape[1:])))
        for column in columns.T:
            _fill(column, round(self.max_gap * rate))
            if self.name != "none":
                for stretch in _stretches(column):
                    column[stretch] = _FILTERS[self.name](column[stretch], self, rate)
        return columns.reshape(shape)


def _fill(column: AnyArray, most: int) -> None:
    """Put straight lines into the gaps of at most so many frames."""
    known = np.flatnonzero(np.isfinite(column))
    for before, after in zip(known[:-1].tolist(), known[1:].tolist(), strict=True):
        if 1 < after - before <= most + 1:
            between = np.arange(before + 1, after)
            column[between] = np.interp(between, [before, after], column[[before, after]])


def _stretches(column: AnyArray) -> Iterator[slice]:
    """Runs of values that are there."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.isfinite(column), [False]])))
    for begin, end in edges.reshape(-1, 2).tolist():
        yield slice(begin, end)


def _butterworth(values: AnyArray, settings: Filter, rate: float) -> AnyArray:
    if settings.cutoff >= rate / 2:
        return values  # nothing faster is in them
    b, a = signal.butter(settings.order // 2, settings.cutoff / (rate / 2), "low")
    if len(values) <= 3 * max(len(a), len(b)):
        return values
    return np.asarray(signal.filtfilt(b, a, values))


def _one_euro(values: AnyArray, settings: Filter, rate: float) -> AnyArray:
    """There and back: the second pass takes out the first one's lag."""
    once = _one_euro_pass(values, settings, rate)
    return _one_euro_pass(once[::-1], settings, rate)[::-1]


def _one_euro_pass(values: AnyArray, settings: Filter, rate: float) -> AnyArray:
    """G. Casiez, N. Roussel, D. Vogel, CHI 2012; the speed's cutoff is 1 Hz, as there."""
    filtered = np.array(values)
    speed = 0.0
    slow = _share(1.0, rate)
    for i in range(1, len(values)):
        speed += slow * ((values[i] - filtered[i - 1]) * rate - speed)
        share = _share(settings.cutoff + settings.beta * abs(speed), rate)
        filtered[i] = filtered[i - 1] + share * (values[i] - filtered[i - 1])
    return filtered


def _share(cutoff: float, rate: float) -> float:
    """Of the new value, for a low-pass filter of the first order."""
    r = 2 * np.pi * cutoff / rate
    return float(r / (r + 1))


def _savitzky_golay(values: AnyArray, settings: Filter, rate: float) -> AnyArray:
    if len(values) < settings.window:
        return values
    return np.asarray(signal.savgol_filter(values, settings.window, settings.order))


def _median(values: AnyArray, settings: Filter, rate: float) -> AnyArray:
    half = settings.window // 2
    padded = np.pad(values, half, mode="edge")
    return np.asarray(
        np.median(np.lib.stride_tricks.sliding_window_view(padded, settings.window), axis=-1)
    )


_FILTERS: dict[str, Callable[[AnyArray, Filter, float], AnyArray]] = {
    "butterworth": _butterworth,
    "one_euro": _one_euro,
    "savitzky_golay": _savitzky_golay,
    "median": _median,
}
