"""Whose appearance is described, and what is kept of it."""

import numpy as np
import pytest
from tracking_people import IMAGE, Degrees, assert_same, at_angle, changed, in_view, people

from lighttrack.tracking import TrackerConfig
from lighttrack.tracking.appearance import AppearanceMemory, Described

NEAR = [(100 + 110 * i, 100, 160 + 110 * i, 260) for i in range(4)]


def memory(*models, **changes):
    return AppearanceMemory(models, TrackerConfig().changed(changes))


def crowd(*degrees, views=None):
    """People with descriptors at these angles; NaN for those without one."""
    known = at_angle(*degrees)
    views = np.where(np.isnan(degrees), 0, 3) if views is None else views
    return changed(
        people(*NEAR[: len(degrees)], models=1, descriptor=2), appearances=known,
        views=np.reshape(views, (-1, 1)),
    )  # fmt: skip


def angles(people_):
    known = people_.identity.appearances
    return np.rad2deg(np.arctan2(known[:, 1], known[:, 0])).tolist()


def described(*degrees, by=None, clear=None):
    n = len(degrees)
    by = np.ones((n, 1), bool) if by is None else np.reshape(by, (n, 1))
    clear = np.ones(n, bool) if clear is None else np.array(clear)
    return Described(at_angle(*degrees), by, clear)


class TestModels:
    """Several models are one: their descriptors lie side by side, their log-odds are summed."""

    TWO = memory(Degrees(), Degrees())

    def test_dimensions_add_up(self):
        assert self.TWO.dimensions == 4
        assert memory().dimensions == 0

    def test_evidence_adds_up(self):
        known = np.concatenate([at_angle(0, 40), at_angle(0, 90)], axis=1)
        seen = np.concatenate([at_angle(0, 40, 0), at_angle(10, 60, np.nan)], axis=1)
        odds = self.TWO.log_odds(known, seen)
        np.testing.assert_allclose(odds, [[6 + 5, 2 + 0, 6], [2 - 2, 6 + 3, 2]], atol=1e-4)

    def test_likeness_is_the_probability(self):
        known, seen = at_angle(0), at_angle(0, 60, 90, 900)
        prior = np.array([[0, 2, 1, 0]], np.float32)
        likeness = memory(Degrees()).likeness(known, seen, prior)
        odds = np.array([[6, 0 + 2, -3 + 1]])
        np.testing.assert_allclose(likeness[:, :3], 1 / (1 + np.exp(-odds)), rtol=1e-4)

    def test_extreme_evidence_is_no_more_than_a_probability(self):
        class Certain(Degrees):
            def log_odds(self, known, seen):
                return np.array([[1e6, -1e6]], np.float32)

        likeness = memory(Certain()).likeness(at_angle(0), at_angle(0, 0), np.zeros((1, 2)))
        np.testing.assert_allclose(likeness, [[1, 2.06e-9]], rtol=1e-2)

    def test_without_a_model_every_person_is_alike(self):
        nothing = np.zeros((2, 0), np.float32)
        assert memory().likeness(nothing, nothing[:1], np.ones((2, 1)) - 9).tolist() == [[1], [1]]
        assert memory().log_odds(nothing, nothing[:1]).tolist() == [[0], [0]]


class TestBelief:
    def test_a_pose_that_fits_its_person_is_believed(self):
        model = Degrees(0, 120, of_poses=True)
        two = crowd(0, 0)
        belief = memory(model).belief(two, two.body.poses, IMAGE)
        np.testing.assert_allclose(belief, 1 / (1 + np.exp([-6, 6])), rtol=1e-4)
        np.testing.assert_array_equal(model.boxes[0], two.body.poses.boxes)
        assert model.poses[0] is two.body.poses

    def test_a_person_who_is_lost_is_believed_less(self):
        two = changed(crowd(0, 0), tracked=[True, False])
        assert memory().belief(two, two.body.poses, IMAGE).tolist() == [1, 0.5]

    def test_models_of_boxes_are_not_asked(self):
        model, colours = Degrees(), Degrees(60, of_poses=True)
        one = changed(people(NEAR[0], models=2, descriptor=4),
                      appearances=np.concatenate([at_angle(0), at_angle(0)], axis=1))  # fmt: skip
        belief = memory(model, colours).belief(one, one.body.poses, IMAGE)
        assert belief.tolist() == pytest.approx([0.5])
        assert model.boxes == []


