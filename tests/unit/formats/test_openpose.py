import json

import numpy as np
import pytest
from io_samples import assert_same_people, frame, video, write

from lighttrack.formats import FormatError, openpose
from lighttrack.formats.openpose import OpenPoseWriter
from lighttrack.structures import TrackedVideo
from lighttrack.structures.skeletons import BLAZEPOSE_33, COCO_17, OPENPOSE_25


@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33, OPENPOSE_25], ids=lambda s: s.name)
def test_poses_and_identities_come_back(tmp_path, skeleton):
    written = video(skeleton, "Straße_1")
    read = openpose.read(write(OpenPoseWriter, tmp_path / "a.openpose", written))
    assert read.skeleton == OPENPOSE_25
    assert_same_people(read, written, boxes=False, person_scores=False)
    assert read.info.name == "Straße_1"


def test_every_frame_has_a_file_also_without_people(tmp_path):
    folder = write(OpenPoseWriter, tmp_path / "clip.openpose", video())
    assert sorted(path.name for path in folder.iterdir()) == [
        f"clip_{i:012d}_keypoints.json" for i in range(6)
    ]
    assert json.loads((folder / "clip_000000000001_keypoints.json").read_text()) == {
        "version": 1.3,
        "people": [],
    }


def test_a_person_is_what_openpose_writes(tmp_path):
    folder = write(OpenPoseWriter, tmp_path / "clip.openpose", video())
    [person] = json.loads((folder / "clip_000000000000_keypoints.json").read_text())["people"]
    assert person["person_id"] == [0]
    assert len(person["pose_keypoints_2d"]) == 75
    assert person["hand_left_keypoints_2d"] == person["pose_keypoints_3d"] == []


def test_boxes_are_those_around_the_keypoints(tmp_path):
    folder = write(OpenPoseWriter, tmp_path / "clip.openpose", video())
    person = openpose.read(folder).frames[2]
    points = person.poses.keypoints[1]
    np.testing.assert_allclose(person.boxes[1, :2], np.nanmin(points, axis=0))
    np.testing.assert_allclose(person.boxes[1, 2:], np.nanmax(points, axis=0))


def test_a_shorter_result_replaces_a_longer_one(tmp_path):
    folder = write(OpenPoseWriter, tmp_path / "clip.openpose", video())
    (folder / "notes.txt").write_text("mine")
    write(OpenPoseWriter, folder, TrackedVideo(video().info, COCO_17, [frame(0, [1])]))
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["clip_000000000000_keypoints.json", "notes.txt"]


def test_frames_of_a_cut_are_numbered_as_in_the_whole(tmp_path):
    content = TrackedVideo(video().info, COCO_17, [frame(3, [1])])
    read = openpose.read(write(OpenPoseWriter, tmp_path / "a.openpose", content))
    assert [(one.index, len(one)) for one in read.frames] == [(0, 0), (1, 0), (2, 0), (3, 1)]


def test_poses_that_openpose_did_not_track_are_refused(tmp_path):
    person = {"person_id": [-1], "pose_keypoints_2d": [0.0] * 75}
    (tmp_path / "a_0_keypoints.json").write_text(json.dumps({"people": [person]}))
    with pytest.raises(FormatError, match=r"people without identities \(person_id \[-1\]\)"):
        openpose.read(tmp_path)


def test_an_older_body_model_is_refused(tmp_path):
    person = {"person_id": [1], "pose_keypoints_2d": [0.0] * 54}
    (tmp_path / "a_0_keypoints.json").write_text(json.dumps({"people": [person]}))
    with pytest.raises(FormatError, match="must have 3 x 25 keypoint numbers, got 54"):
        openpose.read(tmp_path)


def test_a_folder_of_two_videos_is_refused(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}_0_keypoints.json").write_text('{"people": []}')
    with pytest.raises(FormatError, match="holds frames of several videos: a, b"):
        openpose.read(tmp_path)


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"holds no \*_keypoints\.json files"):
        openpose.read(tmp_path)
