import numpy as np
import pytest

from lighttrack.models.crop import crop_region, crop_regions, to_image_points
from lighttrack.structures.skeletons import COCO_17
from lighttrack.training.pose.crops import crop_person, read_image, to_image
from lighttrack.training.pose.people import read_people
from lighttrack.training.pose.recipe import Augmentation

SIZE = (96, 128)


@pytest.fixture(scope="module")
def people(drawn):
    return read_people(drawn, "coco", "train", COCO_17)


def test_a_crop_is_the_one_that_estimators_make(people):
    crop = crop_person(people, 3, SIZE, 1.25)
    regions = crop_regions(people.boxes[3:4], aspect=96 / 128, padding=1.25)
    pixels = np.zeros((128, 96, 3), np.uint8)
    crop_region(read_image(people.images[3]), regions[0], pixels)
    assert np.abs(crop.pixels.astype(int) - pixels).mean() < 0.5
    back = to_image_points(crop.keypoints[None], regions, SIZE)
    np.testing.assert_allclose(back[0], people.keypoints[3], atol=1e-3)


def test_points_of_a_crop_lead_back_to_the_image(people):
    box = people.boxes[0]
    matrix = to_image(box, SIZE, 1.25, angle=0.4, mirrored=True)
    np.testing.assert_allclose(matrix @ [48, 64, 1], (box[:2] + box[2:]) / 2)
    across = matrix[:, 0] / np.linalg.norm(matrix[:, 0])
    np.testing.assert_allclose(across, [-np.cos(0.4), -np.sin(0.4)], atol=1e-6)


def test_the_keypoints_follow_every_augmentation(people):
    """A limb has its colour in the crop where its ends are in the crop."""
    augmentation = Augmentation(rotated=1.0, flipped=0.0, half_body=0.5)
    image = read_image(people.images[0])
    random = np.random.default_rng(0)
    matched = 0
    for _ in range(20):
        crop = crop_person(people, 0, (192, 256), 1.25, augmentation, random)
        for a, b in people.skeleton.edges[4:]:
            x, y = (crop.keypoints[a] + crop.keypoints[b]) / 2
            u, v = (people.keypoints[0, a] + people.keypoints[0, b]) / 2
            if 2 < x < 189 and 2 < y < 253:
                seen = crop.pixels[round(float(y)), round(float(x))].astype(int)
                there = image[round(float(v)), round(float(u))].astype(int)
                matched += np.abs(seen - there).max() < 60
                assert np.abs(seen - there).max() < 130
    assert matched > 80


def test_left_is_right_in_the_mirror(people):
    always = Augmentation(scale=0, rotated=0, shift=0, flipped=1, half_body=0)
    plain = crop_person(people, 0, SIZE, 1.25)
    mirrored = crop_person(people, 0, SIZE, 1.25, always, np.random.default_rng(0))
    left, right = COCO_17.index["left_wrist"], COCO_17.index["right_wrist"]
    np.testing.assert_allclose(
        mirrored.keypoints[right, 0], 96 - plain.keypoints[left, 0], atol=1e-3
    )
    np.testing.assert_allclose(mirrored.keypoints[right, 1], plain.keypoints[left, 1], atol=1e-3)


def test_the_same_generator_gives_the_same_crop(people):
    crops = [
        crop_person(people, 1, SIZE, 1.1, Augmentation(brightness=0.2), np.random.default_rng(5))
        for _ in range(2)
    ]
    np.testing.assert_array_equal(crops[0].pixels, crops[1].pixels)
    np.testing.assert_array_equal(crops[0].keypoints, crops[1].keypoints)


def test_half_a_body_is_shown_larger(people):
    half = Augmentation(scale=0, rotated=0, shift=0, flipped=0, half_body=1)
    whole = crop_person(people, 0, SIZE, 1.25)
    shown = crop_person(people, 0, SIZE, 1.25, half, np.random.default_rng(0))
    size = [np.ptp(each.keypoints[:, 1]) for each in (whole, shown)]
    assert size[1] > 1.2 * size[0]


def test_a_file_that_is_no_image_is_named(tmp_path):
    (tmp_path / "a.jpg").write_text("no image")
    with pytest.raises(ValueError, match=r"a\.jpg cannot be read as an image"):
        read_image(tmp_path / "a.jpg")
