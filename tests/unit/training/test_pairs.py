import numpy as np
from pose_sequences import people_side_by_side

from lighttrack.matching.pairs import PairKind, mine_pairs
from lighttrack.training.batches import pairs_within
from lighttrack.training.pairs import PairSource, WindowSource


def test_half_of_the_single_pairs_are_positives_and_half_of_the_others_hard():
    sequences = [people_side_by_side()]
    source = PairSource(sequences, mine_pairs(sequences), size=20)
    masks = pairs_within(source(np.random.default_rng(0)))
    assert masks.positive.sum() == 10
    assert masks.hard.sum() == 5
    assert masks.other.sum() == 5


def test_a_pass_draws_every_positive_once():
    sequences = [people_side_by_side()]
    pairs = mine_pairs(sequences)
    source = PairSource(sequences, pairs, size=20)
    count = int((pairs.kind == PairKind.POSITIVE).sum())
    assert source.steps_per_pass == -(-count // 10)
    rng = np.random.default_rng(0)
    for passes in range(2):
        begin = passes * source.steps_per_pass
        drawn = [source(rng, begin + step) for step in range(source.steps_per_pass)]
        poses = np.concatenate(
            [b.keypoints[:, 0][np.isfinite(b.keypoints[:, 0, 1, 0, 0])] for b in drawn]
        )
        assert len(poses) == count
        assert len(np.unique(poses.reshape(len(poses), -1), axis=0)) == count
    assert not np.array_equal(drawn[0].keypoints, source(rng, 0).keypoints)


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
