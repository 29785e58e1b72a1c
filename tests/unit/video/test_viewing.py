"""Streams, pages, turns, square pixels, colours and rates."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from lighttrack.video import VideoError, VideoWriter, colour, open_video
from lighttrack.video.decode import believable_rate, with_square_pixels
from lighttrack.video.pages import pages_of


def add_stream(container, size, *, codec="libx264", rate=25, pix_fmt="yuv420p", **options):
    stream = container.add_stream(codec, rate=rate, options={"crf": "4", "preset": "ultrafast"})
    stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
    for name, value in options.items():
        setattr(stream.codec_context, name, value)
    return stream


def encode(container, stream, images, pix_fmt="rgb24"):
    for image in images:
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, pix_fmt)))
    container.mux(stream.encode(None))


def grey(size, level, count=4):
    return [np.full((size[1], size[0], 3), level, np.uint8)] * count


def several(path, sizes, default=None):
    with av.open(str(path), "w") as container:
        streams = [add_stream(container, size) for size in sizes]
        for index, stream in enumerate(streams):
            stream.disposition = av.stream.Disposition.default if index == default else 0
        container.start_encoding()
        for number, (stream, size) in enumerate(zip(streams, sizes, strict=True)):
            encode(container, stream, grey(size, 40 * (number + 1)))
    return path


SIZES = [(64, 48), (128, 96), (96, 64)]


@pytest.mark.parametrize(("default", "expected"), [(0, 0), (2, 2), (None, 1)])
def test_the_default_stream_is_read_else_the_largest(tmp_path, default, expected):
    with open_video(several(tmp_path / "x.mkv", SIZES, default)) as video:
        assert (video.info.width, video.info.height) == SIZES[expected]
        [note] = video.notes
    assert f"holds 3 video streams: reading stream {expected} (" in note
    assert "--stream" in note


@pytest.mark.parametrize("wanted", [0, 1, 2])
def test_any_stream_can_be_chosen(tmp_path, wanted):
    with open_video(several(tmp_path / "x.mkv", SIZES, 0), stream=wanted) as video:
        assert (video.info.width, video.info.height) == SIZES[wanted]
        assert video.notes == ()
        assert len(list(video)) == 4


def test_a_stream_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    path = several(tmp_path / "x.mkv", SIZES)
    with pytest.raises(VideoError, match=r"no video stream 7; it has: 0 \(64x48\), 1 \(128x96\)"):
        open_video(path, stream=7)
    with pytest.raises(ValueError, match="stream must be"):
        open_video(path, stream=-1)


def test_a_single_stream_needs_no_word(tmp_path):
    with open_video(several(tmp_path / "x.mkv", [(64, 48)])) as video:
        assert video.notes == ()


@pytest.mark.parametrize("aspect", [(64, 45), (4, 3), (8, 9)])
def test_pixels_are_made_square_and_that_is_said(tmp_path, aspect):
    path = tmp_path / "x.mkv"
    circle = np.zeros((96, 96, 3), np.uint8)
    cv2.ellipse(circle, (48, 48), (20, 20), 0, 0, 360, (255, 255, 255), -1)
    with av.open(str(path), "w") as container:
        stream = add_stream(container, (96, 96), sample_aspect_ratio=Fraction(*aspect))
        encode(container, stream, [circle] * 3)
    with open_video(path) as video:
        wanted = with_square_pixels(96, 96, Fraction(*aspect))
        assert (video.info.width, video.info.height) == wanted
        assert f"pixels of {aspect[0]}:{aspect[1]}" in video.notes[0]
        image = next(iter(video)).image
    assert image.shape == (wanted[1], wanted[0], 3)
    rows, columns = np.nonzero(image[..., 0] > 128)
    shape = np.ptp(columns) / np.ptp(rows)
    assert shape == pytest.approx(aspect[0] / aspect[1], rel=0.05)


def test_an_aspect_that_makes_no_sense_is_not_believed():
    from lighttrack.video.decode import square_unless_known

    for aspect in (None, Fraction(0), Fraction(1000, 1), Fraction(1, 90)):
        assert square_unless_known(aspect) == 1


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_images_are_turned_clockwise(tmp_path, degrees):
    image = np.zeros((48, 64, 3), np.uint8)
    image[:16, :16] = 255  # top left
    path = tmp_path / "x.mp4"
    with VideoWriter(path, width=64, height=48, fps=25, quality=4) as writer:
        writer.write(image, 0)
        writer.write(image, 0.04)
    cv2.imwrite(str(tmp_path / "x.png"), image)
    expected = np.rot90(image, -degrees // 90)
    for source in (path, tmp_path / "x.png"):
        with open_video(source, rotate=degrees) as video:
            image = next(iter(video)).image
            assert (video.info.width, video.info.height) == (image.shape[1], image.shape[0])
        assert image.shape == expected.shape
        assert np.abs(image.astype(int) - expected).mean() < 4
    with pytest.raises(ValueError, match="rotate must be 0, 90, 180 or 270"):
        open_video(path, rotate=45)


@pytest.mark.parametrize(
    ("average", "guessed", "intervals", "announced", "expected"),
    [
        (60000, 25, [0.04] * 3, 0, 25),  # a DV stream's unit of time
        (1000, 1000, [0.033, 0.034, 0.033], 0, 1 / 0.033),  # WebM of a browser
        (25, 25, [], 0, 25),
        (24, 60, [1 / 60] * 5, 24.0, 24),  # a variable rate whose length confirms the average
        (500, 500, [0.002] * 4, 0, 500),  # a high-speed camera
        (0, 0, [], 0, 25),
    ],
)
def test_a_rate_that_the_times_deny_is_not_believed(
    average, guessed, intervals, announced, expected
):
    assert believable_rate(average, guessed, intervals, announced) == pytest.approx(expected)


def tiff_pages(path, count=5, size=(48, 64)):
    pages = [np.full((*size, 3), 20 * (i + 1) % 256, np.uint8) for i in range(count)]
    assert cv2.imwritemulti(str(path), pages)
    return path


def test_every_page_of_a_tiff_is_a_frame(tmp_path):
    with open_video(tiff_pages(tmp_path / "stack.tif"), fps=10) as video:
        assert video.info.frame_count == 5
        frames = list(video)
    assert [round(frame.time, 3) for frame in frames] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [20, 40, 60, 80, 100]


def test_a_part_of_a_stack_keeps_its_numbers(tmp_path):
    with open_video(tiff_pages(tmp_path / "s.tif", 150), fps=10, start=6.5, end=14) as video:
        assert [frame.index for frame in video] == list(range(65, 140))


def test_a_broken_page_ends_the_stack_and_is_named(tmp_path):
    path = tiff_pages(tmp_path / "s.tif", 6)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with open_video(path) as video:
        count = len(list(video))
    assert count < 6
    assert count == 1 or "cannot be read" in video.problem


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_animations_that_look_like_images_are_read_whole(tmp_path, suffix):
    if not hasattr(cv2, "Animation"):
        pytest.skip("this OpenCV writes no animations")
    animation = cv2.Animation()
    animation.frames = [np.full((48, 64, 3), 50 * i, np.uint8) for i in range(1, 5)]
    animation.durations = np.array([40, 80, 120, 40])
    path = tmp_path / f"anim{suffix}"
    assert cv2.imwriteanimation(str(path), animation)
    with open_video(path) as video:
        times = [round(frame.time, 2) for frame in video]
    assert times == [0.0, 0.04, 0.12, 0.24]


def test_of_several_files_only_first_pages_are_read_and_that_is_said(tmp_path):
    tiff_pages(tmp_path / "1.tif")
    cv2.imwrite(str(tmp_path / "2.tif"), np.zeros((48, 64, 3), np.uint8))
    with open_video(tmp_path) as video:
        assert len(list(video)) == 2
    assert "1.tif only the first of 5 pages" in video.problem


def test_a_chain_of_pages_that_bites_its_tail_ends(tmp_path):
    content = bytearray(tiff_pages(tmp_path / "s.tif", 2).read_bytes())
    start = int.from_bytes(content[4:8], "little")
    entries = int.from_bytes(content[start : start + 2], "little")
    place = start + 2 + 12 * entries
    content[place : place + 4] = start.to_bytes(4, "little")
    (tmp_path / "loop.tif").write_bytes(content)
    assert pages_of(tmp_path / "loop.tif").numbers == (0,)


def coded(path, level, transfer, primaries):
    """One grey of 10 bits, as a stream with the given transfer function."""
    with av.open(str(path), "w") as container:
        stream = add_stream(
            container, (64, 48), pix_fmt="yuv420p10le",
            color_trc=transfer, color_primaries=primaries, colorspace=9, color_range=1,
        )  # fmt: skip
        for _ in range(3):
            frame = av.VideoFrame(64, 48, "yuv420p10le")
            for plane, value in zip(frame.planes, (64 + 876 * level, 512, 512), strict=True):
                plane.update(np.full(plane.buffer_size // 2, round(value), np.uint16).tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("kind", "transfer", "level", "expected"),
    [
        ("HDR (PQ)", 16, 0.58, 223),  # the reference white of 203 cd/m2, compressed
        ("HDR (PQ)", 16, 0.3, 47),
        ("HDR (HLG)", 18, 0.75, 223),
        ("BT.2020", 14, 0.5, 127),
    ],
)
def test_high_dynamic_range_is_mapped_and_said(tmp_path, kind, transfer, level, expected):
    with open_video(coded(tmp_path / "x.mkv", level, transfer, 9)) as video:
        assert kind in video.notes[0]
        image = next(iter(video)).image
    assert image.shape == (48, 64, 3)
    assert image.astype(int) == pytest.approx(np.full_like(image, expected, int), abs=3)


def test_the_matrix_keeps_white_and_brings_red_into_the_gamut():
    white = np.full((1, 1, 3), 65535, np.uint16)
    red = np.array([[[65535, 0, 0]]], np.uint16)
    for kind in ("HDR (PQ)", "HDR (HLG)", "BT.2020"):
        assert colour.to_bt709(white, kind).tolist() == [[[255, 255, 255]]]
        assert colour.to_bt709(red, kind).tolist() == [[[255, 0, 0]]]


def test_brighter_stays_brighter():
    ramp = np.repeat(np.arange(0, 65536, 64, dtype=np.uint16)[None, :, None], 3, axis=2)
    for kind in ("HDR (PQ)", "HDR (HLG)", "BT.2020"):
        levels = colour.to_bt709(ramp, kind)[0, :, 0].astype(int)
        assert (np.diff(levels) >= 0).all()
        assert (levels[0], levels[-1]) == (0, 255)


def test_a_name_that_is_no_text_can_be_opened(tmp_path):
    path = tmp_path / "walk.mp4"
    with VideoWriter(path, width=64, height=48, fps=25) as writer:
        for i in range(3):
            writer.write(np.zeros((48, 64, 3), np.uint8), i / 25)
    odd = path.with_name("caf\udce9.mp4")
    path.rename(odd)
    with open_video(odd) as video:
        assert len(list(video)) == 3
    with VideoWriter(tmp_path / "out\udce9.mp4", width=64, height=48, fps=25) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8), 0)
    with open_video(tmp_path / "out\udce9.mp4") as video:
        assert len(list(video)) == 1
