"""Images as frames of a video."""

import struct
from pathlib import Path

import av
import numpy as np
import pytest
from io_clips import corners, number_of, numbered_image

from lighttrack.video import VideoError, open_video
from lighttrack.video.images import ImageDecoder

SEEN = {
    1: ["white", "red", "blue", "number"],
    2: ["red", "white", "number", "blue"],
    3: ["number", "blue", "red", "white"],
    4: ["blue", "number", "white", "red"],
    5: ["white", "blue", "red", "number"],
    6: ["blue", "white", "number", "red"],
    7: ["number", "red", "blue", "white"],
    8: ["red", "number", "white", "blue"],
}
"""What an image shows top left, top right, bottom left, bottom right, by EXIF orientation."""


def encoded(image: np.ndarray, codec: str, pixels: str) -> bytes:
    context = av.CodecContext.create(codec, "w")
    context.height, context.width = image.shape[:2]
    context.pix_fmt = pixels
    context.time_base = 1
    frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format=pixels)
    frame.pts = 0
    return b"".join(bytes(p) for p in [*context.encode(frame), *context.encode(None)])


def save(path: Path, image: np.ndarray) -> Path:
    jpeg = path.suffix.lower() in {".jpg", ".jpeg"}
    path.write_bytes(encoded(image, *(("mjpeg", "yuvj444p") if jpeg else ("png", "rgb24"))))
    return path


def exif(orientation: int, order: str = ">") -> bytes:
    mark = b"MM" if order == ">" else b"II"
    return mark + struct.pack(order + "HIHHHIHHI", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def with_exif(jpeg: bytes, block: bytes) -> bytes:
    segment = b"Exif\0\0" + block
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


def test_images_come_in_the_order_in_which_people_count(tmp_path):
    for number in (1, 2, 10, 100):
        save(tmp_path / f"shot{number}.png", numbered_image(number))
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "._shot1.png").write_bytes(b"what a Mac leaves on a memory stick")
    with open_video(tmp_path) as video:
        frames = list(video)
    assert [number_of(frame.image) for frame in frames] == [1, 2, 10, 100]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert [frame.time for frame in frames] == pytest.approx([0, 0.04, 0.08, 0.12])
    assert video.info.name == tmp_path.name
    assert (video.info.fps, video.info.frame_count) == (25.0, 4)
    assert video.problem is None


def test_the_rate_of_images_can_be_told(tmp_path):
    for number in range(6):
        save(tmp_path / f"{number}.jpg", numbered_image(number))
    with open_video(tmp_path, fps=2, start=1.0, end=2.5) as video:
        frames = list(video)
    assert [(frame.index, frame.time) for frame in frames] == [(2, 1.0), (3, 1.5), (4, 2.0)]
    assert video.info.frame_count == 3


def test_a_pattern_chooses_images(tmp_path):
    for number in range(3):
        save(tmp_path / f"left{number}.png", numbered_image(number))
        save(tmp_path / f"right{number}.png", numbered_image(number + 100))
    with open_video(str(tmp_path / "right*.png")) as video:
        assert [number_of(frame.image) for frame in video] == [100, 101, 102]


def test_one_image_is_a_video_of_one_frame(tmp_path):
    with open_video(save(tmp_path / "photo.JPG", numbered_image(7))) as video:
        [frame] = video
    assert (video.info.name, number_of(frame.image)) == ("photo", 7)


@pytest.mark.parametrize("orientation", SEEN)
@pytest.mark.parametrize("order", [">", "<"])
def test_photographs_are_turned_as_their_exif_says(tmp_path, orientation, order):
    path = tmp_path / "photo.jpg"
    jpeg = encoded(numbered_image(0, 96, 48), "mjpeg", "yuvj420p")
    path.write_bytes(with_exif(jpeg, exif(orientation, order)))
    image = ImageDecoder().read(path)
    assert image.shape == ((96, 48, 3) if orientation >= 5 else (48, 96, 3))
    assert corners(image) == SEEN[orientation]
    assert image.flags.c_contiguous


