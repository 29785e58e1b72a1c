import numpy as np
import pytest

from lighttrack.models.decode import heat_map_keypoints, simcc_keypoints, suppress, yolox_boxes


def _bells(points, *, height=64, width=48, spread=2.0, peak=0.8):
    """Heat maps `(N, K, H, W)` of Gaussians at points `(N, K, 2)`."""
    rows, columns = np.mgrid[:height, :width]
    x, y = points[..., 0, None, None], points[..., 1, None, None]
    maps = peak * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2))
    return maps.astype(np.float32)


def test_peaks_are_found_within_a_fiftieth_of_a_cell():
    points = np.random.default_rng(0).uniform([4, 4], [43, 59], (5, 17, 2)).astype(np.float32)
    found, _ = heat_map_keypoints(_bells(points))
    assert np.abs(found - points).max() < 0.02
    assert np.abs(np.round(points) - points).mean() > 0.2  # what no refinement would leave


def test_the_score_is_the_height_of_the_peak():
    _, scores = heat_map_keypoints(_bells(np.full((1, 3, 2), 20, np.float32), peak=0.6))
    np.testing.assert_allclose(scores, 0.6, atol=1e-6)


def test_the_refined_peak_is_that_of_the_whole_map_blurred():
    """The patch-wise step equals the published one, which blurs and rescales the whole map."""
    random = np.random.default_rng(1)
    maps = _bells(random.uniform([4, 4], [43, 59], (3, 4, 2)).astype(np.float32))
    maps += random.uniform(0, 0.05, maps.shape).astype(np.float32)
    found, _ = heat_map_keypoints(maps)
    for person in range(3):
        for part in range(4):
            expected = _dark_as_published(maps[person, part])
            np.testing.assert_allclose(found[person, part], expected, atol=1e-3)


def _dark_as_published(plane):
    """Zhang et al. 2020: blur, rescale to the old maximum, logarithm, one Newton step."""
    kernel = np.outer([0.25, 0.5, 0.25], [0.25, 0.5, 0.25])
    padded = np.pad(plane, 1).astype(np.float64)
    blurred = sum(
        kernel[i, j] * padded[i : i + plane.shape[0], j : j + plane.shape[1]]
        for i in range(3)
        for j in range(3)
    )
    logs = np.log(np.maximum(blurred * plane.max() / blurred.max(), 1e-10))
    y, x = np.unravel_index(plane.argmax(), plane.shape)
    slope = np.array([logs[y, x + 1] - logs[y, x - 1], logs[y + 1, x] - logs[y - 1, x]]) / 2
    across = (logs[y + 1, x + 1] - logs[y + 1, x - 1] - logs[y - 1, x + 1] + logs[y - 1, x - 1]) / 4
    hessian = np.array(
        [
            [(logs[y, x + 2] - 2 * logs[y, x] + logs[y, x - 2]) / 4, across],
            [across, (logs[y + 2, x] - 2 * logs[y, x] + logs[y - 2, x]) / 4],
        ]
    )
    return np.array([x, y]) - np.linalg.solve(hessian, slope)


@pytest.mark.parametrize("corner", [(0, 0), (47, 63), (0, 63), (47, 30), (1, 1)])
def test_a_peak_at_the_rim_stays_in_its_cell(corner):
    maps = np.zeros((1, 1, 64, 48), np.float32)
    maps[0, 0, corner[1], corner[0]] = 0.9
    found, scores = heat_map_keypoints(maps)
    assert found[0, 0].tolist() == list(corner)
    assert scores[0, 0] == pytest.approx(0.9)


@pytest.mark.parametrize("level", [0.0, -3.0, 0.5, 1e-30])
def test_a_flat_map_gives_numbers_all_the_same(level):
    found, scores = heat_map_keypoints(np.full((2, 3, 16, 12), level, np.float32))
    assert np.isfinite(found).all()
    assert ((scores >= 0) & (scores <= 1)).all()


def test_noise_never_moves_a_keypoint_further_than_a_cell():
    maps = np.random.default_rng(2).random((8, 17, 16, 12), np.float32)
    found, _ = heat_map_keypoints(maps)
    y, x = np.divmod(maps.reshape(8, 17, -1).argmax(axis=2), 12)
    assert np.abs(found - np.stack([x, y], axis=2)).max() <= 1


def test_simcc_takes_the_lower_of_the_two_maxima():
    x = np.zeros((1, 2, 96), np.float32)
    y = np.zeros((1, 2, 128), np.float32)
    x[0, 0, 31], y[0, 0, 100] = 0.9, 0.4
    x[0, 1, 2], y[0, 1, 3] = 1.7, 1.2
    points, scores = simcc_keypoints(x, y)
    assert points[0].tolist() == [[15.5, 50], [1, 1.5]]
    np.testing.assert_allclose(scores[0], [0.4, 1.0])


def test_suppression_keeps_the_best_of_each_heap():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [50, 0, 60, 10], [0, 1, 10, 11]], np.float32)
    kept = suppress(boxes, np.array([0.5, 0.9, 0.3, 0.8], np.float32), threshold=0.6)
    assert kept.tolist() == [1, 2]


def test_a_suppressed_box_suppresses_nothing():
    boxes = np.array([[0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10]], np.float32)
    kept = suppress(boxes, np.array([0.9, 0.8, 0.7], np.float32), threshold=0.5)
    assert kept.tolist() == [0, 2]


def test_suppression_of_nothing_is_nothing():
    assert not len(suppress(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), threshold=0.5))


def test_yolox_cells_are_counted_grid_by_grid():
    raw = np.zeros((21, 4), np.float32)  # 32x32: 16 cells of 8, 4 of 16, 1 of 32
    raw[5] = [0.5, 0.25, np.log(2), 0]  # second row, second column of the finest grid
    raw[20] = [0.5, 0.5, 0, np.log(0.5)]
    boxes = yolox_boxes(raw, (32, 32))
    np.testing.assert_allclose(boxes[5], [4, 6, 20, 14])
    np.testing.assert_allclose(boxes[20], [0, 8, 32, 24])


def test_yolox_of_another_size_is_refused():
    with pytest.raises(ValueError, match="32x32 has 21 cells, got 20"):
        yolox_boxes(np.zeros((20, 4), np.float32), (32, 32))
