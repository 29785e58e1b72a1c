"""Following one chosen person alone."""

import numpy as np
import pytest
from scenarios_stage import Person, Stage, walker

from lighttrack.structures.tracks import TrackState
from lighttrack.tracking import PoseTracker, Target

RED, GREEN, BLUE = (200, 40, 40), (40, 170, 60), (50, 60, 200)


def follow(stage: Stage, target: Target, seconds: float, **config: object):
    whole = stage.tracker(**config)
    tracker = PoseTracker(
        whole.detector, whole.estimator, matcher=whole.matcher, target=target, config=whole.config
    )
    state, seen = tracker.start(), []
    for frame in stage.frames(seconds):
        state, tracked = tracker.step(state, frame)
        seen.append(tracked)
    return seen


def three_people() -> Stage:
    return Stage([
        Person(walker(150, 0, height=150), RED),
        Person(walker(330, 0, height=120), GREEN),
        Person(walker(500, 0, height=170), BLUE),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("target", "x"),
    [
        (Target.largest(), 500),
        (Target.central(), 330),
        (Target.at(150, 170), 150),
        (Target.within((460, 90, 540, 270)), 500),
        (Target.at(330, 180, time=0.5), 330),
    ],
)
def test_the_chosen_person_alone_is_followed_from_the_moment_of_choice(target, x):
    stage = three_people()
    seen = follow(stage, target, 1)
    assert [len(frame) for frame in seen] == [int(frame.time >= target.time) for frame in seen]
    centres = [float(frame.boxes[0, [0, 2]].mean()) for frame in seen if len(frame)]
    assert np.allclose(centres, x, atol=12)
    assert {int(i) for frame in seen for i in frame.ids} == {1}


def test_one_of_three_costs_a_third():
    alone, all_of_them = three_people(), three_people()
    follow(alone, Target.largest(), 2)
    all_of_them.run(2)
    assert alone.boxes_seen <= all_of_them.boxes_seen / 3


def test_a_chosen_person_who_is_hidden_is_searched_for_and_the_output_says_so():
    def path(time):
        return None if 1 <= time < 2 else (150 + 40 * time, 180, 150)

    stage = Stage([Person(path, RED), Person(walker(500, 0), BLUE)])
    seen = follow(stage, Target.at(150, 180), 3)
    states = [TrackState(int(frame.states[0])) for frame in seen]
    assert {int(i) for frame in seen for i in frame.ids} == {1}
    assert states[20] == TrackState.TRACKED
    assert states[40] == TrackState.LOST
    assert np.isnan(seen[40].poses.keypoints).all()
    assert TrackState.REIDENTIFIED in states[50:62]
    assert states[-1] == TrackState.TRACKED
    assert abs(float(seen[-1].boxes[0, [0, 2]].mean()) - 268) < 12


def test_a_chosen_person_is_never_given_up():
    gone = Person(walker(150, 0, seen=(0, 1)), RED)
    back = Person(walker(420, 0, seen=(9, 99)), RED)  # elsewhere, much later
    stage = Stage([gone, Person(walker(300, 0, seen=(2, 99)), BLUE), back])
    seen = follow(stage, Target.at(150, 180), 11)
    assert {int(i) for frame in seen for i in frame.ids} == {1}
    assert seen[-1].states[0] == TrackState.TRACKED
    assert abs(float(seen[-1].boxes[0, [0, 2]].mean()) - 420) < 12


def test_crossing_with_another_person_does_not_change_whom_is_followed():
    stage = Stage([Person(walker(80, 90), RED), Person(walker(560, -90, y=190, height=170), BLUE)])
    seen = follow(stage, Target.at(80, 180), 5)
    assert abs(float(seen[-1].boxes[0, [0, 2]].mean()) - (80 + 90 * 4.96)) < 15


def test_no_person_at_the_point_is_no_person_followed():
    seen = follow(three_people(), Target.at(600, 20), 3)
    assert [len(frame) for frame in seen] == [0] * 75


def test_a_box_must_have_a_size():
    with pytest.raises(ValueError, match="x0 < x1 and y0 < y1, got 5,5,5,9"):
        Target.within((5, 5, 5, 9))
