import numpy as np
import pytest

from lighttrack.structures import Poses
from lighttrack.structures.colours import sample
from lighttrack.structures.protocols import AppearanceModel
from lighttrack.structures.skeletons import COCO_17, POSETRACK_15
from lighttrack.tracking.colours import ColourDescriptor

POSE = np.zeros((1, 17, 2), np.float32)
for name, place in {
    "left_shoulder": (60, 40), "right_shoulder": (40, 40), "left_hip": (56, 90),
    "right_hip": (44, 90), "left_knee": (56, 130), "right_knee": (44, 130),
    "left_ankle": (56, 170), "right_ankle": (44, 170), "left_elbow": (66, 65),
    "right_elbow": (34, 65),
}.items():  # fmt: skip
    POSE[0, COCO_17.index[name]] = place
SEEN = np.ones((1, 17), bool)
UPPER, LOWER, THIGHS, SHINS, ARMS = range(5)
DESCRIPTOR = ColourDescriptor(0.3)


def dressed(shirt, trousers):
    image = np.full((200, 100, 3), 128, np.uint8)
    image[30:92, 25:75] = shirt
    image[92:180, 25:75] = trousers
    return image


def colours(shirt, trousers, confident=SEEN):
    return sample(dressed(shirt, trousers), POSE, confident, COCO_17)


def probability(first, second):
    odds = DESCRIPTOR.log_odds(first.reshape(len(first), -1), second.reshape(len(second), -1))
    return 1 / (1 + np.exp(-odds))


def of_rgb(r, g, b):
    """A colour in the space of the descriptor: brightness counts half as much as hue."""
    return np.array([(r + g + b) / 6, 0.7 * (r - g), 0.35 * (r + g) - 0.7 * b]) / 255


def test_the_parts_of_a_body_have_the_colours_that_are_there():
    seen = colours((200, 60, 30), (20, 90, 250))[0]
    for part in (UPPER, LOWER, ARMS):
        np.testing.assert_allclose(seen[part], of_rgb(200, 60, 30), atol=1e-5)
    for part in (THIGHS, SHINS):
        np.testing.assert_allclose(seen[part], of_rgb(20, 90, 250), atol=1e-5)
    assert seen.shape == (5, 3)


@pytest.mark.parametrize(
    ("rows", "columns", "parts"),
    [
        (slice(40, 64), slice(0, 100), {UPPER: 1, ARMS: 5 / 6}),
        (slice(65, 89), slice(0, 100), {LOWER: 1}),
        (slice(95, 126), slice(0, 100), {THIGHS: 1}),
        (slice(135, 165), slice(0, 100), {SHINS: 1}),
        (slice(0, 200), slice(0, 48), {UPPER: 1 / 3, LOWER: 1 / 3, THIGHS: 0.5, SHINS: 0.5,
                                       ARMS: 0.5}),
        (slice(0, 200), slice(49, 51), {UPPER: 1 / 3, LOWER: 1 / 3}),
    ],
)  # fmt: skip
def test_where_the_samples_of_each_part_lie(rows, columns, parts):
    image = np.zeros((200, 100, 3), np.uint8)
    image[rows, columns] = 255
    share = sample(image, POSE, SEEN, COCO_17)[0, :, 0] / 0.5
    for part in range(5):
        expected = parts.get(part, 0)
        if part == ARMS and rows.start == 40:
            assert share[part] > 0.5
        else:
            assert share[part] == pytest.approx(expected, abs=1e-3), part


def test_samples_are_spread_evenly_down_the_trunk():
    image = np.zeros((200, 100, 3), np.uint8)
    image[40:53] = 255  # the first two of three rows of the upper trunk, 47.5 and 55, 62.5
    assert sample(image, POSE, SEEN, COCO_17)[0, UPPER, 0] == pytest.approx(0.5 / 3, abs=1e-3)
    image[40:56] = 255
    assert sample(image, POSE, SEEN, COCO_17)[0, UPPER, 0] == pytest.approx(1 / 3, abs=1e-3)
    image[:] = 0
    image[70:71] = 255  # the first row of the lower trunk
    assert sample(image, POSE, SEEN, COCO_17)[0, LOWER, 0] == pytest.approx(0.5 / 3, abs=1e-3)
    image[:] = 0
    image[85:86] = 255  # its last row
    assert sample(image, POSE, SEEN, COCO_17)[0, LOWER, 0] == pytest.approx(0.5 / 3, abs=1e-3)


def test_samples_along_the_limbs():
    for y, part in ((100, THIGHS), (110, THIGHS), (120, THIGHS), (140, SHINS), (160, SHINS)):
        image = np.zeros((200, 100, 3), np.uint8)
        image[y] = 255
        seen = sample(image, POSE, SEEN, COCO_17)[0, :, 0]
        assert seen[part] == pytest.approx(0.5 / 3, abs=1e-3)
        assert np.count_nonzero(seen) == 1


def test_the_same_colours_in_two_places_are_alike_and_others_are_not():
    red = colours((200, 30, 30), (30, 30, 80))
    moved = np.roll(dressed((200, 30, 30), (30, 30, 80)), 15, axis=1)
    again = sample(moved, POSE + np.array([15, 0]), SEEN, COCO_17)
    green = colours((30, 160, 30), (30, 30, 80))
    assert probability(red, again) > 0.95
    assert probability(red, green) < 0.05


