"""High dynamic range and wide gamut (PQ, HLG, BT.2020) mapped to BT.709 by look-up tables.

Networks and drawn videos expect BT.709. Each channel is made linear by a table (the inverse of the
stream's transfer function), brought from the primaries of BT.2020 to those of BT.709 by a matrix
(ITU-R BT.2087), and given BT.709's transfer function by a second table, into which the tone curve
is worked: what is brighter than the reference white of 203 cd/m2 (ITU-R BT.2408) is compressed.
"""

from functools import cache

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from lighttrack.structures import Image

_PQ, _HLG = 16, 18
"""Codes of the transfer functions of SMPTE ST 2084 and ARIB STD-B67 in ITU-T H.273."""

_BT2020 = 9
"""The code of BT.2020's primaries in ITU-T H.273."""

_WHITE = 203.0
"""Reference white in cd/m2: ITU-R BT.2408."""

_PEAK = 1000.0
"""Of the mastering display, in cd/m2: what is brighter is white."""

_KNEE = 0.5
"""Up to this share of the reference white nothing is compressed."""

_LEVELS = 4096
"""Of the tables: more than the 10 or 12 bits of the streams."""

_TO_BT709 = np.array(
    [
        [1.6605, -0.5876, -0.0728],
        [-0.1246, 1.1329, -0.0083],
        [-0.0182, -0.1006, 1.1187],
    ],
    np.float32,
)
"""Linear BT.2020 to linear BT.709: ITU-R BT.2087, annex 1."""

NAMES = {_PQ: "PQ", _HLG: "HLG"}
"""The transfer functions of high dynamic range by their codes."""


def kind_of(primaries: int, transfer: int) -> str:
    """`"HDR (PQ)"`, `"HDR (HLG)"`, `"BT.2020"`, or nothing for what is as BT.709.

    Example:
        >>> kind_of(9, 16), kind_of(9, 1), kind_of(1, 1)
        ('HDR (PQ)', 'BT.2020', '')
    """
    if transfer in NAMES:
        return f"HDR ({NAMES[transfer]})"
    return "BT.2020" if primaries == _BT2020 else ""


def of_frame(frame: VideoFrame) -> str:
    """What is to be mapped of a frame; see `kind_of`."""
    return kind_of(int(frame.color_primaries), int(frame.color_trc))


def to_bt709(pixels: NDArray[np.uint16], kind: str) -> Image:
    """An image `(H, W, 3)` of 16-bit RGB as 8-bit RGB in BT.709.

    Args:
        pixels: as decoded, in the stream's own transfer function, full range.
        kind: what `kind_of` said.

    Example:
        >>> white = np.full((1, 1, 3), 0.58 * 65535, np.uint16)  # 203 cd/m2 in PQ
        >>> int(to_bt709(white, "HDR (PQ)")[0, 0, 0])
        223
    """
    shift = 16 - (_LEVELS - 1).bit_length()
    linear = _linear_table(kind)[pixels >> shift]
    mapped = cv2.transform(linear, _TO_BT709)
    # Brightness in the table goes by its square root: fine where the eye is.
    np.clip(mapped, 0, _peak(kind), out=mapped)
    np.sqrt(mapped, out=mapped)
    mapped *= (_LEVELS - 1) / np.sqrt(_peak(kind))
    return np.asarray(_display_table(kind)[mapped.astype(np.uint16)], np.uint8)


def _peak(kind: str) -> float:
    """The brightest linear value, in units of the reference white."""
    return 1.0 if kind == "BT.2020" else _PEAK / _WHITE


@cache
def _linear_table(kind: str) -> NDArray[np.float32]:
    """Linear light for each level, the reference white being 1."""
    signal = np.arange(_LEVELS) / (_LEVELS - 1)
    if kind == "HDR (PQ)":  # the EOTF of SMPTE ST 2084
        power = signal ** (32 / 2523)
        root = np.maximum(power - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * power)
        linear = 10_000 * root ** (8192 / 1305) / _WHITE
    elif kind == "HDR (HLG)":  # ARIB STD-B67, with the system gamma of 1.2 on each channel
        a = 0.17883277
        b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
        scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
        linear = _PEAK * scene**1.2 / _WHITE
    else:  # BT.2020's, which is BT.709's
        linear = np.where(signal < 0.081, signal / 4.5, ((signal + 0.099) / 1.099) ** (1 / 0.45))
    return linear.astype(np.float32)


@cache
def _display_table(kind: str) -> NDArray[np.uint8]:
    """Eight bits in BT.709 for each level of the square root of linear light."""
    peak = _peak(kind)
    linear = peak * (np.arange(_LEVELS) / (_LEVELS - 1)) ** 2
    bent = linear if peak == 1.0 else _compressed(linear, peak)
    shown = np.where(bent < 0.018, 4.5 * bent, 1.099 * np.maximum(bent, 1e-9) ** 0.45 - 0.099)
    return np.asarray(np.rint(255 * np.clip(shown, 0, 1)), np.uint8)


def _compressed(linear: NDArray[np.float64], peak: float) -> NDArray[np.float64]:
    """A Möbius curve: unchanged and smooth up to the knee, and 1 at the peak."""
    # (x + a) / (x + b), scaled, with value and slope of the identity at the knee.
    a = -(_KNEE**2) * (peak - 1) / (_KNEE**2 - 2 * _KNEE + peak)
    b = (_KNEE**2 - 2 * _KNEE * peak + peak) / max(peak - 1, 1e-6)
    scale = (b**2 + 2 * b * _KNEE + _KNEE**2) / (b - a)
    return np.where(linear <= _KNEE, linear, scale * (linear + a) / (linear + b))
