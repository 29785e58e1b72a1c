from dataclasses import replace

import numpy as np
import pytest

from lighttrack.render.colors import identity_color
from lighttrack.render.draw import draw
from lighttrack.structures import Poses, TrackedFrame, TrackState, make_skeleton

ARM = make_skeleton("arm", ["left_shoulder", "left_wrist"], [("left_shoulder", "left_wrist")])
GREY = 90


def grey_image(height=360, width=640):
    return np.full((height, width, 3), GREY, np.uint8)


def arms(*rows, ids=None, score=1.0, states=None, keyframe=False):
    """People who are one limb each, from x0, y0 to x1, y1."""
    boxes = np.array(rows, np.float32).reshape(-1, 4)
    poses = Poses(
        ARM,
        boxes.reshape(-1, 2, 2).copy(),
        np.full((len(boxes), 2), score),
        boxes,
        np.ones(len(boxes)),
    )
    states = np.zeros(len(boxes)) if states is None else states
    return TrackedFrame(
        0, 0.0, range(len(boxes)) if ids is None else ids, poses, boxes, keyframe, states
    )


def of_color(image, identity):
    """Which pixels show the colour of an identity, antialiasing aside."""
    return np.abs(image.astype(int) - identity_color(identity)).sum(axis=2) < 50


def changed(image, background):
    return (image != background).any(axis=2)


def test_without_people_the_image_stays_as_it_is():
    assert (draw(grey_image(), arms()) == grey_image()).all()


def test_the_given_image_is_not_touched():
    image = grey_image()
    drawn = draw(image, arms([100, 100, 100, 300]))
    assert (image == GREY).all()
    assert changed(drawn, image).any()


def test_a_confident_limb_shows_in_the_colour_of_its_identity_with_a_dark_outline():
    drawn = draw(grey_image(), arms([320, 100, 320, 300], ids=[5]), labels=False)
    row = drawn[200].astype(int)
    assert tuple(row[320]) == identity_color(5)
    assert row[310:331].sum(axis=1).min() < 150
    assert (row[:300] == GREY).all()


def test_limbs_fade_with_their_confidence_and_vanish_when_it_is_gone():
    def strength(score):
        drawn = draw(grey_image(), arms([320, 100, 320, 300], score=score), labels=False)
        return np.abs(drawn[200, 320].astype(int) - GREY).sum()

    full, half, little, none = (strength(score) for score in (1.0, 0.4, 0.2, 0.1))
    assert full > half > little > none == 0


def test_fading_follows_the_scale_of_the_estimator():
    timid = arms([320, 100, 320, 300], score=0.1)
    drawn = draw(grey_image(), timid, labels=False, keypoint_threshold=0.05)
    assert tuple(drawn[200, 320]) == identity_color(0)


def test_a_missing_keypoint_takes_its_limb_away():
    person = arms([320, 100, 320, 300])
    person.poses.keypoints[0, 1] = np.nan
    drawn = draw(grey_image(), person, labels=False)
    assert not changed(drawn, grey_image())[150:].any()
    assert of_color(drawn, 0)[95:106].any()


def test_keypoints_far_outside_the_image_are_drawn_up_to_its_border():
    drawn = draw(grey_image(), arms([320, 100, 1e7, 300]), labels=False)
    assert changed(drawn, GREY)[95:110, 320:640].any(axis=0).all()


def test_a_person_without_a_box_is_labelled_above_their_keypoints():
    person = arms([300, 100, 340, 300], ids=[8])
    unknown = replace(person, boxes=np.full((1, 4), np.nan))
    drawn, background = draw(grey_image(), unknown), draw(grey_image(), unknown, labels=False)
    assert of_color(background, 8)[200, 320]
    rows, columns = np.nonzero(changed(drawn, background))
    assert rows.max() < 130
    assert 250 < columns.min() < columns.max() < 390
    nothing = replace(unknown, poses=replace(person.poses, keypoints=np.full((1, 2, 2), np.nan)))
    assert (draw(grey_image(), nothing, boxes=True) == grey_image()).all()


@pytest.mark.parametrize(
    "box", [[300, -80, 340, 120], [-60, 100, 10, 300], [620, 100, 700, 300], [300, 355, 340, 700]]
)
def test_a_label_stays_whole_inside_the_image(box):
    def label_pixels(rows):
        person = arms(rows, ids=[7], score=0.0)
        return of_color(draw(grey_image(), person), 7).sum()

    inside = label_pixels([300, 100, 300 + box[2] - box[0], 100 + box[3] - box[1]])
    assert inside > 50
    assert label_pixels(box) == pytest.approx(inside, rel=0.1)


