"""People who hold, hide and pass one another, and those who come back after minutes."""

import numpy as np
from scenarios_stage import Person, Stage, walker

GREY, NAVY = (90, 90, 90), (40, 40, 60)


def alike(path, face, shirt=GREY):
    return Person(path, shirt, NAVY, face)


def identities(seen, count):
    return [seen.identities_of(person) for person in range(count)]


def test_two_boxers_clinch_and_part_again():
    """They meet three times for a second, chest to chest, and go back to their corners."""

    def path(side):
        def at(time):
            apart = 110 if time % 4 < 2 else 110 - 95 * np.sin(np.pi * (time % 4 - 2) / 2)
            return (320 + side * apart, 180 + (side > 0) * 4, 160)

        return at

    red, blue = (200, 40, 40), (50, 60, 200)
    stage = Stage([alike(path(-1), 1, red), alike(path(1), 2, blue)])
    assert identities(stage.run(12, embeddings=True), 2) == [[1], [2]]


def test_a_hug_of_three_seconds():
    def path(side):
        def at(time):
            apart = 130 - 120 * np.clip((time - 1) / 1, 0, 1) + 120 * np.clip((time - 5) / 1, 0, 1)
            return (320 + side * apart, 180 + (side > 0) * 4, 160)

        return at

    stage = Stage([alike(path(-1), 1), alike(path(1), 2)])
    seen = stage.run(8, embeddings=True)
    assert identities(seen, 2) == [[1], [2]]
    lowest = min(min(frame.identity_scores.tolist(), default=1.0) for frame, _ in seen.shown)
    assert lowest < 0.95  # while they hold one another it is less sure who is who


def test_four_people_in_equal_colours_cross():
    paths = [
        walker(80, 110, y=170, height=150),
        walker(560, -110, y=178, height=155),
        walker(200, 55, y=186, height=160),
        walker(440, -55, y=194, height=165),
    ]
    stage = Stage([alike(path, face) for face, path in enumerate(paths, start=1)])
    assert identities(stage.run(4, embeddings=True), 4) == [[1], [2], [3], [4]]


def test_a_queue_that_moves_on():
    people = [alike(walker(120 + 75 * i, 25, y=170 + 2 * i), i + 1) for i in range(5)]
    seen = Stage(people).run(4, embeddings=True)
    assert all(len(ids) == 1 for ids in identities(seen, 5))
    assert seen.ids() == {1, 2, 3, 4, 5}


def test_a_walk_behind_a_pillar_beside_others_in_equal_colours():
    def path(time):
        x = 80 + 90 * time
        return None if 260 < x < 380 else (x, 180, 160)

    stage = Stage([alike(path, 1), alike(walker(560, 0), 2)])
    assert identities(stage.run(5, embeddings=True), 2) == [[1], [2]]


def away_for_90_seconds(faces):
    """Three people, two of whom leave one after the other; another one comes after 90 s."""
    people = [
        alike(walker(150, 0), faces[0]),
        alike(walker(320, 0, seen=(0, 3)), faces[1]),
        alike(walker(500, 0, seen=(0, 4)), faces[2]),
        alike(walker(420, 0, seen=(93, 999)), faces[3]),
    ]
    times = np.concatenate([np.arange(0, 5, 0.04), np.arange(5, 92, 0.5), np.arange(92, 98, 0.04)])
    return Stage(people, times=times.tolist())


def test_a_person_who_comes_back_after_90_seconds_is_remembered():
    stage = away_for_90_seconds((1, 2, 3, 2))
    seen = stage.run(0, embeddings=True, reidentification={"remember_time": 600})
    assert seen.identities_of(3) == seen.identities_of(1)


def test_another_person_after_90_seconds_is_not_taken_for_a_person_remembered():
    stage = away_for_90_seconds((1, 2, 3, 4))
    seen = stage.run(0, embeddings=True, reidentification={"remember_time": 600})
    assert seen.identities_of(3) == [4]


def test_without_being_asked_no_person_is_remembered_for_minutes():
    assert away_for_90_seconds((1, 2, 3, 2)).run(0, embeddings=True).identities_of(3) == [4]
