"""The baselines on cases small enough to be worked out by hand."""

import numpy as np
import pytest

from lighttrack.baselines import (
    BASELINES,
    DetectAndTrack,
    DisFlow,
    FlowTrack,
    PoseFlow,
    RaftFlow,
    build_baseline,
)
from lighttrack.baselines.base import greedy_pairs
from lighttrack.baselines.flow import moved_points
from lighttrack.baselines.poseflow import averaged, build_flows
from lighttrack.models.recorded import RecordedDetector, RecordedEstimator, numbered
from lighttrack.structures import Detections, Frame, Poses
from lighttrack.structures.skeletons import POSETRACK_15

OURS = ("poseflow", "flowtrack", "detect-and-track")


def person(left, top=40, size=60, score=0.9):
    """A pose of 15 keypoints on a grid in a square box."""
    steps = np.linspace(0.1, 0.9, 15)
    points = np.stack([left + size * steps, top + size * np.roll(steps, 4)], axis=1)
    box = [[left, top, left + size, top + size]]
    return Poses(POSETRACK_15, points[None], np.full((1, 15), score), box, [score])


def texture(shift=0):
    noise = np.random.default_rng(1).integers(0, 255, (40, 80, 3), np.uint8)
    return np.roll(noise.repeat(6, axis=0).repeat(6, axis=1), shift, axis=1)


def follow(tracker, frames, images=None):
    """Identities by frame of people at `frames`, lists of poses."""
    known = {
        i: Poses.concatenate([Poses.empty(POSETRACK_15), *people])
        for i, people in enumerate(frames)
    }
    detector = RecordedDetector({i: Detections(p.boxes, p.person_scores) for i, p in known.items()})
    estimator = RecordedEstimator(known, POSETRACK_15)
    stills = images or [np.zeros((200, 400, 3), np.uint8)] * len(frames)
    shown = numbered(Frame(i, i / 25, image) for i, image in enumerate(stills))
    tracked = list(tracker.track(shown, detector, estimator))
    assert [frame.index for frame in tracked] == list(range(len(frames)))
    return [
        {int(identity): float(box[0]) for identity, box in zip(each.ids, each.boxes, strict=True)}
        for each in tracked
    ]


@pytest.mark.parametrize("name", OURS)
def test_two_who_walk_apart_keep_their_identities(name):
    frames = [[person(100 - 2 * i), person(200 + 2 * i)] for i in range(45)]
    found = follow(build_baseline(name), frames)
    left, right = sorted(found[0], key=found[0].get)
    assert found == [{left: 100 - 2 * i, right: 200 + 2 * i} for i in range(45)]


@pytest.mark.parametrize("name", OURS)
def test_empty_frames_and_newcomers(name):
    found = follow(build_baseline(name), [[], [person(50)], [person(52), person(250)], []])
    assert [len(each) for each in found] == [0, 1, 2, 0]
    assert set(found[1]) < set(found[2])
    assert follow(build_baseline(name), []) == []


def test_hungarian_matching_prefers_the_best_sum_to_the_best_pair():
    # IoUs: a-x 8/12, a-y 7/13, b-x 7/13, b-y 2/18: greedy takes a-x and leaves b to y.
    before = np.array([[0, 0, 10, 1], [5, 0, 15, 1]], np.float32)
    now = np.array([[2, 0, 12, 1], [-3, 0, 7, 1]], np.float32)
    assert DetectAndTrack().match(before, np.array([1, 2]), now, 3).tolist() == [2, 1]


def test_greedy_matching_takes_the_most_alike_first():
    assert greedy_pairs(np.array([[0.6, 0.5], [0.9, 0.5]]), 0.5) == [(1, 0), (0, 1)]
    assert greedy_pairs(np.zeros((0, 2)), 0.5) == []


def test_a_flow_is_the_path_of_the_largest_sum():
    # From 0: .5 + .9 x .9 by the second pose, .5 + .9 x .8 by the first.
    flows = build_flows(
        [np.array([0.5]), np.array([0.9, 0.9]), np.array([0.5])],
        [np.array([[0.8, 0.9]]), np.array([[0.1], [0.1]])],
        0.2,
    )
    assert flows == [[(0, 0), (1, 1)], [(1, 0)], [(2, 0)]]


