from dataclasses import replace

import numpy as np
import pytest
from walkers import HEIGHT, frame, ids_by_frame, line, video

from lighttrack.refinement import refine
from lighttrack.structures import Poses, TrackedVideo, TrackState, VideoInfo
from lighttrack.structures.skeletons import COCO_17


def done(result):
    return result.provenance["changes"][-1]


# Joining


def test_a_walk_that_breaks_is_one_person_s_again():
    broken = video({1: (0, 40, line(100)), 2: (55, 99, line(100))})
    result = refine(broken, fill=False)
    assert done(result)["joined"] == [[1, 2]]
    assert result.ids().tolist() == [1]
    assert result.frames[55].states.tolist() == [TrackState.REIDENTIFIED]
    assert result.frames[56].states.tolist() == [TrackState.TRACKED]


def test_pieces_form_chains():
    broken = video({1: (0, 20, line(100)), 5: (30, 60, line(100)), 3: (70, 99, line(100))})
    result = refine(broken)
    assert sorted(done(result)["joined"]) == [[1, 5], [5, 3]]
    assert result.ids().tolist() == [1]


def test_a_person_who_comes_back_elsewhere_is_another_person():
    elsewhere = video({1: (0, 40, line(100)), 2: (55, 99, line(100 + HEIGHT))})
    assert refine(elsewhere).ids().tolist() == [1, 2]


def test_a_person_who_walks_the_other_way_is_another_person():
    """They begin just where the other ended, so only the directions differ."""
    there = line(100, speed=2 * HEIGHT)
    x, _ = there(40 / 25)
    back = line(x + 2 * HEIGHT * 50 / 25, speed=-2 * HEIGHT)
    assert back(50 / 25)[0] == pytest.approx(x)
    assert refine(video({1: (0, 40, there), 2: (50, 99, back)})).ids().tolist() == [1, 2]


def test_another_size_is_another_person():
    small = video({1: (0, 40, line(100)), 2: (55, 99, line(100))})
    for each in small.frames[55:]:
        middle = each.boxes.reshape(-1, 2, 2).mean(axis=1, keepdims=True)
        each.boxes[:] = (middle + (each.boxes.reshape(-1, 2, 2) - middle) / 2).reshape(-1, 4)
    assert refine(small).ids().tolist() == [1, 2]


def test_another_pose_is_another_person():
    """Someone upside down, in the same box."""
    turned = video({1: (0, 40, line(100)), 2: (55, 99, line(100))})
    for each in turned.frames[55:]:
        middle = each.boxes.reshape(-1, 2, 2).mean(axis=1, keepdims=True)
        each.poses.keypoints[:] = 2 * middle - each.poses.keypoints
    assert refine(turned).ids().tolist() == [1, 2]


def test_where_two_may_have_come_back_no_person_is_joined():
    crowd = video({1: (0, 40, line(100)), 2: (55, 99, line(100, 305)), 3: (55, 99, line(100, 295))})
    assert refine(crowd).ids().tolist() == [1, 2, 3]


def test_two_who_part_at_once_are_both_found_again():
    crowd = video(
        {
            1: (0, 40, line(100, 200)),
            2: (0, 40, line(100, 400)),
            3: (50, 99, line(100, 400)),
            4: (50, 99, line(100, 200)),
        }
    )
    result = refine(crowd)
    assert ids_by_frame(result)[-1] == [1, 2]
    assert result.frames[-1].boxes[result.frames[-1].ids == 1, 1] < 200


def test_seconds_count_not_frames():
    """At 5 frames a second a gap of 8 frames is 1.6 s, at 2 it is 4 s: too long."""
    standing = {1: (0, 20, line(100, speed=0)), 2: (28, 60, line(100, speed=0))}
    assert refine(video(standing, frames=61, fps=5)).ids().tolist() == [1]
    assert refine(video(standing, frames=61, fps=2)).ids().tolist() == [1, 2]
    assert refine(video(standing, frames=61, fps=2), join_gap=5).ids().tolist() == [1]


def test_people_who_are_there_together_are_never_joined():
    result = refine(video({1: (0, 60, line(100)), 2: (50, 99, line(100))}))
    assert result.ids().tolist() == [1, 2]


# Filling


