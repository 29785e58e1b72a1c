"""Videos that are written: their times, their colours, and what is left when something fails."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange
from io_clips import corners, number_of, numbered_image

from lighttrack.video import VideoError, VideoWriter, open_video


def write(path: Path, times: list[float], size: tuple[int, int] = (64, 48)) -> Path:
    with VideoWriter(path, width=size[0], height=size[1], fps=25) as video:
        for number, moment in enumerate(times):
            video.write(numbered_image(number, *size), moment)
    return path


def test_times_and_images_come_back(tmp_path):
    times = [0.0, 0.04, 0.0401, 0.3, 1 / 3, 2.5]
    with open_video(write(tmp_path / "out.mp4", times)) as video:
        frames = list(video)
    assert [frame.time for frame in frames] == pytest.approx(times, abs=1e-5)
    assert [number_of(frame.image) for frame in frames] == list(range(6))
    assert all(corners(frame.image)[:3] == ["white", "red", "blue"] for frame in frames)
    assert video.problem is None


def test_colours_come_back(tmp_path):
    colours = [(255, 255, 255), (0, 0, 0), (200, 40, 20), (20, 160, 60), (30, 60, 220)]
    with VideoWriter(tmp_path / "out.mp4", width=64, height=48, fps=25) as video:
        for number, colour in enumerate(colours):
            video.write(np.full((48, 64, 3), colour, np.uint8), number / 25)
    with open_video(tmp_path / "out.mp4") as video:
        for frame, colour in zip(video, colours, strict=True):
            assert np.abs(frame.image[20, 30].astype(int) - colour).max() <= 4


def test_a_cut_begins_with_zero(tmp_path):
    with open_video(write(tmp_path / "out.mp4", [100.0, 100.04, 100.2])) as video:
        assert [frame.time for frame in video] == pytest.approx([0, 0.04, 0.2], abs=1e-5)
    with av.open(str(tmp_path / "out.mp4")) as file:
        assert file.streams.video[0].start_time == 0


@pytest.mark.parametrize("size", [(63, 47), (64, 47), (1, 1)])
def test_odd_sizes_are_padded_by_repeating_the_edge(tmp_path, size):
    with VideoWriter(tmp_path / "out.mp4", width=size[0], height=size[1], fps=25) as video:
        image = np.full((size[1], size[0], 3), 90, np.uint8)
        for number in range(3):
            video.write(image, number / 25)
    with open_video(tmp_path / "out.mp4") as video:
        frames = list(video)
    assert (video.info.width, video.info.height) == (size[0] + size[0] % 2, size[1] + size[1] % 2)
    assert len(frames) == 3
    assert np.abs(frames[-1].image.astype(int) - 90).max() <= 4


def test_the_file_suits_players_and_servers(tmp_path):
    path = write(tmp_path / "out.mp4", [i / 25 for i in range(60)])
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"moof" not in data
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.pix_fmt == "yuv420p"
        assert stream.frames == 60
        assert float(stream.duration * stream.time_base) == pytest.approx(60 / 25)
        assert float(stream.average_rate) == pytest.approx(25)
        codec = stream.codec_context
        assert codec.color_range == ColorRange.MPEG
        assert codec.colorspace == codec.color_primaries == codec.color_trc == 1  # BT.709
    assert [file.name for file in tmp_path.iterdir()] == ["out.mp4"]


def test_one_frame_lasts_a_frame(tmp_path):
    with av.open(str(write(tmp_path / "out.mp4", [0.0]))) as file:
        stream = file.streams.video[0]
        assert float(stream.duration * stream.time_base) == pytest.approx(0.04)


def test_a_video_without_frames_leaves_no_file(tmp_path):
    VideoWriter(tmp_path / "out.mp4", width=64, height=48, fps=25).close()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_leaves_a_video_that_plays(tmp_path):
    """The program is killed after 7 seconds of video: at most two of them are lost."""
    path = tmp_path / "out.mp4"
    program = f"""
import os, signal
import numpy as np
from lighttrack.video import VideoWriter
random = np.random.default_rng(0)
video = VideoWriter({str(path)!r}, width=64, height=48, fps=25)
for number in range(175):
    video.write(random.integers(0, 255, (48, 64, 3), dtype=np.uint8), number / 25)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode != 0
    with open_video(path) as video:
        assert len(list(video)) >= 100


def test_an_error_of_the_caller_still_finishes_the_video(tmp_path):
    def fail_after_two_frames(video: VideoWriter) -> None:
        with video:
            video.write(numbered_image(0), 0.0)
            video.write(numbered_image(1), 0.04)
            raise KeyError("a mistake elsewhere")

    with pytest.raises(KeyError):
        fail_after_two_frames(VideoWriter(tmp_path / "out.mp4", width=64, height=48, fps=25))
    with open_video(tmp_path / "out.mp4") as video:
        assert len(list(video)) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_called_by_its_name():
    def fill_the_disk() -> None:
        random = np.random.default_rng(0)
        with VideoWriter("/dev/full", width=64, height=48, fps=25) as video:
            for number in range(1000):
                video.write(random.integers(0, 255, (48, 64, 3), dtype=np.uint8), number / 25)

    with pytest.raises(OSError, match=r"cannot write the video.*: No space left on device"):
        fill_the_disk()
    assert Path("/dev/full").is_char_device()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="cannot write the video: No such file"):
        VideoWriter(tmp_path / "no" / "out.mp4", width=64, height=48, fps=25)


def test_frames_must_fit_the_video(tmp_path):
    with VideoWriter(tmp_path / "out.mp4", width=64, height=48, fps=25) as video:
        with pytest.raises(VideoError, match=r"takes images of shape \(48, 64, 3\)"):
            video.write(numbered_image(0, 48, 64), 0.0)
        with pytest.raises(VideoError, match=r"and type uint8, got .* float64"):
            video.write(numbered_image(0) / 255, 0.0)
        video.write(numbered_image(0), 1.0)
        with pytest.raises(VideoError, match="must come in the order of their times"):
            video.write(numbered_image(1), 1.0)


@pytest.mark.parametrize("wrong", [{"width": 0}, {"height": -2}, {"fps": 0}])
def test_a_video_needs_a_size_and_a_rate(tmp_path, wrong):
    with pytest.raises(ValueError, match="a video needs a size and fps"):
        VideoWriter(tmp_path / "out.mp4", **{"width": 64, "height": 48, "fps": 25, **wrong})
