"""A live page from its source to its viewers, with stand-ins for the networks."""

import asyncio
import json
import struct
from itertools import pairwise

import bright_people
import pytest
import websockets

from lighttrack.formats import read_tracks
from lighttrack.pipeline.request import Request
from lighttrack.view.capture import Capture
from lighttrack.view.live import watch
from lighttrack.view.recording import write_names
from lighttrack.view.serving import PageServer


@pytest.fixture
def request_of(tmp_path):
    clip = bright_people.video_file(tmp_path / "walk.mp4", 30)
    return Request(
        source=str(clip),
        output=tmp_path / "out",
        write=("jsonl",),
        tracker=bright_people.bright_tracker(),
    )


async def viewer(server, wishes, count=20, slow=False):
    """What a viewer sees in `count` frames; `wishes` are sent after the first."""
    address = server.address.replace("http", "ws").replace("/?", "/frames?")
    headers = []
    async with websockets.connect(address, max_size=None) as socket:
        about = json.loads(await socket.recv())
        assert len(about["keypoints"]) == 17
        while len(headers) < count:
            message = await socket.recv()
            (length,) = struct.unpack("<I", message[:4])
            headers.append(json.loads(message[4 : 4 + length]))
            if len(headers) == 1:
                for wish in wishes:
                    await socket.send(json.dumps(wish))
            await asyncio.sleep(0.3 if slow else 0)
            await socket.send(json.dumps({"do": "shown"}))
    return headers


def run(request, *viewers, loop=True):
    """Watch until all viewers have seen enough; what each saw, and the outcome."""
    import threading

    seen, failed = [], []
    with PageServer() as server:

        def look():
            async def all_of_them():
                return await asyncio.gather(*(make(server) for make in viewers))

            try:
                seen.extend(asyncio.run(all_of_them()))
            except BaseException as error:
                failed.append(error)
                raise

        thread = threading.Thread(target=look)

        def until(frames):
            if frames and thread.ident is None:
                thread.start()
            return thread.ident is not None and not thread.is_alive()

        outcome = watch(request, server, loop=loop, until=until)
    assert not failed
    return seen, outcome


def test_viewers_see_people_with_ids_and_the_newest_frames(request_of):
    (headers,), outcome = run(request_of, lambda server: viewer(server, [], 25))
    frames = [header["frame"] for header in headers]
    assert frames == sorted(set(frames))
    assert any(person["id"] >= 0 for person in headers[-1]["people"])
    assert outcome.problem is None
    assert all(header["latency"] < 5000 for header in headers[1:])


def test_a_slow_viewer_does_not_delay_the_tracker(request_of):
    (quick, slow), _ = run(
        request_of,
        lambda server: viewer(server, [], 40),
        lambda server: viewer(server, [], 5, slow=True),
    )
    steps = [b["frame"] - a["frame"] for a, b in pairwise(slow)]
    assert max(steps) > 2
    assert quick[-1]["frame"] - quick[0]["frame"] >= 39


def test_a_recording_holds_the_people_and_their_names(request_of):
    wishes = [{"do": "record"}, {"do": "name", "id": 0, "name": "Ann"}, {"do": "snapshot"}]
    _, outcome = run(request_of, lambda server: viewer(server, wishes, 30))
    recorded = request_of.output / "walk.recording-1.tracks.jsonl"
    assert recorded in outcome.written
    result = read_tracks(recorded)
    assert result.frames[0].index == 0
    assert len(result.frames) > 5
    assert result.provenance["names"] == {"0": "Ann"}
    assert json.loads(recorded.read_text().splitlines()[0])["names"] == {"0": "Ann"}
    assert (request_of.output / "walk.snapshot-1.png").exists()


def test_fifty_viewers_and_ten_thousand_wishes_are_survived(request_of):
    flood = [{"do": "name", "id": n, "name": "x"} for n in range(200)]
    viewers = [lambda server: viewer(server, flood, 3) for _ in range(50)]
    seen, outcome = run(request_of, *viewers)
    assert len(seen) == 50
    assert outcome.problem is None


def test_a_capture_gives_the_newest_frame_and_counts_what_was_dropped(tmp_path):
    import time

    from lighttrack.video import open_video

    clip = bright_people.video_file(tmp_path / "walk.mp4", 25)
    with Capture(open_video(clip)) as capture:
        first = capture.take(5)
        time.sleep(0.5)
        later = capture.take(5)
        assert later.frame.index - first.frame.index > 5
        assert capture.dropped >= 5
        while not capture.ended:
            capture.take(0.5)
        assert capture.take(0.01) is None


def test_a_loop_goes_on_in_numbers_and_times(tmp_path):
    from lighttrack.video import open_video

    clip = bright_people.video_file(tmp_path / "walk.mp4", 5)
    with Capture(open_video(clip), again=lambda: open_video(clip)) as capture:
        taken = [capture.take(5).frame for _ in range(12)]
    assert [frame.index for frame in taken] == sorted({frame.index for frame in taken})
    assert taken[-1].time > 0.4
    assert all(b.time > a.time for a, b in pairwise(taken))


def test_names_do_not_touch_the_frames(tmp_path):
    path = tmp_path / "a.tracks.jsonl"
    path.write_bytes(b'{"format":"x"}\n{"frame":0}\n')
    write_names(path, {2: "Bo"})
    assert path.read_bytes() == b'{"format":"x","names":{"2":"Bo"}}\n{"frame":0}\n'


def test_a_run_of_track_is_shown_and_writes_what_it_would_without(request_of):
    """Every frame is tracked at any number of viewers; the page has no latency and no recording."""
    import threading
    from dataclasses import replace

    from lighttrack.pipeline.run import run as track
    from lighttrack.view.showing import showing

    told, seen = [], []

    def look():
        address = told[0].replace("http", "ws").replace("/?", "/frames?")

        async def watch_it():
            async with websockets.connect(address, max_size=None) as socket:
                seen.append(json.loads(await socket.recv()))
                message = await socket.recv()
                (length,) = struct.unpack("<I", message[:4])
                seen.append(json.loads(message[4 : 4 + length]))

        asyncio.run(watch_it())

    request = replace(request_of, name="shown")
    with showing(request, tell=told.append, browser=False) as page:
        viewer = threading.Thread(target=look)

        def shown(loaded, frame, tracked):
            page(loaded, frame, tracked)
            if frame.index == 0:
                viewer.start()
            if frame.index == 20:
                viewer.join(timeout=0.2)

        viewing_again = track(request, show=False, on_step=shown)
    viewer.join()
    plain = track(replace(request_of, name="plain"), show=False)
    assert seen[0]["controls"] == ["pause"]
    assert seen[1]["latency"] is None
    stored = [read_tracks(each.paths["jsonl"]).frames for each in (viewing_again, plain)]
    assert [f.ids.tolist() for f in stored[0]] == [f.ids.tolist() for f in stored[1]]
