"""Who is in the output, where, and in which state."""

import numpy as np
import pytest
from tracking_people import FRAME, changed, people

from lighttrack.structures import TrackState
from lighttrack.tracking import TrackerConfig, propagation
from lighttrack.tracking.output import emit

LOST, TRACKED = TrackState.LOST, TrackState.TRACKED
UNCONFIRMED, REIDENTIFIED = TrackState.UNCONFIRMED, TrackState.REIDENTIFIED
PLACES = [(10 + 100 * i, 100, 70 + 100 * i, 200) for i in range(5)]


def output(**changes):
    """The boxes are those of the tracklets unless something else is asked for."""
    return TrackerConfig().changed({"output": {"smoothing": 1} | changes})


def crowd():
    """Tracked, reidentified, unconfirmed, lost, unconfirmed and lost."""
    return changed(
        people(*PLACES), ids=[5, 2, -1, 7, -1], tracked=[1, 1, 1, 0, 0],
        reidentified=[0, 1, 0, 1, 0], lost_for=[0, 0, 0, 0.1, 0.1],
        boxes=np.array(PLACES) + np.arange(4),
    )  # fmt: skip


def test_every_person_with_an_identity_who_is_tracked_or_was_a_moment_ago():
    shown = emit(crowd(), FRAME, True, output(lost_for=0.2))
    assert shown.ids.tolist() == [5, 2, 7]
    assert shown.states.tolist() == [TRACKED, REIDENTIFIED, LOST]
    assert (shown.index, shown.time, shown.is_keyframe) == (7, 0.28, True)
    np.testing.assert_array_equal(shown.boxes, crowd().body.boxes[[0, 1, 3]])
    np.testing.assert_array_equal(shown.poses.boxes, crowd().body.poses.boxes[[0, 1, 3]])
    assert not emit(crowd(), FRAME, False, output()).is_keyframe


def test_if_every_person_is_tracked_the_unconfirmed_are_left_out():
    shown = emit(crowd()[:3], FRAME, False, output())
    assert shown.ids.tolist() == [5, 2]
    np.testing.assert_array_equal(shown.poses.keypoints, crowd().body.poses.keypoints[:2])


def test_those_out_of_sight_have_no_keypoints():
    shown = emit(crowd(), FRAME, False, output(lost_for=0.2))
    poses, before = shown.poses, crowd().body.poses
    assert np.isnan(poses.keypoints[2]).all()
    assert not poses.scores[2].any()
    assert poses.person_scores[2] == 0
    np.testing.assert_array_equal(poses.keypoints[:2], before.keypoints[:2])
    np.testing.assert_array_equal(poses.scores[:2], before.scores[:2])
    np.testing.assert_array_equal(poses.person_scores[:2], before.person_scores[:2])
    assert np.isfinite(before.keypoints).all()


@pytest.mark.parametrize(
    ("change", "is_shown"),
    [
        ({"lost_for": [0.19]}, True),
        ({"lost_for": [0.2]}, False),
        ({"position_unknown": [True]}, False),
        ({"boxes": [(-1, 100, 59, 200)]}, False),
        ({"boxes": [(581, 100, 641, 200)]}, False),
        ({"boxes": [(100, 261, 200, 361)]}, False),
        ({"boxes": [(580, 260, 640, 360)]}, True),
    ],
)
def test_the_lost_are_shown_for_a_moment_inside_the_image(change, is_shown):
    lost = changed(crowd()[3:4], **change)
    assert emit(lost, FRAME, False, output(lost_for=0.2)).ids.tolist() == [7] * is_shown


def test_those_out_of_sight_and_those_unconfirmed_are_shown_on_request():
    crowd_ = changed(crowd(), lost_for=[0, 0, 0, 3, 3])
    shown = emit(crowd_, FRAME, False, output(include_unconfirmed=True))
    assert shown.ids.tolist() == [5, 2, -1, 7]
    assert shown.states.tolist() == [TRACKED, REIDENTIFIED, UNCONFIRMED, LOST]


@pytest.mark.parametrize(("chosen", "state"), [(5, TRACKED), (7, LOST), (2, REIDENTIFIED)])
@pytest.mark.parametrize("include_unconfirmed", [True, False])
def test_the_chosen_one_alone_is_shown_even_if_lost(chosen, state, include_unconfirmed):
    config = output(lost_for=0, include_unconfirmed=include_unconfirmed)
    targets = np.where(crowd().identity.ids == chosen, 0, -1)
    people_ = changed(crowd(), lost_for=[9] * 5, targets=targets)
    shown = emit(people_, FRAME, False, config, targets_only=True)
    assert (shown.ids.tolist(), shown.states.tolist()) == ([chosen], [state])


def test_a_target_is_shown_once_it_is_confirmed():
    found = changed(crowd(), targets=[-1, -1, 0, -1, -1])
    assert len(emit(found, FRAME, False, output(), targets_only=True)) == 0


def test_no_person():
    shown = emit(people(), FRAME, True, output())
    assert (len(shown), shown.poses.keypoints.shape) == (0, (0, 17, 2))


@pytest.mark.parametrize("smoothing", [0.0, 0.25, 1.0])
def test_boxes_are_between_the_smoothed_ones_and_those_of_the_keypoints(smoothing):
    people_ = changed(crowd(), keypoint_ages=np.full((5, 17), 0.1))
    shown = emit(people_, FRAME, False, output(smoothing=smoothing))
    body = people_[np.array([0, 1, 3])].body
    known = np.ones((3, 17), bool)
    now = propagation.body_boxes(body.keypoints, known, body.margins, 16)
    now[2] = body.boxes[2]  # lost: nothing was seen of them
    expected = smoothing * body.boxes + (1 - smoothing) * now
    np.testing.assert_allclose(shown.boxes, expected, rtol=1e-5)
    assert np.abs(now[:2] - body.boxes[:2]).max() > 1


def test_the_papers_boxes_are_not_smoothed():
    config = output(smoothing=0).changed({"propagation": {"box": "keypoints"}})
    shown = emit(crowd()[:2], FRAME, False, config)
    np.testing.assert_array_equal(shown.boxes, crowd().body.boxes[:2])


def test_keypoints_that_are_too_old_do_not_shape_the_box():
    old = changed(crowd()[:1], keypoint_ages=np.full((1, 17), 2.0))
    shown = emit(old, FRAME, False, output(smoothing=0))
    np.testing.assert_array_equal(shown.boxes, old.body.boxes)
