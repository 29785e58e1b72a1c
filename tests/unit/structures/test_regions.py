import numpy as np
import pytest

from lighttrack.structures import Regions

BOXES = [[0, 0, 10, 20], [30, 0, 40, 20], [60, 0, 70, 20]]


def test_regions_of_boxes_are_upright_and_expect_nothing():
    regions = Regions.of(BOXES)
    assert len(regions) == 3
    assert regions.boxes.dtype == regions.angles.dtype == np.float32
    np.testing.assert_array_equal(regions.angles, [0, 0, 0])
    assert regions.expected is None


def test_regions_of_no_people_are_empty():
    assert len(Regions.of(np.zeros((0, 4)))) == 0


@pytest.mark.parametrize("index", [np.array([2, 0]), np.array([True, False, True]), slice(1, 3)])
def test_a_selected_person_keeps_all_that_is_known(index):
    expected = np.arange(12).reshape(3, 2, 2)
    chosen = Regions(BOXES, [0, 0.5, 1], expected)[index]
    np.testing.assert_array_equal(chosen.boxes, np.array(BOXES)[index])
    np.testing.assert_allclose(chosen.angles, np.array([0, 0.5, 1])[index])
    np.testing.assert_array_equal(chosen.expected, expected[index])
    assert Regions.of(BOXES)[index].expected is None


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((np.zeros((2, 3)), [0, 0]), r"boxes must have shape \(N, 4\), got \(2, 3\)"),
        ((np.zeros((2, 4)), [0]), r"angles must have shape \(2\), got \(1,\)"),
        (
            (np.zeros((2, 4)), [0, 0], np.zeros((3, 17, 2))),
            r"expected must have shape \(2, K, 2\), got \(3, 17, 2\)",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts, message):
    with pytest.raises(ValueError, match=message):
        Regions(*parts)


def test_an_estimator_written_for_boxes_learns_where_they_are():
    with pytest.raises(TypeError, match=r"their boxes \(N, 4\) are in `regions.boxes`"):
        Regions.of(BOXES)[:, :2]
