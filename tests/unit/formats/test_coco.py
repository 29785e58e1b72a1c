import json
from dataclasses import replace

import numpy as np
import pytest
from io_samples import PAWS, assert_same_people, assert_same_times, frame, video, write

from lighttrack.formats import FormatError, coco
from lighttrack.formats.coco import CocoWriter
from lighttrack.structures.skeletons import BLAZEPOSE_33, COCO_17, POSETRACK_17


@pytest.mark.parametrize("skeleton", [COCO_17, POSETRACK_17, BLAZEPOSE_33], ids=lambda s: s.name)
def test_people_come_back_with_cocos_keypoints(tmp_path, skeleton):
    written = video(skeleton, "Straße")
    read = coco.read(write(CocoWriter, tmp_path / "a.json", written))
    assert read.skeleton == COCO_17
    assert_same_people(read, written)
    assert_same_times(read, written)
    assert (read.info, read.provenance) == (written.info, written.provenance)


def test_the_file_is_a_coco_data_set(tmp_path):
    content = json.loads(write(CocoWriter, tmp_path / "a.json", video()).read_text())
    assert list(content) == ["info", "licenses", "images", "annotations", "categories"]
    [category] = content["categories"]
    assert category["keypoints"] == list(COCO_17.keypoints)
    joints = np.array(category["skeleton"])
    assert (joints.min(), joints.max()) == (1, 17)
    assert [image["id"] for image in content["images"]] == [1, 2, 3, 4, 5, 6]
    assert {(image["width"], image["height"]) for image in content["images"]} == {(640, 360)}
    assert [a["id"] for a in content["annotations"]] == list(range(1, 8))
    for annotation in content["annotations"]:
        flat = np.array(annotation["keypoints"]).reshape(17, 3)
        assert annotation["num_keypoints"] == (flat[:, 2] > 0).sum()
        assert set(flat[:, 2]) <= {0.0, 1.0, 2.0}
        assert (flat[flat[:, 2] == 0] == 0).all()
        assert annotation["category_id"] == category["id"]
        assert annotation["iscrowd"] == 0
        assert annotation["area"] == pytest.approx(np.prod(annotation["bbox"][2:]), rel=1e-3)


def test_a_skeleton_that_shares_only_the_nose_is_written_with_it_alone(tmp_path):
    content = json.loads(write(CocoWriter, tmp_path / "a.json", video(PAWS)).read_text())
    assert {a["num_keypoints"] for a in content["annotations"]} == {1}


