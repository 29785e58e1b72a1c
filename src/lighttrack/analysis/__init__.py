"""Numbers of tracked people: angles of joints and segments, speeds, strides, jumps, metres.

What is named here is imported when it is first used.
"""

from typing import TYPE_CHECKING

from lighttrack._lazy import lazy

if TYPE_CHECKING:
    from lighttrack.analysis.analyze import Analysis, analyze
    from lighttrack.analysis.angles import ANGLES, Angle, angles_of
    from lighttrack.analysis.filters import FILTERS, Filter
    from lighttrack.analysis.scale import Scale, in_metres

__all__ = [
    "ANGLES",
    "FILTERS",
    "Analysis",
    "Angle",
    "Filter",
    "Scale",
    "analyze",
    "angles_of",
    "in_metres",
]

_HOME = {
    "ANGLES": "angles",
    "Analysis": "analyze",
    "Angle": "angles",
    "FILTERS": "filters",
    "Filter": "filters",
    "Scale": "scale",
    "analyze": "analyze",
    "angles_of": "angles",
    "in_metres": "scale",
}

__getattr__, __dir__ = lazy(__name__, _HOME)
