import numpy as np
import pytest

from lighttrack.matching.alignment import aligned_distances, combine


def _by_hand(known, seen):
    """The mean squared distance of common keypoints after moving and scaling both, slowly."""
    common = np.isfinite(known[:, 0]) & np.isfinite(seen[:, 0])
    parts = []
    for pose in (known[common].astype(float), seen[common].astype(float)):
        moved = pose - pose.mean(axis=0)
        parts.append(moved / np.sqrt((moved**2).sum(axis=1).mean()))
    return ((parts[0] - parts[1]) ** 2).sum(axis=1).mean()


def test_products_of_matrices_give_what_aligning_each_pair_gives():
    rng = np.random.default_rng(0)
    known, seen = (rng.normal(size=(n, 15, 2)).astype(np.float32) for n in (4, 6))
    known[rng.random(known.shape[:2]) < 0.3] = np.nan
    seen[rng.random(seen.shape[:2]) < 0.3] = np.nan
    squared, shared = aligned_distances(known, seen)
    by_hand = [[_by_hand(a, b) for b in seen] for a in known]
    np.testing.assert_allclose(squared, by_hand, atol=1e-4)
    there, visible = np.isfinite(known[..., 0]), np.isfinite(seen[..., 0])
    both = (there[:, None] & visible[None]).sum(axis=2)
    np.testing.assert_allclose(shared, both / (there[:, None] | visible[None]).sum(axis=2))


def test_place_and_size_do_not_matter():
    rng = np.random.default_rng(1)
    pose = rng.normal(size=(1, 15, 2)).astype(np.float32)
    squared, shared = aligned_distances(pose, pose * 3 - 2)
    assert squared[0, 0] < 1e-5
    assert shared[0, 0] == 1


def test_two_common_keypoints_are_too_few():
    rng = np.random.default_rng(2)
    known, seen = rng.normal(size=(2, 1, 15, 2)).astype(np.float32)
    known[:, 2:8] = np.nan
    seen[:, 8:] = np.nan
    squared, shared = aligned_distances(known, seen)
    assert np.isinf(squared).all()
    assert np.isinf(combine(np.ones((1, 1)), squared, shared, 1.0)).all()


def test_a_point_without_extent_has_a_finite_distance():
    flat = np.zeros((1, 15, 2), np.float32)
    pose = np.random.default_rng(3).normal(size=(1, 15, 2)).astype(np.float32)
    squared, _ = aligned_distances(flat, pose)
    assert squared[0, 0] == pytest.approx(2)


def test_the_embedding_counts_by_the_share_of_common_keypoints():
    embedded, aligned = np.full((1, 2), 4.0), np.full((1, 2), 1.0)
    shared = np.array([[1.0, 0.5]])
    distances = combine(embedded, aligned, shared, 1.0)
    np.testing.assert_allclose(distances**2, [[(4 + 1) / 2, (0.5 * 4 + 1) / 1.5]], rtol=1e-6)
    np.testing.assert_allclose(combine(embedded, aligned, shared, 0.0), 2, rtol=1e-6)
