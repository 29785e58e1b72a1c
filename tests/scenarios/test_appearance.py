"""People in equal colours, whom only an appearance network tells apart."""

from dataclasses import replace

import numpy as np
import pytest
from scenarios_stage import Person, Stage, walker

from lighttrack.tracking import reid
from lighttrack.tracking.keyframes import KeyframeClock

GREY = (90, 90, 90)
ANNA, BERTA, CARLA = 1, 2, 3


def alike(path, face):
    return Person(path, GREY, GREY, face)


def absent(before, after, gone):
    """Stands at x = `before`, is out of sight from `gone[0]` to `gone[1]`, then at `after`."""

    def path(time):
        if gone[0] <= time < gone[1]:
            return None
        return (before if time < gone[0] else after, 180, 160)

    return path


def who(seen, *people):
    return [seen.identities_of(person) for person in people]


def at(shown):
    """Who is shown at which x, rounded to 10 pixels."""
    return dict(zip(shown.boxes[:, ::2].mean(axis=1).round(-1).tolist(), shown.ids.tolist(),
                    strict=True))  # fmt: skip


def two_who_change_places():
    """Both go out of sight, and each comes back where the other was expected."""
    gone = (2.02, 3.5)
    return Stage([alike(absent(250, 390, gone), ANNA), alike(absent(390, 250, gone), BERTA)])


def test_two_in_the_same_colours_come_back_in_one_anothers_places():
    assert who(two_who_change_places().run(6, embeddings=True), 0, 1) == [[1], [2]]


def test_without_a_network_they_are_taken_for_one_another():
    assert who(two_who_change_places().run(6), 0, 1) == [[1, 2], [2, 1]]


def test_another_person_in_the_colours_of_a_person_who_left_is_another_person():
    people = [
        alike(walker(300, 0, seen=(0, 2)), ANNA),
        alike(walker(310, 0, seen=(3, 99)), BERTA),
    ]
    assert who(Stage(people).run(5, embeddings=True), 0, 1) == [[1], [2]]
    assert who(Stage(people).run(5), 0, 1) == [[1], [1]]


def test_another_person_who_turns_up_at_once_in_the_open_is_another_person():
    people = [
        alike(walker(300, 0, seen=(0, 2)), ANNA),
        alike(walker(310, 0, seen=(2.3, 99)), BERTA),
    ]
    assert who(Stage(people).run(5, embeddings=True), 0, 1) == [[1], [2]]


def test_a_person_who_changed_their_coat_is_recognised_by_their_face():
    people = [
        Person(walker(300, 0, seen=(0, 2)), (20, 20, 20), (20, 20, 20), ANNA),
        Person(walker(320, 0, seen=(5, 99)), (235, 235, 235), (235, 235, 235), ANNA),
    ]
    assert who(Stage(people).run(7, embeddings=True), 0, 1) == [[1], [1]]
    assert who(Stage(people).run(7), 0, 1) == [[1], [2]]


def after_a_cut():
    """Three people, and from 2.1 s on the same three in other places."""
    places = {ANNA: (130, 520), BERTA: (320, 130), CARLA: (520, 320)}

    def path(before, after):
        return lambda time: (before if time < 2.1 else after, 180, 160)

    return Stage([alike(path(*where), face) for face, where in places.items()], cuts=(2.1,))


def test_after_a_cut_people_in_the_same_colours_are_reidentified_by_appearance():
    seen = after_a_cut().run(4, watches_camera=True, embeddings=True)
    assert who(seen, 0, 1, 2) == [[1], [2], [3]]


def test_identities_that_changed_bodies_in_the_same_colours_are_exchanged_again():
    stage = Stage([alike(walker(150, 0), ANNA), alike(walker(250, 0), BERTA)])
    tracker = stage.tracker(embeddings=True)
    state, shown = tracker.start(), None
    for frame in stage.frames(2):
        if frame.index == 25:  # as if the poses had changed bodies while the two crossed
            switched = reid.reassign(state.people, np.array([1, 0]))
            clock = KeyframeClock(5, frame.time - 0.2)
            state = replace(state, people=switched, clock=clock)
        state, shown = tracker.step(state, frame)
        if frame.index == 26:
            assert at(shown) == {150: 2, 250: 1}
    assert at(shown) == {150: 1, 250: 2}


def test_the_network_is_called_at_key_frames_and_for_a_person_who_is_near_a_person_lost():
    people = [
        alike(walker(100, 0, height=90), ANNA),
        alike(walker(400, 0, height=90, seen=(0, 0.46)), BERTA),
        alike(walker(460, 0, height=90), CARLA),
    ]
    stage = Stage(people)
    stage.run(1, embeddings=True, reidentification={"reacquire_time": 0.1})
    at_keyframes = [3 if time < 0.46 else 2 for time in stage.detector_calls]
    # Berta is lost between two key frames: while she is looked for, Carla, who stands beside her,
    # may be taken for her.
    embedded = dict(stage.embedded)
    assert [embedded.pop(time) for time in (0.48, 0.52, 0.56)] == [1, 1, 1]
    assert list(embedded) == stage.detector_calls
    assert list(embedded.values()) == at_keyframes


def test_a_person_who_is_mostly_hidden_is_not_embedded_and_nothing_is_learnt_of_them():
    behind = alike(walker(300, 0, y=170), ANNA)
    before = alike(walker(310, 0, seen=(1, 2)), BERTA)
    stage = Stage([behind, before])
    tracker = stage.tracker(embeddings=True)
    state = tracker.start()
    for frame in stage.frames(3):
        state, _ = tracker.step(state, frame)
        anna = state.people[state.people.identity.ids == 1]
        if len(anna):
            assert anna.identity.appearances[0, -8:][ANNA] == pytest.approx(1)
    assert np.count_nonzero(state.people.identity.ids == 1) == 1


def test_an_appearance_network_changes_nothing_for_people_who_stay_apart():
    def stage():
        return Stage([Person(walker(60, 60), (200, 40, 40)), Person(walker(60, 50, 280), GREY)])

    with_it, without = stage().run(4, embeddings=True), stage().run(4)
    for (one, _), (other, _) in zip(with_it.shown, without.shown, strict=True):
        np.testing.assert_array_equal(one.ids, other.ids)
        np.testing.assert_array_equal(one.boxes, other.boxes)


def test_after_an_interruption_people_are_still_known_by_appearance():
    frames = list(two_who_change_places().frames(6))
    stage = two_who_change_places()
    state = stage.tracker(embeddings=True).start()
    for frame in frames:
        stage.now = frame.time
        if frame.index == 60:  # both are out of sight
            state = stage.tracker(embeddings=True).restore(state.to_arrays(), frames[59])
            assert len(state.people) == 2
        state, shown = stage.tracker(embeddings=True).step(state, frame)
    assert at(shown) == {250: 2, 390: 1}
