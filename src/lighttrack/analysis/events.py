"""What people do at a moment: steps of walkers seen from the side, and jumps."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage, signal

from lighttrack.analysis.body import Body
from lighttrack.analysis.scale import body_height
from lighttrack.structures.types import AnyArray

Kind = Literal["heel_strike", "toe_off", "jump"]

GRAVITY = 9.81
"""Metres per second squared."""

_LEAST_WALK = 0.5
"""Heights that a person must come along for their steps to be looked for."""
_LEAST_STRIDE_SECONDS = 0.5
_LEAST_SWING = 0.05
"""Heights that a foot must swing before or behind the hips."""

_LEAST_RISE, _OFF_GROUND = 0.04, 0.015
"""Heights that both feet must rise by in a jump, and by which they are off the ground in it."""
_LEAST_FLIGHT, _LONGEST_FLIGHT = 0.15, 1.2
"""Seconds."""
_STANDING_SECONDS = 2.0
"""Around a moment, in which the feet stand somewhere."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that one person does."""

    id: int
    kind: Kind
    side: Literal["left", "right", ""]
    frame: int
    time: float
    """Seconds; of a jump, its take-off."""
    duration: float = float("nan")
    """Seconds: of a heel strike or toe-off, since the same foot's last one (the stride's time); of
    a jump, its flight."""
    length: float = float("nan")
    """Of a heel strike: what the same foot has come along since its last one (the stride's length);
    of a jump: by how much the hips rose. Pixels or metres, as the body."""
    height: float = float("nan")
    """Of a jump: metres, by its flight alone, g t² / 8."""


def strides_of(body: Body) -> list[Event]:
    """Heel strikes and toe-offs of a person who walks or runs across the image.

    A heel strikes where it is furthest before the hips, and toes leave where they are furthest
    behind them: J. A. Zeni, J. G. Richards, J. S. Higginson: "Two simple methods for determining
    gait events during treadmill and overground walking using kinematic data", Gait & Posture 27,
    2008. Feet that a skeleton lacks are taken from the ankle.
    """
    hips, tall = body.middle("hip")[:, 0], body_height(body)
    seen = np.flatnonzero(np.isfinite(hips))
    if len(seen) < 2 or not np.isfinite(tall):
        return []
    along = hips[seen[-1]] - hips[seen[0]]
    if abs(along) < _LEAST_WALK * tall:
        return []
    ahead = np.sign(along)
    events = []
    for side in ("left", "right"):
        heel, toe = (_foot(body, side, part) for part in ("heel", "foot_index"))
        events += _steps(body, side, "heel_strike", ahead * (heel[:, 0] - hips), heel, tall)
        events += _steps(body, side, "toe_off", -ahead * (toe[:, 0] - hips), toe, tall)
    return sorted(events, key=lambda event: event.time)


def _foot(body: Body, side: str, part: str) -> AnyArray:
    path = body[f"{side}_{part}"]
    return path if np.isfinite(path).any() else body[f"{side}_ankle"]


def _steps(
    body: Body,
    side: Literal["left", "right"],
    kind: Kind,
    reach: AnyArray,
    foot: AnyArray,
    tall: float,
) -> list[Event]:
    apart = max(1, round(_LEAST_STRIDE_SECONDS * body.rate))
    filled = np.where(np.isfinite(reach), reach, -np.inf)
    peaks, _ = signal.find_peaks(filled, height=_LEAST_SWING * tall, distance=apart)
    events: list[Event] = []
    for peak in peaks.tolist():
        time, length, duration = float(body.times[peak]), float("nan"), float("nan")
        if events:
            duration = time - events[-1].time
            last = int(np.searchsorted(body.frames, events[-1].frame))
            length = float(abs(foot[peak, 0] - foot[last, 0]))
        events.append(Event(body.id, kind, side, int(body.frames[peak]), time, duration, length))
    return [event if kind == "heel_strike" else _without_length(event) for event in events]


def _without_length(event: Event) -> Event:
    return Event(event.id, event.kind, event.side, event.frame, event.time, event.duration)


def jumps_of(body: Body) -> list[Event]:
    """Jumps of a person before a camera that stands still.

    Both feet are off the ground while each is higher than where it stands, the lowest that it comes
    in the seconds around, by a share of the body's height, and the hips rise meanwhile.
    """
    tall, rate = body_height(body), body.rate
    if not np.isfinite(tall) or len(body.times) < 3:
        return []
    around = max(3, round(_STANDING_SECONDS * rate) // 2 * 2 + 1)
    lowest = np.full(len(body.times), np.inf)
    for side in ("left", "right"):
        height = -body[f"{side}_ankle"][:, 1]
        ground = ndimage.minimum_filter1d(np.where(np.isfinite(height), height, np.inf), around)
        lowest = np.minimum(lowest, height - ground)
    with np.errstate(invalid="ignore"):
        off, high = lowest > _OFF_GROUND * tall, lowest > _LEAST_RISE * tall
    edges = np.flatnonzero(np.diff(np.concatenate([[False], off, [False]]).astype(int)))
    events = []
    for begin, end in edges.reshape(-1, 2).tolist():
        # When it began, or ended, may not be seen.
        if begin == 0 or end == len(off) or not high[begin:end].any():
            continue
        flight = float(body.times[end] - body.times[begin])
        if not _LEAST_FLIGHT <= flight <= _LONGEST_FLIGHT:
            continue
        hips = -body.middle("hip")[begin - 1 : end + 1, 1]
        rise = float(np.nanmax(hips) - hips[0]) if np.isfinite(hips).any() else float("nan")
        if not rise > _LEAST_RISE * tall / 2:
            continue
        start, jumped = float(body.times[begin]), GRAVITY * flight**2 / 8
        frame = int(body.frames[begin])
        events.append(Event(body.id, "jump", "", frame, start, flight, rise, jumped))
    return events
