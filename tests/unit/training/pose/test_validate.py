import numpy as np
import pytest
from labelled_people import coco_folder

from lighttrack.structures.skeletons import POSETRACK_15
from lighttrack.training.pose.people import read_people


@pytest.fixture(scope="module")
def people(drawn):
    return read_people(drawn, "coco", "val", POSETRACK_15)


def test_the_truth_has_all_figures_at_their_best(torch, people):
    from lighttrack.training.pose.validate import Estimates, average_precision, pck

    found = Estimates(people.keypoints, np.ones(people.known.shape, np.float32))
    assert average_precision([people], [found])["ap"] == pytest.approx(1)
    shares = pck(people, people.keypoints)
    assert set(shares.values()) == {1.0}
    # The derived head of COCO's people is not labelled, so it is not scored.
    assert len(shares) == 13


def test_pck_counts_what_is_within_a_fifth_of_the_torso(torch, people):
    from lighttrack.training.pose.validate import pck

    index = POSETRACK_15.index
    torso = people.keypoints[:, index["left_shoulder"]] - people.keypoints[:, index["right_hip"]]
    reach = 0.2 * np.linalg.norm(torso, axis=1)
    found = people.keypoints.copy()
    found[:, index["nose"], 0] += 0.99 * reach
    found[:, index["left_knee"], 0] += 1.01 * reach
    found[: len(people) // 2, index["right_knee"], 0] += 1.01 * reach[: len(people) // 2]
    shares = pck(people, found)
    assert (shares["nose"], shares["left_knee"], shares["right_knee"]) == (1.0, 0.0, 0.5)


def test_the_threshold_lies_between_people_and_what_is_beside_them(torch):
    from lighttrack.training.pose.validate import separating

    assert separating(np.array([0.5, 0.7, 0.9]), np.array([0.1, 0.3])) == pytest.approx(0.4)
    mixed = separating(np.array([0.2, 0.7, 0.8]), np.array([0.1, 0.3]))
    assert 0.3 < mixed < 0.7


def test_boxes_beside_people_hold_no_labelled_person(torch, tmp_path):
    from lighttrack.structures.boxes import iou
    from lighttrack.training.pose.validate import beside

    folder = coco_folder(tmp_path / "coco", images=2)
    people = read_people(folder, "coco", "val", POSETRACK_15)
    moved = beside(people)
    assert len(moved)
    for path in set(people.images):
        here = [row for row in range(len(people)) if people.images[row] == path]
        there = [row for row in range(len(moved)) if moved.images[row] == path]
        assert iou(moved.boxes[there], people.boxes[here]).max() < 0.1
