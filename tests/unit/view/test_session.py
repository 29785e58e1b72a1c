import asyncio
import json
import struct

import io_samples
import numpy as np
import pytest

from lighttrack.structures import Frame
from lighttrack.structures.skeletons import COCO_17
from lighttrack.view.session import LiveSession


@pytest.fixture
def session():
    made = LiveSession("clip")
    made.begin("clip", COCO_17, 0.3)
    return made


def publish(session, index=0):
    tracked = io_samples.video().frames[0]
    image = np.full((90, 160, 3), index, np.uint8)
    session.publish(Frame(index, index / 25, image), tracked, captured_at=0.0, drop_rate=0.0)
    return tracked


def newest(session, after=-1):
    return asyncio.run(asyncio.wait_for(session.after(after), 5))


def test_nothing_is_encoded_without_viewers_and_the_first_one_gets_the_newest(session):
    publish(session, 1)
    publish(session, 2)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(session.after(-1), 0.05))
    session.joined(1)
    message = newest(session)
    assert (message.header["frame"], message.header["latency"]) == (2, None)


def test_what_is_asked_for_is_told_at_once_without_a_further_frame(session):
    session.joined(1)
    publish(session, 1)
    before = newest(session).number
    session.ask({"do": "pause"})
    told = newest(session, before)
    assert (told.header["frame"], told.header["paused"]) == (1, True)


def test_the_page_waits_until_the_networks_are_loaded():
    session = LiveSession("clip")
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(session.about(), 0.05))
    session.begin("clip", COCO_17, 0.3)
    assert asyncio.run(session.about())["edges"] == [list(edge) for edge in COCO_17.edges]


def test_a_message_holds_the_header_and_the_image(session):
    session.joined(1)
    tracked = publish(session, 3)
    packed = newest(session).packed()
    (length,) = struct.unpack("<I", packed[:4])
    header = json.loads(packed[4 : 4 + length])
    assert header["frame"] == 3
    assert [person["id"] for person in header["people"]] == tracked.ids.tolist()
    assert packed[4 + length :].startswith(b"\xff\xd8\xff")


def test_a_slow_viewer_gets_the_newest_and_nothing_waits_for_it(session):
    session.joined(1)
    for index in range(50):
        publish(session, index)
    assert newest(session).header["frame"] == 49


def test_a_click_follows_and_releases_a_person(session):
    tracked = publish(session)
    identity = int(tracked.ids[0])
    x, y = tracked.boxes[0].reshape(2, 2).mean(0).tolist()
    session.ask({"do": "follow", "x": x, "y": y})
    assert session.followed(tracked).ids.tolist() == [identity]
    session.ask({"do": "follow", "id": 77})
    assert session.wishes.followed == {identity, 77}
    session.ask({"do": "follow", "id": 77})
    session.ask({"do": "follow", "id": identity})
    assert session.followed(tracked).ids.tolist() == tracked.ids.tolist()
    session.ask({"do": "follow", "x": -500, "y": -500})
    assert session.wishes.followed == set()


def test_names_are_kept_printable_and_short(session):
    session.ask({"do": "name", "id": 3, "name": "<img onerror>\n\x00" + "x" * 99})
    assert session.wishes.names == {3: ("<img onerror>" + "x" * 99)[:40]}
    session.ask({"do": "name", "id": 3, "name": ""})
    assert session.wishes.names == {}


@pytest.mark.parametrize(
    "wish",
    [
        None,
        [],
        {},
        {"do": "rm"},
        {"do": "follow"},
        {"do": "follow", "x": "1", "y": 2},
        {"do": "follow", "x": float("nan"), "y": 2},
        {"do": "follow", "id": True},
        {"do": "name", "id": 1},
        {"do": "name", "id": 1e99, "name": "x"},
        {"do": ["pause"]},
    ],
)
def test_what_cannot_be_asked_for_is_refused(session, wish):
    publish(session)
    with pytest.raises(ValueError, match=r"must be|nothing that|a wish"):
        session.ask(wish)
