import numpy as np

from lighttrack.training.batches import Batch, draw_moments, pairs_within


def _batch(people=2, moments=(0.0, 1.0, 4.0)):
    shape = (1, people, len(moments))
    keypoints = np.random.default_rng(0).random((*shape, 15, 2)).astype(np.float32)
    boxes = np.broadcast_to(np.float32([0, 0, 1, 1]), (*shape, 4))
    return Batch(keypoints, boxes, np.float32([moments]))


def test_two_people_at_three_moments_make_each_pair_once():
    masks = pairs_within(_batch())
    assert masks.positive.sum() == 6
    assert masks.hard.sum() == 9  # two people of one moment are a pair too
    assert masks.other.sum() == 0


def test_two_draws_of_one_moment_are_no_pair():
    masks = pairs_within(_batch(moments=(0.0, 3.0, 3.0)))
    assert masks.positive.sum() == 4


def test_a_pose_of_three_keypoints_is_left_out():
    batch = _batch()
    batch.keypoints[0, 0, 1, 3:] = np.nan
    assert pairs_within(batch).positive.sum() == 4


def test_moments_stay_within_the_longest_gap_and_short_gaps_come_more_often():
    moments = draw_moments(np.random.default_rng(0), 200, 3, 16)
    assert moments.shape == (200, 4)
    assert (moments[:, 0] == 0).all()
    later = moments[:, 1:]
    assert later.min() == 1
    assert later.max() == 16
    assert (later <= 4).mean() > 0.4
