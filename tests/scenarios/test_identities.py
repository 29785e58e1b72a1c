"""People whose identities must last."""

import numpy as np
import pytest
from scenarios_stage import HEIGHT, WIDTH, Person, Stage, walker

from lighttrack.structures.tracks import TrackState

RED, GREEN, BLUE = (200, 40, 40), (40, 170, 60), (50, 60, 200)
BLACK, WHITE = (20, 20, 20), (235, 235, 235)


def standing(x: float, y: float = 180, height: float = 160):
    return walker(x, 0.0, y, height)


def test_a_walk_across_the_image_is_one_identity():
    stage = Stage([Person(walker(60, 60), RED)])
    seen = stage.run(8)
    assert seen.identities_of(0) == [1]
    assert seen.share_tracked(0) == 1.0
    assert len(stage.detector_calls) == 20  # every tenth of 200 frames


def test_two_people_cross_and_keep_their_identities():
    stage = Stage([Person(walker(80, 90), RED), Person(walker(560, -90, y=190, height=170), BLUE)])
    seen = stage.run(5)
    assert len(seen.identities_of(0)) == 1
    assert len(seen.identities_of(1)) == 1
    assert seen.ids() == {1, 2}


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_a_person_hidden_behind_a_pillar_comes_back_as_themselves(seconds):
    def path(time):
        if 2 <= time < 2 + seconds:
            return None
        return (150 + 40 * min(time, 2) + 40 * max(time - 2 - seconds, 0) + 40, 180, 160)

    stage = Stage([Person(path, RED), Person(standing(520), BLUE)])
    seen = stage.run(seconds + 5)
    assert len(seen.identities_of(0)) == 1
    assert seen.ids() == {1, 2}


def test_leaving_and_returning_within_the_longest_lost_time():
    stage = Stage([Person(walker(560, 0, seen=(0, 2)), GREEN), Person(standing(150), RED)])
    back = Person(walker(560, 0, seen=(4, 99)), GREEN)
    stage.people = [*stage.people, back]
    seen = stage.run(7)
    assert seen.identities_of(0) == seen.identities_of(2)


@pytest.mark.parametrize(
    ("shade", "same"), [((110, 110, 110), True), ((160, 160, 160), False), (GREEN, False)]
)
@pytest.mark.parametrize("away", [0.8, 3.0])
def test_a_person_who_comes_back_in_other_colours_is_another_person(away, shade, same):
    grey = (100, 100, 100)
    stage = Stage([
        Person(walker(400, 0, seen=(0, 2)), grey, grey),
        Person(standing(200), RED),
        Person(walker(400, 0, seen=(2 + away, 99)), shade, shade),
    ])  # fmt: skip
    seen = stage.run(away + 4)
    assert (seen.identities_of(0) == seen.identities_of(2)) is same
    assert len(seen.identities_of(2)) == 1


def test_another_person_in_the_same_place_is_another_person():
    stage = Stage([
        Person(walker(560, 0, seen=(0, 2)), GREEN, WHITE),
        Person(standing(150), RED),
        Person(walker(560, 0, seen=(4, 99)), BLACK, BLACK),
    ])  # fmt: skip
    seen = stage.run(7)
    assert not set(seen.identities_of(0)) & set(seen.identities_of(2))


def test_two_people_in_the_same_pose_are_not_exchanged():
    stage = Stage([Person(standing(260), RED), Person(standing(340), BLUE)])
    seen = stage.run(4)
    assert [seen.identities_of(0), seen.identities_of(1)] == [[1], [2]]


def test_the_camera_jumps_by_a_third_of_the_image():
    """Only with a camera estimator: nothing else tells a jump from people who walk."""
    stage = Stage(
        [Person(standing(300), RED), Person(standing(520), BLUE)],
        camera=lambda time: (WIDTH / 3 if time > 2 else 0.0, 0.0, 1.0),
    )
    seen = stage.run(5, watches_camera=True)
    assert [seen.identities_of(0), seen.identities_of(1)] == [[1], [2]]
    assert min(seen.share_tracked(0), seen.share_tracked(1)) == 1.0


def test_the_camera_zooms_by_half():
    stage = Stage(
        [Person(standing(300), RED), Person(standing(400), BLUE)],
        camera=lambda time: (100.0, 50.0, 1.5) if time > 2 else (0.0, 0.0, 1.0),
    )
    seen = stage.run(5)
    assert len(seen.identities_of(0)) == 1
    assert len(seen.identities_of(1)) == 1


def shaken(time):
    return (60 * np.sin(9 * time), 25 * np.cos(11 * time), 1 + 0.1 * np.sin(5 * time))


