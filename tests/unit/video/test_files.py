"""Recordings: their times, the way up, their depth, and what is broken in them."""

import struct
from pathlib import Path

import av
import numpy as np
import pytest
from io_clips import corners, encode, number_of

from lighttrack.video import VideoError, open_video

TURNS = {
    "quarter turn": ((0, 1, -1, 0), ["blue", "white", "number", "red"]),
    "half turn": ((-1, 0, 0, -1), ["number", "blue", "red", "white"]),
    "three quarters": ((0, -1, 1, 0), ["red", "number", "white", "blue"]),
    "mirror": ((-1, 0, 0, 1), ["red", "white", "number", "blue"]),
}


def read(path: Path, **options: float) -> tuple[list, str | None]:
    with open_video(path, **options) as video:
        return list(video), video.problem


def test_variable_frame_rates_keep_their_times(make_video):
    stamps = [0, 40, 50, 300, 301, 1000, 1700]
    frames, problem = read(make_video(frames=7, stamps=stamps))
    assert [frame.time for frame in frames] == pytest.approx([s / 1000 for s in stamps])
    assert [number_of(frame.image) for frame in frames] == list(range(7))
    assert problem is None


def test_time_begins_with_the_first_frame(make_video):
    frames, _ = read(make_video("late.ts", frames=5, stamps=[5000, 5040, 5080, 5120, 5160]))
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.04, 0.08, 0.12, 0.16])


def test_a_stream_without_timestamps_gets_them_of_its_frame_rate(make_video):
    frames, _ = read(make_video("bare.h264", frames=10))
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(10)])


@pytest.mark.parametrize("turn", TURNS)
def test_phone_videos_are_turned_the_right_way_up(make_video, turn):
    path = make_video(frames=3, size=(96, 48))
    matrix, seen = TURNS[turn]
    _set_display_matrix(path, matrix)
    with open_video(path) as video:
        frames = list(video)
    size = (96, 48) if matrix[0] else (48, 96)
    assert (video.info.width, video.info.height) == size
    for frame in frames:
        assert (frame.width, frame.height) == size
        assert corners(frame.image) == seen
        assert frame.image.flags.c_contiguous


def _set_display_matrix(path: Path, matrix: tuple[int, int, int, int]) -> None:
    """Write a matrix into the track header of an mp4 (ISO 14496-12, 8.3.2)."""
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 44
    a, b, c, d = (value << 16 for value in matrix)
    assert struct.unpack_from(">9i", data, place) == (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    struct.pack_into(">9i", data, place, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("gray.mkv", "ffv1", "gray"),
        ("gray10.mkv", "ffv1", "gray10le"),
        ("gray16.mkv", "ffv1", "gray16le"),
        ("deep.mp4", "libx264", "yuv420p10le"),
        ("full-range.mp4", "libx264", "yuvj420p"),
        ("see-through.mkv", "ffv1", "yuva420p"),
        ("rgb.avi", "ffv1", "bgr0"),
        ("old.avi", "mpeg4", "yuv420p"),
        ("web.webm", "libvpx-vp9", "yuv420p"),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(make_video, name, codec, pixels):
    frames, problem = read(make_video(name, frames=3, codec=codec, pixels=pixels))
    assert len(frames) == 3
    assert problem is None
    for number, frame in enumerate(frames):
        assert frame.image.dtype == np.uint8
        assert frame.image.shape == (48, 64, 3)
        white, red = frame.image[12, 16].astype(int), frame.image[12, 48].astype(int)
        assert white.min() > 245
        if "gray" in pixels:
            assert np.ptp(red) == 0
        else:
            assert red[0] > 180
            assert red[1:].max() < 40
        assert number_of(frame.image) == number


@pytest.mark.parametrize("size", [(63, 47), (33, 50), (1, 1), (48, 90)])
def test_odd_and_upright_sizes_are_kept(make_video, size):
    frames, _ = read(make_video("odd.mkv", frames=2, size=size, codec="ffv1"))
    assert [frame.image.shape for frame in frames] == [(size[1], size[0], 3)] * 2
    assert all(frame.image.flags.c_contiguous for frame in frames)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts", "clip.avi", "clip.h264"])
@pytest.mark.parametrize("cut", [(0.5, 1.0), (1.2, None), (0.02, 0.05), (None, 0.3), (1.94, 9)])
def test_a_cut_has_the_numbers_times_and_images_of_the_whole(make_video, name, cut):
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    path = make_video(name, 50, codec=codec)
    start, end = cut
    whole, _ = read(path)
    part, problem = read(path, start=start, end=end)
    wanted = [f for f in whole if (start or 0) <= f.time < (end or np.inf)]
    assert wanted
    assert [(f.index, f.time) for f in part] == [(f.index, f.time) for f in wanted]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(part, wanted, strict=True))
    assert problem is None


@pytest.mark.parametrize("name", ["open.mp4", "open.mkv", "open.ts", "open.mpg"])
def test_a_cut_may_begin_among_frames_that_refer_to_each_other_across_key_frames(make_video, name):
    """With open groups, frames behind a key frame may need one before it, and cannot be had."""
    options = {"x264-params": "open-gop=1:bframes=3:b-adapt=0:keyint=10:min-keyint=10"}
    codec = "libx264"
    if name == "open.mpg":
        codec, options = "mpeg2video", {"bf": "2"}
    path = make_video(name, 50, noise=True, codec=codec, options=options)
    whole, _ = read(path)
    for start in np.arange(0.1, 1.9, 0.16):
        part, problem = read(path, start=start)
        wanted = [frame for frame in whole if frame.time >= start]
        assert [(f.index, f.time) for f in part] == [(f.index, f.time) for f in wanted]
        assert all(np.array_equal(a.image, b.image) for a, b in zip(part, wanted, strict=True))
        assert problem is None


def test_a_cut_is_not_touched_by_damage_before_it(make_video):
    """It begins at the key frame before it: what lies earlier is not decoded."""
    path = make_video(frames=50, noise=True, options={"bf": "0"})
    intact, _ = read(path, start=1.32)
    data = bytearray(path.read_bytes())
    place = data.index(b"mdat")
    data[place + 8000 : place + 9000] = bytes(1000)
    path.write_bytes(data)
    assert "broken or cut short" in str(read(path)[1])
    part, problem = read(path, start=1.32)
    assert [frame.index for frame in part] == list(range(33, 50))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(part, intact, strict=True))
    assert problem is None


