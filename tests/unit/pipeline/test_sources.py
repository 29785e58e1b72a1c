"""Every kind of source gives the same frames."""

import av
import cv2
import numpy as np
import pytest
from bright_people import FPS, image, images, video_file

from lighttrack.pipeline.sources import open_source
from lighttrack.structures import Frame
from lighttrack.video import VideoError, open_video

COUNT = 8


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return video_file(tmp_path_factory.mktemp("source") / "walk.mp4", COUNT)


def read(source, **options):
    with open_source(source, **options) as video:
        return video.info, list(video)


def test_a_path_an_open_reader_pyav_and_opencv_give_the_same_frames(path):
    _, expected = read(path)
    assert len(expected) == COUNT
    with open_video(path) as reader, av.open(str(path)) as container:
        capture = cv2.VideoCapture(str(path))
        for source in (reader, container, capture):
            info, frames = read(source)
            assert info.fps == pytest.approx(FPS)
            assert [frame.index for frame in frames] == list(range(COUNT))
            times = [frame.time for frame in frames]
            assert times == pytest.approx([frame.time for frame in expected], abs=1e-3)
            for ours, theirs in zip(frames, expected, strict=True):
                assert np.abs(ours.image.astype(int) - theirs.image).mean() < 3
        capture.release()


def test_frames_of_pyav_can_be_handed_over_one_by_one(path):
    with av.open(str(path)) as container:
        info, frames = read(frame for frame in container.decode(video=0))
    assert info.fps == pytest.approx(FPS)
    assert len(frames) == COUNT


@pytest.mark.parametrize("make", [list, iter, np.stack])
def test_images_come_at_the_rate_that_is_given(make):
    info, frames = read(make(images(3)), fps=10)
    assert (info.width, info.height, info.fps) == (160, 96, 10)
    assert [frame.time for frame in frames] == [0.0, 0.1, 0.2]
    assert (frames[2].image == image(2)).all()


def test_frames_keep_their_numbers_and_times():
    given = [Frame(4, 1.0, image(0)), Frame(7, 1.25, image(1)), Frame(8, 1.5, image(2))]
    info, frames = read(iter(given))
    assert [(frame.index, frame.time) for frame in frames] == [(4, 1.0), (7, 1.25), (8, 1.5)]
    assert info.fps == 4


def test_a_part_keeps_the_numbers_of_the_whole():
    info, frames = read(images(10), fps=10, start=0.25, end=0.6)
    assert [frame.index for frame in frames] == [3, 4, 5]
    assert info.frame_count == 4


def test_how_many_frames_to_expect_is_known_of_a_list_only():
    assert read(images(3), fps=10)[0].frame_count == 3
    assert read(iter(images(3)), fps=10)[0].frame_count is None


@pytest.mark.parametrize(
    ("source", "options", "error", "message"),
    [
        (images(2), {}, ValueError, "say their frames per second with fps="),
        (image(0), {"fps": 25}, TypeError, r"one image of shape \(96, 160, 3\)"),
        ([], {"fps": 25}, VideoError, "gave no frame"),
        (None, {}, TypeError, "a source is a path.*, got NoneType"),
        (["a.png"], {"fps": 25}, TypeError, "its item 0 is of str"),
        (images(2), {"fps": 0}, ValueError, "fps must be positive, got 0"),
        ([image(0).astype(float)], {"fps": 25}, ValueError, "image must be uint8"),
        ([image(0), image(0)[:50]], {"fps": 25}, VideoError, "frame 1 is 160x50"),
        ([Frame(1, 0, image(0)), Frame(1, 1, image(0))], {}, VideoError, "numbered upwards"),
        ("no/such.mp4", {}, FileNotFoundError, "no such file"),
    ],
)
def test_what_is_no_source_is_refused_in_one_sentence(source, options, error, message):
    with pytest.raises(error, match=message):
        read(source, **options)


def test_a_reader_that_is_open_is_not_cut_again(path):
    with open_video(path) as reader, pytest.raises(ValueError, match="it is open"):
        open_source(reader, start=1)