def test_labels_of_people_side_by_side_do_not_cover_one_another():
    apart = arms([100, 100, 140, 300], [400, 100, 440, 300], score=0.0)
    together = arms([100, 100, 140, 300], [104, 100, 144, 300], score=0.0)
    for identity in (0, 1):
        shown = of_color(draw(grey_image(), together), identity).sum()
        assert shown == of_color(draw(grey_image(), apart), identity).sum()


def test_a_label_stands_over_the_head_wherever_the_arms_are():
    pointing = make_skeleton("pointing", ["nose", "left_wrist"], [("nose", "left_wrist")])
    box = np.array([[100, 150, 500, 330]], np.float32)
    poses = Poses(pointing, [[[130, 170], [490, 200]]], np.zeros((1, 2)), box, [1])
    drawn = draw(grey_image(), TrackedFrame(0, 0.0, [4], poses, box, False, [0]))
    rows, columns = changed(drawn, GREY).nonzero()
    assert columns.mean() == pytest.approx(130, abs=3)
    assert rows.max() < 150


def test_an_id_of_many_digits_gets_a_wider_label():
    short, long = (
        of_color(draw(grey_image(), arms([300, 100, 340, 300], ids=[i], score=0.0)), i).sum()
        for i in (5, 12345)
    )
    assert long > 2 * short


def test_labels_and_lines_grow_with_the_image():
    small = draw(grey_image(360, 640), arms([320, 100, 320, 300]))
    large = draw(grey_image(2160, 3840), arms([1920, 600, 1920, 1800]))
    small_label = draw(grey_image(360, 640), arms([320, 100, 320, 300], score=0.0))
    large_label = draw(grey_image(2160, 3840), arms([1920, 600, 1920, 1800], score=0.0))

    def label_height(image):
        return changed(image, GREY).any(axis=1).sum()

    def line_width(image):
        return of_color(image, 0)[image.shape[0] // 2].sum()

    assert line_width(small) >= 2
    assert 4 <= line_width(large) / line_width(small) <= 7
    assert 4 <= label_height(large_label) / label_height(small_label) <= 7


def test_a_label_is_legible_at_360p():
    drawn = draw(grey_image(), arms([300, 150, 320, 190], ids=[8], score=0.0))
    dark = (drawn.max(axis=2) < 60) & ~of_color(drawn, 8)
    columns = dark[:, 305:316]  # the digit and the outline above and below it
    rows = columns.any(axis=1).nonzero()[0]
    assert rows.max() - rows.min() >= 12


def test_lost_and_unconfirmed_people_are_fainter_and_boxed_with_dashes():
    def drawn(state):
        return draw(grey_image(), arms([320, 100, 420, 300], states=[state]), labels=False)

    tracked, lost, unconfirmed = (
        drawn(state) for state in (TrackState.TRACKED, TrackState.LOST, TrackState.UNCONFIRMED)
    )
    strength = [
        np.abs(image[200, 370].astype(int) - GREY).sum() for image in (tracked, unconfirmed, lost)
    ]
    assert strength[0] > strength[1] > strength[2] > 0
    left_side = changed(lost, GREY)[150:250, 320]
    assert 0.2 < left_side.mean() < 0.8
    assert not changed(tracked, GREY)[150:250, 320].any()


def test_reidentified_people_are_drawn_like_tracked_ones():
    reidentified = arms([320, 100, 420, 300], states=[TrackState.REIDENTIFIED])
    assert (
        draw(grey_image(), reidentified) == draw(grey_image(), arms([320, 100, 420, 300]))
    ).all()


def test_a_box_is_drawn_only_when_asked_for():
    person = arms([320, 100, 420, 300], score=0.0)
    assert not changed(draw(grey_image(), person, labels=False), GREY).any()
    assert of_color(draw(grey_image(), person, labels=False, boxes=True), 0)[150:250, 320].all()


def test_a_key_frame_shows_a_small_mark_in_the_upper_right_corner():
    marked = changed(draw(grey_image(), arms(keyframe=True)), GREY)
    rows, columns = marked.nonzero()
    assert rows.max() < 30
    assert columns.min() > 610
    assert 0 < marked.sum() < 100


def test_the_older_identity_is_drawn_on_top():
    crossing = arms([250, 200, 390, 200], [320, 100, 320, 300], ids=[2, 9])
    assert of_color(draw(grey_image(), crossing, labels=False), 2)[200, 310:331].all()
