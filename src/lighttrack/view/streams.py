"""Poses as a stream for other programs: OSC messages, or a stream of the Lab Streaming Layer."""

import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from lighttrack.structures import Frame, Skeleton, TrackedFrame


class PoseStream(Protocol):
    """Somewhere that poses are sent, frame by frame."""

    def send(self, frame: Frame, tracked: TrackedFrame, *, captured_at: float) -> None:
        """Send the people of a frame, which came at `captured_at` (`time.perf_counter`)."""


def pose_streams(osc: str | None, *, lsl: bool = False) -> Callable[[Skeleton], list[PoseStream]]:
    """What makes the streams that are wanted, once the skeleton is known.

    Args:
        osc: `HOST:PORT` of a receiver of OSC; None: none.
        lsl: whether to send to the Lab Streaming Layer.

    Raises:
        ValueError: if the address is none.
        RuntimeError: if a library is not installed.
    """
    at_once: list[PoseStream] = [] if osc is None else [OscStream(osc)]
    if lsl:
        _pylsl()
    return lambda skeleton: [*at_once, LslStream(skeleton)] if lsl else at_once


def _pylsl() -> Any:
    try:
        import pylsl
    except (ImportError, RuntimeError) as error:
        raise RuntimeError('LSL needs pylsl: pip install "lighttrack[lsl]"') from error
    return pylsl


class OscStream:
    """Sends one bundle of OSC messages a frame over UDP.

    `/lighttrack/frame` holds the frame's number, its time in seconds and the number of people; then
    comes `/lighttrack/<id>/<keypoint>` with x and y, as shares of the image's width and height from
    the upper left, and the score, for each keypoint that was found.

    Args:
        address: `HOST:PORT`.

    Raises:
        ValueError: if the address is none.
        RuntimeError: if python-osc is not installed.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"osc must be HOST:PORT, such as 127.0.0.1:9000, got {address!r}")
        try:
            from pythonosc import osc_bundle_builder, osc_message_builder, udp_client
        except ImportError as error:
            raise RuntimeError('OSC needs python-osc: pip install "lighttrack[osc]"') from error
        self._bundles, self._messages = osc_bundle_builder, osc_message_builder
        self._client = udp_client.UDPClient(host.strip("[]"), int(port))

    def send(self, frame: Frame, tracked: TrackedFrame, *, captured_at: float) -> None:
        """Send the people of a frame."""
        bundle = self._bundles.OscBundleBuilder(self._bundles.IMMEDIATELY)
        about = (frame.index, float(frame.time), len(tracked.ids))
        bundle.add_content(self._message("/lighttrack/frame", *about))
        size = np.array([frame.width, frame.height], np.float32)
        poses = tracked.poses
        for row, identity in enumerate(tracked.ids.tolist()):
            places = (poses.keypoints[row] / size).tolist()
            scores = poses.scores[row].tolist()
            for name, (x, y), score in zip(poses.skeleton.keypoints, places, scores, strict=True):
                if np.isfinite(x):
                    address = f"/lighttrack/{identity}/{name}"
                    bundle.add_content(self._message(address, x, y, score))
        self._client.send(bundle.build())

    def _message(self, address: str, *values: float) -> Any:
        message = self._messages.OscMessageBuilder(address)
        for value in values:
            message.add_arg(value)
        return message.build()


class LslStream:
    """An outlet of the Lab Streaming Layer, of type MoCap and irregular rate.

    One sample a frame; for each of `slots` people: id, and x, y (pixels) and confidence of each
    keypoint. A person keeps the slot; a free one holds the id -1 and NaN. Time stamps are those of
    the capture.

    Args:
        skeleton: of the poses.
        slots: people at a time.
        name: of the stream.

    Raises:
        RuntimeError: if pylsl is not installed.
    """

    def __init__(self, skeleton: Skeleton, *, slots: int = 4, name: str = "lighttrack") -> None:
        pylsl = _pylsl()
        self._clock = pylsl.local_clock
        labels, units = ["id"], ["none"]
        for keypoint in skeleton.keypoints:
            labels += [f"{keypoint}_x", f"{keypoint}_y", f"{keypoint}_confidence"]
            units += ["pixels", "pixels", "none"]
        self._width, self._slots = len(labels), slots
        self._taken: list[int | None] = [None] * slots
        info = pylsl.StreamInfo(
            name, "MoCap", self._width * slots, pylsl.IRREGULAR_RATE, "float32", f"{name}-poses"
        )
        info.set_channel_labels([f"{label}_{n}" for n in range(slots) for label in labels])
        info.set_channel_units(units * slots)
        self._outlet = pylsl.StreamOutlet(info)

    def send(self, frame: Frame, tracked: TrackedFrame, *, captured_at: float) -> None:
        """Send the people of a frame; those beyond the slots are left out."""
        here = tracked.ids.tolist()
        self._taken = [identity if identity in here else None for identity in self._taken]
        for identity in here:
            if identity not in self._taken and None in self._taken:
                self._taken[self._taken.index(None)] = identity
        sample = np.full((self._slots, self._width), np.nan, np.float32)
        sample[:, 0] = -1
        poses = tracked.poses
        for slot, taken in enumerate(self._taken):
            if taken is None:
                continue
            row = here.index(taken)
            values = np.concatenate([poses.keypoints[row], poses.scores[row][:, None]], axis=1)
            sample[slot, 0], sample[slot, 1:] = taken, values.ravel()
        since = time.perf_counter() - captured_at
        self._outlet.push_sample(sample.ravel().tolist(), self._clock() - since)
