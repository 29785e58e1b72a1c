import numpy as np
import pytest

from lighttrack.structures import Poses, TrackedFrame, TrackState
from lighttrack.structures.skeletons import COCO_17


@pytest.fixture
def three():
    """Ids 4, 0 and 9, each 10 pixels to the right of the one before."""
    boxes = np.array([[0, 0, 5, 20], [10, 0, 15, 20], [20, 0, 25, 20]], np.float32)
    points = np.repeat(boxes[:, None, :2], 17, axis=1)
    poses = Poses(COCO_17, points, np.full((3, 17), 0.5), boxes - 1, [0.1, 0.2, 0.3])
    states = [TrackState.TRACKED, TrackState.LOST, TrackState.REIDENTIFIED]
    return TrackedFrame(7, 0.28, [4, 0, 9], poses, boxes, True, states)


@pytest.mark.parametrize(
    ("people", "ids"),
    [
        (np.array([False, True, True]), [0, 9]),
        (slice(1), [4]),
        (np.array([2, 0]), [9, 4]),
        (np.zeros(3, np.bool_), []),
    ],
)
def test_chosen_people_keep_all_that_is_theirs(three, people, ids):
    chosen = three[people]
    assert chosen.ids.tolist() == ids
    assert (chosen.index, chosen.time, chosen.is_keyframe) == (7, 0.28, True)
    for row, identity in enumerate(ids):
        [old] = np.nonzero(three.ids == identity)[0]
        assert chosen.states[row] == three.states[old]
        np.testing.assert_array_equal(chosen.boxes[row], three.boxes[old])
        np.testing.assert_array_equal(chosen.poses.boxes[row], three.poses.boxes[old])
        np.testing.assert_array_equal(chosen.poses.keypoints[row], three.poses.keypoints[old])
        assert chosen.poses.person_scores[row] == three.poses.person_scores[old]
    assert three.ids.tolist() == [4, 0, 9]
