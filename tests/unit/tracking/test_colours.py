import numpy as np

from lighttrack.structures.skeletons import COCO_17, POSETRACK_15
from lighttrack.tracking import colours

POSE = np.zeros((1, 17, 2), np.float32)
for name, place in {
    "left_shoulder": (60, 40), "right_shoulder": (40, 40), "left_hip": (56, 90),
    "right_hip": (44, 90), "left_knee": (56, 130), "right_knee": (44, 130),
    "left_ankle": (56, 170), "right_ankle": (44, 170), "left_elbow": (66, 65),
    "right_elbow": (34, 65),
}.items():  # fmt: skip
    POSE[0, COCO_17.index[name]] = place
SEEN = np.ones((1, 17), bool)


def dressed(shirt, trousers):
    image = np.full((200, 100, 3), 128, np.uint8)
    image[30:92, 25:75] = shirt
    image[92:180, 25:75] = trousers
    return image


def test_the_same_clothes_in_two_places_are_alike_and_others_are_not():
    red = colours.sample(dressed((200, 30, 30), (30, 30, 80)), POSE, SEEN, COCO_17)
    moved = np.roll(dressed((200, 30, 30), (30, 30, 80)), 15, axis=1)
    again = colours.sample(moved, POSE + np.array([15, 0]), SEEN, COCO_17)
    green = colours.sample(dressed((30, 160, 30), (30, 30, 80)), POSE, SEEN, COCO_17)
    assert colours.same_clothes(colours.difference(red, again)) > 0.95
    assert colours.same_clothes(colours.difference(red, green)) < 0.05


def test_light_changes_less_than_a_change_of_shirt():
    lit = colours.sample(dressed((200, 60, 60), (60, 60, 110)), POSE, SEEN, COCO_17)
    shaded = colours.sample(dressed((180, 54, 54), (54, 54, 99)), POSE, SEEN, COCO_17)
    other = colours.sample(dressed((60, 60, 200), (60, 60, 110)), POSE, SEEN, COCO_17)
    assert colours.same_clothes(colours.difference(lit, shaded)) > 0.5
    assert colours.same_clothes(colours.difference(lit, other)) < 0.05


def test_what_is_hidden_is_unknown_and_decides_nothing():
    hidden = SEEN.copy()
    hidden[0, COCO_17.index["left_hip"]] = False
    seen = colours.sample(dressed((200, 30, 30), (0, 0, 0)), POSE, hidden, COCO_17)
    assert np.isnan(seen[0, 0]).all()
    nothing = np.full_like(seen, np.nan)
    assert colours.same_clothes(colours.difference(seen, nothing)) == 0.5


def test_a_body_outside_the_picture_has_no_colours():
    seen = colours.sample(dressed((200, 30, 30), (0, 0, 0)), POSE + 5000, SEEN, COCO_17)
    assert np.isnan(seen).all()


def test_skeletons_are_read_by_name():
    index = [COCO_17.index[name] for name in POSETRACK_15.keypoints if name in COCO_17.index]
    pose = np.zeros((1, 15, 2), np.float32)
    for column, name in enumerate(POSETRACK_15.keypoints):
        if name in COCO_17.index:
            pose[0, column] = POSE[0, COCO_17.index[name]]
    assert index
    image = dressed((200, 30, 30), (0, 0, 90))
    np.testing.assert_array_equal(
        colours.sample(image, pose, np.ones((1, 15), bool), POSETRACK_15),
        colours.sample(image, POSE, SEEN, COCO_17),
    )


def test_memory_takes_over_what_is_new_and_moves_towards_what_is_known():
    memory = np.full((1, colours.PARTS, 3), np.nan, np.float32)
    first = np.ones_like(memory)
    known = colours.remember(memory, first, 0.2)
    np.testing.assert_array_equal(known, first)
    np.testing.assert_allclose(colours.remember(known, first * 2, 0.2), first * 1.2)
    np.testing.assert_array_equal(colours.remember(known, memory, 0.2), known)
