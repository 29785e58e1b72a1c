import json

import numpy as np
import pytest
from labelled_people import coco_folder

from lighttrack.formats import FormatError
from lighttrack.structures.skeletons import COCO_17, POSETRACK_15
from lighttrack.training.pose.people import read_people


def test_keypoints_are_taken_by_name(drawn):
    people = read_people(drawn, "coco", "train", POSETRACK_15)
    coco = read_people(drawn, "coco", "train", COCO_17)
    assert len(people) == len(coco) == 8
    for name in ("nose", "left_wrist", "right_ankle"):
        np.testing.assert_allclose(
            people.keypoints[:, POSETRACK_15.index[name]], coco.keypoints[:, COCO_17.index[name]]
        )


def test_the_head_of_cocos_people_is_derived_for_training_and_not_scored(drawn):
    people = read_people(drawn, "coco", "train", POSETRACK_15)
    for name in ("head_bottom", "head_top"):
        assert people.known[:, POSETRACK_15.index[name]].all()
        assert not people.labelled[:, POSETRACK_15.index[name]].any()


def test_absent_keypoints_are_masked(tmp_path):
    names = ["left_knee", "right_knee", "neck", "head_top"]
    folder = coco_folder(tmp_path / "few", images=1, people=1)
    for path in folder.glob("*.json"):
        content = json.loads(path.read_text())
        content["categories"][0]["keypoints"] = names
        content["annotations"][0]["keypoints"] = [50, 90, 2, 60, 90, 1, 55, 40, 2, 0, 0, 0]
        path.write_text(json.dumps(content))
    people = read_people(folder, "coco", "train", POSETRACK_15)
    known = [name for name, is_known in zip(POSETRACK_15.keypoints, people.known[0], strict=True)
             if is_known]  # fmt: skip
    assert known == ["head_bottom", "left_knee", "right_knee"]
    # PoseTrack's lower end of the head is what others call the neck.
    assert people.labelled[0, POSETRACK_15.index["head_bottom"]]
    assert people.keypoints[0, POSETRACK_15.index["head_bottom"]].tolist() == [55, 40]


def test_the_box_is_of_the_keypoints_and_a_fifth_on_each_side(tmp_path):
    folder = coco_folder(tmp_path / "box", images=1, people=1)
    path = folder / "person_keypoints_train.json"
    content = json.loads(path.read_text())
    marks = np.zeros((17, 3))
    marks[5], marks[16] = (40, 20, 2), (60, 120, 1)
    content["annotations"][0]["keypoints"] = marks.ravel().tolist()
    path.write_text(json.dumps(content))
    people = read_people(folder, "coco", "train", COCO_17)
    np.testing.assert_allclose(people.boxes, [[36, 0, 64, 140]])


def test_posetracks_layout_is_read_with_frames_that_are_not_labelled(drawn_posetrack):
    people = read_people(drawn_posetrack, "posetrack", "val", POSETRACK_15)
    assert len(people) == 2
    assert people.labelled.all()
    assert all(path.is_file() for path in people.images)
    assert (people.areas > 0).all()


def test_cocos_own_names_of_files_and_folders_are_found(tmp_path):
    folder = coco_folder(tmp_path / "coco", images=1)
    (folder / "annotations").mkdir()
    (folder / "person_keypoints_train.json").rename(
        folder / "annotations" / "person_keypoints_train2017.json"
    )
    (folder / "images").rename(folder / "train2017")
    assert len(read_people(folder, "coco", "train", COCO_17)) == 2


def test_crowds_and_people_without_keypoints_are_left_out(tmp_path):
    folder = coco_folder(tmp_path / "coco", images=1)
    path = folder / "person_keypoints_train.json"
    content = json.loads(path.read_text())
    content["annotations"][0]["iscrowd"] = 1
    content["annotations"].append({"image_id": 1, "bbox": [0, 0, 9, 9], "keypoints": [0] * 51})
    path.write_text(json.dumps(content))
    assert len(read_people(folder, "coco", "train", COCO_17)) == 1


def test_what_is_missing_is_said(tmp_path, drawn):
    with pytest.raises(FileNotFoundError, match="no folder"):
        read_people(tmp_path / "nowhere", "coco", "train", COCO_17)
    assert read_people(tmp_path, "coco", "train", COCO_17) is None
    folder = coco_folder(tmp_path / "coco", images=1)
    (folder / "images" / "000001.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"image 000001\.png is in none of"):
        read_people(folder, "coco", "train", COCO_17)


def test_a_keypoint_that_is_unknown_is_named(tmp_path):
    folder = coco_folder(tmp_path / "coco", images=1, names=["tail", *COCO_17.keypoints[1:]])
    with pytest.raises(FormatError, match="tail"):
        read_people(folder, "coco", "train", COCO_17)
