import math

import pytest

from lighttrack.video.reader import Cut


def test_nothing_is_cut_unless_asked():
    assert Cut.between(None, None) == Cut(0.0, math.inf)
    assert Cut.between(None, None).frames(71, None, 25) == 71
    assert Cut.between(None, None).frames(None, 4.0, 25) is None


@pytest.mark.parametrize(
    ("start", "end", "count", "duration", "expected"),
    [
        (1.0, 2.0, 100, 4.0, 25),
        (None, 2.0, 100, 4.0, 50),
        (3.0, None, 100, 4.0, 25),
        (3.0, 99.0, None, 4.0, 25),
        (3.0, None, 100, None, 25),
        (3.0, None, None, None, None),
        (9.0, None, 100, 4.0, 0),
    ],
)
def test_how_many_frames_to_expect_of_a_part(start, end, count, duration, expected):
    assert Cut.between(start, end).frames(count, duration, 25) == expected


@pytest.mark.parametrize("start", [-0.1, math.nan, math.inf])
def test_a_part_begins_at_a_time(start):
    with pytest.raises(ValueError, match="start must be a time of 0 seconds or more"):
        Cut(start)


def test_a_part_is_not_empty():
    with pytest.raises(ValueError, match=r"end must be later than start \(1 s\), got 1 seconds"):
        Cut(1, 1)
