import numpy as np
from pose_sequences import people_side_by_side

from lighttrack.matching.pairs import mine_pairs
from lighttrack.training.batches import pairs_within
from lighttrack.training.pairs import PairSource, WindowSource


def test_half_of_the_single_pairs_are_positives():
    sequences = [people_side_by_side()]
    source = PairSource(sequences, mine_pairs(sequences), size=400)
    batch = source(np.random.default_rng(0))
    masks = pairs_within(batch)
    assert masks.positive.sum() + masks.hard.sum() + masks.other.sum() == 400
    assert 160 < masks.positive.sum() < 240
    assert 60 < masks.hard.sum() < 140


def test_windows_hold_each_person_once():
    source = WindowSource([people_side_by_side(frames=40)], scenes=20, people=5)
    batch = source(np.random.default_rng(0))
    present = np.isfinite(batch.keypoints[:, :, 0, 0, 0])
    assert present.sum(axis=1).tolist() == [3] * 20
    masks = pairs_within(batch)
    assert masks.positive.any()
    assert masks.hard.any()
    # The people overlap as their places say: the third is far away from all.
    assert masks.other.sum() > masks.hard.sum()
