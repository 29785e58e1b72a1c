"""Re-identification of lost people, and correction of exchanged identities."""

import math

import numpy as np
import pytest
from tracking_people import (
    HEIGHT,
    WIDTH,
    Degrees,
    arrays_of,
    assert_same,
    at_angle,
    changed,
    people,
)  # fmt: skip

from lighttrack.matching import EuclideanMatcher
from lighttrack.tracking import TrackerConfig
from lighttrack.tracking.appearance import AppearanceMemory, Described
from lighttrack.tracking.association import Stage
from lighttrack.tracking.config import Reidentification
from lighttrack.tracking.reid import (
    ReidentificationStage,
    identify,
    reassign,
    spatial_affinity,
    undo_switches,
)
from lighttrack.tracking.tracklets import Identities

SIZE = (WIDTH, HEIGHT)
CONFIG = TrackerConfig()
IDENTITY = tuple(Identities.__dataclass_fields__)
HERE = (300, 100, 340, 200)


def row(*degrees, apart=60, views=None, **fields):
    """People 40 by 100 pixels side by side, with descriptors at these angles."""
    places = [(50 + apart * i, 100, 90 + apart * i, 200) for i in range(len(degrees))]
    views = [[0 if np.isnan(angle) else 3] for angle in degrees] if views is None else views
    return changed(
        people(*places, models=1, descriptor=2), appearances=at_angle(*degrees), views=views,
        **fields,
    )  # fmt: skip


def test_reassigning_gives_bodies_to_other_identities():
    crowd = changed(
        row(0, 40, 80), velocities=[[1, 1], [2, 2], [3, 3]], tracked=[True, False, True],
        lost_for=[0, 1, 0], frames_tracked=[5, 6, 7],
    )  # fmt: skip
    owner = np.array([2, 0, 1])
    after = reassign(crowd, owner)
    bodies = tuple(name for name in arrays_of(crowd) if name not in IDENTITY)
    assert_same(after, crowd, but=bodies)
    assert_same(after, crowd[owner], but=IDENTITY)


