"""Blurred heads, black backgrounds, trails, images side by side, thumbnails."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from lighttrack.render.effects import Trails, anonymize, side_by_side
from lighttrack.render.thumbnails import Thumbnails, thumbnails
from lighttrack.render.video import Style, annotated
from lighttrack.structures import Frame, Poses, TrackedFrame, TrackedVideo, VideoInfo
from lighttrack.structures.skeletons import COCO_17


def person(index=0, identity=3, x=100.0, *, face=True, box=True):
    points = np.full((1, 17, 2), np.nan, np.float32)
    points[0, 5:] = [[x + 10 * (i % 2), 60 + 10 * (i // 2)] for i in range(12)]
    if face:
        points[0, :5] = [[x, 40], [x + 4, 37], [x - 4, 37], [x + 8, 39], [x - 8, 39]]
    scores = np.isfinite(points[..., 0]).astype(np.float32)
    boxes = np.array([[x - 20, 20, x + 30, 120]], np.float32)
    boxes = boxes if box else np.full((1, 4), np.nan)
    poses = Poses(COCO_17, points, scores, boxes, [1])
    return TrackedFrame(index, index / 25, [identity], poses, boxes, False, [0])


def pattern(size=(160, 240)):
    return np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)


def changed(before, after):
    return np.argwhere((before != after).any(axis=2))


@pytest.mark.parametrize("face", [True, False])
def test_the_head_is_blurred_and_nothing_else(face):
    image = pattern()
    blurred = anonymize(image, person(face=face))
    where = changed(image, blurred)
    assert where[:, 0].min() >= 15
    assert where[:, 0].max() <= 60
    assert abs(where[:, 1].mean() - (100 if face else 105)) < 3
    head = blurred[30:36, 98:106]
    assert cv2.Laplacian(head, cv2.CV_64F).std() < 0.1 * cv2.Laplacian(image, cv2.CV_64F).std()


def test_whose_place_is_not_known_is_not_blurred():
    image = pattern()
    gone = person(face=False, box=False)
    assert np.array_equal(anonymize(image, gone[[]]), image)
    assert np.array_equal(anonymize(image, gone), image)


def test_a_head_at_the_border_of_the_image_is_blurred_as_far_as_it_is_in_it():
    image = pattern()
    where = changed(image, anonymize(image, person(x=-4.0)))
    assert len(where)
    assert where[:, 1].max() < 25


def test_a_trail_shows_the_last_second_only():
    trails = Trails(0.2)
    for index in range(20):
        image = trails.draw(np.zeros((160, 240, 3), np.uint8), person(index, x=20 + 8.0 * index))
    columns = np.flatnonzero(image.any(axis=(0, 2)))
    assert columns.max() == pytest.approx(20 + 8 * 19 + 5, abs=3)
    assert columns.min() == pytest.approx(20 + 8 * 14 + 5, abs=3)
    with pytest.raises(ValueError, match="more than 0 seconds, got 0"):
        Trails(0)


def result(*people):
    info = VideoInfo("clip", 240, 160, 25.0)
    return TrackedVideo(info, COCO_17, list(people))


def frames(count=3):
    return [Frame(i, i / 25, pattern()) for i in range(count)]


def test_a_black_background_is_black_but_for_people():
    drawn = list(annotated(frames(), result(person(1)), style=Style(black_background=True)))
    assert not drawn[0].image.any()
    assert 0 < (drawn[1].image.any(axis=2)).mean() < 0.3


def test_side_by_side_has_the_video_on_the_left_and_anonymous_if_that_is_asked():
    style = Style(side_by_side=True, anonymize=True)
    [drawn] = annotated(frames(1), result(person(0)), style=style)
    assert drawn.image.shape == (160, 480, 3)
    assert np.array_equal(drawn.image[:, :240], anonymize(pattern(), person(0)))
    assert side_by_side(pattern(), pattern()).shape == (160, 480, 3)


def test_a_thumbnail_is_of_the_frame_that_shows_a_person_best(tmp_path):
    doubtful = person(0)
    low = replace(doubtful.poses, scores=doubtful.poses.scores * 0.1)
    content = result(replace(doubtful, poses=low), person(1), person(2, identity=8))
    images = thumbnails(frames(), content)
    assert sorted(images) == [3, 8]
    assert all(image.shape[0] == 256 for image in images.values())
    kept = Thumbnails(content, hide_faces=True)
    for frame, people in zip(frames(), content.frames, strict=True):
        kept.take(frame, people)
    assert [p.name for p in kept.write(tmp_path / "small")] == ["id_3.jpg", "id_8.jpg"]
    assert not np.array_equal(kept.images[3], images[3])
