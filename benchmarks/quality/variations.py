"""The clips as other cameras would have seen them: a check that what was gained holds elsewhere.

    python benchmarks/quality/variations.py --clips ../shared/clips --only TUD-Campus PETS09-S2L1
    python benchmarks/quality/variations.py --clips ../shared/clips --json before.json
    python benchmarks/quality/variations.py --clips ../shared/clips --against before.json

Each clip is decoded once and changed as it is read; its ground truth changes with it. `shake`,
`sweep` and `jumps` look at it through a window that moves: people of whom less than 30 % lie in the
window are left out of the truth, and the boxes of the others end at its edge. The changes are the
same in every run.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np
from clips import CONFIGURATIONS, CountedTracker
from material import CLIPS, Clip, decoded
from rich.console import Console
from scoring import Figures, score, table_of

from lighttrack.evaluation.similarity import Reals
from lighttrack.structures import Image

WINDOW = 0.6
"""Sides of the moving window's picture, as a share of the clip's."""

LEAST_VISIBLE = 0.3

View = tuple[float, float, float]
"""Where a window looks: its centre, 0 to 1 of where it can be in x and y, and what it shows.

What it shows is in sides of `WINDOW`: 1 to 1.5, which is 1.5 times as wide, so people are smaller.
"""


def as_it_is(clip: Clip) -> Clip:
    """The clip itself."""
    return clip


def mirrored(clip: Clip) -> Clip:
    """Left and right exchanged."""
    truth = [
        (ids, np.stack([clip.width - b[:, 2], b[:, 1], clip.width - b[:, 0], b[:, 3]], axis=1))
        for ids, b in clip.truth
    ]
    return replace(clip, truth=truth, picture=lambda index: clip.picture(index)[:, ::-1])


def halved(clip: Clip) -> Clip:
    """Half as many pixels on each side."""
    width, height = clip.width // 2, clip.height // 2

    def picture(index: int) -> Image:
        return cv2.resize(clip.picture(index), (width, height), interpolation=cv2.INTER_AREA)

    scale = np.tile([width / clip.width, height / clip.height], 2)
    truth = [(ids, boxes * scale) for ids, boxes in clip.truth]
    return replace(clip, width=width, height=height, truth=truth, picture=picture)


def backwards(clip: Clip) -> Clip:
    """The last frame first; whoever left comes in."""
    last = len(clip) - 1
    return replace(
        clip,
        times=[clip.times[last] - time for time in reversed(clip.times)],
        truth=clip.truth[::-1],
        picture=lambda index: clip.picture(last - index),
    )


def dropped(clip: Clip, fps: float = 7.0) -> Clip:
    """Frames left out, so that about `fps` are left; their distances are not all the same."""
    slots = np.floor((np.array(clip.times) - clip.times[0]) * fps + 1e-6)
    kept = np.nonzero(np.diff(slots, prepend=-1) > 0)[0].tolist()
    return replace(
        clip,
        times=[clip.times[index] for index in kept],
        truth=[clip.truth[index] for index in kept],
        picture=lambda index: clip.picture(kept[index]),
    )


def shaken(frame: int, time: float) -> View:
    """A hand that trembles: swings of several speeds, up to six a second, that never repeat."""
    x = np.sin(2 * np.pi * 0.7 * time) + 0.6 * np.sin(2 * np.pi * 2.3 * time + 1)
    y = np.sin(2 * np.pi * 0.9 * time + 2) + 0.6 * np.sin(2 * np.pi * 2.9 * time)
    x += 0.3 * np.sin(2 * np.pi * 5.7 * time + 3)
    y += 0.3 * np.sin(2 * np.pi * 6.1 * time + 4)
    return 0.5 + 0.12 * x, 0.5 + 0.12 * y, 1.15


def swept(frame: int, time: float) -> View:
    """A camera that pans from side to side in three seconds, and zooms as it goes."""
    pan, zoom = np.sin(2 * np.pi * time / 6), np.sin(2 * np.pi * time / 4)
    return 0.5 + 0.5 * pan, 0.5, 1.25 - 0.25 * zoom


def jumping(frame: int, time: float) -> View:
    """Every 25 frames a shift by a third of the picture, or a zoom by 1.5, at once."""
    # The window is 0.6 wide and has 0.4 to move in: half of that is a third of the window.
    views: Sequence[View] = ((0.25, 0.6, 1.0), (0.75, 0.6, 1.0), (0.75, 0.6, 1.5), (0.25, 0.6, 1.5))
    return views[frame // 25 % len(views)]


def through_window(clip: Clip, path: Callable[[int, float], View]) -> Clip:
    """The clip seen through a window that moves along a path."""
    width, height = round(clip.width * WINDOW), round(clip.height * WINDOW)
    windows = [_window(clip, path(index, time)) for index, time in enumerate(clip.times)]

    def picture(index: int) -> Image:
        x, y, scale = windows[index]
        to_clip = np.array([[scale, 0, x], [0, scale, y]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(clip.picture(index), to_clip, (width, height), flags=flags)

    truth = [
        _in_view(ids, (boxes - [x, y, x, y]) / scale, width, height)
        for (ids, boxes), (x, y, scale) in zip(clip.truth, windows, strict=True)
    ]
    return replace(clip, width=width, height=height, truth=truth, picture=picture)


def _window(clip: Clip, view: View) -> tuple[float, float, float]:
    """Left and top of the window in the clip, and pixels of the clip to one of the window."""
    x, y, scale = view
    free = 1 - WINDOW * scale
    return x * free * clip.width, y * free * clip.height, scale


def _in_view(ids: np.ndarray, boxes: Reals, width: int, height: int) -> tuple[np.ndarray, Reals]:
    inside = np.clip(boxes, 0, [width, height, width, height])
    visible = np.prod(inside[:, 2:] - inside[:, :2], axis=1)
    enough = visible >= LEAST_VISIBLE * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return ids[enough], inside[enough]


VARIATIONS: Mapping[str, Callable[[Clip], Clip]] = {
    "original": as_it_is,
    "shake": lambda clip: through_window(clip, shaken),
    "sweep": lambda clip: through_window(clip, swept),
    "jumps": lambda clip: through_window(clip, jumping),
    "7 fps": dropped,
    "mirror": mirrored,
    "half": halved,
    "reversed": backwards,
}

Table = dict[str, Figures]
"""Figures by the name of the variation."""


def measure(clip: Clip, tracker: CountedTracker) -> Figures:
    """Track a clip and score it."""
    seen, share = tracker.follow(clip.frames())
    return score(clip.truth, seen, share)


def summary(tables: Mapping[str, Table]) -> str:
    """Means over everything, every clip and variation counting the same."""
    rows = [figures for table in tables.values() for figures in table.values()]
    return (
        f"mean of {len(rows)}: MOTA {fmean(each.mota for each in rows):.4f}, "
        f"IDF1 {fmean(each.idf1 for each in rows):.4f}, "
        f"HOTA {fmean(each.hota for each in rows):.4f}, "
        f"switches {sum(each.switches for each in rows)}, "
        f"detector {fmean(each.detector_share for each in rows):.3f}"
    )


def differences(now: Mapping[str, Table], before: Mapping[str, Mapping[str, Mapping]]) -> str:
    """What has changed since figures were written, one line for each clip and variation."""
    lines, changes = [], {"mota": [], "idf1": [], "hota": []}
    for name, table in now.items():
        for variation, figures in table.items():
            old = before.get(name, {}).get(variation)
            if old is None:
                continue
            steps = {key: asdict(figures)[key] - old[key] for key in changes}
            for key, step in steps.items():
                changes[key].append(step)
            shown = "  ".join(f"{key.upper()} {step:+.3f}" for key, step in steps.items())
            lines.append(
                f"{name + ', ' + variation:42s} {shown}  "
                f"switches {figures.switches - old['switches']:+d}"
            )
    means = "  ".join(f"{key.upper()} {fmean(steps):+.3f}" for key, steps in changes.items())
    return "\n".join([*lines, f"{'mean':42s} {means}"])


def main() -> None:
    """Print a table for each clip, then the mean of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--only", nargs="+", choices=CLIPS, default=[*CLIPS], help="clips to use")
    parser.add_argument(
        "--variations", nargs="+", choices=VARIATIONS, default=[*VARIATIONS], help="default: all"
    )
    parser.add_argument("--configuration", choices=CONFIGURATIONS, default="default")
    parser.add_argument("--keyframe-interval", type=int)
    parser.add_argument("--threads", type=int, default=1, help="for each network; default: 1")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--against", type=Path, help="print what changed since such a file")
    arguments = parser.parse_args()
    configuration = CONFIGURATIONS[arguments.configuration]
    if arguments.keyframe_interval:
        config = replace(configuration.config, keyframe_interval=arguments.keyframe_interval)
        configuration = replace(configuration, config=config)
    tracker = configuration.tracker(arguments.threads)
    console = Console(width=max(Console().width, 110))
    tables: dict[str, Table] = {}
    for name in arguments.only:
        clip = decoded(arguments.clips, name)
        tables[name] = {
            variation: measure(VARIATIONS[variation](clip), tracker)
            for variation in _that_differ(clip, arguments.variations)
        }
        console.print(table_of(name, tables[name]))
        if arguments.json:
            shown = {name: _plain(table) for name, table in tables.items()}
            arguments.json.write_text(json.dumps(shown, indent=2) + "\n", encoding="utf-8")
    print(summary(tables))
    if arguments.against:
        print(differences(tables, json.loads(arguments.against.read_text())))


def _that_differ(clip: Clip, wanted: Sequence[str]) -> list[str]:
    """Variations that make another clip of this one: nothing is dropped of one with few frames."""
    return [name for name in wanted if name != "7 fps" or clip.fps > 10]


def _plain(table: Table) -> dict[str, dict[str, float]]:
    return {variation: asdict(figures) for variation, figures in table.items()}


if __name__ == "__main__":
    main()
