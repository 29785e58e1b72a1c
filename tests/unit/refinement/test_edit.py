from dataclasses import replace

import pytest
from walkers import frame, ids_by_frame, line, video

from lighttrack.refinement import delete, edit, merge, rename, swap
from lighttrack.refinement.edit import frame_from, frame_until
from lighttrack.structures import TrackState


@pytest.fixture
def pair():
    """1 walks above from frame 0 to 9, 2 below from 4 to 9."""
    return video({1: (0, 9, line(100, 200)), 2: (4, 9, line(100, 400))}, frames=10)


def heights(result, identity):
    """Where an id is in each frame: above, below or nowhere."""
    names = {200.0: "above", 400.0: "below"}
    return [
        next(
            (names[(b[1] + b[3]) / 2] for i, b in zip(f.ids, f.boxes.tolist(), strict=True)
             if i == identity),
            None,
        )
        for f in result.frames
    ]  # fmt: skip


def test_two_who_were_mixed_up_when_they_crossed_are_put_right(pair):
    result = swap(pair, 1, 2, from_frame=6)
    assert heights(result, 1) == ["above"] * 6 + ["below"] * 4
    assert heights(result, 2) == [None] * 4 + ["below"] * 2 + ["above"] * 4


def test_a_range_includes_both_of_its_ends(pair):
    result = swap(pair, 1, 2, from_frame=5, to_frame=6)
    assert heights(result, 1) == ["above"] * 5 + ["below"] * 2 + ["above"] * 3


def test_where_one_of_two_is_alone_they_become_the_other(pair):
    assert ids_by_frame(swap(pair, 2, 1, to_frame=3))[:5] == [[2]] * 4 + [[1, 2]]


def test_swapping_twice_changes_nothing(pair):
    twice = swap(swap(pair, 1, 2, from_frame=3), 1, 2, from_frame=3)
    assert heights(twice, 1) == heights(pair, 1)


def test_two_pieces_become_one():
    pieces = video({3: (0, 4, line(100)), 0: (6, 9, line(100))}, frames=10)
    result = merge(pieces, 0, 3)
    assert ids_by_frame(result) == [[0]] * 5 + [[]] + [[0]] * 4


def test_two_who_were_seen_together_are_not_merged(pair):
    with pytest.raises(ValueError, match="1 and 2: both were observed in frames 4 to 9;"):
        merge(pair, 1, 2)
    apart = delete(delete(pair, 1, from_frame=5, to_frame=6), 1, from_frame=8)
    with pytest.raises(ValueError, match="both were observed in frames 4, 7;"):
        merge(apart, 1, 2)
    once = delete(pair, 2, from_frame=5)
    with pytest.raises(ValueError, match="both were observed in frame 4;"):
        merge(once, 1, 2)


@pytest.mark.parametrize("lost", [1, 2])
def test_a_person_who_is_merely_expected_gives_way_to_the_one_seen(pair, lost):
    frames = [
        replace(each, states=[TrackState.LOST if i == lost else 0 for i in each.ids.tolist()])
        for each in pair.frames
    ]
    result = merge(replace(pair, frames=frames), 1, 2)
    assert ids_by_frame(result) == [[1]] * 10
    seen = "below" if lost == 1 else "above"
    assert heights(result, 1)[4:] == [seen] * 6
    assert result.frames[5].states.tolist() == [TrackState.TRACKED]


def test_of_two_who_are_merely_expected_the_kept_one_stays(pair):
    frames = [replace(each, states=[TrackState.LOST] * len(each)) for each in pair.frames]
    assert heights(merge(replace(pair, frames=frames), 2, 1), 2)[4:] == ["below"] * 6


def test_a_bush_is_left_out(pair):
    assert ids_by_frame(delete(pair, 1)) == [[]] * 4 + [[2]] * 6
    assert ids_by_frame(delete(pair, 2, from_frame=8)) == [[1]] * 4 + [[1, 2]] * 4 + [[1]] * 2


def test_a_person_gets_another_number(pair):
    assert rename(pair, 2, 0).ids().tolist() == [0, 1]
    assert heights(rename(pair, 2, 0), 0) == heights(pair, 2)


def test_all_else_stays(pair):
    result = swap(pair, 1, 2)
    for before, after in zip(pair.frames, result.frames, strict=True):
        assert after.poses is before.poses
        assert (after.index, after.time, after.is_keyframe) == (
            before.index, before.time, before.is_keyframe,
        )  # fmt: skip
    assert pair.ids().tolist() == [1, 2]


