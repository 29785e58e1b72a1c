"""Array aliases shared by the whole package."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
"""Any array of 32-bit floats."""

Reals: TypeAlias = NDArray[np.float64]
"""Any array of 64-bit floats: metrics are computed in double precision, as the references do."""

Indices: TypeAlias = NDArray[np.intp]
"""Any array of indices."""

Boxes: TypeAlias = NDArray[np.float32]
"""`(N, 4)`: x0, y0, x1, y1 in pixels; x to the right, y downwards."""

Ids: TypeAlias = NDArray[np.int64]
"""`(N,)`: identities; 0 is an identity like any other."""

Mask: TypeAlias = NDArray[np.bool_]
"""Any array of booleans."""

Image: TypeAlias = NDArray[np.uint8]
"""`(H, W, 3)`: RGB, 0-255."""

AnyArray: TypeAlias = NDArray[Any]

NO_ANGLES: Floats = np.zeros(0, np.float32)
"""Stands for angles that are not given, as the default of a field."""


def require_shape(name: str, array: AnyArray, expected: tuple[int | str, ...]) -> None:
    """Raise `ValueError` unless `array` has the `expected` shape; a string stands for any length.

    Example:
        >>> require_shape("boxes", np.zeros((2, 4)), ("N", 4))
    """
    shape = array.shape
    if shape == expected:
        return
    fits = len(shape) == len(expected) and all(
        isinstance(want, str) or have == want for have, want in zip(shape, expected, strict=True)
    )
    if not fits:
        wanted = ", ".join(str(part) for part in expected)
        raise ValueError(f"{name} must have shape ({wanted}), got {shape}")
