import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lighttrack.tracking.association import Stage, assign, associate, closeness


def test_the_best_sum_wins_over_the_best_single_pair():
    rows, columns = assign(np.array([[0.9, 0.8], [0.8, 0.1]]), 0.2)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_a_forbidden_pair_is_not_made_even_if_nothing_else_is_left():
    rows, _ = assign(np.array([[0.1]]), 0.3)
    assert len(rows) == 0


def test_the_threshold_itself_is_not_enough():
    rows, _ = assign(np.array([[0.3]]), 0.3)  # eq. (2): strictly above
    assert len(rows) == 0


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 10_000))
def test_the_assignment_is_the_best_of_all(n, m, seed):
    affinity = np.random.default_rng(seed).uniform(0, 1, (n, m))
    rows, columns = assign(affinity, 0.4)
    gain = np.where(affinity > 0.4, affinity - 0.4 + 1e-6, 0)
    small, large = sorted((n, m))
    table = gain if n <= m else gain.T
    best = max(sum(table[i, c] for i, c in enumerate(order))
               for order in itertools.permutations(range(large), small))  # fmt: skip
    assert np.isclose(gain[rows, columns].sum(), best)
    assert len(set(rows.tolist())) == len(rows)
    assert len(set(columns.tolist())) == len(columns)


def test_a_later_stage_sees_only_what_is_left():
    first = Stage("spatial consistency", np.array([[0.9, 0.0], [0.0, 0.0]]), 0.3)
    second = Stage("pose matching", np.array([[0.0, 1.0], [0.0, 0.5]]), 0.3)
    assert associate(2, 2, [first, second]).tolist() == [0, 1]


def test_only_those_who_take_part_are_matched():
    stage = Stage("lost only", np.ones((2, 1)), 0.3, known=np.array([False, True]))
    assert associate(2, 1, [stage]).tolist() == [1]


def test_nobody_known_and_nobody_seen():
    assert associate(0, 2, [Stage("none", np.zeros((0, 2)), 0.3)]).tolist() == [-1, -1]
    assert associate(2, 0, [Stage("none", np.zeros((2, 0)), 0.3)]).tolist() == []


def test_the_longer_somebody_is_lost_the_farther_they_may_be():
    expected = np.array([[0, 0, 40, 100]], np.float32)
    found = expected + np.array([100, 0, 100, 0], np.float32)
    soon = closeness(expected, np.array([0.1], np.float32), found)
    later = closeness(expected, np.array([1.5], np.float32), found)
    assert soon < 0 < later


def test_somebody_twice_as_tall_is_somebody_else():
    expected = np.array([[0, 0, 40, 100]], np.float32)
    taller = np.array([[0, -50, 80, 150]], np.float32)
    assert closeness(expected, np.zeros(1, np.float32), taller) == 0
