"""The clock of a stream, whatever its timestamps are worth."""

from fractions import Fraction

import av
import numpy as np
import pytest
from io_clips import encode

from lighttrack.video import VideoError
from lighttrack.video.decode import Clock, Decoder


def times(*stamps: int | None) -> list[float]:
    """What a clock of 25 frames per second makes of timestamps in milliseconds."""
    clock = Clock(25)
    read = []
    for stamp in stamps:
        frame = av.VideoFrame(16, 16)
        frame.pts, frame.time_base = stamp, Fraction(1, 1000)
        read.append(round(clock(frame), 6))
    return read


def test_time_is_counted_from_the_first_frame():
    assert times(700, 740, 900) == [0.0, 0.04, 0.2]


def test_missing_stamps_follow_the_frame_rate():
    assert times(None, None, None) == [0.0, 0.04, 0.08]
    assert times(0, None, 90) == [0.0, 0.04, 0.09]


def test_stamps_that_begin_late_fit_those_that_were_missing():
    assert times(None, 5000, 5100) == [0.0, 0.04, 0.14]


def test_frames_with_one_stamp_still_follow_one_another():
    assert times(0, 40, 40, 80) == [0.0, 0.04, 0.041, 0.08]


def test_a_small_slip_back_does_not_move_what_follows():
    assert times(0, 40, 20, 80) == [0.0, 0.04, 0.041, 0.08]


def test_a_restart_goes_on_where_the_stream_was():
    assert times(10_000, 12_000, 0, 40, 100) == [0.0, 2.0, 2.04, 2.08, 2.14]


def test_exact_stamps_give_exact_times():
    assert times(*range(1000, 41000, 40)) == [i / 25 for i in range(1000)]


def test_the_decoder_reports_what_the_header_states(tmp_path):
    decoder = Decoder(str(encode(tmp_path / "clip.mp4", 10)), source="clip")
    assert (decoder.fps, decoder.frame_count, decoder.duration) == (25.0, 10, pytest.approx(0.4))
    decoder.close()


def test_what_cannot_be_sought_in_says_so(tmp_path):
    decoder = Decoder(str(encode(tmp_path / "clip.h264", 10)), source="clip")
    with pytest.raises(VideoError, match="cannot seek"):
        decoder.seek(-(10**12))
    decoder.close()


def test_frames_of_many_threads_come_in_order(tmp_path):
    decoder = Decoder(str(encode(tmp_path / "clip.mp4", 60)), source="clip")
    stamps = [frame.time for frame in decoder]
    assert len(stamps) == 60
    assert (np.diff(stamps) > 0).all()
    decoder.close()
