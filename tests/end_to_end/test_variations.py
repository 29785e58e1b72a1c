"""Clips seen by other cameras: the ground truth goes where the images go."""

import numpy as np
import pytest
from cameras import VARIATIONS
from material import Clip

WIDTH, HEIGHT = 320, 240


@pytest.fixture(scope="module")
def walk():
    """A white figure that walks through the image in three seconds, and one that stands."""

    def boxes(index):
        walker = [10 + 2 * index, 60, 40 + 2 * index, 160]
        return np.array([walker, [150, 180, 170, 230]], float)

    def image(index):
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        for channel, (x0, y0, x1, y1) in enumerate(boxes(index).astype(int)):
            image[y0:y1, x0:x1, channel] = 255
        return image

    count = 75
    return Clip(
        name="walk",
        width=WIDTH,
        height=HEIGHT,
        times=[index / 25 for index in range(count)],
        truth=[(np.array([0, 1]), boxes(index)) for index in range(count)],
        image=image,
    )


@pytest.mark.parametrize("name", VARIATIONS)
def test_every_person_stays_in_their_box(walk, name):
    clip = VARIATIONS[name](walk)
    people = 0
    for frame, (ids, boxes) in zip(clip.frames(), clip.truth, strict=True):
        assert frame.image.shape == (clip.height, clip.width, 3)
        for identity, box in zip(ids, boxes, strict=True):
            rows, columns = np.nonzero(frame.image[:, :, identity] > 127)
            seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            np.testing.assert_allclose(box, seen, atol=1.5)
            people += 1
    assert people > len(clip)


def test_a_person_who_comes_into_the_window_comes_into_the_truth(walk):
    # The window begins 32 pixels from the left: a walker of 30 pixels is out of it at first.
    present = [ids.tolist() for ids, _ in VARIATIONS["jumps"](walk).truth]
    assert present[0] == [1]
    assert present[10] == [0, 1]


def test_the_window_moves(walk):
    standing = {
        name: np.array([b[i == 1][0, 0] for i, b in VARIATIONS[name](walk).truth if 1 in i])
        for name in ("shake", "sweep", "jumps")
    }
    assert all(np.ptp(x) > 0.02 * WIDTH for x in standing.values())
    assert np.abs(np.diff(standing["jumps"])).max() > 0.25 * 0.6 * WIDTH


def test_dropped_frames_keep_their_times(walk):
    clip = VARIATIONS["7 fps"](walk)
    assert clip.fps == pytest.approx(7, abs=0.5)
    assert set(clip.times) <= set(walk.times)


def test_what_is_reversed_twice_is_as_before(walk):
    again = VARIATIONS["reversed"](VARIATIONS["reversed"](walk))
    assert again.times == pytest.approx(walk.times)
    for (_, before), (_, after) in zip(walk.truth, again.truth, strict=True):
        np.testing.assert_array_equal(before, after)
