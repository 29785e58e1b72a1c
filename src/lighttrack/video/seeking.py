"""Where to start decoding so that a cut has the frame numbers and times of the whole video."""

from dataclasses import dataclass
from fractions import Fraction

import av

from lighttrack.video.decode import Decoder
from lighttrack.video.reader import beyond_the_end


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """The first wanted frame of a stream and the key frame from which it can be decoded."""

    keyframe: int
    """Where to seek, in the stream's unit of time."""

    first: int
    """Timestamp of the first wanted frame, in the same unit."""

    index: int
    """Number of the first wanted frame, counted from the first of the stream."""

    discarded: int
    """Packets before it that are not to be shown."""


def entry_point(decoder: Decoder, start: float, origin: int, source: str) -> EntryPoint | None:
    """Find the first frame at or after `start` by reading packets, without decoding them.

    Frames are counted by the timestamps of their packets. That is exact where every packet is one
    frame with a timestamp of its own; otherwise the result is `None` and
    the stream must be decoded from its beginning.

    Args:
        decoder: a stream that nothing was read of.
        start: seconds after the first frame.
        origin: timestamp of the first frame that can be decoded.
        source: the name that the user gave.

    Raises:
        VideoError: if the stream ends before `start`.
    """
    unit = decoder.stream.time_base
    if unit is None:
        return None
    try:
        found = _packets_until(decoder, start, origin, unit)
    except av.FFmpegError:
        return None
    if found is None:
        return None
    stamps, keyframes, discarded = found
    if len(set(stamps)) < len(stamps) or min(stamps, default=None) != origin:
        return None
    wanted = [stamp for stamp in stamps if float((stamp - origin) * unit) >= start]
    if not wanted:
        raise beyond_the_end(source, start, float((max(stamps) - origin) * unit))
    first = min(wanted)
    shown = max((stamp for stamp in keyframes if stamp <= first), default=None)
    if shown is None:
        return None
    index = sum(stamp < first for stamp in stamps)
    return EntryPoint(keyframe=keyframes[shown], first=first, index=index, discarded=discarded)


def _packets_until(
    decoder: Decoder, start: float, origin: int, unit: Fraction
) -> tuple[list[int], dict[int, int], int] | None:
    """What is decoded up to `start`, counted by the packets.

    Timestamps of the packets; those of key frames, with the time at which each is decoded (by
    which some formats are sought); how many packets do not count.
    `None` if a packet is damaged, or lacks what is needed to count it.
    """
    stamps: list[int] = []
    keyframes: dict[int, int] = {}
    discarded = 0
    decoded_at: int | None = None
    for packet in decoder.container.demux(decoder.stream):
        if packet.size == 0:  # the end
            break
        if packet.pts is None or packet.is_corrupt:
            return None
        # Matroska leaves the times of decoding to be guessed, and the first are not.
        if packet.dts is not None and decoded_at is not None and packet.dts < decoded_at:
            return None
        decoded_at = packet.dts if packet.dts is not None else decoded_at
        if packet.is_discard:
            discarded += 1
            continue
        stamps.append(packet.pts)
        if packet.is_keyframe:
            keyframes[packet.pts] = packet.pts if packet.dts is None else packet.dts
        # No packet is shown before it is decoded: all that come later are shown after `start`.
        if packet.dts is not None and float((packet.dts - origin) * unit) > start:
            break
    return stamps, keyframes, discarded
