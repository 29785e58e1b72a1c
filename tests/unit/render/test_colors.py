from itertools import combinations

import numpy as np
import pytest

from lighttrack.render.colors import identity_color


def oklab(color):
    """Forward transform of bottosson.github.io/posts/oklab; the module has only the inverse."""
    linear = (np.array(color) / 255) ** 2.2
    to_lms = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    to_lab = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
    return np.array(to_lab) @ np.cbrt(np.array(to_lms) @ linear)


def test_an_identity_keeps_its_colour():
    before = [identity_color(i) for i in range(50)]
    identity_color.cache_clear()
    assert [identity_color(i) for i in reversed(range(50))] == before[::-1]


def test_people_of_one_scene_have_distinct_colours():
    colors = [oklab(identity_color(i)) for i in range(20)]
    closest = min(np.linalg.norm(a - b) for a, b in combinations(colors, 2))
    assert closest > 0.08  # about four just noticeable differences (0.02)


@pytest.mark.parametrize("identity", [0, 1, 7, 21, 1000, 123456])
def test_every_colour_is_clear_of_black_and_of_white(identity):
    red, green, blue = identity_color(identity)
    brightness = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert 90 < brightness < 235
    assert max(red, green, blue) - min(red, green, blue) > 20  # never grey
