"""Counting packets gives the numbers that decoding would give."""

import pytest
from io_clips import encode

from lighttrack.video import VideoError
from lighttrack.video.decode import Decoder
from lighttrack.video.seeking import entry_point


def entry(path, start):
    decoder = Decoder(str(path), source=path.name)
    origin = next(iter(Decoder(str(path), source=path.name))).pts
    try:
        return entry_point(decoder, start, origin, path.name), decoder.stream.time_base
    finally:
        decoder.close()


def test_the_entry_lies_at_the_key_frame_before_the_first_wanted_frame(tmp_path):
    found, unit = entry(encode(tmp_path / "clip.mp4", 50, options={"bf": "0"}), 0.9)
    assert found is not None
    assert found.index == 23
    assert float(found.first * unit) == pytest.approx(0.92)
    assert float(found.keyframe * unit) == pytest.approx(0.8)


@pytest.mark.parametrize("suffix", [".mkv", ".ts"])
def test_a_start_counts_from_the_first_frame_wherever_the_clock_of_the_stream_begins(
    tmp_path, suffix
):
    stamps = [7000 + 40 * number for number in range(50)]
    path = encode(tmp_path / f"clip{suffix}", 50, stamps=stamps, options={"bf": "0"})
    found, unit = entry(path, 0.9)
    assert found is not None
    assert found.index == 23
    assert float((found.first - found.keyframe) * unit) == pytest.approx(0.12, abs=0.002)
    with pytest.raises(VideoError, match=r"start \(2 s\) lies beyond .*, at 1\.96 s"):
        entry(path, 2.0)


def test_frames_shown_in_another_order_than_decoded_are_counted_as_shown(tmp_path):
    path = encode(tmp_path / "clip.mkv", 50, options={"bf": "3", "b-adapt": "0"})
    for number in range(1, 50):
        found, _ = entry(path, number / 25 - 0.01)
        assert found is not None
        assert found.index == number


def test_a_stream_without_timestamps_must_be_decoded(tmp_path):
    decoder = Decoder(str(encode(tmp_path / "bare.h264", 20)), source="bare")
    assert entry_point(decoder, 0.4, 0, "bare") is None
    decoder.close()


def test_a_stream_whose_clock_restarts_must_be_decoded(tmp_path):
    joined = tmp_path / "joined.ts"
    parts = [encode(tmp_path / f"{name}.ts", 30) for name in "ab"]
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert entry(joined, 1.5)[0] is None


def test_a_start_after_the_last_packet_is_refused_without_decoding(tmp_path):
    with pytest.raises(VideoError, match=r"start \(9 s\) lies beyond the last frame of clip\.mp4"):
        entry(encode(tmp_path / "clip.mp4", 10), 9)
