"""The sound of a source beside the images that are written: copied, not encoded again."""

import os
from collections.abc import Iterator
from heapq import merge
from pathlib import Path
from typing import Any

import av

_IN_MP4 = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"})
"""Codecs that common players take in an mp4."""


def copy_with_sound(
    images: Path, target: Path, source: str | os.PathLike[str] | None, first: float, last: float
) -> str | None:
    """Copy an mp4 without encoding it again, its index in front, with the sound of a source.

    Args:
        images: the mp4 with the images; its time 0 is `first` of the source.
        target: the mp4 to write.
        source: the file that the images were made from; None, or what is no file: no sound.
        first: second of the source at which the images begin.
        last: second at which they end.

    Returns:
        Why the source's sound is not there; None if it is, or there was none.
    """
    with (
        av.open(f"file:{images}", mode="r") as fragments,
        av.open(
            f"file:{target}", mode="w", format="mp4", options={"movflags": "faststart"}
        ) as ordered,
    ):
        stream = fragments.streams.video[0]
        copy = ordered.add_stream_from_template(stream)
        packets = ((_seconds(p), p, copy) for p in fragments.demux(stream) if p.size)
        if source is None or not Path(source).is_file():
            _mux(ordered, packets)
            return None
        with av.open(f"file:{Path(source)}", mode="r") as sounding:
            if not sounding.streams.audio:
                _mux(ordered, packets)
                return None
            audio = sounding.streams.audio[0]
            if audio.codec_context.name.removesuffix("float") not in _IN_MP4:
                _mux(ordered, packets)
                return f"the sound is left out: mp4 has no place for {audio.codec_context.name}"
            begin = _start(sounding) + first
            track = ordered.add_stream_from_template(audio)
            sounds = ((s, p, track) for s, p in _cut(sounding, audio, begin, last - first))
            _mux(ordered, merge(packets, sounds, key=lambda item: item[0]))
    return None


def _mux(container: Any, packets: Iterator[tuple[float, Any, Any]]) -> None:
    for _, packet, stream in packets:
        packet.stream = stream
        container.mux(packet)


def _cut(container: Any, stream: Any, begin: float, length: float) -> Iterator[tuple[float, Any]]:
    """Packets of so many seconds from `begin` on, their times counted from there."""
    shift = round(begin / stream.time_base)
    for packet in container.demux(stream):
        if packet.pts is None or not packet.size:
            continue
        packet.pts -= shift
        packet.dts = packet.pts if packet.dts is None else packet.dts - shift
        if packet.pts < 0:
            continue
        seconds = _seconds(packet)
        if seconds > length:
            return
        yield seconds, packet


def _seconds(packet: Any) -> float:
    return float((packet.pts if packet.dts is None else packet.dts) * packet.time_base)


def _start(container: Any) -> float:
    """Second of the container's clock at which its first image is shown, our time 0."""
    for video in container.streams.video:
        if video.start_time is not None and video.time_base is not None:
            return float(video.start_time * video.time_base)
    return 0.0