def test_people_walk_before_a_camera_that_is_shaken():
    people = [Person(walker(150, 60), RED), Person(walker(560, -60, y=190, height=170), BLUE)]
    seen = Stage(people, camera=shaken).run(5, watches_camera=True)
    assert [len(seen.identities_of(i)) for i in (0, 1)] == [1, 1]
    assert min(seen.share_tracked(0), seen.share_tracked(1)) > 0.85
    assert seen.ids() == {1, 2}


def test_a_jump_whose_size_is_known_costs_no_frame():
    stage = Stage(
        [Person(standing(300), RED), Person(standing(520), RED)],
        camera=lambda time: (WIDTH / 3, 20.0, 1.2) if time > 2.1 else (0.0, 0.0, 1.0),
    )
    seen = stage.run(5, watches_camera=True)
    assert [seen.identities_of(0), seen.identities_of(1)] == [[1], [2]]
    assert min(seen.share_tracked(0), seen.share_tracked(1)) == 1.0


def test_after_a_cut_people_are_reidentified_by_their_colours():
    stage = Stage(
        [Person(standing(300, height=150), RED, BLACK), Person(standing(480), BLUE, WHITE)],
        camera=lambda time: (100.0, 0.0, 1.3) if 2.1 < time < 4 else (0.0, 0.0, 1.0),
        cuts=(2.1, 4.0),
    )
    seen = stage.run(6, watches_camera=True)
    assert [seen.identities_of(0), seen.identities_of(1)] == [[1], [2]]
    assert any(2.1 <= time < 2.2 for time in stage.detector_calls)
    assert min(seen.share_tracked(0), seen.share_tracked(1)) > 0.9


def test_after_a_cut_strangers_are_strangers():
    first = Person(walker(300, 0, seen=(0, 2.1)), RED, BLACK)
    second = Person(walker(310, 0, seen=(2.1, 99)), GREEN, WHITE)
    seen = Stage([first, second], cuts=(2.1,)).run(4, watches_camera=True)
    assert seen.identities_of(0) == [1]
    assert seen.identities_of(1) == [2]


def test_those_out_of_sight_and_those_unconfirmed_are_shown_on_request():
    def path(time):
        return None if 1 <= time < 2 else (300, 180, 160)

    stage = Stage([Person(path, RED)], score_threshold=0.87)
    states = [
        [TrackState(state).name for state in frame.states]
        for frame, _ in stage.run(3, output={"include_unconfirmed": True}).shown
    ]
    assert states[0] == ["UNCONFIRMED"]
    assert states[10] == ["TRACKED"]
    assert states[40] == ["LOST"]
    assert ["REIDENTIFIED"] in states[50:62]


def test_seven_frames_a_second():
    stage = Stage([Person(walker(60, 60), RED), Person(walker(580, -60, y=190), BLUE)], fps=7)
    seen = stage.run(8)
    assert len(seen.identities_of(0)) == 1
    assert len(seen.identities_of(1)) == 1


def test_a_frame_rate_that_varies():
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.choice([0.02, 0.04, 0.2], 150)).tolist()
    stage = Stage([Person(walker(40, 40), RED), Person(standing(600), BLUE)], times=times)
    seen = stage.run(0)
    assert len(seen.identities_of(0)) == 1
    assert seen.share_tracked(0) > 0.95


def test_thirty_people_are_thirty_identities():
    people = [
        Person(standing(30 + 60 * (i % 10), 60 + 110 * (i // 10), 90), (8 * i, 250 - 8 * i, 90))
        for i in range(30)
    ]
    seen = Stage(people).run(2)
    assert seen.ids() == set(range(1, 31))
    assert all(len(seen.identities_of(i)) == 1 for i in range(30))


def test_no_person():
    stage = Stage([])
    seen = stage.run(2)
    assert seen.ids() == set()
    assert [len(frame) for frame, _ in seen.shown] == [0] * 50
    assert seen.shown[0][0].poses.keypoints.shape == (0, 17, 2)


def test_identities_are_never_given_twice():
    shirts = [RED, GREEN, BLUE, BLACK, WHITE, (200, 180, 40)]
    people = [
        Person(walker(100 + 40 * i, 0, seen=(2.0 * i, 2.0 * i + 1.0)), shirt)
        for i, shirt in enumerate(shirts)
    ]
    seen = Stage(people).run(13)
    firsts = [seen.identities_of(i) for i in range(6)]
    assert all(len(ids) == 1 for ids in firsts)
    assert len(seen.ids()) == 6


def test_at_most_so_many_people():
    stage = Stage([Person(standing(100 + 100 * i), RED) for i in range(5)])
    seen = stage.run(2, lifecycle={"max_people": 2})
    assert max(len(frame) for frame, _ in seen.shown) == 2


def test_a_person_taller_than_the_image_is_kept_at_its_border():
    stage = Stage([Person(walker(300, 0, y=HEIGHT * 0.7, height=HEIGHT * 1.4), RED)])
    seen = stage.run(2)
    assert seen.identities_of(0) == [1]
