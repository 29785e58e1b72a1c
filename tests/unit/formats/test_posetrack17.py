"""PoseTrack17's layout, written and read back."""

import json

import numpy as np
import pytest
from io_samples import assert_same_people, assert_same_times, frame, video, write
from posetrack_published import every_second, published
from requirements import required_module

from lighttrack.cli.app import main
from lighttrack.evaluation.posetrack import evaluate_posetrack
from lighttrack.formats import FormatError, posetrack, read_tracks
from lighttrack.formats.posetrack import JOINTS, PoseTrack17Writer
from lighttrack.structures.skeletons import COCO_17, POSETRACK_15


@pytest.mark.parametrize("skeleton", [COCO_17, POSETRACK_15], ids=lambda s: s.name)
def test_people_come_back_with_the_15_joints(tmp_path, skeleton):
    written = video(skeleton, "Straße")
    read = posetrack.read(write(PoseTrack17Writer, tmp_path / "a.json", written))
    assert read.skeleton == POSETRACK_15
    assert_same_people(read, written)
    assert_same_times(read, written)
    assert (read.info, read.provenance) == (written.info, written.provenance)


def test_every_value_is_a_list_of_one_and_joints_carry_the_evaluators_numbers(tmp_path):
    written = video(POSETRACK_15)
    content = json.loads(write(PoseTrack17Writer, tmp_path / "a.json", written).read_text())
    assert len(content["annolist"]) == len(written.frames)
    first = content["annolist"][0]
    assert first["image"] == [{"name": "images/clip/00000000.jpg"}]
    person = first["annorect"][0]
    assert person["track_id"] == [int(written.frames[0].ids[0])]
    point = {p["id"][0]: p for p in person["annopoints"][0]["point"]}
    pose = written.frames[0].poses
    known = np.isfinite(pose.keypoints[0, :, 0])
    assert {JOINTS[number] for number in point} == set(np.array(POSETRACK_15.keypoints)[known])
    for number, one in point.items():
        column = POSETRACK_15.index[JOINTS[number]]
        assert one["x"] == [pytest.approx(pose.keypoints[0, column, 0], abs=0.006)]
        assert one["score"] == [pytest.approx(pose.scores[0, column], abs=6e-5)]


def test_predictions_are_for_the_images_that_the_truth_lists(tmp_path):
    """Frames that no result came for are listed too: evaluators align by position."""
    listed = [{"image": [{"name": f"x/{i:08d}.jpg"}], "annorect": []} for i in range(9)]
    written, path = video(), tmp_path / "a.json"
    with PoseTrack17Writer(path, written.info, COCO_17, images=listed) as writer:
        for one in written.frames:
            writer.write(one)
    content = json.loads(path.read_text())
    assert [e["image"] for e in content["annolist"]] == [e["image"] for e in listed]
    with (
        pytest.raises(FormatError, match="frame 5 is not among the 5 images given"),
        PoseTrack17Writer(path, written.info, COCO_17, images=listed[:5]) as writer,
    ):
        writer.write(frame(5, [1]))
    assert json.loads(path.read_text()) == content


def test_the_command_converts_between_the_layouts_and_scores_what_it_wrote(tmp_path, capsys):
    """A truth of either layout, converted to the other, scores itself without a mistake."""
    data = published(tmp_path / "data", every_second)
    for source, target in (
        ("000001_mpii_test", "posetrack17"),
        ("00002_mpii_relpath_5sec_testsub", "posetrack"),
    ):
        (tmp_path / target).mkdir()
        output = tmp_path / target / f"{source}.json"
        line = ["convert", str(data / f"{source}.json"), "--to", target, "-o", str(output)]
        assert main(line) == 0
        tracks = read_tracks(output)
        assert tracks.ids().tolist() == [0, 1, 2]
        scored = evaluate_posetrack(data / f"{source}.json", output, mode="official").total
        np.testing.assert_allclose(scored.mot["mota"], 100)
    assert "posetrack17 has no place for: key frames" in capsys.readouterr().err


def test_a_folder_in_the_layout_of_2017_trains_the_matcher(tmp_path):
    required_module("torch", "TRAINING")
    data = published(tmp_path / "data", lambda index: True)
    for path in data.glob("000001*"):
        path.write_text((data / "00002_mpii_relpath_5sec_testsub.json").read_text())
    line = ["train", "matcher", str(data), "-o", str(tmp_path / "run"), "--epochs", "1"]
    assert main([*line, "--steps", "2", "--threads", "1"]) == 0
