import numpy as np

from lighttrack.training.batches import Batch, draw_moments, pairs_ahead, pairs_within


def _batch(people=2, moments=(0.0, 1.0, 4.0)):
    shape = (1, people, len(moments))
    keypoints = np.random.default_rng(0).random((*shape, 15, 2)).astype(np.float32)
    boxes = np.broadcast_to(np.float32([0, 0, 1, 1]), (*shape, 4))
    return Batch(keypoints, boxes, np.float32([moments]))


def test_two_people_at_three_moments_make_each_pair_once():
    masks = pairs_within(_batch())
    assert masks.positive.sum() == 6
    assert masks.hard.sum() == 6
    assert masks.other.sum() == 0


def test_two_draws_of_one_moment_are_no_pair():
    masks = pairs_within(_batch(moments=(0.0, 3.0, 3.0)))
    assert masks.positive.sum() == 4


def test_a_pose_of_three_keypoints_is_left_out():
    batch = _batch()
    batch.keypoints[0, 0, 1, 3:] = np.nan
    assert pairs_within(batch).positive.sum() == 4


def test_predictions_are_paired_with_all_people_of_later_moments():
    masks = pairs_ahead(_batch(people=3, moments=(0.0, -1.0, 2.0, 8.0)), 2)
    assert masks.positive.shape == (2, 3, 3)
    assert masks.positive.sum() == 6
    assert masks.hard.sum() == 12


def test_moments_begin_with_the_history_and_stay_within_the_longest_gap():
    moments = draw_moments(np.random.default_rng(0), 200, 3, 16, (0.0, 1.0, 8.0))
    assert moments.shape == (200, 6)
    assert (moments[:, :3] == [0, -1, -8]).all()
    later = moments[:, 3:]
    assert later.min() == 1
    assert later.max() == 16
    assert (later <= 4).mean() > 0.4
