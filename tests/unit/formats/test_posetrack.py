import json

import numpy as np
import pytest
from io_samples import assert_same_people, assert_same_times, frame, video, write

from lighttrack.formats import FormatError, posetrack, read_tracks
from lighttrack.formats.posetrack import PoseTrackWriter
from lighttrack.structures import Poses, TrackedFrame, TrackedVideo, VideoInfo
from lighttrack.structures.skeletons import BLAZEPOSE_33, COCO_17, POSETRACK_15, POSETRACK_17


@pytest.mark.parametrize(
    "skeleton", [COCO_17, POSETRACK_15, POSETRACK_17, BLAZEPOSE_33], ids=lambda s: s.name
)
def test_people_come_back_with_posetracks_keypoints(tmp_path, skeleton):
    written = video(skeleton, "Straße")
    read = posetrack.read(write(PoseTrackWriter, tmp_path / "a.json", written))
    assert read.skeleton == POSETRACK_17
    assert_same_people(read, written)
    assert_same_times(read, written)
    assert (read.info, read.provenance) == (written.info, written.provenance)


def test_a_sequence_of_the_benchmark_keeps_its_names(tmp_path):
    path = write(PoseTrackWriter, tmp_path / "a.json", video(COCO_17, "000342_bonn_test"))
    content = json.loads(path.read_text())
    assert [image["file_name"] for image in content["images"]] == [
        f"images/000342_bonn_test/{i:06d}.jpg" for i in range(6)
    ]
    first = content["images"][0]
    assert (first["id"], first["frame_id"]) == (20003420000, 20003420000)
    assert (first["vid_id"], first["nframes"], first["is_labeled"]) == ("000342", 6, True)
    assert {a["image_id"] for a in content["annotations"]} == {
        20003420000 + i for i in (0, 2, 4, 5)
    }


def test_any_other_video_gets_a_name_that_evaluators_can_take_apart(tmp_path):
    content = json.loads(write(PoseTrackWriter, tmp_path / "a.json", video()).read_text())
    assert content["images"][5]["file_name"] == "images/000000_mpii_clip/000005.jpg"
    assert content["images"][5]["id"] == 10000000005
    assert posetrack.read(tmp_path / "a.json").info.name == "clip"


def test_predictions_are_for_the_images_that_the_truth_lists(tmp_path):
    listed = [{"id": 70 + i, "file_name": f"x/{4 * i:06d}.jpg", "own": True} for i in range(6)]
    written = video()
    path = tmp_path / "a.json"
    with PoseTrackWriter(path, written.info, COCO_17, images=listed) as writer:
        for one in written.frames:
            writer.write(one)
    content = json.loads(path.read_text())
    assert content["images"] == listed
    assert {a["image_id"] for a in content["annotations"]} == {70, 72, 74, 75}
    with (
        pytest.raises(FormatError, match="frame 5 is not among the 5 images given"),
        PoseTrackWriter(path, written.info, COCO_17, images=listed[:5]) as writer,
    ):
        writer.write(frame(5, [1]))
    assert json.loads(path.read_text()) == content


def test_annotations_are_what_the_evaluator_reads(tmp_path):
    content = json.loads(write(PoseTrackWriter, tmp_path / "a.json", video()).read_text())
    assert [c["name"] for c in content["categories"]] == ["person"]
    assert content["categories"][0]["keypoints"] == list(POSETRACK_17.keypoints)
    assert len({a["id"] for a in content["annotations"]}) == len(content["annotations"]) == 7
    for annotation in content["annotations"]:
        flat = np.array(annotation["keypoints"]).reshape(17, 3)
        scores = np.array(annotation["scores"])
        assert set(flat[:, 2]) <= {0.0, 1.0}
        assert (flat[flat[:, 2] == 0] == 0).all()
        assert ((scores > 0) == (flat[:, 2] == 1)).all()


def test_what_a_skeleton_lacks_is_absent(tmp_path):
    content = json.loads(
        write(PoseTrackWriter, tmp_path / "a.json", video(POSETRACK_15)).read_text()
    )
    ears = [POSETRACK_17.index["left_ear"], POSETRACK_17.index["right_ear"]]
    for annotation in content["annotations"]:
        assert np.array(annotation["keypoints"]).reshape(17, 3)[ears].tolist() == [[0, 0, 0]] * 2


