"""Whose look counts, and what is kept of it."""

import numpy as np
import pytest
from lighttrack.tracking.observation import newcomers
from lighttrack.tracking.recognition import Recogniser
from lighttrack.tracking.returning import anonymous, identify

from lighttrack.structures import Poses
from lighttrack.structures.skeletons import COCO_17
from lighttrack.tracking import TrackerConfig, Tracklets, exchange, looks

IMAGE = np.zeros((400, 600, 3), np.uint8)
EVERYBODY_SEEN = np.zeros(1, np.intp)


def people(*places: tuple[float, float, float, float]) -> Tracklets:
    """People who fill these boxes, with identities from 1 and two numbers for a look."""
    where = np.array(places, np.float32).reshape(-1, 4)
    n = len(where)
    along = np.linspace(0, 1, 17, dtype=np.float32)[None, :, None]
    keypoints = where[:, None, :2] + along * (where[:, None, 2:] - where[:, None, :2])
    poses = Poses(COCO_17, keypoints, np.full((n, 17), 0.8), where, np.full(n, 0.8))
    new = newcomers(poses, np.ones((n, 17), bool), where, TrackerConfig(), dimensions=2)
    return new.updated(ids=np.arange(1, n + 1), boxes=where)


def at_angle(*degrees: float):
    turned = np.deg2rad(degrees)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def remembered(looks_of, *looks_taken: int) -> Tracklets:
    crowd = people(*[(100 + 110 * i, 100, 160 + 110 * i, 260) for i in range(len(looks_taken))])
    return crowd.updated(looks=looks_of, looks_taken=np.array(looks_taken))


class Degrees:
    """Tells two people apart who look more than 60 degrees apart."""

    threshold, dimensions = 0.5, 2

    def __init__(self, *seen: float) -> None:
        self.seen, self.boxes = list(seen), []

    def __call__(self, image, boxes):
        self.boxes.append(boxes)
        return at_angle(*[self.seen.pop(0) for _ in boxes])

    def probability(self, distances):
        apart = np.nan_to_num(distances, nan=self.threshold) - self.threshold
        return 1 / (1 + np.exp(apart / 0.05))


@pytest.mark.parametrize(
    ("hidden", "comparable", "clear"), [(0.2, True, True), (0.5, True, False), (0.7, False, False)]
)
def test_a_look_counts_by_how_much_of_somebody_is_hidden(hidden, comparable, clear):
    behind, before = (100, 100, 200, 300), (200 - 100 * hidden, 100, 300, 310)
    seen, clearly = looks.views(people(behind, before), IMAGE)
    assert seen.tolist() == [comparable, True]
    assert clearly.tolist() == [clear, True]


@pytest.mark.parametrize(
    ("inside", "comparable", "clear"), [(0.8, True, True), (0.6, True, False), (0.4, False, False)]
)
def test_a_look_counts_by_how_much_of_somebody_is_in_the_picture(inside, comparable, clear):
    cut = (100 * inside - 100, 100, 100 * inside, 300)
    seen, clearly = looks.views(people(cut), IMAGE)
    assert (seen.tolist(), clearly.tolist()) == ([comparable], [clear])


def test_those_out_of_sight_hide_nobody_and_are_not_looked_at():
    crowd = people((100, 100, 200, 300), (110, 100, 210, 310))
    crowd = crowd.updated(tracked=np.array([True, False]))
    seen, clearly = looks.views(crowd, IMAGE)
    assert (seen.tolist(), clearly.tolist()) == ([True, False], [True, False])


def test_the_mean_of_looks_follows_new_ones_less_the_more_there_were():
    person = remembered(np.full((1, 2), np.nan, np.float32), 0)
    for angle in (0, 40):
        person = looks.remember(person, EVERYBODY_SEEN, at_angle(angle), np.array([True]), 0.5)
    np.testing.assert_allclose(person.looks, at_angle(20), atol=1e-6)
    assert person.looks_taken.tolist() == [2]
    for _ in range(40):
        person = looks.remember(person, EVERYBODY_SEEN, at_angle(20), np.array([True]), 0.5)
    settled = looks.remember(person, EVERYBODY_SEEN, at_angle(60), np.array([True]), 0.5)
    turned = np.rad2deg(np.arctan2(*settled.looks[0, ::-1]))
    assert 24 < turned < 28  # never less than .15 of the way


def test_an_unlikely_look_is_not_learnt():
    person = remembered(at_angle(0), 3)
    after = looks.remember(person, EVERYBODY_SEEN, at_angle(61), np.array([True]), 0.5)
    np.testing.assert_array_equal(after.looks, person.looks)
    assert after.looks_taken.tolist() == [3]


def test_a_poor_look_serves_until_there_is_a_clear_one():
    person = remembered(np.full((1, 2), np.nan, np.float32), 0)
    poor, clear = np.array([False]), np.array([True])
    person = looks.remember(person, EVERYBODY_SEEN, at_angle(80), poor, 0.5)
    np.testing.assert_allclose(person.looks, at_angle(80), atol=1e-6)
    assert person.looks_taken.tolist() == [0]
    person = looks.remember(person, EVERYBODY_SEEN, at_angle(0), clear, 0.5)
    np.testing.assert_allclose(person.looks, at_angle(0), atol=1e-6)
    person = looks.remember(person, EVERYBODY_SEEN, at_angle(30), poor, 0.5)
    np.testing.assert_allclose(person.looks, at_angle(0), atol=1e-6)
    assert person.looks_taken.tolist() == [1]


