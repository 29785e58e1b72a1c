"""What the camera's motion costs a frame: a camera at rest, one that moves, one that jumps, a cut.

    python benchmarks/speed/camera.py
    python benchmarks/speed/camera.py --video ../shared/clips/PETS09-S2L1/PETS09-S2L1.mp4

A window moves over a made-up landscape, or over the frames of a video, and is seen `--width` pixels
wide. `preprocess` is what every frame costs, `estimate` comparing it with the one before. OpenCV is
held to one thread. Times are of the processor, so they hold on a machine with other work, too.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import thread_time
from typing import Any

import cv2
import numpy as np
from measuring import show, write

from lighttrack.models.camera import BackgroundCamera
from lighttrack.structures import Image
from lighttrack.video import open_video

NO_PEOPLE = np.zeros((0, 4), np.float32)
SHARE = 0.6
"""Of the scene's sides: what the window shows."""

KINDS = ("at rest", "moving", "jump", "cut")


def landscape(width: int, height: int, seed: int) -> Image:
    """An image with large and small things in it."""
    random = np.random.default_rng(seed)
    image = np.full((height, width, 3), 120, np.float32)
    for size, contrast in ((200, 60), (60, 40), (20, 30), (8, 15)):
        shape = height // size + 2, width // size + 2, 3
        coarse = random.normal(0, contrast, shape).astype(np.float32)
        image += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(image, 0, 255).astype(np.uint8)


def scenes(video: Path | None, count: int, size: tuple[int, int]) -> list[Image]:
    """`count` images of one place: of the video, or of a landscape with a camera's noise."""
    if video is not None:
        with open_video(video) as frames:
            return [frame.image for frame, _ in zip(frames, range(count), strict=False)]
    random = np.random.default_rng(0)
    image = landscape(round(size[0] / SHARE), round(size[1] / SHARE), 1)
    noise = [random.normal(0, 2, image.shape) for _ in range(min(count, 4))]
    noisy = [np.clip(image + part, 0, 255).astype(np.uint8) for part in noise]
    return [noisy[number % len(noisy)] for number in range(count)]


def window(scene: Image, kind: str, number: int, size: tuple[int, int]) -> Image:
    """What the camera sees in frame `number`, reduced or enlarged to `size` (width, height)."""
    if kind == "cut" and number % 2:
        return landscape(*size, seed=number)
    free = np.array(scene.shape[1::-1]) * (1 - SHARE)
    pan = {"moving": 0.004 * number, "jump": 0.2 * (number % 2)}.get(kind, 0.0)
    zoom = 1.3 if kind == "jump" and number % 2 else 1.0
    x, y = free * min(pan * SHARE / (1 - SHARE), 1.0)
    scale = scene.shape[1] * SHARE / size[0] / zoom
    to_scene = np.array([[scale, 0, x], [0, scale, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(scene, to_scene, size, flags=flags))


def measure(images: Sequence[Image]) -> dict[str, Any]:
    """Median processor milliseconds of the parts, and what was found."""
    camera = BackgroundCamera()
    preprocessing, estimation, motions = [], [], []
    before = camera.preprocess(images[0])
    for image in images[1:]:
        started = thread_time()
        now = camera.preprocess(image)
        prepared = thread_time()
        motions.append(camera.estimate(before, now, NO_PEOPLE))
        preprocessing.append((prepared - started) * 1e3)
        estimation.append((thread_time() - prepared) * 1e3)
        before = now
    both = sorted(map(sum, zip(preprocessing, estimation, strict=True)))
    return {
        "preprocess": median(preprocessing),
        "estimate": median(estimation),
        "both": median(both),
        "both, 95 %": both[int(0.95 * len(both))],
        "frames": len(motions),
        "still": sum(motion.is_still for motion in motions),
        "moved": sum(not motion.is_still and not motion.cut for motion in motions),
        "cuts": sum(motion.cut for motion in motions),
    }


def main() -> None:
    """Print a table with a row for each way a camera moves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--video", type=Path, help="instead of a made-up landscape")
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=360)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    size = arguments.width, arguments.height
    frames = scenes(arguments.video, arguments.frames, size)
    results = {
        kind: measure([window(frame, kind, number, size) for number, frame in enumerate(frames)])
        for kind in KINDS
    }
    columns = list(results[KINDS[0]])
    rows = [[kind, *(result[column] for column in columns)] for kind, result in results.items()]
    show(f"milliseconds a frame, medians, {size[0]} x {size[1]}", ["camera", *columns], rows)
    write(arguments.json, results)


if __name__ == "__main__":
    main()