def test_a_head_has_a_box_if_its_ends_are_known(tmp_path):
    keypoints = np.full((2, 17, 2), np.nan, np.float32)
    keypoints[:, POSETRACK_17.index["head_bottom"]] = (100, 80)
    keypoints[0, POSETRACK_17.index["head_top"]] = (104, 30)
    scores = np.isfinite(keypoints[..., 0]).astype(float)
    boxes = np.tile([80.0, 20, 120, 200], (2, 1))
    poses = Poses(POSETRACK_17, keypoints, scores, boxes, [1, 1])
    one = TrackedFrame(0, 0.0, [1, 2], poses, boxes, True, [0, 0])
    content = TrackedVideo(VideoInfo("clip", 640, 360, 25.0), POSETRACK_17, [one])
    path = write(PoseTrackWriter, tmp_path / "a.json", content)
    known, unknown = json.loads(path.read_text())["annotations"]
    left, top, width, height = known["bbox_head"]
    assert (top, top + height) == (30, 80)
    assert left + width / 2 == pytest.approx(102, abs=0.01)
    assert width == pytest.approx(0.8 * np.hypot(4, 50), abs=0.01)
    assert "bbox_head" not in unknown


def test_a_cut_keeps_its_frame_numbers(tmp_path):
    content = TrackedVideo(video().info, COCO_17, [frame(250, [1]), frame(251, [])])
    read = posetrack.read(write(PoseTrackWriter, tmp_path / "a.json", content))
    assert [one.index for one in read.frames] == [250, 251]


def test_a_failed_run_leaves_nothing_half(tmp_path):
    (tmp_path / "a.json").write_text("an earlier result")

    def fail() -> None:
        with PoseTrackWriter(tmp_path / "a.json", video().info, COCO_17, {}) as writer:
            writer.write(frame(0, [1]))
            raise KeyError("a mistake elsewhere")

    with pytest.raises(KeyError):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text() == "an earlier result"


def test_real_ground_truth_is_read(poses_dir):
    path = poses_dir / "multiperson-posetrack" / "val" / "000010_bonn_test.json"
    read = posetrack.read(path)
    assert read.info.name == "000010_bonn_test"
    assert read.skeleton == POSETRACK_17
    assert (len(read.frames), read.ids().tolist()) == (60, [0, 1, 2])
    first = read.frames[0]
    assert first.ids[0] == 0
    np.testing.assert_allclose(first.poses.keypoints[0, 1], (285.31, 178.09))
    np.testing.assert_allclose(first.boxes[0], (197.0, 84.7, 343.5, 579.3), rtol=1e-5)
    assert first.poses.scores[0, 1] == 1
    missing = ["nose", "left_ear", "right_ear"]
    assert np.isnan(first.poses.keypoints[0, [POSETRACK_17.index[m] for m in missing]]).all()


def test_real_ground_truth_survives_being_written(poses_dir, tmp_path):
    for path in sorted((poses_dir / "multiperson-posetrack" / "val").glob("*.json"))[:3]:
        original = posetrack.read(path)
        again = posetrack.read(write(PoseTrackWriter, tmp_path / path.name, original))
        assert_same_people(again, original)


def test_predictions_with_scores_and_without_boxes_are_read(golden_dir):
    read = posetrack.read(golden_dir / "posetrack" / "a" / "pred" / "000000_bonn_test.json")
    first = read.frames[0]
    np.testing.assert_allclose(first.poses.scores[0, 1], 0.607597)
    known = first.poses.keypoints[0][np.isfinite(first.poses.keypoints[0, :, 0])]
    np.testing.assert_allclose(first.boxes[0, :2], known.min(axis=0))
    np.testing.assert_allclose(first.boxes[0, 2:], known.max(axis=0))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{half", "a.json: not JSON"),
        ('{"annotations": []}', "a.json: neither 'annolist' .* nor 'images'"),
        (
            '{"images": [], "annotations": [], "categories": []}',
            "'categories' must hold exactly one category",
        ),
    ],
)
def test_a_broken_file_says_what_is_missing(tmp_path, content, message):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(FormatError, match=message):
        posetrack.read(path)


