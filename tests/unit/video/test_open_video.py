"""What can be opened, and what is said of what cannot."""

import sys
from pathlib import Path

import pytest

from lighttrack.video import VideoError, open_video


def test_a_video_file_gives_its_frames_in_order(make_video):
    path = make_video("match.mp4", 30)
    with open_video(path) as video:
        frames = list(video)
    assert (video.info.name, video.info.width, video.info.height) == ("match", 64, 48)
    assert (video.info.fps, video.info.frame_count, video.info.source) == (25.0, 30, str(path))
    assert [frame.index for frame in frames] == list(range(30))
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(30)])
    assert video.problem is None


def test_a_name_full_of_special_characters_is_only_a_name(make_video):
    path = make_video("a:b %03d [1] ünï.mp4", 3)
    with open_video(str(path)) as video:
        assert len(list(video)) == 3
    assert video.info.name == "a:b %03d [1] ünï"


def test_a_pattern_that_matches_one_video_opens_it(make_video):
    path = make_video("only.mp4", 3)
    with open_video(str(path.parent / "*.mp4")) as video:
        assert video.info.name == "only"


def test_a_pattern_that_matches_several_videos_is_refused(make_video):
    path = make_video("one.mp4", 1)
    make_video("two.mp4", 1)
    with pytest.raises(VideoError, match=r"matches 2 files, and one\.mp4 is no image"):
        open_video(str(path.parent / "*.mp4"))


def test_a_reader_is_read_once(make_video):
    with open_video(make_video(frames=2)) as video:
        list(video)
        with pytest.raises(VideoError, match="has been read: open it again"):
            iter(video)


def test_what_is_not_there_is_named():
    with pytest.raises(FileNotFoundError, match=r"no such file or folder: missing\.mp4"):
        open_video("missing.mp4")
    with pytest.raises(FileNotFoundError, match=r"no file matches missing/\*\.png"):
        open_video("missing/*.png")


def test_an_empty_file_is_called_empty(tmp_path: Path):
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(VideoError, match=r"empty\.mp4 is empty \(0 bytes\)"):
        open_video(path)


def test_a_text_is_no_video(tmp_path: Path):
    path = tmp_path / "letter.mp4"
    path.write_text("Dear video player, " * 100)
    with pytest.raises(VideoError, match=r"cannot open .*letter\.mp4: not a video"):
        open_video(path)


def test_music_is_no_video_even_with_a_cover(tmp_path: Path):
    import av
    import numpy as np

    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        sound.sample_rate = 8000
        file.mux(stream.encode(sound))
        file.mux(stream.encode())
    with pytest.raises(VideoError, match=r"song\.m4a holds no video stream \(it holds: audio\)"):
        open_video(path)


def test_a_folder_without_images_is_refused(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("no images here")
    with pytest.raises(VideoError, match=r"holds no images \(\.bmp, \.jpeg, "):
        open_video(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="cameras are named differently elsewhere")
@pytest.mark.parametrize("source", [97, "97"])
def test_a_camera_that_is_not_there_is_named(source):
    with pytest.raises(VideoError, match="cannot open camera 97: No such file"):
        open_video(source)


def test_passwords_of_addresses_are_not_repeated():
    with pytest.raises(VideoError) as raised:
        open_video("rtsp://me:secret@127.0.0.1:9/door")
    assert "rtsp://127.0.0.1:9/door: Connection refused" in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"start": -1}, "start must be a time of 0 seconds or more, got -1"),
        ({"start": 2, "end": 1}, r"end must be later than start \(2 s\), got 1 seconds"),
        ({"fps": 0}, "fps must be positive, got 0"),
    ],
)
def test_times_that_make_no_sense_are_refused(make_video, wrong, message):
    with pytest.raises(ValueError, match=message):
        open_video(make_video(frames=1), **wrong)
