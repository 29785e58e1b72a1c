"""Live sources that stall, break off, change size or set their clock back: a real local server."""

import io
import socket
import threading
import time
from contextlib import suppress
from fractions import Fraction

import av
import numpy as np
import pytest
from bright_people import bright_tracker

from lighttrack.formats import read_tracks
from lighttrack.pipeline.render_video import render_video
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.run import run
from lighttrack.video import live, open_video

PACE = 0.02


def mpegts(size, count=200, first=0.0, codec="mpeg1video"):
    """A transport stream of a bright shape that walks; time stamps begin at `first` seconds."""
    target = io.BytesIO()
    with av.open(target, "w", format="mpegts") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.gop_size = 5
        for index in range(count):
            image = np.full((size[1], size[0], 3), 20, np.uint8)
            image[10:50, 10 + index % 40 : 26 + index % 40] = 230
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts = index + round(first * 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def jpegs(size, count=60):
    found = []
    codec = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt = *size, "yuvj420p"
    codec.time_base = Fraction(1, 25)
    for index in range(count):
        image = np.full((size[1], size[0], 3), 20, np.uint8)
        image[10:50, 10 + index % 40 : 26 + index % 40] = 230
        frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format="yuvj420p")
        frame.pts = index
        found += [bytes(packet) for packet in codec.encode(frame)]
    return found


