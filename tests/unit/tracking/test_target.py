"""The targets, and the people that matter to them."""

import numpy as np
import pytest
from tracking_people import FRAME, IMAGE, Degrees, assert_same, at_angle, changed, people

from lighttrack.structures import Detections, Frame
from lighttrack.tracking import Target
from lighttrack.tracking.target import Selection

LEFT, MIDDLE, RIGHT = (100, 100, 160, 240), (290, 120, 350, 240), (480, 60, 560, 260)
FOUND = Detections([LEFT, MIDDLE, RIGHT], [0.9, 0.9, 0.9])
UNKNOWN = np.full(3, -1)


def choose(target, found=FOUND, time=0.0, appearance=None):
    return target.choose(found, Frame(0, time, IMAGE), appearance).tolist()


@pytest.mark.parametrize(
    ("target", "chosen"),
    [
        (Target.largest(), 2),
        (Target.central(), 1),
        (Target.at(130, 200), 0),
        (Target.at(100, 240), 0),
        (Target.at(160, 100), 0),
        (Target.at(99, 200), None),
        (Target.at(161, 200), None),
        (Target.at(130, 99), None),
        (Target.at(130, 241), None),
        (Target.within((470, 60, 560, 260)), 2),
        (Target.within((290, 120, 310, 240)), 1),  # IoU of a third
        (Target.within((290, 120, 305, 240)), None),  # of a quarter
        (Target.within((0, 0, 9, 9)), None),
    ],
)
def test_who_is_chosen(target, chosen):
    assert choose(target) == [i == chosen for i in range(3)]
    assert choose(target, Detections.empty()) == []


def test_the_largest_is_so_inside_the_image():
    outside = Detections([(-300, 0, 20, 360), LEFT], [0.9, 0.9])
    assert choose(Target.largest(), outside) == [False, True]
    below = Detections([(0, 340, 600, 900), LEFT], [0.9, 0.9])
    assert choose(Target.largest(), below) == [True, False]
    assert choose(Target.largest(), Detections([(-50, 0, -9, 90)], [0.9])) == [False]


def test_the_middle_of_the_image_is_measured_both_ways():
    two = Detections([(310, 0, 330, 40), (200, 160, 220, 200)], [0.9, 0.9])  # 160 and 110 away
    assert choose(Target.central(), two) == [False, True]


def test_of_several_people_at_a_point_the_nearest_is_meant():
    two = Detections([(100, 100, 160, 260), (100, 100, 160, 250)], [0.9, 0.9])
    assert choose(Target.at(130, 200), two) == [True, False]


@pytest.mark.parametrize("target", [Target.at(130, 200, 2), Target.within(LEFT, 2)])
def test_a_place_is_meant_for_a_moment_only(target):
    assert choose(target, time=3.0) == [True, False, False]
    assert choose(target, time=3.1) == [False, False, False]


def test_a_person_who_is_largest_or_central_is_meant_at_any_time():
    assert choose(Target.largest(2), time=9) == [False, False, True]
    assert choose(Target.central(2), time=9) == [False, True, False]


def test_a_person_who_looks_most_like_an_image_is_chosen():
    target = Target.looking_like(at_angle(0)[0])
    model = Degrees(50, 20, 30)
    assert choose(target, appearance=model) == [False, True, False]
    np.testing.assert_array_equal(model.boxes[0], FOUND.boxes)
    assert model.poses == [None]
    assert choose(target, appearance=Degrees(70, 61, 90)) == [False, False, False]


@pytest.mark.parametrize(
    ("target", "model"),
    [(Target.looking_like(at_angle(0)[0]), None), (Target("appearance"), Degrees())],
)
def test_a_target_by_appearance_needs_a_network(target, model):
    with pytest.raises(
        ValueError, match=r"^a target chosen by appearance needs an appearance netw"
    ):
        choose(target, appearance=model)


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (5, 5, 9, 5), (5, 5, 4, 9), (5, 5, float("nan"), 9)])
def test_a_box_must_have_a_size(box):
    text = ",".join(f"{value:g}" for value in box)
    with pytest.raises(ValueError, match=f"a box must have x0 < x1 and y0 < y1, got {text}"):
        Target.within(box)


def test_targets_say_when_they_are_chosen():
    for target in (Target.largest(2.5), Target.central(2.5), Target.at(1, 2, 2.5),
                   Target.within((1, 2, 3, 4), 2.5)):  # fmt: skip
        assert target.time == 2.5
        selection = Selection((target,), None, 5.0)
        assert [selection.starts_at(time) for time in (0, 2.49, 2.5, 3)] == [False] * 2 + [True] * 2
    for target in (Target.largest(), Target.central(), Target.at(1, 2), Target.within((1, 2, 3, 4)),
                   Target.looking_like(at_angle(0)[0])):  # fmt: skip
        assert target.time == 0


def test_the_usual_margin_neighbours_grace_and_overlap():
    target = Target.largest()
    assert (target.margin, target.neighbours, target.grace, target.min_overlap) == (0.4, 2, 1, 0.3)


class TestEveryone:
    def test_every_person_matters(self):
        every_person, crowd = Selection((), None, 5.0), people(LEFT)
        assert every_person.starts_at(0.0)
        assert not every_person.begins(0.0, 9.0)
        assert every_person.wants(crowd, UNKNOWN, FOUND, FRAME).tolist() == [True] * 3
        assert not every_person.is_complete(crowd)
        assert every_person.keep(crowd) is crowd
        assert every_person.mark(crowd, FRAME) is crowd


def beside(*gaps):
    """The target, 100 pixels high, and others of the same size beside it."""
    return people((200, 100, 240, 200), *[(240 + gap, 100, 280 + gap, 200) for gap in gaps])