def test_what_was_done_is_on_record_and_can_be_done_again(pair):
    result = delete(rename(swap(pair, 1, 2, from_frame=6), 2, 7), 1, to_frame=3)
    assert result.provenance == {
        "version": "1",
        "changes": [
            {"operation": "swap", "ids": [1, 2], "from_frame": 6, "to_frame": None},
            {"operation": "rename", "id": 2, "new": 7},
            {"operation": "delete", "id": 1, "from_frame": None, "to_frame": 3},
        ],
    }
    assert merge(delete(pair, 1, from_frame=4), 1, 2).provenance["changes"][1] == {
        "operation": "merge", "ids": [1, 2],
    }  # fmt: skip


@pytest.mark.parametrize(
    "edit",
    [
        lambda video: swap(video, 1, 9),
        lambda video: merge(video, 9, 1),
        lambda video: delete(video, 9),
        lambda video: rename(video, 9, 1),
    ],
)
def test_an_unknown_id_says_who_is_there_and_when(pair, edit):
    message = r"no id 9 in the result; it has 1 \(frames 0 to 9\), 2 \(frames 4 to 9\)"
    with pytest.raises(ValueError, match=message):
        edit(pair)


def test_of_very_many_ids_some_are_named():
    crowd = video({i: (0, 0, line(100, i * 5.0)) for i in range(50)}, frames=1)
    with pytest.raises(ValueError, match=r"19 \(frames 0 to 0\) and 30 more$"):
        delete(crowd, 99)


def test_a_result_without_people_cannot_be_edited():
    with pytest.raises(ValueError, match="no id 1 in the result; it has no people"):
        delete(video({}, frames=3), 1)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda v: swap(v, 1, 1), "cannot swap 1 with itself"),
        (lambda v: merge(v, 2, 2), "cannot merge 2 with itself"),
        (lambda v: rename(v, 1, 2), "cannot rename 1 to 2: 2 is in the result already"),
        (lambda v: rename(v, 1, 1), "cannot rename 1 to 1: 1 is in the result already"),
        (lambda v: rename(v, 1, -1), "an id must be 0 or more, got -1"),
        (lambda v: swap(v, 1, 2, from_frame=10), "frame 10 lies outside .* frames 0 to 9"),
        (lambda v: delete(v, 1, to_frame=-1), "frame -1 lies outside .* frames 0 to 9"),
        (lambda v: delete(v, 1, from_frame=5, to_frame=4), r"the range ends \(4\) before"),
        (lambda v: delete(v, 2, to_frame=3), "nothing to do: frames 0 to 3 do not show 2"),
    ],
)
def test_what_makes_no_sense_is_refused(pair, edit, message):
    with pytest.raises(ValueError, match=message):
        edit(pair)


def test_frames_are_named_by_their_own_numbers():
    """A part of a video keeps the numbers and times of the whole."""
    part = video({}, frames=0)
    part = replace(part, frames=[frame(i, i / 25, {1: (100, 200)}) for i in range(100, 110)])
    assert ids_by_frame(delete(part, 1, from_frame=105)) == [[1]] * 5 + [[]] * 5
    with pytest.raises(ValueError, match=r"frame 5 lies outside .* frames 100 to 109"):
        delete(part, 1, from_frame=5)


def test_times_name_the_frames_within_them(pair):
    assert frame_from(pair, 0.0) == 0
    assert frame_from(pair, 0.1) == 3
    assert frame_from(pair, 0.12) == 3
    assert frame_until(pair, 0.1) == 2
    assert frame_until(pair, 99.0) == 9
    with pytest.raises(ValueError, match=r"no frame at 1 s or later: .* from 0 to 0.36 s"):
        frame_from(pair, 1.0)
    with pytest.raises(ValueError, match="no frame at -1 s or earlier"):
        frame_until(pair, -1.0)
    with pytest.raises(ValueError, match="the result has no frames"):
        frame_from(video({}, frames=0), 1.0)


def test_names_go_with_their_people():
    """Renaming and merging take a name along, and deleting drops it."""
    walking = video({1: (0, 9, line(10)), 2: (0, 4, line(500))})
    named = edit.name(edit.name(walking, 1, " Ann\n"), 2, "Bo" * 40)
    assert named.provenance["names"] == {"1": "Ann", "2": "Bo" * 20}
    assert edit.rename(named, 1, 7).provenance["names"] == {"2": "Bo" * 20, "7": "Ann"}
    assert edit.delete(named, 2).provenance["names"] == {"1": "Ann"}
    assert edit.delete(named, 2, to_frame=2).provenance["names"] == named.provenance["names"]
    parts = edit.split(named, 1, from_frame=5)
    assert edit.merge(edit.name(parts, 1, ""), 1, 3).provenance["names"] == {"2": "Bo" * 20}
    assert edit.merge(edit.rename(parts, 1, 8), 3, 8).provenance["names"]["3"] == "Ann"
    assert "names" not in edit.name(edit.delete(named, 2), 1, "").provenance