class TestDescribe:
    """Who is described: a network costs time."""

    def describe(self, people_, model, view=None, *, all_people=False, **changes):
        view = in_view(len(people_)) if view is None else view
        return memory(model, **changes).describe(people_, IMAGE, view, all_people=all_people)

    def test_at_a_key_frame_every_person_in_plain_view_is_described(self):
        model, two = Degrees(5, 20), crowd(0, np.nan)
        seen = self.describe(two, model, all_people=True)
        np.testing.assert_allclose(seen.descriptors, at_angle(5, 20), rtol=1e-5)
        assert seen.by.tolist() == [[True], [True]]
        assert seen.clear.tolist() == [True, True]
        np.testing.assert_array_equal(model.boxes[0], two.body.boxes)
        assert len(model.poses[0]) == 2

    def test_between_key_frames_only_the_unknown_are_described(self):
        model, two = Degrees(20), crowd(0, np.nan)
        seen = self.describe(two, model)
        assert np.isnan(seen.descriptors[0]).all()
        np.testing.assert_allclose(seen.descriptors[1:], at_angle(20), rtol=1e-5)
        assert seen.by.tolist() == [[False], [True]]
        [boxes] = model.boxes
        np.testing.assert_array_equal(boxes, two.body.boxes[1:])

    @pytest.mark.parametrize(("known", "wanted"), [(0, False), (np.nan, True)])
    def test_a_poor_view_serves_only_where_there_is_none(self, known, wanted):
        seen = self.describe(crowd(known), Degrees(5), in_view(1, clear=[False]), all_people=True)
        assert seen.by.tolist() == [[wanted]]
        assert seen.clear.tolist() == [False]

    def test_a_person_who_is_mostly_hidden_is_not_described(self):
        view = in_view(1, clear=[False], usable=[False])
        model = Degrees()
        assert not self.describe(crowd(np.nan), model, view, all_people=True).by.any()
        assert model.boxes == []

    @pytest.mark.parametrize(
        ("lost_for", "left", "wanted"),
        [(0.5, 200, True), (0.6, 200, True), (0.7, 200, False), (0.5, 480, True),
         (0.5, 520, False)],
    )  # fmt: skip
    def test_a_person_who_is_near_a_person_just_lost_is_described(self, lost_for, left, wanted):
        two = changed(
            people((100, 100, 160, 260), (left, 100, left + 60, 260), models=1, descriptor=2),
            tracked=[False, True], lost_for=[lost_for, 0], views=[[3], [3]],
            appearances=np.ones((2, 2)),
        )  # fmt: skip
        view = in_view(2, usable=[False, True], clear=[False, True])
        seen = self.describe(
            two, Degrees(5), view,
            reidentification={"reacquire_time": 0.6, "switch_distance": 2.5},
        )  # fmt: skip
        assert seen.by.tolist() == [[False], [wanted]]

    def test_the_unconfirmed_are_described_until_there_is_a_clear_view(self):
        one = changed(crowd(0), views=[[0]])
        assert not self.describe(one, Degrees(5)).by.any()
        assert self.describe(changed(one, ids=[-1]), Degrees(5)).by.all()

    def test_the_unconfirmed_who_are_lost_are_no_persons_neighbours(self):
        two = changed(crowd(0, 0), tracked=[False, True], ids=[-1, 2])
        assert not self.describe(two, Degrees()).by.any()

    def test_neighbours_are_near_in_both_directions(self):
        for place, wanted in (((100, 100 + 390, 160, 260 + 390), True),
                              ((100, 100 + 410, 160, 260 + 410), False)):  # fmt: skip
            two = changed(people((100, 100, 160, 260), place, models=1, descriptor=2),
                          tracked=[False, True], views=[[3], [3]],
                          appearances=np.ones((2, 2)))  # fmt: skip
            view = in_view(2, usable=[False, True], clear=[False, True])
            assert self.describe(two, Degrees(5), view).by[1, 0] == wanted

    def test_each_model_is_asked_for_those_it_does_not_know(self):
        first, second = Degrees(10), Degrees(20)
        known = np.array([[np.nan, np.nan, 1, 0], [1, 0, np.nan, np.nan]])
        two = changed(
            people(*NEAR[:2], models=2, descriptor=4), views=[[0, 3], [3, 0]], appearances=known
        )
        seen = memory(first, second).describe(two, IMAGE, in_view(2), all_people=False)
        assert seen.by.tolist() == [[True, False], [False, True]]
        np.testing.assert_allclose(seen.descriptors[0, :2], at_angle(10)[0], rtol=1e-5)
        np.testing.assert_allclose(seen.descriptors[1, 2:], at_angle(20)[0], rtol=1e-5)
        assert np.isnan(seen.descriptors[0, 2:]).all()
        assert np.isnan(seen.descriptors[1, :2]).all()


