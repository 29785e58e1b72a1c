"""A camera on the network: a server that sends images at its own pace."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from io_clips import encode, number_of

from lighttrack.video import VideoError, open_video
from lighttrack.video.live import LiveReader

PACE = 0.02
FRAMES = 50


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """`/camera` sends one JPEG after the other, `/silent` a few; `/clip.mp4` is a file."""
    jpegs = _jpegs(encode(tmp_path / "frames.mjpeg", FRAMES, codec="mjpeg", pixels="yuvj420p"))
    clip = encode(tmp_path / "clip.mp4", 30).read_bytes()
    hang = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            if self.path == "/clip.mp4":
                self.send_header("Content-Length", str(len(clip)))
                self.end_headers()
                self.wfile.write(clip)
                return
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=shot")
            self.end_headers()
            for jpeg in jpegs[:5] if self.path == "/silent" else jpegs:
                head = f"--shot\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                try:
                    self.wfile.write(head.encode() + jpeg + b"\r\n")
                except OSError:  # the reader has left
                    return
                time.sleep(PACE)
            if self.path == "/silent":
                hang.wait()

        def log_message(self, *_: object) -> None:
            """Keep the tests' output quiet."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    hang.set()
    serving.shutdown()
    serving.server_close()


def _jpegs(path: Path) -> list[bytes]:
    start = b"\xff\xd8\xff"
    return [start + part for part in path.read_bytes().split(start)[1:]]


def test_a_slow_tracker_sees_the_latest_frames_and_not_old_ones(server):
    seen, times = [], []
    with open_video(f"{server}/camera") as video:
        assert isinstance(video, LiveReader)
        for frame in video:
            seen.append(number_of(frame.image))
            times.append(frame.time)
            assert frame.index == len(seen) - 1
            time.sleep(5 * PACE)
    assert (np.diff(seen) > 0).all()
    assert len(seen) <= FRAMES / 2
    assert seen[-1] >= FRAMES - 10
    assert video.dropped >= FRAMES / 2
    # The camera gives no times, so they are those of arrival.
    assert (np.diff(times) > 0).all()
    assert times[-1] == pytest.approx(seen[-1] * PACE, rel=0.5)


def test_a_live_stream_can_be_watched_for_a_while(server):
    with open_video(f"{server}/camera", end=0.3) as video:
        times = [frame.time for frame in video]
    assert times
    assert times[-1] < 0.3


def test_a_camera_that_falls_silent_is_given_up(server, monkeypatch):
    monkeypatch.setattr("lighttrack.video.live._TIMEOUT", 0.4)
    with open_video(f"{server}/silent") as video:
        frames = list(video)
    assert 1 <= len(frames) <= 5
    assert video.problem is not None
    assert "broke off: timed out; frames read: " in video.problem


def test_leaving_a_live_stream_does_not_wait_for_its_end(server):
    begun = time.monotonic()
    with open_video(f"{server}/camera") as video:
        next(iter(video))
    assert time.monotonic() - begun < FRAMES * PACE


def test_a_recording_on_a_server_is_read_whole(server):
    with open_video(f"{server}/clip.mp4") as video:
        numbers = []
        for frame in video:
            numbers.append(number_of(frame.image))
            time.sleep(0.002)
    assert numbers == list(range(30))
    assert (video.info.name, video.problem) == ("clip", None)


def test_a_server_that_is_not_there_is_named():
    with pytest.raises(VideoError, match=r"cannot open .*127\.0\.0\.1:9/x: Connection ref"):
        open_video("http://127.0.0.1:9/x")
