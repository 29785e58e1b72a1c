"""Boxes by frame, of every format that has them."""

import json

import numpy as np
import pytest

from lighttrack.formats import FormatError, read_detections, write_tracks
from lighttrack.formats.reading import Person, frame_of, missing
from lighttrack.structures import TrackedVideo, TrackState, VideoInfo
from lighttrack.structures.skeletons import COCO_17, POSETRACK_17


def test_detections_without_identities(tmp_path):
    path = tmp_path / "det.txt"
    path.write_text("3,-1,10,20,30,40,0.5\n1,-1,1,2,3,4,0.9\n3,-1,5,5,10,10,97\n")
    found = read_detections(path)
    assert sorted(found) == [0, 2]
    assert found[0].boxes.tolist() == [[1, 2, 4, 6]]
    assert found[2].boxes.tolist() == [[10, 20, 40, 60], [5, 5, 15, 15]]
    np.testing.assert_allclose(found[2].scores, [0.5, 1])


def test_rows_of_flag_0_are_left_out(tmp_path):
    path = tmp_path / "gt.txt"
    path.write_text("1,1,10,20,30,40,1,1,1\n1,2,10,20,30,40,0,1,1\n2,1,10,20,30,40,0,1,1\n")
    assert {index: len(each) for index, each in read_detections(path).items()} == {0: 1}


def test_a_list_of_coco_results(tmp_path):
    path = tmp_path / "results.json"
    results = [{"image_id": 4, "bbox": [1, 2, 3, 4], "score": 0.7}]
    path.write_text(json.dumps(results))
    found = read_detections(path)
    assert found[4].boxes.tolist() == [[1, 2, 4, 6]]
    np.testing.assert_allclose(found[4].scores, [0.7])


def test_coco_annotations_without_a_score_or_an_identity(tmp_path):
    path = tmp_path / "annotations.json"
    images = [{"id": 70}, {"id": 71}]
    entries = [
        {"id": 1, "image_id": 71, "bbox": [1, 2, 3, 4]},
        {"id": 2, "image_id": 70, "bbox": [0, 0, 9, 9], "iscrowd": 1},
    ]
    path.write_text(json.dumps({"images": images, "annotations": entries}))
    found = read_detections(path)
    assert {index: each.scores.tolist() for index, each in found.items()} == {1: [1.0]}


@pytest.mark.parametrize("kind", ["jsonl", "posetrack", "coco"])
def test_results_of_tracking(tmp_path, kind):
    path, skeleton = tmp_path / kind, POSETRACK_17 if kind == "posetrack" else COCO_17
    nothing = missing(skeleton)
    nothing[0] = (30, 40, 0.9)
    people = [
        Person(7, nothing, [10, 20, 50, 100], score=0.8),
        Person(8, nothing, [90, 20, 130, 100], state=TrackState.LOST),
    ]
    frames = [frame_of(skeleton, 0, 0.0, ()), frame_of(skeleton, 1, 0.04, people)]
    info = VideoInfo("a", 200, 120, 25.0, 2)
    write_tracks(TrackedVideo(info, skeleton, frames), path, kind)
    found = read_detections(path)
    assert sorted(found) == [1]
    assert found[1].boxes[0].tolist() == [10, 20, 50, 100]


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "notes.md").write_text("# Notes\n")
    with pytest.raises(FormatError, match="holds no tracks in a known format"):
        read_detections(tmp_path / "notes.md")
    with pytest.raises(FileNotFoundError):
        read_detections(tmp_path / "nothing.txt")
