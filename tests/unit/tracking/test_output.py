"""What is shown of the people: whom, where, and in which state."""

import numpy as np
import pytest
from lighttrack.tracking.observation import newcomers

from lighttrack.structures import Frame, Poses, TrackState
from lighttrack.structures.skeletons import COCO_17
from lighttrack.tracking import TrackerConfig, Tracklets
from lighttrack.tracking.output import shown

FRAME = Frame(0, 0.0, np.zeros((360, 640, 3), np.uint8))
CONFIG = TrackerConfig()


@pytest.fixture
def somebody() -> Tracklets:
    keypoints = np.linspace([200, 100], [260, 200], 17, dtype=np.float32)[None]
    box = np.array([[195, 90, 265, 210]], np.float32)
    poses = Poses(COCO_17, keypoints, np.full((1, 17), 0.8), box, np.array([0.8]))
    person = newcomers(poses, np.ones((1, 17), bool), box, CONFIG)
    return person.updated(ids=np.array([5]))


def test_an_arm_flung_out_shows_at_once_and_trembling_does_not(somebody):
    looked_for = somebody.boxes.copy()
    reach = somebody.body.copy()
    reach[0, 10, 0] = 300  # the right wrist, 40 pixels beyond the others
    frame = shown(somebody.updated(body=reach), FRAME, False, CONFIG)
    moved = frame.boxes[0] - looked_for[0]
    assert moved[2] == pytest.approx(20, abs=2)
    assert np.abs(moved[[0, 1, 3]]).max() < 1
    # As published, the box is that of the keypoints, enlarged: nothing is smoothed.
    assert (shown(somebody, FRAME, False, TrackerConfig.paper()).boxes == looked_for).all()


@pytest.mark.parametrize(
    ("x", "lost_for", "is_shown"), [(0, 0.1, True), (0, 0.3, False), (-210, 0.1, False)]
)
def test_the_lost_are_shown_for_a_moment_inside_the_picture(somebody, x, lost_for, is_shown):
    lost = somebody.updated(
        tracked=np.array([False]),
        lost_for=np.array([lost_for], np.float32),
        boxes=somebody.boxes + np.array([x, 0, x, 0], np.float32),
        body=somebody.body + 1000,  # what is remembered of the keypoints does not matter
    )
    frame = shown(lost, FRAME, False, CONFIG)
    assert frame.ids.tolist() == [5] * is_shown
    if is_shown:
        assert (frame.boxes == lost.boxes).all()
        assert frame.states.tolist() == [TrackState.LOST]
        assert np.isnan(frame.poses.keypoints).all()
    assert len(shown(lost, FRAME, False, TrackerConfig(everyone=True))) == 1
