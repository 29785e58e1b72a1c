"""Tracking again from a correction, with stand-ins for the networks."""

from dataclasses import replace

import bright_people
import numpy as np
import pytest

from lighttrack.models.camera import BackgroundCamera
from lighttrack.pipeline.retrack import retrack
from lighttrack.pipeline.track_video import track_video
from lighttrack.refinement import edit


@pytest.fixture
def clip(tmp_path):
    return bright_people.video_file(tmp_path / "walk.mp4", 40)


@pytest.fixture
def stored(clip):
    return track_video(clip, tracker=bright_people.bright_tracker(), progress=False)


def test_the_corrected_ids_are_taken_as_given(stored):
    swapped = edit.swap(stored, 1, 2, from_frame=25)
    again = retrack(swapped, from_frame=25, tracker=bright_people.bright_tracker())
    assert [frame.index for frame in again.frames] == [frame.index for frame in stored.frames]
    for wanted, frame in zip(swapped.frames, again.frames, strict=True):
        assert sorted(frame.ids.tolist()) == sorted(wanted.ids.tolist())
        for identity in frame.ids.tolist():
            here, there = frame.boxes[frame.ids == identity], wanted.boxes[wanted.ids == identity]
            assert np.allclose(here, there, atol=6)


def test_it_is_on_record_and_frames_before_stay(stored):
    again = retrack(stored, from_frame=20, tracker=bright_people.bright_tracker())
    assert again.frames[:21] == stored.frames[:21]
    assert again.provenance["changes"] == [{"operation": "retrack", "from_frame": 20}]


def test_a_person_marked_as_wrong_gets_a_new_id_if_they_are_found_again(stored):
    without = edit.delete(stored, 2, from_frame=15)
    again = retrack(without, from_frame=15, tracker=bright_people.bright_tracker())
    assert 1 in again.frames[-1].ids.tolist()
    assert len(again.frames[-1].ids) == 2


def test_frames_and_networks_that_are_not_known_are_refused(stored):
    with pytest.raises(ValueError, match="no frame 400: its frames are 0 to 39"):
        retrack(stored, from_frame=400)
    stored.provenance.clear()
    with pytest.raises(ValueError, match="does not say with which networks"):
        retrack(stored, from_frame=20)


def test_keypoints_that_a_result_leaves_out_are_no_obstacle(stored):
    """A result has no place for a keypoint that was not found; the tracker computes with all."""
    frame = stored.frames[20]
    keypoints, scores = frame.poses.keypoints.copy(), frame.poses.scores.copy()
    keypoints[:, 3:9], scores[:, 3:9] = np.nan, 0
    poses = replace(frame.poses, keypoints=keypoints, scores=scores)
    frames = [replace(frame, poses=poses) if each is frame else each for each in stored.frames]
    tracker = bright_people.bright_tracker(camera=BackgroundCamera())
    again = retrack(replace(stored, frames=frames), from_frame=20, tracker=tracker)
    assert [sorted(each.ids.tolist()) for each in again.frames] == [
        sorted(each.ids.tolist()) for each in stored.frames
    ]
