"""One colour per identity, distinct from those of neighbouring ids and bright on dark footage."""

from functools import lru_cache
from math import cos, pi, sin
from typing import TypeAlias

Color: TypeAlias = tuple[int, int, int]
"""Red, green, blue; 0-255."""

_GOLDEN = 0.6180339887498949
_FIRST_HUE = 0.75
# In turn, a second cue beside the hue. Start and order make the two most alike of the first twenty
# colours as different as can be.
_LIGHTNESS = (0.79, 0.69, 0.60, 0.83, 0.74, 0.65, 0.88)
_CHROMA = 0.19


@lru_cache(maxsize=4096)
def identity_color(identity: int) -> Color:
    """The colour of an identity: a function of the number alone, so it stays through the video.

    Hues step by the golden ratio, which keeps any run of successive ids far apart, around a circle
    of the perceptually even OKLCH space (Ottosson 2020), so no two look alike merely because they
    are green. Lightness stays between 0.60 and 0.88: clear of black and of white, and always light
    enough for black text.

    Example:
        >>> identity_color(3) == identity_color(3) != identity_color(4)
        True
    """
    hue = 2 * pi * ((_FIRST_HUE + identity * _GOLDEN) % 1.0)
    lightness = _LIGHTNESS[identity % len(_LIGHTNESS)]
    chroma = _CHROMA
    while (linear := _linear_rgb(lightness, chroma, hue)) != tuple(
        min(max(part, 0.0), 1.0) for part in linear
    ):
        chroma -= 0.005  # colours outside what a screen shows lose chroma, not hue or lightness
    red, green, blue = (round(255 * _gamma(part)) for part in linear)
    return red, green, blue


def _linear_rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """OKLCH as linear sRGB; matrices from bottosson.github.io/posts/oklab (public domain)."""
    a, b = chroma * cos(hue), chroma * sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _gamma(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else float(1.055 * linear ** (1 / 2.4) - 0.055)