def test_the_2017_layout_is_read_as_tracks(tmp_path):
    points = [
        {"id": [13], "x": [10.5], "y": [20]},
        {"id": [12], "x": [11], "y": [40], "score": [0.5]},
    ]
    person = {"track_id": [0], "annopoints": [{"point": points}]}
    entries = [
        {"image": [{"name": "images/bonn/000007.jpg"}], "annorect": []},
        {"image": [{"name": "images/bonn/000009.jpg"}], "annorect": [person, {"track_id": [3]}]},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"annolist": entries}))
    read = read_tracks(tmp_path / "a.json")
    assert (read.info.name, read.skeleton) == ("bonn", POSETRACK_15)
    assert [(one.index, one.ids.tolist()) for one in read.frames] == [(7, []), (9, [0])]
    poses = read.frames[1].poses
    named = {name: POSETRACK_15.index[name] for name in ("nose", "head_bottom", "head_top")}
    assert poses.keypoints[0, named["nose"]].tolist() == [10.5, 20]
    assert [poses.scores[0, i] for i in named.values()] == [1, 0.5, 0]
    assert read.frames[1].boxes.tolist() == [[10.5, 20, 11, 40]]


@pytest.mark.parametrize("scores", [None, [1.0] * 17])
def test_a_head_box_may_be_empty(tmp_path, scores):
    person = {"image_id": 1, "track_id": 4, "keypoints": [9, 9, 1] * 17, "bbox_head": []}
    other = {"image_id": 1, "track_id": 5, "keypoints": [9, 9, 1] * 17, "bbox_head": [1, 2, 3, 4]}
    category = {"name": "person", "keypoints": list(POSETRACK_17.keypoints)}
    data = {
        "images": [{"id": 1, "file_name": "images/val/000001_bonn/000000.jpg"}],
        "annotations": [person, other if scores is None else other | {"scores": scores}],
        "categories": [category],
    }
    (tmp_path / "a.json").write_text(json.dumps(data))
    assert read_tracks(tmp_path / "a.json").frames[0].ids.tolist() == [4, 5]


def test_both_readers_see_the_same_keypoints(golden_dir):
    path = golden_dir / "posetrack" / "a" / "pred" / "000000_bonn_test.json"
    columns = [POSETRACK_17.index[joint] for joint in posetrack.JOINTS]
    both = zip(posetrack.read(path).frames, posetrack.read_sequence(path).frames, strict=True)
    for tracked, scored in both:
        assert tracked.ids.tolist() == scored.people.ids.tolist()
        seen = tracked.poses.keypoints[:, columns]
        np.testing.assert_array_equal(seen, scored.people.points.astype(np.float32))


def test_a_file_of_two_videos_is_no_track_of_one(tmp_path):
    path = write(PoseTrackWriter, tmp_path / "a.json", video())
    content = json.loads(path.read_text())
    content["images"][5]["file_name"] = "images/000002_mpii_b/000005.jpg"
    path.write_text(json.dumps(content))
    with pytest.raises(FormatError, match=r"a\.json: holds 2 videos; give one file per video"):
        posetrack.read(path)


def test_a_box_that_is_none_is_named(tmp_path):
    path = write(PoseTrackWriter, tmp_path / "a.json", video())
    content = json.loads(path.read_text())
    content["annotations"][0]["bbox"] = [1, 2]
    path.write_text(json.dumps(content))
    with pytest.raises(FormatError, match=r"a\.json, frame 0, person 0: bbox must be 4 numbers"):
        posetrack.read(path)


def test_flag_0_alone_does_not_make_a_keypoint_missing(tmp_path):
    path = write(PoseTrackWriter, tmp_path / "a.json", video())
    content = json.loads(path.read_text())
    # As the benchmark's evaluator has it, only three zeros say so; visibility says nothing else.
    content["annotations"][0]["keypoints"] = [5.0, 6.0, 0.0] + [0.0] * 48
    path.write_text(json.dumps(content))
    for keypoints in (
        posetrack.read(path).frames[0].poses.keypoints[0],
        posetrack.read_sequence(path).frames[0].people.points[0],
    ):
        assert np.isfinite(keypoints[:, 0]).sum() == 1
