import threading

import io_samples
import numpy as np
import pytest
from requirements import required_module

from lighttrack.structures import Frame
from lighttrack.view.streams import LslStream, OscStream


@pytest.fixture
def moment():
    tracked = io_samples.video().frames[0]
    return Frame(tracked.index, tracked.time, np.zeros((100, 200, 3), np.uint8)), tracked


def test_osc_reaches_a_receiver_with_shares_of_the_image(moment):
    dispatcher = required_module("pythonosc.dispatcher", "VIEW").Dispatcher()
    server = required_module("pythonosc.osc_server", "VIEW")
    got, done = {}, threading.Event()

    def take(address, *values):
        got[address] = values
        done.set()

    dispatcher.set_default_handler(take)
    frame, tracked = moment
    with server.ThreadingOSCUDPServer(("127.0.0.1", 0), dispatcher) as receiver:
        thread = threading.Thread(target=receiver.serve_forever)
        thread.start()
        OscStream(f"127.0.0.1:{receiver.server_address[1]}").send(frame, tracked, captured_at=0.0)
        assert done.wait(5)
        receiver.shutdown()
        thread.join()
    assert got["/lighttrack/frame"] == (frame.index, frame.time, len(tracked.ids))
    identity, name = int(tracked.ids[0]), tracked.poses.skeleton.keypoints[0]
    x, y, score = got[f"/lighttrack/{identity}/{name}"]
    assert (x * 200, y * 100) == pytest.approx(tracked.poses.keypoints[0, 0].tolist(), rel=1e-5)
    assert score == pytest.approx(float(tracked.poses.scores[0, 0]))


@pytest.mark.parametrize("address", ["", "localhost", ":9000", "host:0", "host:x", "host:99999"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ValueError, match="osc must be HOST:PORT"):
        OscStream(address)


def test_lsl_reaches_an_inlet_with_labels_and_slots(moment):
    pylsl = required_module("pylsl", "VIEW")
    frame, tracked = moment
    stream = LslStream(tracked.poses.skeleton, slots=2, name="lighttrack-test")
    found = pylsl.resolve_byprop("name", "lighttrack-test", timeout=10)
    assert len(found) == 1
    inlet = pylsl.StreamInlet(found[0])
    inlet.open_stream(timeout=5)
    info = inlet.info()
    assert info.type() == "MoCap"
    assert info.get_channel_labels()[:3] == ["id_0", "nose_x_0", "nose_y_0"]
    stream.send(frame, tracked, captured_at=__import__("time").perf_counter())
    sample, _ = inlet.pull_sample(timeout=5)
    assert sample[0] == tracked.ids[0]
    assert sample[1:3] == pytest.approx(tracked.poses.keypoints[0, 0].tolist())
