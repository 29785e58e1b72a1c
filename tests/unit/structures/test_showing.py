"""Short texts of values, and their way into other libraries."""

import importlib.util

import numpy as np
import pytest

from lighttrack.structures import Detections, Poses, TrackedFrame, TrackedVideo, VideoInfo
from lighttrack.structures.skeletons import COCO_17
from lighttrack.structures.tracks import TrackState


def poses(n):
    keypoints = np.arange(n * 34, dtype=np.float32).reshape(n, 17, 2)
    boxes = np.tile(np.array([1, 2, 30, 40], np.float32), (n, 1))
    return Poses(COCO_17, keypoints, np.full((n, 17), 0.5), boxes, np.full(n, 0.75))


def frame(index, ids):
    people = poses(len(ids))
    states = np.full(len(ids), TrackState.TRACKED)
    return TrackedFrame(index, index / 25, ids, people, people.boxes, index == 0, states)


def video(*frames):
    return TrackedVideo(VideoInfo("walk", 160, 96, 25.0), COCO_17, frames)


def installed(name):
    return importlib.util.find_spec(name) is not None


def test_values_say_their_shape_and_ids_in_a_line():
    assert repr(Detections([[1, 2, 3, 4]], [0.9])) == "<Detections: boxes (1, 4), scores [0.90]>"
    assert repr(poses(2)) == "<Poses: coco-17, keypoints (2, 17, 2)>"
    assert repr(frame(0, [0, 3])) == (
        "<TrackedFrame 0 at 0.000 s: ids [0, 3], coco-17, keypoints (2, 17, 2), key frame>"
    )
    assert repr(video(frame(0, [0]), frame(1, [0, 7]))) == (
        "<TrackedVideo 'walk', 160x96: 2 frames, ids [0, 7], coco-17>"
    )


def test_a_crowd_is_a_short_line_too():
    crowd = frame(1, list(range(40)))
    assert "ids [0, 1, 2, 3, 4, 5, 6, 7, ...] (40)" in repr(crowd)
    assert len(repr(Detections(crowd.boxes, np.ones(40)))) < 120


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_result_becomes_a_table(library):
    result = video(frame(0, [0, 3]), frame(1, []), frame(2, [3]))
    if not installed(library):
        with pytest.raises(ImportError, match=rf"a data frame needs {library}: pip install"):
            result.to_dataframe(library)
        return
    table = result.to_dataframe(library)
    assert list(table.columns)[:12] == [
        "frame", "time", "keyframe", "id", "state", "score", "identity_score",
        "x0", "y0", "x1", "y1", "nose_x",
    ]  # fmt: skip
    assert list(table["id"]) == [0, 3, 3]
    assert list(table["frame"]) == [0, 0, 2]
    assert list(table["state"]) == ["tracked"] * 3
    assert list(table["nose_y"]) == [1.0, 35.0, 1.0]
    assert list(table["right_ankle_score"]) == [0.5] * 3


@pytest.mark.skipif(not installed("pandas"), reason="pandas is not installed")
def test_a_table_without_people_has_its_columns():
    for result in (video(), video(frame(0, []))):
        table = result.to_dataframe()
        assert len(table) == 0
        assert table.shape[1] == 11 + 3 * 17


@pytest.mark.parametrize("ids", [[], [0], [4, 9]])
def test_people_become_supervisions_detections_and_keypoints(ids):
    people = frame(3, ids)
    if not installed("supervision"):
        with pytest.raises(ImportError, match="pip install supervision"):
            people.to_detections()
        with pytest.raises(ImportError, match="pip install supervision"):
            people.to_keypoints()
        return
    detections = people.to_detections()
    assert detections.tracker_id.tolist() == ids
    assert np.array_equal(detections.xyxy, people.boxes)
    assert len(detections) == len(ids)
    keypoints = people.to_keypoints()
    assert np.array_equal(keypoints.xy, people.poses.keypoints)
    assert keypoints.data["tracker_id"].tolist() == ids