def test_the_same_person_twice_becomes_one_flow():
    found = follow(PoseFlow(window=5), [[person(50), person(51, score=0.6)] for _ in range(4)])
    assert [len(set(each)) for each in found[1:]] == [1, 1, 1]


def test_merged_keypoints_are_weighted_by_score():
    both = Poses.concatenate([person(50, score=0.9), person(54, score=0.3)])
    moved = averaged(both, 0, 1).keypoints[0] - both.keypoints[0]
    assert moved == pytest.approx(np.tile([1.0, 0.0], (15, 1)), abs=1e-4)  # 4 x .3 / 1.2


def test_dis_finds_a_shift_of_the_image():
    flow = DisFlow()(texture(), texture(7))
    assert np.median(flow[30:-30, 40:-40], axis=(0, 1)) == pytest.approx([7, 0], abs=0.5)


def test_points_move_with_the_flow_and_missing_ones_stay_missing():
    flow = np.zeros((4, 4, 2), np.float32)
    flow[2, 1] = 5, -1
    moved = moved_points(np.array([[1.2, 1.9], [np.nan, np.nan]]), flow)
    assert moved[0] == pytest.approx([6.2, 0.9])
    assert np.isnan(moved[1]).all()


def test_flowtrack_follows_a_moving_image_where_boxes_do_not_overlap_and_fills_a_missed_one():
    frames = [[person(60 + 70 * i)] for i in range(3)]

    def flow(before, now):
        return np.full((*now.shape[:2], 2), (70, 0), np.float32)

    assert [set(each) for each in follow(FlowTrack(flow=flow), frames)] == [{1}, {1}, {1}]
    assert [set(each) for each in follow(DetectAndTrack(), frames)] == [{1}, {2}, {3}]


def test_flowtrack_remembers_several_frames():
    frames = [[person(60)], [], [], [person(60)]]
    assert set(follow(FlowTrack(), frames)[3]) == {1}
    assert set(follow(FlowTrack(past_frames=2), frames)[3]) == {2}


def test_poseflow_follows_features_where_there_are_images():
    frames = [[person(60 + 7 * i)] for i in range(4)]
    images = [texture(7 * i) for i in range(4)]
    assert [set(each) for each in follow(PoseFlow(window=3), frames, images)] == [{1}] * 4


def test_settings_and_names_are_checked():
    with pytest.raises(ValueError, match="one of poseflow, flowtrack, detect-and-track, oc-sort"):
        build_baseline("sort")
    with pytest.raises(ValueError, match="window must be 2 or more"):
        PoseFlow(window=1)
    with pytest.raises(ValueError, match="past_frames must be 1 or more"):
        FlowTrack(past_frames=0)


@pytest.mark.parametrize("name", ["oc-sort", "bot-sort"])
def test_peers_follow_the_boxes_of_poses(name):
    pytest.importorskip("trackers")
    frames = [[person(60 + i), person(250 - i)] for i in range(12)]
    found = follow(build_baseline(name), frames, [texture()] * 12)
    assert len(found[-1]) == 2
    assert set(found[-1]) == set(found[-2])


def test_a_missing_package_of_a_peer_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "trackers", None)
    with pytest.raises(ImportError, match="group peers"):
        BASELINES["oc-sort"]()


def test_raft_runs_with_weights_that_are_given(tmp_path):
    torch = pytest.importorskip("torch")
    flow = pytest.importorskip("torchvision.models.optical_flow")
    torch.save(flow.raft_small(weights=None).state_dict(), tmp_path / "raft.pt")
    image = texture()[:100, :150]
    assert RaftFlow(tmp_path / "raft.pt", small=True)(image, image).shape == (100, 150, 2)
    with pytest.raises(ValueError, match="not weights of this RAFT"):
        RaftFlow(tmp_path / "raft.pt")