class TestIdentify:
    """Three lost or followed, and two new: who is who is said by a stage that is given."""

    def stage(self, affinity, decided=None, threshold=0.3):
        def made(lost, found, size):
            self.seen = (lost.identity.ids.tolist(), found.body.boxes[:, 0].tolist(), size)
            return Stage("told", np.array(affinity), threshold, decided=decided)

        return made

    def crowd(self, frames=(3, 3)):
        return changed(
            row(0, 40, 80, 120, np.nan), ids=[4, 6, 9, -1, -1], tracked=[1, 0, 0, 1, 1],
            lost_for=[0, 0.5, 1, 0, 0], frames_tracked=[50, 60, 70, *frames],
            views=[[3], [3], [0], [2], [0]], velocities=[[1, 0], [2, 0], [3, 0], [4, 0], [5, 0]],
        )  # fmt: skip

    def identify(self, crowd, *stages, next_id=10):
        return identify(crowd, next_id, stages, SIZE, CONFIG)

    def test_where_no_person_is_unconfirmed_nothing_happens(self):
        crowd = self.crowd()[:3]
        stage = self.stage([[1.0]])
        assert self.identify(crowd, stage) == (crowd, 10)

    def test_the_confirmed_get_new_identities_in_order(self):
        crowd = changed(self.crowd(), ids=[-1, 6, 9, -1, -1], frames_tracked=[3, 9, 9, 3, 2])
        after, next_id = self.identify(crowd, self.stage(np.zeros((2, 3))))
        assert after.identity.ids.tolist() == [10, 6, 9, 11, -1]
        assert next_id == 12
        assert_same(after, crowd, but=("ids",))
        assert self.seen == ([6, 9], [50, 230, 290], SIZE)
        without_stages, next_id = self.identify(crowd)
        assert without_stages.identity.ids.tolist() == [10, 6, 9, 11, -1]

    def test_a_person_missed_too_often_gets_no_identity(self):
        crowd = changed(self.crowd(), missed_detections=[0, 0, 0, 2, 0])
        after, _ = self.identify(crowd)
        assert after.identity.ids.tolist() == [4, 6, 9, -1, 10]

    def test_a_lost_person_who_is_found_goes_on_with_the_new_body(self):
        crowd = self.crowd(frames=(2, 1))
        after, next_id = self.identify(crowd, self.stage([[0.9, 0.1], [0.2, 0.1]]))
        assert next_id == 10
        assert after.identity.ids.tolist() == [4, 6, 9, -1]
        assert_same(after[np.array([0, 2, 3])], crowd[np.array([0, 2, 4])])
        back = after[1:2]
        assert_same(back, crowd[3:4], but=IDENTITY)
        assert_same(back, crowd[1:2], but=(*(n for n in arrays_of(crowd) if n not in IDENTITY),
                                           "frames_tracked", "reidentified", "scores"))  # fmt: skip
        assert 0.9 < back.identity.scores[0] < 1
        assert back.identity.frames_tracked.tolist() == [61]
        assert back.identity.reidentified.tolist() == [True]
        assert after.identity.reidentified.tolist() == [False, True, False, False]

    def test_two_come_back_at_once(self):
        crowd = self.crowd()
        after, next_id = self.identify(crowd, self.stage([[0.1, 0.9], [0.8, 0.1]]))
        assert next_id == 10
        assert after.identity.ids.tolist() == [4, 6, 9]
        np.testing.assert_array_equal(after.body.velocities[:, 0], [1, 5, 4])
        assert after.body.tracked.tolist() == [True, True, True]

    def test_what_is_unknown_of_the_lost_is_taken_from_who_was_found(self):
        descriptors = at_angle(0, 40, np.nan, 120, np.nan)
        descriptors[2] = np.nan, 0.5
        crowd = changed(self.crowd(), appearances=descriptors)
        after, _ = self.identify(crowd, self.stage([[0.1, 0.1], [0.9, 0.1]]))
        [x, y] = after.identity.appearances[2]
        assert (x, y) == pytest.approx((at_angle(120)[0, 0], 0.5))
        assert after.identity.views.tolist() == [[3], [3], [2], [0]]
        after, _ = self.identify(crowd, self.stage([[0.9, 0.1], [0.1, 0.1]]))
        np.testing.assert_allclose(after.identity.appearances[1], at_angle(40)[0])
        assert after.identity.views[1].tolist() == [3]

    def test_while_a_stage_is_undecided_no_identity_is_given(self):
        decided = np.array([False, True])
        after, next_id = self.identify(self.crowd(), self.stage([[0.9, 0.1], [0.1, 0.1]], decided))
        assert after.identity.ids.tolist() == [4, 6, 9, -1, 10]
        assert next_id == 11
        after, _ = self.identify(self.crowd(), self.stage(np.zeros((2, 2)), ~decided))
        assert after.identity.ids.tolist() == [4, 6, 9, 10, -1]

    def test_stages_come_in_order(self):
        first, second = self.stage([[0.4, 0.1], [0.1, 0.1]]), self.stage([[0.9, 0.9], [0.9, 0.1]])
        after, _ = self.identify(self.crowd(), first, second)
        assert after.identity.ids.tolist() == [4, 6, 9, 10]
        np.testing.assert_array_equal(after.body.velocities[:, 0], [1, 4, 3, 5])


class TestSpatialAffinity:
    CONFIG = Reidentification(
        speed=0.9, position_uncertainty=0.4, max_distance=2.0, max_height_ratio=1.6
    )

    def affinity(self, lost, *found, **fields):
        crowd = changed(people(lost), tracked=[False], **fields)
        where = np.array(found, np.float32)
        near = spatial_affinity(crowd, where, SIZE, self.CONFIG)
        assert near.shape == (1, len(found))
        return near[0].tolist()

    def at(self, dx, dy=0.0):
        return (300 + dx, 100 + dy, 340 + dx, 200 + dy)

    def test_it_falls_with_the_distance_from_where_a_person_is_expected(self):
        near = self.affinity(HERE, self.at(0), self.at(20), self.at(-24, 32), self.at(0, 50))
        assert near == pytest.approx([1, 0.5, 0, 0], abs=1e-6)
        near = self.affinity(HERE, self.at(12, 16), lost_for=[0.0])
        assert near == pytest.approx([0.5])

    @pytest.mark.parametrize(
        ("lost_for", "reach"), [(0, 40), (1, 130), (1.5, 175), (1.8, 200), (4, 200)]
    )
    def test_the_longer_a_person_is_lost_the_farther_they_may_be(self, lost_for, reach):
        near = self.affinity(HERE, self.at(reach / 4), self.at(-reach - 1), lost_for=[lost_for])
        assert near == pytest.approx([0.75, 0], abs=1e-3)

    def test_distances_are_in_body_heights(self):
        near = self.affinity((300, 100, 320, 150), (310, 100, 330, 150))
        assert near == pytest.approx([0.5])

    @pytest.mark.parametrize(
        ("height", "fits"), [(100, True), (155, True), (165, False), (65, True), (60, False)]
    )
    def test_a_person_much_taller_or_shorter_is_another_person(self, height, fits):
        [near] = self.affinity(HERE, (300, 150 - height / 2, 340, 150 + height / 2))
        assert near == (1 if fits else 0)

    def test_a_person_who_has_left_the_image_is_expected_at_its_border(self):
        outside = (700, 100, 740, 200)  # 80 pixels beyond the right side
        at_border = (620, 100, 660, 200)
        near = self.affinity(outside, at_border, (570, 100, 610, 200), lost_for=[4])
        assert near == pytest.approx([1, 0.5])  # they come back within one body height, not two
        for place, border in (((-100, 100, -60, 200), (-20, 100, 20, 200)),
                              ((300, -200, 340, -100), (300, -50, 340, 50)),
                              ((300, 400, 340, 500), (300, 310, 340, 410))):  # fmt: skip
            assert self.affinity(place, border) == pytest.approx([1])

    def test_a_person_who_is_hardly_in_the_image_has_left_it(self):
        hardly, partly = (610, 100, 710, 200), (605, 100, 705, 200)  # 30 % and 35 % inside
        assert self.affinity((612, 100, 712, 200), (590, 100, 690, 200)) == [1]
        near = self.affinity(partly, partly)
        assert near == [1]
        assert self.affinity((611, 100, 711, 200), (611, 100, 711, 200))[0] < 1
        assert hardly[0] > partly[0]

    def test_boxes_without_height_break_nothing(self):
        near = self.affinity((300, 100, 340, 100), (300, 100, 340, 100))
        assert near == [1]


class TestReidentificationStage:
    def stage(self, lost, found, *, matcher=None, model=True, prior=0.0, **changes):
        config = TrackerConfig().changed({"reidentification": {"return_log_odds": prior}})
        config = config.changed(changes)
        models = (Degrees(),) if model else ()
        memory = AppearanceMemory(models, config)
        return ReidentificationStage(memory, matcher, config)(lost, found, SIZE)

    def lost(self, *degrees, **fields):
        n = len(degrees)
        fields = {"tracked": [False] * n} | fields
        return row(*degrees, **fields)

    def found(self, *degrees, frames=3, **fields):
        n = len(degrees)
        fields = {"ids": [-1] * n, "frames_tracked": [frames] * n} | fields
        return row(*degrees, **fields)

    def test_position_and_appearance_are_multiplied(self):
        lost = self.lost(0, apart=10)
        found = self.found(0, 60, apart=10)
        stage = self.stage(lost, found)
        sure, even = 1 / (1 + math.exp(-6)), 0.5
        np.testing.assert_allclose(stage.affinity, [[sure, even * 0.75]], rtol=1e-3)
        assert (stage.name, stage.threshold) == ("re-identification", 0.1)
        assert stage.known is None

    @pytest.mark.parametrize(
        ("lost_for", "age", "odds"),
        [(0, 0, 3), (0.6, 0, 3 / math.e), (0.6, 0.6, 3), (0.6, 0.9, 3), (1.8, 0.6, 3 / math.e**2)],
    )
    def test_a_person_who_appears_at_once_is_likely_the_one_who_was_lost(self, lost_for, age, odds):
        lost = self.lost(0, lost_for=[lost_for])
        found = self.found(90, ages=[age])
        stage = self.stage(lost, found, prior=3.0)
        assert stage.affinity[0, 0] == pytest.approx(1 / (1 + math.exp(3 - odds)), rel=1e-3)

    def test_if_no_person_is_reacquired_the_prior_fades_at_once(self):
        never = {"reacquire_time": 0, "return_log_odds": 3.0}
        lost, found = self.lost(0, lost_for=[0.04]), self.found(60)
        stage = self.stage(lost, found, reidentification=never)
        assert stage.affinity[0, 0] == pytest.approx(0.5)

    def test_after_a_cut_position_says_nothing_and_appearance_half(self):
        lost = self.lost(0, 40, position_unknown=[True, False])
        found = self.found(0, 45, 52)
        stage = self.stage(lost, found)
        alike = 1 / (1 + np.exp([-6, -1.5, -0.8]))
        expected = [0.25 * alike[0], 0.25 * alike[1], 0]  # the last likeness is below 0.8
        np.testing.assert_allclose(stage.affinity[0], expected, rtol=1e-3)
        assert stage.affinity[1, 1] == pytest.approx(1 / (1 + math.exp(-5.5)), rel=1e-3)
        stage = self.stage(lost, found, reidentification={"min_likeness_elsewhere": 0.6})
        assert stage.affinity[0, 2] == pytest.approx(0.25 * alike[2], rel=1e-3)

    def test_after_a_cut_the_same_pose_counts(self):
        lost = self.lost(0, position_unknown=[True])
        found = self.found(0, 0)
        found.body.poses.keypoints[1, 5:11] += 40
        matcher = EuclideanMatcher(threshold=0.3)
        stage = self.stage(lost, found, matcher=matcher)
        distance = matcher.distances(lost.body.poses, found.body.poses)[0]
        same = np.maximum(np.clip(1 - distance / 0.6, 0, 1), 0.5)
        alike = 1 / (1 + math.exp(-6))
        np.testing.assert_allclose(stage.affinity[0], 0.5 * same * alike, rtol=1e-3)
        assert same[0] == pytest.approx(1, abs=1e-3)
        near = changed(found, appearances=at_angle(0, 0))
        near.body.poses.keypoints[1] = lost.body.poses.keypoints[0]
        near.body.poses.keypoints[1, 9] += 30
        affinity = self.stage(lost, near, matcher=matcher).affinity[0]
        distance = matcher.distances(lost.body.poses, near.body.poses)[0, 1]
        assert 0.01 < distance < 0.3
        assert affinity[1] == pytest.approx(0.5 * (1 - distance / 0.6) * alike, rel=1e-3)

    def decided(self, affinity, *, frames, views=None, **changes):
        """Whether people with these affinities `(T, C)` to the lost are decided on."""
        config = TrackerConfig().changed(changes)
        stage = ReidentificationStage(AppearanceMemory((), config), None, config)
        affinity = np.array(affinity, np.float32)
        n = affinity.shape[1]
        found = self.found(*[0] * n, views=[[0]] * n if views is None else views,
                           frames_tracked=frames)  # fmt: skip
        return stage._decided(affinity, found).tolist()

    def test_one_clear_candidate_decides_at_once(self):
        assert self.decided([[0.31], [0.05]], frames=[1]) == [True]
        assert self.decided([[0.29], [0.05]], frames=[1]) == [False]
        assert self.decided([[0.29], [0.05]], frames=[3]) == [True]

    def test_no_person_who_is_meant_is_new_once_confirmed(self):
        assert self.decided([[0.05]], frames=[2]) == [False]
        assert self.decided([[0.05]], frames=[3]) == [True]
        assert self.decided(np.zeros((0, 2)), frames=[2, 3]) == [False, True]

    def test_a_rival_delays_the_choice_until_a_clear_view_or_for_a_while(self):
        two_lost = [[0.6], [0.25]]  # 0.25 is more than 40 % of the best
        assert self.decided(two_lost, frames=[3]) == [False]
        assert self.decided(two_lost, frames=[3], views=[[1]]) == [True]
        assert self.decided(two_lost, frames=[2], views=[[1]]) == [False]
        assert self.decided(two_lost, frames=[11]) == [False]
        assert self.decided(two_lost, frames=[12]) == [True]
        assert self.decided(two_lost, frames=[6], reidentification={"max_wait": 2.0}) == [True]
        assert self.decided([[0.6], [0.23]], frames=[3]) == [True]
        assert self.decided([[0.2], [0.09]], frames=[3]) == [True]  # too little for a rival

    def test_two_who_may_be_one_lost_person_are_rivals(self):
        assert self.decided([[0.6, 0.5]], frames=[3, 3]) == [False, False]
        assert self.decided([[0.6, 0.05]], frames=[3, 3]) == [True, True]
        assert self.decided([[0.6, 0.5, 0.0], [0.0, 0.0, 0.9]], frames=[3] * 3) == [
            False, False, True,
        ]  # fmt: skip
        assert self.decided([[0.6, 0.5]], frames=[3, 3], views=[[0], [2]]) == [False, True]

    def test_the_stage_decides_by_its_own_affinity(self):
        lost, found = self.lost(0, 0, apart=2), self.found(0, views=[[0]])
        assert self.stage(lost, found).decided.tolist() == [False]
        assert self.stage(lost[:1], found).decided.tolist() == [True]


class TestUndoSwitches:
    def undo(self, crowd, *seen, clear=None, by=None, **changes):
        config = TrackerConfig().changed({"reidentification": changes})
        n = len(crowd)
        described = Described(
            at_angle(*seen),
            np.ones((n, 1), bool) if by is None else np.reshape(by, (n, 1)),
            np.ones(n, bool) if clear is None else np.array(clear),
        )
        memory = AppearanceMemory((Degrees(),), config)
        return undo_switches(crowd, described, memory, config.reidentification)

    def who(self, crowd, *seen, **more):
        """The identity that each body has afterwards, from left to right."""
        after = self.undo(crowd, *seen, **more)
        return after.identity.ids[np.argsort(after.body.boxes[:, 0])].tolist()

    def test_identities_are_exchanged_if_both_look_like_the_other(self):
        crowd = row(0, 90)
        after = self.undo(crowd, 85, 5)
        scores = after.identity.scores
        assert_same(after, reassign(changed(crowd, scores=scores), np.array([1, 0])))
        assert self.who(crowd, 85, 5) == [2, 1]

    @pytest.mark.parametrize(
        ("seen", "why"),
        [
            ((5, 85), "both fit their own identity"),
            ((85, 85), "the other one fits their own identity"),
            ((90, 151), "the other one fits neither identity"),
            ((45, 45), "both fit both identities equally"),
            ((54, 36), "the exchange is hardly better"),
            ((100, -70), "one of them fits neither identity"),
        ],
    )
    def test_identities_are_not_exchanged_where(self, seen, why):
        crowd = row(0, 90)
        assert self.who(crowd, *seen) == [1, 2], why

    def test_clear_views_tell_how_sure_an_identity_is(self):
        crowd = changed(row(0, 90), scores=[0.5, 0.5])
        alike, unlike = self.undo(crowd, 5, 60).identity.scores
        assert alike > 0.7
        assert 0.5 < unlike < alike  # nearer to itself, but not by much
        uniforms = changed(row(0, 1), scores=[0.5, 0.5])
        np.testing.assert_allclose(self.undo(uniforms, 0.5, 0.5).identity.scores, 0.5, atol=0.05)
        hidden = self.undo(crowd, 5, 85, clear=[False, False]).identity.scores
        assert hidden.tolist() == [0.5, 0.5]

    def test_after_an_exchange_identities_are_as_sure_as_it_was_clear(self):
        clearly = self.undo(row(0, 90), 85, 5).identity.scores
        hardly = self.undo(row(0, 90), 57, 33).identity.scores
        assert (clearly > hardly).all()
        assert (hardly > 0.5).all()

    def test_by_how_much_the_exchange_must_be_better(self):
        crowd = row(0, 90)  # at 56 and 34 degrees each is better by 2.2
        assert self.who(crowd, 56, 34, switch_log_odds=4.3) == [2, 1]
        assert self.who(crowd, 56, 34, switch_log_odds=4.5) == [1, 2]
        # One who is hardly better elsewhere is not outweighed by the other.
        assert self.who(crowd, 90, 45.5, switch_log_odds=6) == [2, 1]
        assert self.who(crowd, 48, 0, switch_log_odds=8) == [1, 2]

    def test_those_not_seen_clearly_are_not_exchanged(self):
        assert self.who(row(0, 90), 85, 5, clear=[True, False]) == [1, 2]
        assert self.who(row(0, 90), 85, 5, clear=[False, False]) == [1, 2]
        assert self.who(row(0, 90), 85, 5, by=[True, False]) == [1, 2]
        assert self.who(row(0, 90), 85, 5, by=[False, True]) == [1, 2]

    def test_no_person_is_exchanged_with_whom_no_model_knows(self):
        assert self.who(row(np.nan, 90), 90, 0) == [1, 2]
        assert self.who(row(0, 90, views=[[0], [3]]), 85, 5) == [1, 2]
        assert self.who(row(0, 90, views=[[3], [0]]), 85, 5) == [1, 2]

    def test_an_identity_is_taken_from_the_lost(self):
        crowd = changed(row(0, 90), tracked=[True, False])
        by = [True, False]
        assert self.who(crowd, 85, np.nan, by=by, clear=by) == [2, 1]
        assert self.who(crowd, 45, np.nan, by=by, clear=by) == [1, 2]
        assert self.who(crowd, 66, np.nan, by=by, clear=by) == [2, 1]  # better by 4.2
        assert self.who(crowd, 64, np.nan, by=by, clear=by) == [1, 2]
        own, other = Degrees().log_odds(at_angle(85), at_angle(0, 90))[0]
        exactly = float(other - own)
        assert self.who(crowd, 85, np.nan, by=by, clear=by, switch_log_odds=exactly) == [1, 2]
        unconfirmed = changed(crowd, ids=[1, -1])
        assert self.who(unconfirmed, 85, np.nan, by=by, clear=by) == [1, -1]

    def test_the_unconfirmed_have_no_identity_to_give(self):
        assert self.who(changed(row(0, 90), ids=[1, -1]), 85, 5) == [1, -1]

    @pytest.mark.parametrize(("apart", "ids"), [(240, [2, 1]), (260, [1, 2])])
    def test_people_far_apart_are_not_exchanged(self, apart, ids):
        assert self.who(row(0, 90, apart=apart), 85, 5, switch_distance=2.5) == ids

    def test_people_far_below_one_another_are_not_exchanged(self):
        crowd = row(0, 90)
        lower = crowd.body.boxes + np.array([[0], [260]]) * [0, 1, 0, 1]
        assert self.who(changed(crowd, boxes=lower), 85, 5) == [1, 2]

    def test_distances_are_in_heights_of_a_person_who_is_seen(self):
        crowd = row(0, 90, apart=100)
        small = crowd.body.boxes.copy()
        small[0, 1] = 165  # 35 pixels high
        assert self.who(changed(crowd, boxes=small), 85, 5) == [1, 2]

    def test_of_several_exchanges_the_best_is_made(self):
        crowd = row(0, 90, 45)
        assert self.who(crowd, 90, 0, 45) == [2, 1, 3]
        four = row(0, 90, 180, 270, apart=50)
        swapped = self.who(four, 90, 0, 270, 180)
        assert swapped == [2, 1, 4, 3]
        lost = changed(row(0, 90, 70), tracked=[True, False, False])
        by = [True, False, False]
        assert self.who(lost, 85, np.nan, np.nan, by=by, clear=by) == [2, 1, 3]
        assert self.who(lost, 72, np.nan, np.nan, by=by, clear=by) == [3, 2, 1]

    def test_each_takes_part_in_one_exchange(self):
        crowd = changed(row(0, 90, 5), tracked=[True, False, True])
        by = [True, False, True]
        assert self.who(crowd, 85, np.nan, 90, by=by, clear=by) == [1, 3, 2]