def found_ones(crowd, *targets):
    """The same people, some of them targets."""
    return changed(crowd, targets=targets)


class TestSelection:
    SELECTION = Selection((Target.largest(),), None, 5.0)

    def wants(self, crowd, found, owner=None):
        owner = np.full(len(found), -1) if owner is None else np.array(owner)
        return self.SELECTION.wants(crowd, owner, found, FRAME).tolist()

    def test_before_the_target_is_found_it_alone_is_wanted(self):
        assert self.wants(people(), FOUND) == [False, False, True]

    def test_while_the_target_is_about_to_be_confirmed_no_other_person_is_wanted(self):
        pending = changed(found_ones(people(LEFT), 0), ids=[-1])
        assert self.wants(pending, FOUND) == [False] * 3
        assert self.SELECTION.keep(pending) is pending

    def test_those_near_the_target_are_wanted_and_the_nearest_of_them(self):
        crowd = found_ones(beside(), 0)
        near = beside(-30, 39, 41, -80).body.boxes
        found = Detections(near, np.full(5, 0.9))
        # The target itself and the nearest: at most two; 40 pixels are within reach.
        assert self.wants(crowd, found) == [True, True, False, False, False]
        assert self.wants(crowd, found[1:3]) == [True, True]
        assert self.wants(crowd, found[2:4]) == [True, False]

    def test_a_detection_of_a_target_is_not_taken_for_another_target(self):
        two = Selection((Target.largest(), Target.central()), None, 5.0)
        crowd = changed(people(RIGHT, MIDDLE, LEFT), targets=[1, -1, -1])
        owner = np.array([2, 1, 0])  # LEFT and MIDDLE are others, RIGHT is the second target
        assert two.wants(crowd, owner, FOUND, FRAME).tolist() == [True, False, True]

    def test_while_the_target_is_lost_every_person_is_wanted(self):
        lost = changed(found_ones(people(LEFT), 0), tracked=[False])
        assert self.wants(lost, FOUND) == [True] * 3

    def test_who_was_found_as_a_target_is_marked_once(self):
        crowd = self.SELECTION.mark(people(LEFT, (10, 10, 30, 40)), FRAME)
        assert crowd.identity.targets.tolist() == [0, -1]
        assert_same(crowd, people(LEFT, (10, 10, 30, 40)), but=("targets",))
        assert self.SELECTION.mark(crowd, FRAME) is crowd

    def test_those_near_the_target_are_kept(self):
        crowd = found_ones(beside(41, 39, -30, 38), 0, -1, -1, -1, -1)
        kept = self.SELECTION.keep(crowd)
        assert_same(kept, crowd[np.array([0, 3, 4])])  # the two nearest
        assert_same(crowd, found_ones(beside(41, 39, -30, 38), 0, -1, -1, -1, -1))

    def test_while_the_target_is_lost_every_person_is_kept(self):
        crowd = changed(found_ones(beside(300), 0, -1), tracked=[False, True], lost_for=[5, 9])
        assert_same(self.SELECTION.keep(crowd), crowd)
        crowd = changed(crowd, lost_for=[5.1, 9])
        kept = self.SELECTION.keep(crowd)
        assert kept.body.position_unknown.tolist() == [True, False]
        assert_same(kept, crowd, but=("position_unknown",))
        crowd = changed(crowd, lost_for=[0, 9], position_unknown=[True, True])
        assert self.SELECTION.keep(crowd).body.position_unknown.tolist() == [True, True]

    def test_no_other_person_is_wanted_while_the_target_is_tracked(self):
        complete, two = self.SELECTION.is_complete, people(LEFT, MIDDLE)
        assert complete(found_ones(two, -1, 0))
        assert not complete(two)
        assert not complete(changed(found_ones(two, -1, 0), tracked=[True, False]))


class TestSeveral:
    """Two targets, which are two people."""

    BOTH = Selection((Target.largest(), Target.central(2.5)), None, 5.0)
    LATER = Frame(70, 2.5, FRAME.image)

    def test_each_is_sought_from_its_own_time(self):
        assert self.BOTH.starts_at(0.0)
        assert not self.BOTH.begins(None, 0.0)
        assert not self.BOTH.begins(2.4, 2.49)
        assert self.BOTH.begins(2.4, 2.5)
        assert not self.BOTH.begins(2.5, 2.6)
        wants = self.BOTH.wants
        assert wants(people(), UNKNOWN, FOUND, FRAME).tolist() == [False, False, True]
        assert wants(people(), UNKNOWN, FOUND, self.LATER).tolist() == [False, True, True]

    def test_one_person_is_not_two_targets(self):
        one = Detections(FOUND.boxes[2:], FOUND.scores[2:])
        crowd = self.BOTH.mark(people(tuple(one.boxes[0].tolist())), self.LATER)
        assert crowd.identity.targets.tolist() == [0]
        assert self.BOTH.wants(crowd, np.array([0]), one, self.LATER).tolist() == [True]
        assert not self.BOTH.is_complete(crowd)

    def test_while_one_is_lost_every_person_is_kept_and_the_other_stays(self):
        crowd = found_ones(people(LEFT, MIDDLE, (500, 20, 540, 140)), 0, 1, -1)
        assert self.BOTH.is_complete(crowd)
        assert self.BOTH.keep(crowd).identity.targets.tolist() == [0, 1]
        lost = changed(crowd, tracked=[True, False, True])
        assert not self.BOTH.is_complete(lost)
        assert self.BOTH.keep(lost).identity.targets.tolist() == [0, 1, -1]