class Server:
    """Sends parts at a pace over HTTP, one after the other, to each client."""

    def __init__(self, parts, *, port=0, kind="video/mp2t", stall_after=None):
        self.parts, self.kind, self.stall_after = parts, kind, stall_after
        self.listening = socket.create_server(("127.0.0.1", port))
        self.port = self.listening.getsockname()[1]
        self.connections = []
        self.stalled = threading.Event()
        self.closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.closed:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.recv(4096)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {self.kind}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode())
            for number, part in enumerate(self.parts):
                if number == self.stall_after:
                    self.stalled.set()
                    return  # silent, but not closed
                connection.sendall(part)
                time.sleep(PACE)
            connection.close()
        except OSError:
            return

    def kill(self):
        self.closed = True
        for each in (self.listening, *self.connections):
            with suppress(OSError):  # also wakes the thread that waits for connections
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def chunks(data, count=200):
    size = -(-len(data) // count)
    size += -size % 188
    return [data[start : start + size] for start in range(0, len(data), size)]


def multipart(images):
    head = "--shot\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n"
    return [head.format(len(image)).encode() + image + b"\r\n" for image in images]


def mjpeg_server(size, **options):
    kind = "multipart/x-mixed-replace; boundary=shot"
    return Server(multipart(jpegs(size)), kind=kind, **options)


def ts_server(size, *, first=0.0, **options):
    return Server(chunks(mpegts(size, first=first)), **options)


MAKERS = {"mjpeg": mjpeg_server, "ts": ts_server}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(live, "_TIMEOUT", 1.5)
    monkeypatch.setattr(live, "_PAUSE", 0.1)


def watched(server, *, reconnect, act, frames=10_000, sizes=False):
    """Frames of a stream on which `act` acts after twenty; what was reported; the problem."""
    said, seen = [], []
    address = f"http://127.0.0.1:{server.port}/live"
    with open_video(address, reconnect=reconnect) as video:
        assert isinstance(video, live.LiveReader)
        video.on_event = said.append
        video.sizes_may_change = sizes
        for frame in video:
            seen.append(frame)
            if len(seen) == 20:
                act()
            if len(seen) >= frames:
                break
    return seen, said, video.problem


@pytest.mark.parametrize("kind", MAKERS)
def test_without_reconnect_a_stream_that_breaks_off_ends(kind):
    server = MAKERS[kind]((96, 64))
    began = time.monotonic()
    seen, said, _ = watched(server, reconnect=0, act=server.kill)
    assert len(seen) >= 20
    assert said == []
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("kind", MAKERS)
def test_a_server_that_is_started_again_is_found_again(kind):
    server = MAKERS[kind]((96, 64))

    def restart():
        server.kill()
        threading.Timer(0.8, lambda: MAKERS[kind]((96, 64), port=server.port)).start()

    seen, said, _ = watched(server, reconnect=20, act=restart, frames=40)
    assert len(seen) == 40
    assert "broke off" in said[0]
    assert "connecting again" in said[0]
    assert "there again after" in said[1]
    times = [frame.time for frame in seen]
    assert (np.diff(times) > 0).all()
    # The outage is part of the time.
    assert max(np.diff(times)) > 0.5
    assert [frame.index for frame in seen] == list(range(40))


@pytest.mark.parametrize("kind", MAKERS)
def test_a_server_that_stays_away_is_given_up(kind):
    server = MAKERS[kind]((96, 64))
    began = time.monotonic()
    seen, said, problem = watched(server, reconnect=1.0, act=server.kill)
    assert len(seen) >= 20
    assert len(said) == 1
    assert "broke off" in problem
    assert time.monotonic() - began < 25


@pytest.mark.parametrize("kind", MAKERS)
def test_a_stream_that_stalls_is_connected_to_again(kind):
    server = MAKERS[kind]((96, 64), stall_after=40)

    def go_on():
        server.stalled.wait(20)
        server.stall_after = None  # for the next connection

    seen, said, _ = watched(server, reconnect=20, act=go_on, frames=60)
    assert len(seen) == 60
    assert "broke off (timed out)" in said[0]


def test_a_clock_that_is_set_back_does_not_set_time_back():
    server = ts_server((96, 64), first=5000.0)

    def restart():
        server.kill()
        threading.Timer(0.3, lambda: ts_server((96, 64), first=10.0, port=server.port)).start()

    seen, _, _ = watched(server, reconnect=20, act=restart, frames=40)
    times = np.array([frame.time for frame in seen])
    assert (np.diff(times) > 0).all()
    assert times[-1] < 60


@pytest.mark.parametrize("kind", MAKERS)
def test_another_size_after_a_restart_begins_a_second_video(kind, tmp_path):
    server = MAKERS[kind]((160, 96))
    count = [0]
    again = []

    def on_frame(tracked):
        count[0] += 1
        if count[0] == 20:
            server.kill()
            again.append(MAKERS[kind]((128, 80), port=server.port))
        if count[0] == 60:  # and that is the end
            again[0].kill()

    said = []
    request = Request(
        source=f"http://127.0.0.1:{server.port}/live", output=tmp_path, reconnect=1.0,
        tracker=bright_tracker(), write=("jsonl", "video"),
    )  # fmt: skip
    outcome = run(request, show=False, say=said.append, on_frame=on_frame)
    assert any("images are 128x80 from frame" in line for line in said)
    assert outcome.paths["video 2"] == tmp_path / "live.2.mp4"
    sizes, counts = [], []
    for name in ("live.mp4", "live.2.mp4"):
        with open_video(tmp_path / name) as video:
            sizes.append((video.info.width, video.info.height))
            counts.append(sum(1 for _ in video))
    assert sizes == [(160, 96), (128, 80)]
    stored = read_tracks(tmp_path / "live.tracks.jsonl")
    assert sum(counts) == len(stored.frames) == outcome.summary["frames"]
    # No person of the second size has the number of a person of the first.
    first = {i for frame in stored.frames[: counts[0]] for i in frame.ids.tolist()}
    second = {i for frame in stored.frames[counts[0] :] for i in frame.ids.tolist()}
    assert first
    assert second
    assert not first & second
    assert any("128x80" in line for line in outcome.summary["notes"])


def test_parts_of_other_sizes_in_one_file_are_all_read(tmp_path):
    """Joined recordings: time stamps begin again with each part."""
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(mpegts(size, 20) for size in ((96, 64), (64, 48), (96, 64))))
    with pytest.raises(ValueError, match="all frames of a video must have one size"):
        list(open_video(path))
    with open_video(path) as video:
        video.sizes_may_change = True
        frames = list(video)
    assert len({frame.image.shape for frame in frames}) == 2
    assert len(frames) >= 58
    steps = np.diff([frame.time for frame in frames])
    assert np.median(steps) == pytest.approx(0.04)
    assert (steps > 0.02).all()


@pytest.mark.parametrize("rotate", [0, 90])
def test_a_run_over_other_sizes_draws_a_file_for_each(tmp_path, rotate):
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(mpegts(size, 20) for size in ((96, 64), (128, 80))))
    request = Request(
        source=path, output=tmp_path / "out", tracker=bright_tracker(), rotate=rotate,
        write=("jsonl", "video", "csv"),
    )  # fmt: skip
    outcome = run(request, show=False, say=[].append)
    sizes = []
    for kind in ("video", "video 2"):
        with open_video(outcome.paths[kind]) as video:
            sizes.append((video.info.width, video.info.height))
    expected = [(96, 64), (128, 80)]
    drawn = tmp_path / "drawn.mp4"
    assert render_video(outcome.paths["jsonl"], path, drawn) == outcome.summary["frames"]
    assert drawn.with_name("drawn.2.mp4").exists()
    assert sizes == ([size[::-1] for size in expected] if rotate else expected)
