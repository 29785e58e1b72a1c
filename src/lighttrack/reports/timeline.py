"""Timelines as drawings: the truth's people above, the tracks below, switches marked."""

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.timeline import Timeline
from lighttrack.render.svg import colour, drawing, element, text

_LEFT, _WIDTH = 90.0, 900.0
_ROW = 12.0


def draw(timeline: Timeline, *, most: int = 40) -> str:
    """The timeline as SVG; of more than `most` people or tracks the longest are shown."""
    sequence = timeline.sequence
    people = _longest(sequence.truth_counts, most)
    tracks = _longest(sequence.track_counts, most)
    scale = (_WIDTH - _LEFT - 10) / max(1, len(sequence))
    parts = [text("ground truth, in the colour of the track that follows", _LEFT, 12)]
    y = 20.0
    for person in people:
        parts.append(_name(sequence.truth_ids[person], y))
        parts += _runs(timeline.followed[person], y, scale)
        for frame in np.flatnonzero(timeline.switches[person]):
            x = _LEFT + frame * scale
            mark = f"M{x:.1f} {y - 1:.1f} l-4 -5 h8 z"
            parts.append(element("path", d=mark, class_="switch"))
            parts.append(element("line", x1=x, x2=x, y1=y - 1, y2=y + _ROW - 2, class_="switch"))
        y += _ROW + 4
    parts.append(text("tracks; hatched where they follow no person", _LEFT, y + 10))
    y += 18
    for track in tracks:
        parts.append(_name(sequence.track_ids[track], y))
        codes = np.where(timeline.tracks[track] >= 0, track, timeline.tracks[track])
        parts += _runs(codes, y, scale)
        y += _ROW
    parts += _axis(len(sequence), scale, y)
    return drawing([_HATCH, *parts], _WIDTH, y + 24, f"timeline of {sequence.name or 'the video'}")


_HATCH = element(
    "defs",
    element(
        "pattern",
        element("rect", width=6, height=6, class_="missed"),
        element("path", d="M0 6 L6 0", class_="hatch"),
        id="missed",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
    ),
)


def _longest(counts: NDArray[np.int64], most: int) -> NDArray[np.intp]:
    return np.sort(np.argsort(-counts, kind="stable")[:most])


def _name(identity: int, y: float) -> str:
    return text(f"{identity}", _LEFT - 6, y + _ROW - 3, anchor="end", class_="tick")


def _runs(codes: NDArray[np.intp], y: float, scale: float) -> list[str]:
    """A bar for each stretch of frames with the same code; -1 hatched, -2 empty."""
    edges = np.flatnonzero(np.diff(codes)) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(codes))
    return [
        element(
            "rect",
            x=_LEFT + start * scale,
            y=y,
            width=(end - start) * scale,
            height=_ROW - 2,
            fill=colour(int(codes[start])) if codes[start] >= 0 else "url(#missed)",
        )
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if end > start and codes[start] != -2
    ]


def _axis(frames: int, scale: float, y: float) -> list[str]:
    every = max(1, round(frames / 10))
    return [
        text(str(frame), _LEFT + frame * scale, y + 14, anchor="middle", class_="tick")
        for frame in range(0, frames, every)
    ] + [text("frame", _LEFT - 6, y + 14, anchor="end", class_="tick")]
