"""The sound of the source beside drawn images."""

import av
import numpy as np
import pytest

from lighttrack.video import VideoWriter


def sounding(path, *, codec="aac", seconds=4.0, fps=25):
    """A clip with a tone that begins at second 2."""
    rate = 48_000
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=fps, options={"bf": "0"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream(codec, rate=rate)
        audio.layout = "mono"
        for i in range(round(seconds * fps)):
            image = np.full((48, 64, 3), i, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(video.encode(None))
        times = np.arange(round(seconds * rate)) / rate
        wave = np.where(times >= 2, np.sin(2 * np.pi * 440 * times), 0).astype(np.float32)
        for i in range(0, len(wave), 960):
            block = wave[i : i + 960][None]
            if codec == "pcm_s16le":
                block = (block * 32000).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(
                block, format="s16" if codec == "pcm_s16le" else "fltp", layout="mono"
            )
            frame.rate, frame.pts = rate, i
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return path


def written(path, source, begin=0.0, frames=25):
    writer = VideoWriter(path, width=64, height=48, fps=25, sound_of=source)
    with writer:
        for i in range(frames):
            writer.write(np.full((48, 64, 3), 9, np.uint8), begin + i / 25)
    return writer.problem


def tone_begins(path):
    """Second at which the tone is first heard, and how long the sound is."""
    with av.open(str(path)) as container:
        blocks = [(f.time, f.to_ndarray()[0], f.rate) for f in container.decode(audio=0)]
    loud = [time for time, wave, _ in blocks if np.abs(wave).mean() > 0.2]
    return (loud[0] if loud else None), blocks[-1][0] + len(blocks[-1][1]) / blocks[-1][2]


def test_sound_is_copied_and_stays_in_time(tmp_path):
    source = sounding(tmp_path / "in.mp4")
    assert written(tmp_path / "out.mp4", source, frames=75) is None
    begins, ends = tone_begins(tmp_path / "out.mp4")
    assert begins == pytest.approx(2.0, abs=0.05)
    assert ends == pytest.approx(3.0, abs=0.05)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
        assert len(list(container.decode(video=0))) == 75


def test_the_sound_of_a_cut_is_that_of_the_cut(tmp_path):
    source = sounding(tmp_path / "in.mp4")
    assert written(tmp_path / "out.mp4", source, begin=1.6, frames=20) is None
    begins, ends = tone_begins(tmp_path / "out.mp4")
    assert begins == pytest.approx(0.4, abs=0.05)
    assert ends == pytest.approx(0.8, abs=0.05)


def test_sound_that_mp4_cannot_hold_is_said_to_be_left_out(tmp_path):
    source = sounding(tmp_path / "in.mkv", codec="pcm_s16le")
    problem = written(tmp_path / "out.mp4", source)
    assert problem == "the sound is left out: mp4 has no place for pcm_s16le"
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


@pytest.mark.parametrize("source", [None, "no/such/file.mp4", "0"])
def test_without_a_file_there_is_no_sound_and_nothing_to_say(tmp_path, source):
    assert written(tmp_path / "out.mp4", source) is None
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio
