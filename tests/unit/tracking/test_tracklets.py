"""The state is a value: it is altered by making another, and saved as plain arrays."""

import io
from dataclasses import fields

import numpy as np
import pytest
from tracking_people import arrays_of, assert_same, changed, people, poses_in

from lighttrack.structures import Poses
from lighttrack.structures.skeletons import COCO_17, POSETRACK_15
from lighttrack.tracking import TrackerState, Tracklets
from lighttrack.tracking.keyframes import KeyframeClock
from lighttrack.tracking.tracklets import (
    Bodies,
    Identities,
)


def crowd() -> Tracklets:
    """Three people who differ in every field."""
    three = people((10, 10, 50, 90), (100, 20, 160, 200), (300, 5, 420, 300), models=1,
                   descriptor=2)  # fmt: skip
    rng = np.random.default_rng(0)
    return changed(
        three,
        tracked=[True, False, True],
        keypoints=rng.uniform(0, 300, (3, 17, 2)),
        keypoint_ages=rng.uniform(0, 3, (3, 17)),
        margins=rng.uniform(0, 0.3, (3, 4)),
        velocities=rng.uniform(-9, 9, (3, 2)),
        ages=[1, 2, 3],
        lost_for=[0, 0.5, 0],
        position_unknown=[False, True, False],
        missed_detections=[0, 1, 2],
        confident=[True, False, True],
        ids=[4, 9, -1],
        appearances=rng.uniform(-1, 1, (3, 2)),
        views=[[1], [5], [0]],
        frames_tracked=[30, 40, 2],
        reidentified=[False, False, True],
    )


def test_who_is_lost_and_who_is_unconfirmed():
    four = changed(people(*[(0, 0, 9, 9)] * 4), ids=[0, -1, 3, -1], tracked=[True, True, False, 0])
    assert four.is_lost.tolist() == [False, False, True, False]
    assert changed(four, ids=[1, -1, 0, -1]).is_lost.tolist() == [False, False, True, False]
    assert four.is_unconfirmed.tolist() == [False, True, False, False]
    assert not four.all_tracked
    assert four[:2].all_tracked
    assert four[:0].all_tracked
    assert four.body.poses.skeleton is COCO_17


@pytest.mark.parametrize("index", [slice(1, 3), np.array([True, False, True]), np.array([2, 0])])
def test_selecting_people_selects_in_every_field(index):
    picked, whole = arrays_of(crowd()[index]), arrays_of(crowd())
    for name, values in whole.items():
        np.testing.assert_array_equal(picked[name], values[index], err_msg=name)
    assert len(crowd()[index]) == 2


def test_people_are_joined_in_their_order():
    three = crowd()
    assert_same(Tracklets.concatenate([three[:1], three[1:1], three[1:]]), three)
    joined = Tracklets.concatenate([three[2:], three[:1]])
    assert_same(joined, three[np.array([2, 0])])


def test_bodies_are_taken_and_replaced_without_touching_the_rest():
    three = crowd()
    rows = np.array([2, 0])
    taken = three.body[rows]
    assert_same(Tracklets(taken, three[rows].identity), three[rows])
    before = arrays_of(three)
    kept = {name: value.copy() for name, value in before.items()}
    put = Tracklets(three.body.replaced(np.array([0, 1]), taken), three.identity)
    identity = tuple(part.name for part in fields(Identities))
    assert_same(put[:2], three[rows], but=identity)
    assert_same(put[2:], three[2:])
    for name, value in kept.items():
        np.testing.assert_array_equal(before[name], value, err_msg=name)


def test_fields_are_replaced_in_a_copy():
    three = crowd()
    moved = three.with_body(ages=np.zeros(3, np.float32))
    named = three.with_identity(ids=np.array([7, 8, 9]))
    assert_same(moved, three, but=("ages",))
    assert_same(named, three, but=("ids",))
    assert moved.body.ages.tolist() == [0, 0, 0]
    assert named.identity.ids.tolist() == [7, 8, 9]
    assert three.body.ages.tolist() == [1, 2, 3]


def test_empty_has_the_types_and_widths_of_a_person():
    empty = arrays_of(Tracklets.found(Poses.empty(COCO_17), descriptor=2, models=1))
    for name, value in arrays_of(crowd()).items():
        assert empty[name].dtype == value.dtype, name
        assert empty[name].shape == (0, *value.shape[1:]), name
    empty = Tracklets.found(Poses.empty(POSETRACK_15))
    assert (len(empty), empty.body.poses.skeleton) == (0, POSETRACK_15)
    assert empty.body.keypoints.shape == (0, 15, 2)
    assert empty.identity.appearances.shape == empty.identity.views.shape == (0, 0)


def test_of_unknown_identities_nothing_is_known():
    unknown = crowd().more(poses_in((0, 0, 9, 9), (20, 0, 29, 9))).identity
    assert unknown.ids.tolist() == [-1, -1]
    assert np.isnan(unknown.appearances).all()
    assert unknown.appearances.shape == (2, 2)
    assert unknown.views.tolist() == [[0], [0]]
    assert unknown.frames_tracked.tolist() == [1, 1]
    assert unknown.reidentified.tolist() == [False, False]


def saved(state: TrackerState) -> dict[str, np.ndarray]:
    """Written to a file of arrays and read again, without Python objects."""
    file = io.BytesIO()
    np.savez(file, **state.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.mark.parametrize(
    "state",
    [
        TrackerState(crowd(), 10, 3.2, KeyframeClock(4, 3.04, 12), "a view"),
        TrackerState(crowd(), 10, 3.2, KeyframeClock(0, 0.0, 0), "a view"),
        TrackerState(crowd(), 10, 0.0, KeyframeClock(), "a view"),
        TrackerState(Tracklets.found(Poses.empty(COCO_17), descriptor=2, models=1)),
    ],
)
def test_a_saved_state_is_the_same_state(state):
    again = TrackerState.from_arrays(saved(state), COCO_17, "another view")
    assert_same(again.people, state.people)
    for name, value in arrays_of(state.people).items():
        assert arrays_of(again.people)[name].dtype == value.dtype, name
    assert (again.next_id, again.time, again.clock) == (
        state.next_id,
        state.time,
        state.clock,
    )
    assert again.view == "another view"
    assert [type(n) for n in (again.clock.frames, again.clock.scheduled, again.next_id)] == [
        type(n) for n in (state.clock.frames, state.clock.scheduled, state.next_id)
    ]


def test_every_field_is_saved_once():
    names = set(TrackerState(crowd()).to_arrays())
    bodies = {f"body.{part.name}" for part in fields(Bodies)} - {"body.poses"}
    assert names == bodies | {f"identity.{part.name}" for part in fields(Identities)} | {
        "poses.keypoints", "poses.scores", "poses.boxes", "poses.person_scores", "poses.angles",
            "scan.tiles", "scan.examined", "scan.changed", "scan.refused", "scan.refused_at",
            "next_id", "numbers",
        }  # fmt: skip


@pytest.mark.parametrize("name", sorted(TrackerState(crowd()).to_arrays()))
def test_an_array_that_is_missing_is_named(name):
    arrays = TrackerState(crowd()).to_arrays()
    del arrays[name]
    with pytest.raises(ValueError, match=f"^the saved state lacks '{name}'$"):
        TrackerState.from_arrays(arrays, COCO_17)


def test_a_new_state_is_before_the_first_frame():
    state = TrackerState(Tracklets.found(Poses.empty(COCO_17)))
    assert (state.next_id, state.time, state.clock, state.view) == (
        1, None, KeyframeClock(None, None, None), None,
    )  # fmt: skip
