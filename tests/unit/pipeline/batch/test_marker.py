from pathlib import Path

import pytest

from lighttrack.pipeline.batch.marker import Fingerprint, Marker, fingerprint
from lighttrack.pipeline.loading import networks_of_request
from lighttrack.pipeline.request import Request
from lighttrack.tracking import TrackerConfig


def of(source, **options):
    request = Request(source="", output=Path(), **options)
    return fingerprint(str(source), request, networks_of_request)


def test_a_marker_is_read_as_it_was_written():
    marker = Marker("done", "a.mp4", Fingerprint(3, 1.5, "x"), outputs=("a.tracks.jsonl",))
    assert Marker.from_json(marker.to_json()) == marker


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'{"status": "done"}'])
def test_a_damaged_marker_is_none(data):
    assert Marker.from_json(data) is None


def test_a_marker_with_a_strange_status_is_none():
    marker = Marker("done", "a.mp4", Fingerprint(3, 1.5, "x"))
    assert Marker.from_json(marker.to_json().replace(b'"done"', b'"perhaps"')) is None


def test_what_changes_a_result_changes_the_fingerprint(tmp_path):
    video = tmp_path / "a.mp4"
    video.write_bytes(b"12345")
    before = of(video)
    assert before.size == 5
    assert of(video) == before
    assert of(video, threads=3, resume=True) == before
    config = TrackerConfig().changed({"keyframes": {"interval": 7}})
    for options in ({"preset": "fast"}, {"end": 3.0}, {"config": config}, {"write": ("csv",)}):
        assert of(video, **options) != before
    video.write_bytes(b"123456")
    assert of(video).size == 6


def test_what_a_network_of_ones_own_holds_counts(tmp_path):
    network = tmp_path / "mine.onnx"
    network.write_bytes(b"a")
    (tmp_path / "mine.toml").write_text("kind = 'x'")
    before = of("a.mp4", pose=str(network))
    (tmp_path / "mine.toml").write_text("kind = 'y'")
    changed = of("a.mp4", pose=str(network))
    network.write_bytes(b"b")
    assert len({before.options, changed.options, of("a.mp4", pose=str(network)).options}) == 3


def test_the_images_of_a_folder_count_together(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(b"1234")
    assert of(tmp_path).size == 12


def test_nothing_is_known_of_an_address():
    assert (of("rtsp://camera/1").size, of("rtsp://camera/1").modified) == (None, None)
