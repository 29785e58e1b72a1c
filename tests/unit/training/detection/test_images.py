import json

import numpy as np
import pytest
from labelled_people import coco_folder

from lighttrack.formats import FormatError
from lighttrack.structures import Detections
from lighttrack.training.detection import read_recipe, recipe_names
from lighttrack.training.detection.images import LabelledImages, batched, read_images, shown
from lighttrack.training.detection.recipe import Augmentation
from lighttrack.training.detection.validate import judge
from lighttrack.training.pose.crops import read_image

AS_IT_IS = Augmentation(scale=0, flipped=0, brightness=0)


def _changed(folder, change, part="train"):
    path = folder / f"person_keypoints_{part}.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_boxes_of_people_are_read(pictures):
    images = read_images(pictures, "train")
    assert (len(images), images.people, images.name) == (4, 8, "coco")
    stated = json.loads((pictures / "person_keypoints_train.json").read_text())["annotations"][0]
    left, top, width, height = stated["bbox"]
    np.testing.assert_allclose(images.boxes[0][0], [left, top, left + width, top + height], 1e-5)


def test_crowds_other_categories_and_slivers_are_left_out(tmp_path):
    folder = coco_folder(tmp_path / "coco", images=3)

    def change(content):
        content["categories"].append({"id": 2, "name": "dog"})
        content["annotations"][0]["iscrowd"] = 1
        content["annotations"][1]["category_id"] = 2
        content["annotations"][2]["bbox"][2] = 1
        content["annotations"][4].pop("keypoints")

    _changed(folder, change)
    images = read_images(folder, "train")
    # The first image is left without people, and out.
    assert [path.name for path in images.paths] == ["000002.png", "000003.png"]
    assert [len(boxes) for boxes in images.boxes] == [1, 2]


def test_validation_keeps_images_without_people(tmp_path):
    folder = coco_folder(tmp_path / "coco", images=2)
    _changed(folder, lambda content: content["annotations"].clear(), "val")
    images = read_images(folder, "val")
    assert (len(images), images.people) == (2, 0)


def test_instances_are_read_in_place_of_keypoints(tmp_path):
    folder = coco_folder(tmp_path / "coco", images=1)
    (folder / "annotations").mkdir()
    content = json.loads((folder / "person_keypoints_train.json").read_text())
    content["annotations"].pop()
    place = folder / "annotations" / "instances_train2017.json"
    place.write_text(json.dumps(content))
    assert read_images(folder, "train").people == 1


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        read_images(tmp_path / "none", "train")
    assert read_images(tmp_path, "train") is None
    folder = coco_folder(tmp_path / "coco", images=1)
    others = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    _changed(folder, lambda content: content.update(categories=others))
    with pytest.raises(FormatError, match="none of its 2 categories is 'person'"):
        read_images(folder, "train")
    (folder / "images" / "000001.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"image 000001\.png is in none of"):
        read_images(folder, "val")


def test_an_unchanged_image_is_only_scaled(pictures):
    images = read_images(pictures, "train")
    seen = shown(images.paths[0], images.boxes[0], 320, AS_IT_IS, np.random.default_rng(0))
    assert seen.pixels.shape == (320, 320, 3)
    np.testing.assert_allclose(seen.boxes, images.boxes[0] * 2, atol=1e-3)


def test_boxes_go_with_the_mirrored_image(pictures):
    images = read_images(pictures, "train")
    mirrored = Augmentation(scale=0, flipped=1, brightness=0)
    seen = shown(images.paths[0], images.boxes[0], 160, mirrored, np.random.default_rng(0))
    x0, y0, x1, y1 = images.boxes[0].T
    np.testing.assert_allclose(
        seen.boxes, np.stack([160 - x1, y0, 160 - x0, y1], axis=1), atol=1e-3
    )
    np.testing.assert_array_equal(seen.pixels, read_image(images.paths[0])[:, ::-1])


def test_the_same_generator_gives_the_same_image(pictures):
    images = read_images(pictures, "train")
    made = [
        shown(images.paths[0], images.boxes[0], 160, Augmentation(), np.random.default_rng(seed))
        for seed in (3, 3, 4)
    ]
    np.testing.assert_array_equal(made[0].pixels, made[1].pixels)
    np.testing.assert_array_equal(made[0].boxes, made[1].boxes)
    assert (made[0].pixels != made[2].pixels).any()
    for each in made:
        assert (each.boxes >= 0).all()
        assert (each.boxes <= 160).all()


def test_images_of_several_sizes_make_a_batch():
    small, large = np.zeros((32, 64, 3), np.uint8), np.zeros((96, 32, 3), np.uint8)
    together = batched([small, large])
    assert together.shape == (2, 96, 64, 3)
    assert (together[0, 32:] == 114).all()
    assert (together[1, :, 32:] == 114).all()


def test_figures_are_of_the_score_with_the_best_f1(tmp_path):
    box = np.array([[0, 0, 10, 20], [50, 0, 60, 20]], np.float32)
    folder = LabelledImages("a", (tmp_path,), (box,))
    seen = Detections(np.concatenate([box, box + 200]), np.array([0.9, 0.8, 0.4, 0.3]))
    figures = judge([folder], [[seen]])
    assert (figures.ap, figures.precision, figures.recall) == (1, 1, 1)
    assert figures.threshold == pytest.approx(0.6)
    nothing = judge([folder], [[Detections.empty()]])
    assert (nothing.ap, nothing.recall, nothing.threshold) == (0, 0, 0.5)


def test_every_recipe_of_the_package_can_be_read():
    assert set(recipe_names()) == {"small", "small-rfcn", "paper-fpn101", "paper-rfcn101"}
    families = {name: read_recipe(name).network["family"] for name in recipe_names()}
    assert families["paper-fpn101"] == "deformable-fpn"
    assert families["paper-rfcn101"] == "deformable-rfcn"
    assert read_recipe("paper-fpn101").network["depth"] == 101


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("input_size = 320", "input_size = 300", "input_size must be a multiple of 32, got 300"),
        ("warm_up = 100", 'data = "posetrack"', "stage 1 has an entry that is for pose networks"),
        ("batch = 8", "batches = 8", "unknown entry 'batches'"),
        ("scale = 0.3", "rotation = 0.3", "unknown entry 'rotation'; known: scale, flipped"),
    ],
)
def test_a_wrong_recipe_is_explained(tmp_path, old, new, told):
    from importlib.resources import files

    text = (files("lighttrack.training.detection") / "recipes" / "small.toml").read_text()
    (tmp_path / "own.toml").write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=told):
        read_recipe(tmp_path / "own.toml")