def test_light_changes_less_than_a_change_of_shirt():
    lit = colours((200, 60, 60), (60, 60, 110))
    shaded = colours((180, 54, 54), (54, 54, 99))
    other = colours((60, 60, 200), (60, 60, 110))
    assert probability(lit, shaded) > 0.5
    assert probability(lit, other) < 0.05


def test_log_odds_fall_with_the_mean_distance_and_are_bounded():
    known = np.zeros((1, 15), np.float32)
    seen = np.zeros((5, 5, 3), np.float32)
    seen[0, :, 0] = 0.05  # half-way between one person's and two people's
    seen[1, :, 1] = 0.062
    seen[2, :, 2] = 0.038
    seen[3, 0] = (0.03 * 5, 0.04 * 5, 0)  # one part of five
    seen[4] = 9
    odds = DESCRIPTOR.log_odds(known, seen.reshape(5, 15))
    np.testing.assert_allclose(odds, [[0, -1, 1, 0, -4]], atol=1e-5)
    assert DESCRIPTOR.log_odds(known, known)[0, 0] == 4
    both = np.concatenate([known, seen[4:].reshape(1, 15)])
    np.testing.assert_allclose(DESCRIPTOR.log_odds(both, both), [[4, -4], [-4, 4]])
    assert odds.dtype == np.float32


def test_only_parts_seen_both_times_are_compared():
    known, seen = np.zeros((1, 5, 3), np.float32), np.zeros((1, 5, 3), np.float32)
    seen[0, :, 0] = 0.062
    known[0, 1], seen[0, 3] = np.nan, np.nan
    seen[0, 1] = 7
    assert DESCRIPTOR.log_odds(known.reshape(1, 15), seen.reshape(1, 15)) == pytest.approx(-1)


def test_what_is_hidden_is_unknown_and_decides_nothing():
    hidden = SEEN.copy()
    hidden[0, COCO_17.index["left_hip"]] = False
    seen = colours((200, 30, 30), (0, 0, 0), hidden)
    assert np.isnan(seen[0, [UPPER, LOWER]]).all()
    assert np.isfinite(seen[0, [THIGHS, SHINS, ARMS]]).all()  # the right thigh is seen
    nothing = np.full_like(seen, np.nan)
    assert probability(seen, nothing) == 0.5


@pytest.mark.parametrize("shift", [(5000, 0), (-5000, 0), (0, 5000), (0, -5000)])
def test_a_body_outside_the_image_has_no_colours(shift):
    seen = sample(dressed((200, 30, 30), (0, 0, 0)), POSE + np.array(shift), SEEN, COCO_17)
    assert np.isnan(seen).all()


def test_the_part_inside_the_image_is_read():
    image = dressed((200, 60, 30), (0, 0, 0))
    left = sample(image, POSE - np.array([50, 0]), SEEN, COCO_17)
    assert np.isfinite(left).all()
    np.testing.assert_allclose(
        sample(image[:, :50], POSE, SEEN, COCO_17)[0, UPPER], of_rgb(200, 60, 30), atol=1e-5
    )
    cut = sample(image[:120], POSE, SEEN, COCO_17)
    assert np.isnan(cut[0, SHINS]).all()
    assert np.isfinite(cut[0, :SHINS]).all()


def test_skeletons_are_read_by_name():
    pose = np.zeros((1, 15, 2), np.float32)
    for column, keypoint in enumerate(POSETRACK_15.keypoints):
        if keypoint in COCO_17.index:
            pose[0, column] = POSE[0, COCO_17.index[keypoint]]
    image = dressed((200, 30, 30), (0, 0, 90))
    np.testing.assert_array_equal(
        sample(image, pose, np.ones((1, 15), bool), POSETRACK_15),
        sample(image, POSE, SEEN, COCO_17),
    )


def test_the_descriptor_reads_confident_keypoints():
    scores = np.full((2, 17), 0.3, np.float32)
    scores[1, COCO_17.index["left_hip"]] = 0.29
    keypoints = np.repeat(POSE, 2, axis=0)
    poses = Poses(COCO_17, keypoints, scores, np.zeros((2, 4)), np.ones(2))
    image = dressed((200, 30, 30), (0, 0, 90))
    seen = DESCRIPTOR.describe(image, poses.boxes, poses)
    expected = sample(image, keypoints, scores >= 0.3, COCO_17).reshape(2, 15)
    np.testing.assert_array_equal(seen, expected)
    assert np.isnan(seen).sum(axis=1).tolist() == [0, 6]


def test_the_descriptor_is_an_appearance_model_that_needs_poses():
    assert isinstance(DESCRIPTOR, AppearanceModel)
    assert DESCRIPTOR.of_poses
    assert DESCRIPTOR.dimensions == 15
    unknown = DESCRIPTOR.describe(np.zeros((9, 9, 3), np.uint8), np.zeros((3, 4)), None)
    assert unknown.shape == (3, 15)
    assert np.isnan(unknown).all()