def test_short_gaps_are_filled_along_the_way():
    path = line(100)
    result = refine(video({1: (0, 99, path)}, hidden={1: range(40, 55)}))
    assert done(result)["filled"] == 15
    assert ids_by_frame(result) == [[1]] * 100
    for i in range(40, 55):
        x, y = path(i / 25)
        filled = result.frames[i]
        np.testing.assert_allclose(filled.boxes[0], [x - 20, y - 50, x + 20, y + 50], atol=0.01)
        np.testing.assert_allclose(filled.poses.keypoints[0, 0], [x - 20, y - 50], atol=0.01)


def test_interpolated_people_differ_from_observed_ones():
    result = refine(video({1: (0, 99, line(100))}, hidden={1: range(40, 55)}))
    for i, each in enumerate(result.frames):
        filled = i in range(40, 55)
        assert each.states.tolist() == [TrackState.LOST if filled else TrackState.TRACKED]
        np.testing.assert_allclose(each.poses.scores, 0.4 if filled else 0.8)
        np.testing.assert_allclose(each.poses.person_scores, 0.4 if filled else 0.8)


def test_a_keypoint_that_was_missing_on_one_side_stays_missing():
    gap = video({1: (0, 99, line(100))}, hidden={1: range(40, 55)})
    gap.frames[39].poses.keypoints[0, 7] = np.nan
    gap.frames[39].poses.scores[0, 7] = 0
    filled = refine(gap).frames[45].poses
    assert np.isnan(filled.keypoints[0, 7]).all()
    assert filled.scores[0, 7] == 0
    assert np.isfinite(filled.keypoints[0, 8]).all()


def test_long_gaps_stay():
    long = video({1: (0, 99, line(100, speed=0))}, hidden={1: range(30, 70)})
    assert done(refine(long))["filled"] == 0
    assert done(refine(long, fill_gap=2.0))["filled"] == 40


def test_no_person_is_drawn_across_a_cut():
    """Half a second later, on the other side of the image: the camera has jumped."""

    def path(time):
        return (100.0, 300.0) if time < 1.8 else (1100.0, 300.0)

    cut = video({1: (0, 99, path)}, hidden={1: range(45, 47)})
    assert done(refine(cut))["filled"] == 0


def test_predicted_people_give_way_to_what_lies_between():
    """A tracker shows the lost where it expects them; both ends of the gap are known now."""
    path = line(100)
    gap = video({1: (0, 99, path)}, hidden={1: range(40, 50)})
    frames = list(gap.frames)
    for i in range(40, 60):  # the last ten beside the person, who has come back as 2
        places = {1: (400.0, 300.0)}
        frames[i] = frame(i, i / 25, places, state=TrackState.LOST)
        if i >= 50:
            both = frame(i, i / 25, {1: (400.0, 300.0), 2: path(i / 25)})
            frames[i] = replace(both, states=[TrackState.LOST, TrackState.TRACKED])
    for i in range(60, 100):
        frames[i] = replace(frames[i], ids=[2])
    result = refine(replace(gap, frames=frames))
    assert ids_by_frame(result) == [[1]] * 100
    assert done(result)["predictions_left_out"] == 20
    assert result.frames[45].boxes[0, 0] == pytest.approx(path(45 / 25)[0] - 20, abs=0.01)


# Dropping


def test_a_flicker_is_dropped():
    flicker = video({1: (0, 99, line(100)), 2: (50, 54, line(600))}, score={2: 0.3})
    result = refine(flicker)
    assert done(result)["dropped"] == [2]
    assert ids_by_frame(result) == [[1]] * 100


def test_a_person_who_passes_quickly_but_clearly_stays():
    assert refine(video({1: (0, 99, line(100)), 2: (50, 54, line(600))})).ids().tolist() == [1, 2]


def test_a_person_who_is_cut_off_by_the_end_of_the_video_stays():
    late = video({1: (0, 99, line(100)), 2: (95, 99, line(600))}, score={2: 0.3})
    assert refine(late).ids().tolist() == [1, 2]


def test_a_bush_is_dropped():
    bush = video({1: (0, 99, line(100)), 2: (0, 99, line(600, speed=0))}, score={2: 0.3})
    assert done(refine(bush))["dropped"] == [2]


