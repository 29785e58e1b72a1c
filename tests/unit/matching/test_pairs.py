import numpy as np
import pytest
from pose_sequences import people_side_by_side

from lighttrack.matching.pairs import PairKind, PoseSequence, mine_pairs
from lighttrack.structures import Poses, TrackedFrame, TrackedVideo, VideoInfo
from lighttrack.structures.skeletons import COCO_17, POSETRACK_15


def test_three_people_in_six_frames_make_a_known_number_of_pairs():
    counts = mine_pairs([people_side_by_side()], gaps=(1,)).counts()
    assert counts == {"positive": 15, "hard negative": 10, "other negative": 20}


def test_within_a_frame_there_are_negatives_only_and_each_once():
    pairs = mine_pairs([people_side_by_side()], gaps=(0,))
    assert pairs.counts() == {"positive": 0, "hard negative": 6, "other negative": 12}
    assert (pairs.first[:, 2] < pairs.second[:, 2]).all()


def test_the_gap_is_kept_and_ends_with_the_sequence():
    pairs = mine_pairs([people_side_by_side()], gaps=(4, 50))
    assert set(pairs.gap.tolist()) == {4}
    assert pairs.counts()["positive"] == 6


def test_absent_people_make_no_pairs():
    sequence = people_side_by_side()
    sequence.keypoints[2:, 1] = np.nan
    sequence.keypoints[2:, 1, :2] = 0.5  # two keypoints are no pose
    pairs = mine_pairs([sequence], gaps=(1,))
    of_second = pairs.second[pairs.kind == PairKind.POSITIVE][:, 2] == 1
    assert of_second.sum() == 1


def test_a_gap_counts_forward():
    with pytest.raises(ValueError, match="gaps count frames forward, from 0, got -1"):
        mine_pairs([people_side_by_side()], gaps=(-1,))


def test_a_video_of_coco_poses_with_gaps_becomes_a_sequence():
    rng = np.random.default_rng(0)

    def frame(index, ids):
        n = len(ids)
        points = rng.random((n, 17, 2)) * 10
        poses = Poses(COCO_17, points, np.ones((n, 17)), np.zeros((n, 4)), np.ones(n))
        boxes = np.tile([1.0, 2.0, 3.0, 4.0], (n, 1)).reshape(n, 4)
        return TrackedFrame(index, index / 30, ids, poses, boxes, True, np.zeros(n))

    frames = [frame(5, [0, 9]), frame(7, [9]), frame(8, [])]
    video = TrackedVideo(VideoInfo("clip", 100, 100, 30.0), COCO_17, frames)
    sequence = PoseSequence.from_video(video)
    assert sequence.keypoints.shape == (4, 2, 15, 2)
    assert sequence.present.tolist() == [[True, True], [False] * 2, [False, True], [False] * 2]
    hips = sequence.keypoints[0, 0, POSETRACK_15.index["left_hip"]]
    np.testing.assert_array_equal(hips, frames[0].poses.keypoints[0, COCO_17.index["left_hip"]])
    assert sequence.boxes[2, 1].tolist() == [1, 2, 3, 4]
