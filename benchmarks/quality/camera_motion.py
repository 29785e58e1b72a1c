"""How well the camera's motion is told, where it is known: windows that move over still clips.

    python benchmarks/quality/camera_motion.py --clips ../shared/clips

`original`: the clip itself, whose camera stands still. `shake`, `sweep`: windows as in
`cameras.py`. `jump`: pairs of windows a third of the image apart, the second at times up to 1.5
times as wide or as narrow. `cut`: pairs of windows in two different clips. Errors are pixels of a
image 640 wide, means over its corners and its middle. `drift` is how far the middle is off after
a second of motions, one after the other.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from cameras import WINDOW, View, shaken, swept
from material import Clip, decoded
from rich.console import Console
from rich.table import Table

from lighttrack.models.camera import BackgroundCamera
from lighttrack.structures import Boxes, CameraMotion, Image

STILL_CLIPS = ("TUD-Campus", "PETS09-S2L1", "TownCentre_A")
WIDTH = 640
PAIRS = 100
GOOD = 4.0
"""Pixels: what is nearer is told well enough to look for people there."""

NO_TRUTH = ("moved", "median", "percentile_95", "largest", "good")
"""What does not exist for a cut."""

Seen = tuple[Image, Boxes, Any]
"""An image, the people in it, and the matrix `(3, 3)` from the clip to the image."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Over the frames, or pairs of windows, of one kind."""

    frames: int
    moved: float
    """Median motion, in pixels."""
    median: float
    percentile_95: float
    largest: float
    drift: float
    """Largest after a second; NaN for pairs."""
    good: float
    """Share that was told within `GOOD` pixels."""
    still: int
    cuts: int


def through(clip: Clip, index: int, x: float, y: float, width: float) -> Seen:
    """What a window of the clip shows whose left, top and width are given, `WIDTH` wide."""
    scale = WIDTH / width
    size = WIDTH, round(WIDTH * clip.height / clip.width)
    matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale], [0, 0, 1]])
    image = clip.image(index)
    if scale < 0.75:  # as a camera would that has larger pixels
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
    image = cv2.warpAffine(image, matrix[:2], size)
    boxes = clip.truth[index][1]
    boxes = boxes * np.tile(matrix.diagonal()[:2], 2) + np.tile(matrix[:2, 2], 2)
    return image, boxes.astype(np.float32), matrix


def along(clip: Clip, path: Callable[[int, float], View] | None) -> Iterator[Seen]:
    """The frames of a clip as a window shows them, or whole."""
    for index, time in enumerate(clip.times):
        x, y, scale = path(index, time) if path else (0.0, 0.0, 1 / WINDOW)
        width = WINDOW * scale
        left, top = x * (1 - width) * clip.width, y * (1 - width) * clip.height
        yield through(clip, index, left, top, width * clip.width)


def jumps(clip: Clip, random: np.random.Generator) -> Iterator[tuple[Seen, Seen]]:
    """Pairs of windows of neighbouring frames, a third of the image apart, some wider."""
    for _ in range(PAIRS):
        index = int(random.integers(len(clip) - 1))
        width = 0.5 * clip.width
        other = width * random.choice([1.0, random.uniform(1 / 1.5, 1.5)])
        shift = random.uniform(-1, 1, 2)
        shift = shift / np.abs(shift).max() / 3 * [width, 0.5 * clip.height]
        # The middles of both windows, such that both lie within the clip.
        reach = np.array([1, clip.height / clip.width]) * max(width, other) / 2
        size = np.array([clip.width, clip.height])
        low, high = np.maximum(reach, reach - shift), size - np.maximum(reach, reach + shift)
        middle = random.uniform(np.minimum(low, high), high)
        pair = []
        for number, (at, wide) in enumerate(((middle, width), (middle + shift, other))):
            left, top = at - np.array([wide, wide * clip.height / clip.width]) / 2
            pair.append(through(clip, index + number, max(left, 0), max(top, 0), wide))
        yield pair[0], pair[1]


def cuts(clips: Sequence[Clip], random: np.random.Generator) -> Iterator[tuple[Seen, Seen]]:
    """Pairs of windows of one shape in two clips."""
    for _ in range(PAIRS):
        pair = []
        for number in random.choice(len(clips), 2, replace=False):
            clip = clips[number]
            width = clip.width * random.uniform(0.5, 1)
            x, y = random.uniform(0, 1, 2) * [clip.width, clip.height] * (1 - width / clip.width)
            image, boxes, matrix = through(clip, int(random.integers(len(clip))), x, y, width)
            pair.append((cv2.resize(image, (WIDTH, 360)), boxes, matrix))
        yield pair[0], pair[1]


def measure(pairs: Iterator[tuple[Seen, Seen]], *, fps: int | None = None) -> Errors:
    """Compare what is told of each pair with the truth; in a row if there are `fps` of them."""
    camera = BackgroundCamera()
    moved, errors, drifts, motions = [], [], [], []
    for (before, people, matrix), (now, _, matrix_now) in pairs:
        motion = camera.estimate(camera.preprocess(before), camera.preprocess(now), people)
        truth = CameraMotion((matrix_now @ np.linalg.inv(matrix))[:2])
        height, width = before.shape[:2]
        points = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float32)
        points = np.append(points, points[-1:] / 2, axis=0)
        if not fps or len(errors) % fps == 0:
            told = real = points[-1]
        told, real = motion.points(told), truth.points(real)
        moved.append(np.abs(truth.points(points) - points).mean())
        errors.append(np.abs(motion.points(points) - truth.points(points)).mean())
        drifts.append(np.abs(told - real).max())
        motions.append(motion)
    return Errors(
        frames=len(errors),
        moved=float(np.median(moved)),
        median=float(np.median(errors)),
        percentile_95=float(np.percentile(errors, 95)),
        largest=float(max(errors)),
        drift=float(max(drifts)) if fps else float("nan"),
        good=float(np.mean(np.array(errors) < GOOD)),
        still=sum(motion.is_still for motion in motions),
        cuts=sum(motion.cut for motion in motions),
    )


def in_a_row(seen: Iterator[Seen]) -> Iterator[tuple[Seen, Seen]]:
    """Each with the one after it."""
    before = next(seen)
    for now in seen:
        yield before, now
        before = now


def main() -> None:
    """Print a table with a row for each clip and kind of motion."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    random = np.random.default_rng(0)
    clips = [decoded(arguments.clips, name) for name in STILL_CLIPS]
    results = {}
    for clip in clips:
        for kind, path in (("original", None), ("shake", shaken), ("sweep", swept)):
            found = measure(in_a_row(along(clip, path)), fps=round(clip.fps))
            results[f"{clip.name}, {kind}"] = found
        results[f"{clip.name}, jump"] = measure(jumps(clip, random))
    results["cut"] = replace(measure(cuts(clips, random)), **dict.fromkeys(NO_TRUTH, float("nan")))
    table = Table(title="pixels of an image 640 wide", title_justify="left")
    for name in ("clip and motion", *asdict(results["cut"])):
        table.add_column(name, justify="right" if table.columns else "left")
    for name, found in results.items():
        figures = ("–" if each != each else f"{each:.3g}" for each in asdict(found).values())
        table.add_row(name, *figures)
    Console(width=140).print(table)
    if arguments.json:
        figures = {name: asdict(found) for name, found in results.items()}
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