def test_a_png_has_an_orientation_too(tmp_path):
    png = encoded(numbered_image(0), "png", "rgb24")
    block = exif(6)
    chunk = struct.pack(">I4s", len(block), b"eXIf") + block + b"\0\0\0\0"
    path = tmp_path / "photo.png"
    path.write_bytes(png[:33] + chunk + png[33:])  # after the signature and the header
    assert corners(ImageDecoder().read(path)) == SEEN[6]


@pytest.mark.parametrize("broken", [b"", b"MM", exif(9), exif(6)[:12], b"\xff" * 40])
def test_nonsense_in_exif_leaves_the_image_upright(tmp_path, broken):
    path = tmp_path / "photo.jpg"
    path.write_bytes(with_exif(encoded(numbered_image(0), "mjpeg", "yuvj420p"), broken))
    assert corners(ImageDecoder().read(path)) == SEEN[1]


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.png", "png", "rgba"),
        ("a.png", "png", "rgb48be"),
        ("a.bmp", "bmp", "bgr24"),
        ("a.tif", "tiff", "rgb24"),
        ("a.webp", "libwebp", "bgra"),
        ("called.jpg", "png", "rgb24"),
    ],
)
def test_kinds_of_images_are_recognised_by_their_contents(tmp_path, name, codec, pixels):
    path = tmp_path / name
    path.write_bytes(encoded(numbered_image(5), codec, pixels))
    image = ImageDecoder().read(path)
    assert image.shape == (48, 64, 3)
    assert corners(image) == SEEN[1]


@pytest.mark.parametrize("pixels", ["gray", "gray16be"])
def test_grey_images_become_rgb(tmp_path, pixels):
    path = tmp_path / "grey.png"
    path.write_bytes(encoded(numbered_image(5), "png", pixels))
    image = ImageDecoder().read(path)
    assert image.shape == (48, 64, 3)
    assert (np.ptp(image, axis=2) == 0).all()
    assert image[5, 5].min() > 250


def test_an_image_of_another_size_is_named_after_those_before_it(tmp_path):
    save(tmp_path / "1.png", numbered_image(1))
    save(tmp_path / "2.png", numbered_image(2))
    save(tmp_path / "3.png", numbered_image(3, 80, 60))
    given = []
    with open_video(tmp_path) as video:
        frames = iter(video)
        given += [next(frames).index, next(frames).index]
        with pytest.raises(
            VideoError, match=r"image 3\.png is 80x60, but .* began with 64x48: all frames"
        ):
            next(frames)
    assert given == [0, 1]


def test_unreadable_images_leave_gaps_and_are_named(tmp_path):
    for number in range(5):
        save(tmp_path / f"{number}.png", numbered_image(number))
    (tmp_path / "0.png").write_bytes(b"")
    (tmp_path / "2.png").write_text("a letter")
    (tmp_path / "3.png").write_bytes((tmp_path / "3.png").read_bytes()[:60])
    with open_video(tmp_path) as video:
        frames = list(video)
    assert [frame.index for frame in frames] == [1, 4]
    assert [frame.time for frame in frames] == pytest.approx([0.04, 0.16])
    assert video.problem is not None
    assert "could not be read: 3 (0.png, 2.png, 3.png); frames read: 2" in video.problem


def test_a_folder_of_nonsense_gives_the_first_reason(tmp_path):
    (tmp_path / "a.png").write_text("a letter")
    with pytest.raises(VideoError, match=r"no image of .* can be read: a\.png is not an image"):
        open_video(tmp_path)


def test_a_start_beyond_the_last_image_is_refused(tmp_path):
    save(tmp_path / "a.png", numbered_image(1))
    with (
        open_video(tmp_path, start=5) as video,
        pytest.raises(VideoError, match=r"start \(5 s\) lies beyond the last frame"),
    ):
        list(video)
