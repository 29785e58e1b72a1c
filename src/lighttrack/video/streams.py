"""Which video stream of a container is meant, and what there is to say about the choice."""

from typing import NamedTuple

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from lighttrack.video.errors import VideoError

_NO_VIDEO = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
"""Covers of audio files and thumbnails of chapters are video streams too, but no video."""


class Chosen(NamedTuple):
    """A stream, and a sentence on why it was taken, empty where there was no choice."""

    stream: VideoStream
    note: str


def choose(container: InputContainer, source: str, wanted: int | None = None) -> Chosen:
    """The stream of a number, or the default one, else the largest that is no still.

    Args:
        container: an open one.
        source: its name in messages.
        wanted: a stream's number in the container, as ffprobe shows it; None: the best.

    Raises:
        VideoError: if there is no video stream, none of that number, or no decoder for it.
    """
    every = list(container.streams.video)
    streams = [stream for stream in every if not stream.disposition & _NO_VIDEO]
    if wanted is not None:
        found = next((stream for stream in every if stream.index == wanted), None)
        if found is None:
            held = ", ".join(map(_about, every)) or "none"
            raise VideoError(f"{source} has no video stream {wanted}; it has: {held}")
        return Chosen(_decodable(found, source), "")
    if not streams:
        held = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise VideoError(f"{source} holds no video stream (it holds: {held})")
    moving = [stream for stream in streams if not _is_still(stream)] or streams
    chosen = max(moving, key=_rank)
    note = ""
    if len(streams) > 1:
        others = ", ".join(_about(stream) for stream in streams if stream is not chosen)
        note = (
            f"{source} holds {len(streams)} video streams: reading stream {_about(chosen)}, "
            f"not {others}; --stream chooses another"
        )
    return Chosen(_decodable(chosen, source), note)


def _decodable(stream: VideoStream, source: str) -> VideoStream:
    # A stream without a decoder has no codec context, whatever the type says.
    if getattr(stream, "codec_context", None) is None:
        raise VideoError(f"{source} holds a video stream of a kind that cannot be decoded")
    return stream


def _is_still(stream: VideoStream) -> bool:
    return stream.frames == 1 or bool(stream.disposition & av.stream.Disposition.still_image)


def _rank(stream: VideoStream) -> tuple[bool, bool, int]:
    """What can be decoded before what cannot, the default before others, then by pixels."""
    codec = getattr(stream, "codec_context", None)
    size = 0 if codec is None else codec.width * codec.height
    default = bool(stream.disposition & av.stream.Disposition.default)
    return codec is not None, default, size


def _about(stream: VideoStream) -> str:
    codec = getattr(stream, "codec_context", None)
    size = "" if codec is None else f" ({codec.width}x{codec.height})"
    return f"{stream.index}{size}"
