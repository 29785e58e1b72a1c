"""The tracker and the command line keep to their limits, and the page says what is so."""

import re
from pathlib import Path

import pytest
from package_size import SRC, sizes

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-it-works.md"
SIZES = sizes(SRC)


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("modules of tracking/", 16),
        ("lines of tracking/", 2400),
        ("assignments at module level in tracking/", 30),
        ("lines of cli/", 2200),
    ],
)
def test_limits_are_kept(what, limit):
    assert SIZES[what] <= limit


def test_the_counts_are_those_of_small_files(tmp_path):
    tracking = tmp_path / "lighttrack" / "tracking"
    tracking.mkdir(parents=True)
    (tmp_path / "lighttrack" / "cli").mkdir()
    (tmp_path / "lighttrack" / "__init__.py").write_text('__all__ = ["a", "b"]\n')
    (tracking / "__init__.py").write_text('__all__ = ["a"]\nX = 1\n')
    (tracking / "config.py").write_text(
        "class Group:\n    a: int = 1\n    b: int = 2\nclass All:\n    group: Group = Group()\n"
    )
    (tracking / "tracklets.py").write_text(
        "class Body:\n    a: int\n    b: int\nclass Tracklets:\n    body: Body\n    ids: int\n"
    )
    assert sizes(tmp_path) == {
        "modules of tracking/": 2,
        "lines of tracking/": 13,
        "longest module, lines": 6,
        "settings": 2,
        "assignments at module level in tracking/": 1,
        "fields of a tracklet": 3,
        "lines of cli/": 0,
        "public names": 2,
    }


@pytest.mark.parametrize("what", ["settings", "public names"])
def test_the_page_says_what_is_so(what):
    row = re.search(rf"^\| {what} \| \d+ \| (\d+) ", PAGE.read_text("utf-8"), re.MULTILINE)
    assert row
    assert int(row[1]) == SIZES[what]