def test_frames_that_an_edit_list_hides_are_neither_given_nor_missed(make_video, tmp_path):
    """Phones cut recordings so: the key frame before the cut stays in the file, unseen."""
    path, cut = make_video(frames=50), tmp_path / "cut.mp4"
    with (
        av.open(str(path)) as whole,
        av.open(str(cut), "w", options={"avoid_negative_ts": "disabled"}) as file,
    ):
        stream = whole.streams.video[0]
        copy = file.add_stream_from_template(stream)
        for packet in whole.demux(stream):
            if packet.size:
                packet.pts -= round(0.52 / stream.time_base)
                packet.dts -= round(0.52 / stream.time_base)
                packet.stream = copy
                file.mux(packet)
    frames, problem = read(cut)
    assert [number_of(frame.image) for frame in frames] == list(range(13, 50))
    assert frames[0].time == 0
    assert problem is None
    part, problem = read(cut, start=1.0)
    assert [(f.index, f.time) for f in part] == [(f.index, f.time) for f in frames[25:]]
    assert problem is None


def test_a_start_beyond_the_end_is_refused(make_video):
    with (
        open_video(make_video(frames=10), start=60) as video,
        pytest.raises(
            VideoError, match=r"start \(60 s\) lies beyond the last frame of .*, at 0\.36 s"
        ),
    ):
        list(video)


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv", "cut.avi"])
def test_a_truncated_video_gives_what_is_there_and_says_so(make_video, name):
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    path = make_video(
        name,
        100,
        noise=True,
        codec=codec,
        container={"movflags": "faststart"} if "mp4" in name else {},
    )
    whole, _ = read(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    frames, problem = read(path)
    assert 20 < len(frames) < 75
    assert problem is not None
    assert "is broken or cut short" in problem
    assert f"frames read: {len(frames)}" in problem
    for frame, intact in zip(frames[:20], whole, strict=False):
        assert frame.time == intact.time
        assert np.array_equal(frame.image, intact.image)


def test_images_that_an_avi_repeats_are_not_missing(make_video):
    """In an AVI of thousandths of a second, 39 of 40 chunks are empty: they repeat a frame."""
    path = make_video("sparse.avi", 20, codec="mpeg4", stamps=range(0, 800, 40))
    frames, problem = read(path)
    assert [number_of(frame.image) for frame in frames] == list(range(20))
    assert problem is None


def test_an_mp4_cut_before_its_index_cannot_be_read(make_video):
    path = make_video(frames=50, noise=True)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(VideoError, match="not a video, or damaged"):
        open_video(path)


@pytest.mark.parametrize("name", ["hurt.mp4", "hurt.mkv", "hurt.ts"])
def test_damage_in_the_middle_is_passed_over_and_counted(make_video, name):
    path = make_video(name, 100, noise=True)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 12] = bytes(len(data) // 12)
    path.write_bytes(data)
    frames, problem = read(path)
    assert 60 < len(frames) <= 100
    assert problem is not None
    assert "broken packets skipped" in problem or "damaged frames" in problem
    assert frames[-1].time == pytest.approx(3.96)
    assert number_of(frames[-1].image) == 99
    _, problem = read(path, start=1.0, end=3.0)
    assert problem is not None
    _, problem = read(path, end=1.0)
    assert problem is None


def test_time_goes_on_after_the_stream_starts_again(tmp_path):
    """Two recordings joined byte by byte: the second one's clock begins again."""
    first = encode(tmp_path / "a.ts", 40)
    second = encode(tmp_path / "b.ts", 40)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    frames, _ = read(joined)
    times = np.array([frame.time for frame in frames])
    assert 75 <= len(frames) <= 80
    assert (np.diff(times) > 0).all()
    assert times[-1] < 4.0


def test_a_change_of_size_ends_the_video_with_an_error_that_names_both(tmp_path):
    first = encode(tmp_path / "a.ts", 20)
    second = encode(tmp_path / "b.ts", 20, size=(96, 64))
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    given = []

    def read_all() -> None:
        with open_video(joined) as video:
            for frame in video:
                given.append(frame.index)

    with pytest.raises(VideoError, match=r"frame \d+ is 96x64, but .* began with 64x48"):
        read_all()
    assert len(given) >= 18


@pytest.mark.clips
def test_a_real_clip_is_read_whole(clips_dir):
    with open_video(clips_dir / "TUD-Campus" / "TUD-Campus.mp4") as video:
        frames = list(video)
    assert (video.info.width, video.info.height, video.info.frame_count) == (640, 480, 71)
    assert len(frames) == 71
    assert video.problem is None
