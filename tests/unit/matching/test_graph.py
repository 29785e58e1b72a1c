import numpy as np
import pytest

from lighttrack.matching.graph import adjacency, gravity_distances, hop_distances
from lighttrack.structures.skeletons import COCO_17, POSETRACK_15, SKELETONS, make_skeleton

_ARM = make_skeleton(
    "arm",
    ["neck", "left_shoulder", "left_elbow", "left_wrist"],
    [("neck", "left_shoulder"), ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")],
)


def test_an_elbow_has_a_nearer_and_a_farther_neighbour():
    root, centripetal, centrifugal = adjacency(_ARM, [0.1, 0.3, 0.5, 0.9])
    assert root.tolist() == np.eye(4).tolist()
    assert centripetal[2].tolist() == [0, 1, 0, 0]
    assert centrifugal[2].tolist() == [0, 0, 0, 1]
    assert centripetal[0].tolist() == [0, 0, 0, 0]


def test_neighbours_of_one_label_share_its_weight():
    radii = [0.1, 0.3, 0.1, 0.9]
    _, centripetal, _ = adjacency(_ARM, radii)
    assert centripetal[1].tolist() == [0.5, 0, 0.5, 0]


def test_equal_distances_belong_to_the_root_subset():
    root, _, _ = adjacency(_ARM, [0.4, 0.4, 0.5, 0.9])
    assert root[0].tolist() == [0.5, 0.5, 0, 0]


@pytest.mark.parametrize("name", sorted(SKELETONS))
@pytest.mark.parametrize("partitioning", ["spatial", "distance", "uniform"])
def test_every_neighbour_is_in_one_subset_on_every_skeleton(name, partitioning):
    skeleton = SKELETONS[name]
    radii = np.random.default_rng(0).random(len(skeleton))
    subsets = adjacency(skeleton, radii, partitioning=partitioning, hops=2)
    near = hop_distances(skeleton) <= 2
    assert ((subsets > 0).sum(axis=0) == near).all()
    sums = subsets.sum(axis=2)
    assert np.isclose(sums, 0).sum() + np.isclose(sums, 1).sum() == sums.size


@pytest.mark.parametrize("name", sorted(SKELETONS))
def test_the_partition_is_its_own_mirror_image(name):
    skeleton = SKELETONS[name]
    mirror = list(skeleton.mirror)
    # Left and right differ by chance, as means over a training set do.
    subsets = adjacency(skeleton, np.random.default_rng(0).random(len(skeleton)), hops=2)
    np.testing.assert_array_equal(subsets[:, mirror][:, :, mirror], subsets)


def test_both_hips_are_as_near_to_the_gravity_centre():
    left, right = (POSETRACK_15.index[f"{side}_hip"] for side in ("left", "right"))
    radii = np.linspace(0.1, 1.5, 15)
    root, _, _ = adjacency(POSETRACK_15, radii)
    assert root[left, right] > 0
    assert root[right, left] > 0


def test_keypoints_without_a_way_between_them_are_no_neighbours():
    # COCO's face is not joined to the body.
    hops = hop_distances(COCO_17)
    assert hops[COCO_17.index["nose"], COCO_17.index["left_hip"]] == 17


def test_mean_distance_to_the_gravity_centre_leaves_out_what_is_missing():
    points = np.zeros((2, 3, 2), np.float32)
    points[:, 0] = [[3, 4], [0, 1]]
    valid = np.array([[True, True, False], [True, True, False]])
    assert gravity_distances(points, valid).tolist() == [3.0, 0.0, 0.0]
    valid[1, 0] = False
    assert gravity_distances(points, valid)[0] == 5.0


def test_impossible_graphs_are_refused():
    with pytest.raises(ValueError, match="hops must be at least 1, got 0"):
        adjacency(POSETRACK_15, np.ones(15), hops=0)
    with pytest.raises(ValueError, match=r"radii must have shape \(15\), got \(17,\)"):
        adjacency(POSETRACK_15, np.ones(17))