def test_a_data_set_of_another_tool_is_read(tmp_path):
    """Without our additions: frames are numbered by place, times are guessed, scores are 1."""
    content = {
        "images": [
            {"id": 70, "file_name": "b.jpg", "width": 320, "height": 200},
            {"id": 71, "file_name": "c.jpg", "width": 320, "height": 200},
        ],
        "annotations": [
            {"image_id": 71, "track_id": 0, "keypoints": [5, 6, 1, 0, 0, 0], "category_id": 1}
        ],
        "categories": [
            {"id": 0, "name": "car"},
            {"id": 1, "name": "pole", "keypoints": ["foot", "top"], "skeleton": [[1, 2]]},
        ],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    read = coco.read(path)
    assert (read.info.width, read.info.height) == (320, 200)
    assert (read.skeleton.keypoints, read.skeleton.edges) == (("foot", "top"), ((0, 1),))
    assert [(one.index, one.time, len(one)) for one in read.frames] == [(0, 0.0, 0), (1, 0.04, 1)]
    poses = read.frames[1].poses
    np.testing.assert_array_equal(poses.keypoints[0], [[5, 6], [np.nan, np.nan]])
    assert poses.scores.tolist() == [[1, 0]]


def test_a_bare_list_of_results_is_read(tmp_path):
    flat = [10.0, 20.0, 0.5] + [0.0] * 48
    path = tmp_path / "results.json"
    path.write_text(
        json.dumps(
            [
                {"image_id": 3, "category_id": 1, "keypoints": flat, "score": 0.7, "track_id": 0},
                {"image_id": 1, "category_id": 1, "keypoints": flat, "score": 0.6, "track_id": 0},
            ]
        )
    )
    read = coco.read(path)
    assert [(one.index, one.ids.tolist()) for one in read.frames] == [
        (0, []),
        (1, [0]),
        (2, []),
        (3, [0]),
    ]
    assert read.frames[3].poses.scores[0, 0] == 0.5
    assert read.frames[3].poses.person_scores[0] == pytest.approx(0.7)


def test_poses_without_identities_are_refused(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps([{"image_id": 1, "keypoints": [0.0] * 51, "score": 1}]))
    with pytest.raises(FormatError, match="has no track_id: the file holds poses, but no ident"):
        coco.read(path)


def test_keypoints_of_another_number_are_refused(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps([{"image_id": 1, "keypoints": [0.0] * 6, "track_id": 1}]))
    with pytest.raises(FormatError, match="must have 3 x 17 keypoint numbers, got 6"):
        coco.read(path)


def test_a_failed_run_leaves_nothing(tmp_path):
    def fail() -> None:
        with CocoWriter(tmp_path / "a.json", video().info, COCO_17, {}) as writer:
            writer.write(frame(0, [1]))
            raise KeyError("a mistake elsewhere")

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_flag_0_is_a_keypoint_that_is_not_annotated_and_score_0_one_that_is_unsure(tmp_path):
    flat = [10.0, 20.0, 0, 11.0, 21.0, 1, 12.0, 22.0, 2] + [0.0] * 42
    entry = {"image_id": 1, "category_id": 1, "keypoints": flat, "score": 0.7, "track_id": 0}
    category = {"id": 1, "name": "person", "keypoints": list(COCO_17.keypoints)}
    data = {"images": [{"id": 1}], "annotations": [entry], "categories": [category]}
    for content, known, scores in ((data, 2, [0, 1, 1]), ([entry], 3, [0, 1, 2])):
        (tmp_path / "a.json").write_text(json.dumps(content))
        poses = coco.read(tmp_path / "a.json").frames[-1].poses
        assert np.isfinite(poses.keypoints[0, :, 0]).sum() == known
        assert poses.scores[0, :3].tolist() == scores
        assert not poses.scores[0, 3:].any()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"images": []}, "has 'images' and 'annotations', or is a list of results"),
        ({"images": 5, "annotations": []}, "'images' must be a list, got int"),
        ({"images": [{}], "annotations": []}, r"an image must have an 'id', got \{\}"),
        ([5], "entry 0 must be an object, got 5"),
        ([{"score": 1}], "entry 0: image_id must be a number or text, got None"),
        ({"images": [], "annotations": []}, "has no category with keypoints"),
    ],
)
def test_a_faulty_file_is_named(tmp_path, content, message):
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(FormatError, match=message):
        coco.read(tmp_path / "a.json")


def test_doubtful_keypoints_are_flagged_as_hidden_and_come_back(tmp_path):
    content = video()
    path = write(coco.CocoWriter, tmp_path / "c.coco.json", content)
    for annotation in json.loads(path.read_text())["annotations"]:
        flags, scores = annotation["keypoints"][2::3], annotation["keypoint_scores"]
        wanted = [0 if score == 0 else 2 if score >= 0.3 else 1 for score in scores]
        assert flags == wanted
        assert annotation["num_keypoints"] == sum(flag > 0 for flag in flags)
    assert_same_people(coco.read(path), content)


def test_the_estimator_s_own_threshold_decides_what_is_doubtful(tmp_path):
    content = replace(video(), provenance={"keypoint_threshold": 0.9})
    path = write(coco.CocoWriter, tmp_path / "c.coco.json", content)
    flags = [a["keypoints"][2::3] for a in json.loads(path.read_text())["annotations"]]
    assert sum(flag == 1 for row in flags for flag in row) > 0.5 * sum(map(len, flags))


@pytest.mark.parametrize("place", ["track_id", "attributes", "both"])
def test_the_identity_is_read_where_cvat_and_others_keep_it(tmp_path, place):
    path = write(coco.CocoWriter, tmp_path / "c.coco.json", video())
    content = json.loads(path.read_text())
    for annotation in content["annotations"]:
        assert annotation["attributes"] == {"track_id": annotation["track_id"]}
        if place == "attributes":
            del annotation["track_id"]
            annotation["attributes"] |= {"occluded": False}
        if place == "track_id":
            del annotation["attributes"]
    path.write_text(json.dumps(content))
    assert coco.read(path).ids().tolist() == [0, 2, 7, 12345]


def test_a_hidden_track_has_an_empty_list_of_keypoints(tmp_path):
    path = write(coco.CocoWriter, tmp_path / "c.coco.json", video())
    content = json.loads(path.read_text())
    content["annotations"][0] |= {"keypoints": [], "num_keypoints": 0, "keypoint_scores": []}
    path.write_text(json.dumps(content))
    first = coco.read(path).frames[0]
    assert first.ids.tolist() == [0]
    assert np.isnan(first.poses.keypoints).all()
    assert first.poses.scores.max() == 0
    np.testing.assert_allclose(first.boxes, video().frames[0].boxes, atol=0.011)
