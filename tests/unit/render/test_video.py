import numpy as np
import pytest

from lighttrack.render.video import annotated
from lighttrack.structures import Frame, Poses, TrackedFrame, TrackedVideo, VideoInfo
from lighttrack.structures.skeletons import COCO_17


def frame(index):
    return Frame(index, index / 25, np.full((90, 160, 3), 90, np.uint8))


def result(*indices):
    box = np.array([[40, 20, 80, 80]], np.float32)
    poses = Poses(COCO_17, np.full((1, 17, 2), 50), np.ones((1, 17)), box, [1])
    people = [TrackedFrame(i, i / 25, [0], poses, box, False, [0]) for i in indices]
    return TrackedVideo(VideoInfo("clip", 160, 90, 25.0), COCO_17, people)


def test_people_are_drawn_on_the_frames_they_belong_to():
    drawn = list(annotated((frame(i) for i in range(4)), result(1, 3)))
    assert [bool((f.image != 90).any()) for f in drawn] == [False, True, False, True]
    assert [(f.index, f.time) for f in drawn] == [(i, i / 25) for i in range(4)]


def test_a_result_of_another_video_is_refused():
    other = Frame(0, 0.0, np.zeros((180, 320, 3), np.uint8))
    with pytest.raises(ValueError, match="images are 320x180, but the result was made on 160x90"):
        list(annotated([other], result(0)))


def test_a_result_that_does_not_know_its_size_is_drawn_on_any():
    sizeless = TrackedVideo(VideoInfo("clip", 0, 0, 25.0), COCO_17, result(0).frames)
    other = Frame(0, 0.0, np.zeros((180, 320, 3), np.uint8))
    [drawn] = annotated([other], sizeless)
    assert drawn.image.any()