def test_of_two_tracklets_of_one_person_the_clear_look_stays():
    known = remembered(np.stack([*at_angle(0, 10), [np.nan, np.nan], *at_angle(30)]), 2, 0, 0, 0)
    seen = remembered(np.stack([*at_angle(5, 15, 25), [np.nan, np.nan]]), 1, 1, 0, 0)
    merged, taken = looks.merged(known, seen)
    np.testing.assert_allclose(merged, at_angle(0, 15, 25, 30))
    assert taken.tolist() == [2, 1, 0, 0]


def test_identities_are_exchanged_if_both_look_like_the_other():
    crowd, clear = remembered(at_angle(0, 90), 5, 5), np.arange(2)
    assert exchange.by_looks(crowd, clear, at_angle(85, 5), Degrees()) == [(0, 1)]
    swapped = exchange.exchanged(crowd, [(0, 1)])
    np.testing.assert_allclose(swapped.looks, at_angle(90, 0))
    assert swapped.ids.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ((5, 85), "both look like themselves"),
        ((85, 85), "the other one looks like themselves"),
        ((85, 180), "the other one looks like nobody"),
        ((45, 45), "both look as much like the one as like the other"),
    ],
)
def test_identities_are_not_exchanged_where(seen, why):
    crowd = remembered(at_angle(0, 90), 5, 5)
    assert exchange.by_looks(crowd, np.arange(2), at_angle(*seen), Degrees()) == [], why


def test_an_identity_is_taken_from_the_lost_but_not_from_the_hidden():
    crowd = remembered(at_angle(0, 90), 5, 5)
    seen = at_angle(85)
    assert exchange.by_looks(crowd, EVERYBODY_SEEN, seen, Degrees()) == []
    crowd = crowd.updated(tracked=np.array([True, False]))
    assert exchange.by_looks(crowd, EVERYBODY_SEEN, seen, Degrees()) == [(0, 1)]
    far = crowd.boxes + np.array([[0], [1000]], np.float32)
    assert exchange.by_looks(crowd.updated(boxes=far), EVERYBODY_SEEN, seen, Degrees()) == []


def test_nobody_is_exchanged_with_whom_the_network_has_not_seen():
    crowd = remembered(np.stack([[np.nan, np.nan], *at_angle(90)]), 0, 5)
    assert exchange.by_looks(crowd, np.arange(2), at_angle(90, 0), Degrees()) == []


def test_between_key_frames_the_network_looks_at_newcomers_only():
    network = Degrees(20)
    recogniser = Recogniser(TrackerConfig(colours=False), 0.3, None, network)
    crowd = remembered(np.stack([*at_angle(0), [np.nan, np.nan]]), 3, 0)
    assert recogniser.knows_too_little(crowd)
    crowd = recogniser.check(crowd, IMAGE, everybody=False)
    [looked_at] = network.boxes
    np.testing.assert_array_equal(looked_at, crowd.boxes[1:])
    np.testing.assert_allclose(crowd.looks, at_angle(0, 20), atol=1e-6)
    assert not recogniser.knows_too_little(crowd)


def test_whoever_is_anonymous_is_looked_at_until_the_look_is_clear():
    recogniser = Recogniser(TrackerConfig(colours=False), 0.3, None, Degrees())
    crowd = remembered(at_angle(0, 30), 0, 1).updated(ids=np.array([-1, -1]))
    assert recogniser.knows_too_little(crowd)
    assert not recogniser.knows_too_little(crowd[1:])
    assert not recogniser.knows_too_little(crowd.updated(ids=np.array([1, 2])))


def test_a_choice_between_two_lost_waits_for_a_clear_look():
    crowd = remembered(at_angle(0, 90, 45), 5, 5, 0)
    crowd = crowd.updated(
        ids=np.array([1, 2, -1]), tracked=np.array([False, False, True]),
        frames_tracked=np.array([9, 9, 3]),
    )  # fmt: skip
    either = np.array([[0.6], [0.5]], np.float32)
    waiting, _ = identify(crowd, either, 3, TrackerConfig())
    assert waiting.ids.tolist() == [1, 2, -1]
    seen = crowd.updated(looks_taken=np.array([5, 5, 1]))
    decided, _ = identify(seen, either, 3, TrackerConfig())
    assert decided.ids.tolist() == [1, 2]
    assert decided.tracked.tolist() == [True, False]


def test_newcomers_look_like_nobody():
    crowd = anonymous(remembered(at_angle(0, 90), 4, 4))
    assert np.isnan(crowd.looks).all()
    assert crowd.looks_taken.tolist() == [0, 0]


def test_without_a_network_a_look_has_no_length():
    assert Tracklets.empty(COCO_17).looks.shape == (0, 0)
    assert Tracklets.empty(COCO_17, 2).looks.shape == (0, 2)