class TestRemember:
    MODEL = memory(Degrees(), appearance={"learning_rate": 0.2})

    def test_the_mean_of_the_views_follows_new_ones_less_the_more_there_were(self):
        person = crowd(np.nan)
        person = self.MODEL.remember(person, described(0))
        assert angles(person) == [0]
        person = self.MODEL.remember(person, described(40))
        np.testing.assert_allclose(
            person.identity.appearances, at_angle(0, 40).mean(axis=0)[None], rtol=1e-5
        )
        assert person.identity.views.tolist() == [[2]]
        before = changed(crowd(0), views=[[9]])
        after = self.MODEL.remember(before, described(20))
        np.testing.assert_allclose(
            after.identity.appearances, 0.8 * at_angle(0) + 0.2 * at_angle(20), rtol=1e-5
        )
        assert after.identity.views.tolist() == [[10]]
        third = self.MODEL.remember(changed(crowd(0), views=[[2]]), described(20))
        np.testing.assert_allclose(
            third.identity.appearances, (2 * at_angle(0) + at_angle(20)) / 3, rtol=1e-5
        )

    @pytest.mark.parametrize(("seen", "learnt"), [(99, True), (101, False)])
    def test_an_unlikely_view_is_not_learnt(self, seen, learnt):
        person = crowd(0)
        after = self.MODEL.remember(person, described(seen))  # log-odds of -3.9 and -4.1
        assert after.identity.views.tolist() == [[4 if learnt else 3]]
        assert (angles(after) != [0]) is learnt

    def test_a_poor_view_serves_until_there_is_a_clear_one(self):
        person = self.MODEL.remember(crowd(np.nan), described(80, clear=[False]))
        np.testing.assert_allclose(angles(person), [80], rtol=1e-5)
        assert person.identity.views.tolist() == [[0]]
        person = self.MODEL.remember(person, described(70, clear=[False]))
        np.testing.assert_allclose(angles(person), [70], rtol=1e-5)
        person = self.MODEL.remember(person, described(0))
        assert angles(person) == [0]
        person = self.MODEL.remember(person, described(30, clear=[False]))
        assert angles(person) == [0]
        assert person.identity.views.tolist() == [[1]]

    def test_the_first_clear_view_is_learnt_however_unlikely(self):
        person = crowd(0, views=[0])
        assert angles(self.MODEL.remember(person, described(170))) == pytest.approx([170])

    def test_numbers_that_are_unknown_are_filled_in_and_not_forgotten(self):
        known = changed(crowd(0, 0), appearances=[[1, np.nan], [1, 0.5]], views=[[1], [1]])
        seen = Described(
            np.array([[0.5, 0.5], [0.5, np.nan]], np.float32), np.ones((2, 1), bool),
            np.ones(2, bool),
        )  # fmt: skip
        after = self.MODEL.remember(known, seen)
        np.testing.assert_allclose(after.identity.appearances, [[0.75, 0.5], [0.75, 0.5]])
        assert after.identity.views.tolist() == [[2], [2]]

    def test_a_clear_view_of_nothing_is_no_view(self):
        person = self.MODEL.remember(crowd(np.nan), described(np.nan))
        assert person.identity.views.tolist() == [[0]]
        assert np.isnan(person.identity.appearances).all()

    def test_only_those_described_are_remembered(self):
        three = crowd(0, 10, 20)
        after = self.MODEL.remember(three, described(50, 50, 50, by=[False, True, False]))
        assert_same(after[np.array([0, 2])], three[np.array([0, 2])])
        assert after.identity.views.tolist() == [[3], [4], [3]]
        assert_same(after, three, but=("appearances", "views"))
        assert_same(three, crowd(0, 10, 20))
        unseen = described(50, 50, 50, by=[False] * 3)
        assert self.MODEL.remember(three, unseen) is three

    def test_each_model_has_its_own_part_and_count(self):
        two = memory(Degrees(), Degrees())
        one = people(NEAR[0], models=2, descriptor=4)
        seen = np.concatenate([at_angle(np.nan), at_angle(30)], axis=1)
        after = two.remember(one, Described(seen, np.array([[False, True]]), np.ones(1, bool)))
        assert after.identity.views.tolist() == [[0, 1]]
        np.testing.assert_allclose(after.identity.appearances[0, 2:], at_angle(30)[0])
        assert np.isnan(after.identity.appearances[0, :2]).all()
