"""Reports: what is written says what was measured."""

from xml.etree import ElementTree

import numpy as np
import pytest

from lighttrack.evaluation.comparison import changes, only_in_one
from lighttrack.evaluation.sequence import make_sequence
from lighttrack.evaluation.timeline import Timeline, make_timeline
from lighttrack.render import charts
from lighttrack.render.page import Moment, Outline, Section, html_moments, html_table, render
from lighttrack.render.tables import Table
from lighttrack.reports import timeline
from lighttrack.reports.tracking_page import figures_table


def _rectangles(svg: str) -> list[dict[str, str]]:
    tree = ElementTree.fromstring(svg)
    return [element.attrib for element in tree.iter("rect")]


def _swap() -> Timeline:
    """Two people, ten frames; tracks exchanged at frame 5, the second person missed at 8."""
    tracks = [[10, 11]] * 5 + [[11, 10]] * 5
    tracks[8] = [11]
    alike = [np.eye(2)] * 10
    alike[8] = np.array([[1.0], [0.0]])
    sequence = make_sequence([[0, 1]] * 10, tracks, alike, name="swap")
    return make_timeline(sequence)


def test_markdown_lines_up_and_dashes_what_is_not_known() -> None:
    table = Table("T", ("", "MOTA", "n"), (("a", 12.345, 3), ("long name", float("nan"), None)))
    assert table.to_markdown().splitlines() == [
        "**T**", "",
        "|           | MOTA | n |",
        "|:----------|-----:|--:|",
        "| a         | 12.3 | 3 |",
        "| long name |    – | – |",
    ]  # fmt: skip


def test_names_from_files_cannot_break_the_page() -> None:
    table = html_table(Table("", ("", "x"), (("<b>&", 1.0),)))
    assert "&lt;b&gt;&amp;" in table
    page = render("a <title>", [Section("<s>", "note & more", (table,))])
    assert "<b>" not in page
    assert "a &lt;title&gt;" in page
    assert "<script" not in page


def test_bars_are_as_long_as_their_values() -> None:
    svg = charts.bars({"a": {"MOTA": 50.0}, "b": {"MOTA": -20.0}, "c": {"MOTA": 100.0}}, title="t")
    lengths = [float(bar["width"]) for bar in _rectangles(svg)[1:]]  # the first is the legend
    assert lengths[0] * 2 == pytest.approx(lengths[2], abs=0.05)
    assert lengths[1] == 0
    assert "-20.0" in svg


def test_lines_leave_out_what_is_not_a_number() -> None:
    svg = charts.lines([0.1, 0.2, 0.3], {"MOTA": [1.0, float("nan"), 3.0]}, title="", x_label="x")
    points = ElementTree.fromstring(svg).find("polyline").attrib["points"]  # type: ignore[union-attr]
    assert len(points.split()) == 2


def test_a_timeline_knows_who_followed_whom_and_when_it_changed() -> None:
    line = _swap()
    assert line.followed.tolist() == [[0] * 5 + [1] * 5, [1] * 5 + [0] * 3 + [-1, 0]]
    assert np.argwhere(line.switches).tolist() == [[0, 5], [1, 5]]
    assert line.errors().tolist() == [0] * 5 + [2] + [0, 0, 1, 0]


def test_the_drawing_marks_switches_and_hatches_what_is_missed() -> None:
    svg = timeline.draw(_swap())
    tree = ElementTree.fromstring(svg)
    assert sum(e.attrib.get("class") == "switch" for e in tree.iter("path")) == 2
    hatched = [bar for bar in _rectangles(svg) if bar.get("fill") == "url(#missed)"]
    assert len(hatched) == 1


def test_of_many_people_the_longest_are_drawn() -> None:
    frames = [[i for i in range(60) if i <= frame] for frame in range(60)]
    alike = [np.eye(len(frame)) for frame in frames]
    svg = timeline.draw(make_timeline(make_sequence(frames, frames, alike)), most=5)
    assert svg.count('fill="#') == 10  # five people and five tracks


def test_a_moment_shows_misses_in_red_and_false_positives_with_a_question_mark() -> None:
    box = [1.0, 2.0, 11.0, 22.0]
    missed, extra = Outline("1", box, True), Outline("7", box, True, 0, [[1, 2, 3, 4.5]])
    html = html_moments([Moment("f", b"\xff\xd8", 64, 48, (missed,), (extra,))])
    assert "data:image/jpeg;base64,/9g=" in html
    assert "#ff2d2d" in html
    assert ">7 ?<" in html
    assert 'd="M1 2 L3 4.5"' in html


def test_one_sequence_is_not_shown_twice() -> None:
    figures = {"mota": 0.5, "switches": 2}
    assert figures_table({"only": figures}, figures).rows[0][0] == "Total"
    assert len(figures_table({"one": figures, "two": figures}, figures).rows) == 3


def test_the_largest_relative_change_comes_first_and_fewer_switches_are_better() -> None:
    before = {"mota": 0.5, "switches": 10, "sequences": {"a": {"idf1": 0.2}, "b": {"idf1": 0.2}}}
    after = {"mota": 0.4, "switches": 4, "sequences": {"a": {"idf1": 0.21}, "c": {"idf1": 0.2}}}
    found = [(c.place, c.figure, c.better) for c in changes(before, after)]
    assert found == [
        ("total", "switches", True), ("total", "mota", False), ("a", "idf1", True)
    ]  # fmt: skip
    assert only_in_one(before, after) == (["b"], ["c"])


def test_keypoints_are_compared_by_name() -> None:
    names = {"0": "right_ankle", "1": "total"}
    before = {"AP": {"ap": [50.0, 50.0], "names": names}}
    after = {"AP": {"ap": [60.0, float("nan")], "names": names}}
    found = changes(before, after)
    assert [(c.place, c.figure) for c in found] == [("total", "AP ap"), ("right_ankle", "AP ap")]