def test_a_person_who_sits_still_but_clearly_stays():
    seated = video({1: (0, 99, line(100)), 2: (0, 99, line(600, speed=0))})
    assert refine(seated).ids().tolist() == [1, 2]


def test_a_person_who_is_doubtful_but_walks_stays():
    far = video({1: (0, 99, line(100)), 2: (0, 99, line(600))}, score={2: 0.3})
    assert refine(far).ids().tolist() == [1, 2]


def test_half_of_a_body_is_enough():
    """Legs behind a table: their scores are low, those of the rest are not."""
    seated = video({1: (0, 99, line(100)), 2: (0, 99, line(600, speed=0))})
    for each in seated.frames:
        each.poses.scores[1, 9:] = 0.05
    assert refine(seated).ids().tolist() == [1, 2]


# Altogether


def test_each_step_can_be_left_out():
    paths = {1: (0, 40, line(100)), 2: (55, 99, line(100)), 3: (50, 54, line(600))}
    everything = video(paths, score={3: 0.3}, hidden={1: range(20, 22)})
    nothing = refine(everything, join=False, drop=False, fill=False)
    assert ids_by_frame(nothing) == ids_by_frame(everything)
    assert done(nothing)["join_gap"] is None
    assert refine(everything, join=False).ids().tolist() == [1, 2]
    assert refine(everything, drop=False).ids().tolist() == [1, 3]
    assert done(refine(everything, fill=False))["filled"] == 0


def test_the_provenance_records_the_settings_and_the_rest_stays():
    before = video({1: (0, 99, line(100))})
    after = refine(before)
    assert after.provenance["version"] == "1"
    assert done(after) == {
        "operation": "refine",
        "join_gap": 2.0,
        "fill_gap": 1.0,
        "drop": True,
        "joined": [],
        "dropped": [],
        "filled": 0,
        "predictions_left_out": 0,
    }
    assert (after.info, after.skeleton) == (before.info, before.skeleton)
    assert "changes" not in before.provenance
    again = refine(after)
    assert [change["operation"] for change in again.provenance["changes"]] == ["refine"] * 2


def test_refining_twice_changes_nothing_more():
    broken = video({1: (0, 40, line(100)), 2: (55, 99, line(100))}, hidden={1: range(20, 25)})
    once = refine(broken)
    twice = refine(once)
    assert ids_by_frame(twice) == ids_by_frame(once)
    for one, other in zip(once.frames, twice.frames, strict=True):
        np.testing.assert_allclose(one.poses.keypoints, other.poses.keypoints, atol=1e-3)


def test_what_goes_in_is_not_changed():
    broken = video({1: (0, 40, line(100)), 2: (55, 99, line(100))})
    before = ids_by_frame(broken)
    refine(broken)
    assert ids_by_frame(broken) == before


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_a_result_without_people_stays_empty(frames):
    empty = video({}, frames=frames)
    assert ids_by_frame(refine(empty)) == [[]] * frames


def test_boxes_alone_are_enough():
    """As read from MOTChallenge files: no keypoints, scores of people only."""
    broken = video(
        {1: (0, 40, line(100)), 2: (55, 99, line(100)), 3: (50, 54, line(600))}, score={3: 0.3}
    )
    for each in broken.frames:
        each.poses.keypoints[:] = np.nan
        each.poses.scores[:] = 0
    result = refine(broken)
    assert ids_by_frame(result) == [[1]] * 100
    assert done(result)["dropped"] == [3]


def test_people_of_whom_nothing_is_known_pass_through():
    nothing = np.full((1, 4), np.nan, np.float32)
    poses = Poses(COCO_17, np.full((1, 17, 2), np.nan), np.zeros((1, 17)), nothing, [0.5])
    frames = [replace(frame(i, i / 25, {1: (0, 0)}), poses=poses, boxes=nothing) for i in (0, 1, 2)]
    unknown = TrackedVideo(VideoInfo("clip", 0, 0, 25.0), COCO_17, frames)
    assert ids_by_frame(refine(unknown)) == [[1]] * 3


def test_gaps_below_zero_are_refused():
    with pytest.raises(ValueError, match="join_gap must be 0 seconds or more, got -1"):
        refine(video({}), join_gap=-1)
