"""The live page: latency from capture to image, share of frames dropped, memory over a long loop.

    python benchmarks/speed/live.py --preset fast
    python benchmarks/speed/live.py --memory 20000

Frames of a synthetic source hold a clock: the milliseconds since the beginning as black and white
squares in the upper left corner, beside two people who walk. A viewer reads the clock from the JPEG
image that the page is sent and compares it with the time: capture, waiting, tracking, drawing up,
sending and decoding are in it; only the screen is not. The bound is 100 ms and one frame.

Latency is measured with the networks of `--preset`. Memory is measured with a stand-in for the
networks, which finds the two people by their brightness, so that 20,000 frames take minutes: it is
the memory of capture, tracker, page and viewer; the networks' own is constant.
"""

import argparse
import asyncio
import json
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import cv2
import numpy as np
import websockets
from measuring import write

import lighttrack
from lighttrack.pipeline.measure import peak_memory_mb
from lighttrack.pipeline.request import Request
from lighttrack.structures import Detections, Frame, Image, Poses
from lighttrack.structures.skeletons import COCO_17
from lighttrack.view.live import LiveOutcome, watch
from lighttrack.view.serving import PageServer

WIDTH, HEIGHT, FPS = 1280, 720, 25.0
BITS, SQUARE = 20, 24
BOUND = 0.100 + 1 / FPS
"""Seconds that the issue allows: 100 ms and one frame."""


def resident_mb() -> float:
    """Memory of this process now; `peak_memory_mb` where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * 4096 / 2**20
    except OSError:
        return float(peak_memory_mb() or 0.0)


def stamped(image: Image, began: float) -> Image:
    """The image with the clock in it."""
    stamp = int((time.perf_counter() - began) * 1000) & ((1 << BITS) - 1)
    for bit in range(BITS):
        value = 255 if stamp >> bit & 1 else 0
        image[:SQUARE, bit * SQUARE : (bit + 1) * SQUARE] = value
    return image


def read_clock(jpeg: bytes) -> int:
    """The milliseconds that an image shows."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    half = SQUARE // 2
    bits = [int(image[half, bit * SQUARE + half] > 127) for bit in range(BITS)]
    return sum(value << bit for bit, value in enumerate(bits))


def people(clip: Path | None) -> list[Image]:
    """Images that are shown again and again: two people who walk, or those of a clip, at 720p."""
    if clip is not None:
        with lighttrack.open_video(clip) as video:
            images = [frame.image for frame, _ in zip(video, range(100), strict=False)]
        return [cv2.resize(image, (WIDTH, HEIGHT)) for image in images]
    images = []
    for number in range(100):
        image = np.full((HEIGHT, WIDTH, 3), 20, np.uint8)
        shift = 4 * min(number, 100 - number)
        image[200:600, 300 + shift : 420 + shift] = 230
        image[220:620, 800 + shift : 910 + shift] = 200
        images.append(image)
    return images


def source(images: list[Image], began: float, rate: float, count: int) -> Iterator[Frame]:
    """Frames at a rate of frames per second, each stamped when it is captured."""
    start = time.perf_counter()
    for number in range(count):
        wait = start + number / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        image = images[number % len(images)].copy()
        yield Frame(number, number / rate, stamped(image, began))


class Bright:
    """Stand-ins for networks: people are what is bright below the clock."""

    score_threshold = 0.5
    skeleton = COCO_17
    tracked_threshold = keypoint_threshold = 0.3

    def boxes(self, image: Image) -> np.ndarray[Any, Any]:
        """`(N, 4)`: around everything bright."""
        mask = (image[::8, ::8].min(axis=2) > 120).astype(np.uint8)
        mask[: SQUARE // 8 + 1] = 0
        found = cv2.connectedComponentsWithStats(mask)[2][1:]
        rows = [[x, y, x + w, y + h] for x, y, w, h, area in found if area > 50]
        return np.array(rows, np.float32).reshape(-1, 4) * 8


class BrightDetector(Bright):
    """A stand-in for a detector."""

    def __call__(self, image: Image) -> Detections:
        """Everything bright."""
        boxes = self.boxes(image)
        return Detections(boxes, np.full(len(boxes), 0.95))


class BrightEstimator(Bright):
    """A stand-in for a pose estimator."""

    def __call__(self, image: Image, regions: Any) -> Poses:
        """Keypoints spread over each region."""
        boxes = np.asarray(regions.boxes, np.float32)
        places = np.stack([np.tile([0.3, 0.7], 9)[:17], np.linspace(0.05, 0.95, 17)], axis=1)
        keypoints = boxes[:, None, :2] + places * (boxes[:, None, 2:] - boxes[:, None, :2])
        scores = np.full((len(boxes), 17), 0.9, np.float32)
        return Poses(COCO_17, keypoints.astype(np.float32), scores, boxes, scores.mean(axis=1))


class Viewer(threading.Thread):
    """Reads what the page is sent, and notes how late each image is."""

    def __init__(self, address: str, began: float) -> None:
        super().__init__(daemon=True)
        self.address = address.replace("http", "ws").replace("/?", "/frames?")
        self.began = began
        self.latencies: list[float] = []
        self.people: list[int] = []

    def run(self) -> None:
        """Look until the server ends."""
        asyncio.run(self._look())

    async def _look(self) -> None:
        try:
            async with websockets.connect(self.address, max_size=None) as socket:
                await socket.recv()
                while True:
                    message = await socket.recv()
                    assert isinstance(message, bytes)
                    (length,) = struct.unpack("<I", message[:4])
                    shown = read_clock(message[4 + length :])
                    now = (time.perf_counter() - self.began) * 1000
                    self.latencies.append(((now - shown) % (1 << BITS)) / 1000)
                    self.people.append(len(json.loads(message[4 : 4 + length])["people"]))
                    await socket.send('{"do": "shown"}')
        except (websockets.ConnectionClosed, OSError):
            return


def watched(
    request: Request, began: float, count: int, every: int = 0
) -> tuple[LiveOutcome, Viewer, list[float]]:
    """The outcome, what a viewer saw, and the memory after every so many frames."""
    memory: list[float] = []
    with PageServer() as server:
        viewer = Viewer(server.address, began)

        def until(frames: int) -> bool:
            if frames and viewer.ident is None:
                viewer.start()
            if every and frames >= every * (len(memory) + 1):
                memory.append(resident_mb())
            ended = threading.active_count() and not any(
                thread.name == "capture" for thread in threading.enumerate()
            )
            return frames >= count or ended

        outcome = watch(request, server, until=until)
    viewer.join(timeout=5)
    return outcome, viewer, memory


def latency(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds from capture to image with real networks."""
    began = time.perf_counter()
    count = round(options.seconds * FPS)
    frames = source(people(options.clip), began, FPS, count)
    how: dict[str, Any] = {"preset": options.preset, "threads": options.threads}
    if options.preset == "stand-in":
        how = {"tracker": stand_in()}
    request = Request(source=frames, output=None, fps=FPS, **how)
    outcome, viewer, _ = watched(request, began, count)
    late = viewer.latencies[len(viewer.latencies) // 5 :]  # networks are warm by then
    spread = quantiles(late, n=20)
    return {
        "preset": options.preset,
        "frames": outcome.frames,
        "frames_per_second": round(outcome.frames / outcome.seconds, 1),
        "people_per_image": round(sum(viewer.people) / max(len(viewer.people), 1), 2),
        "dropped_share": round(outcome.dropped / max(outcome.frames + outcome.dropped, 1), 3),
        "latency_ms": {
            "median": round(1000 * median(late), 1),
            "95 %": round(1000 * spread[-1], 1),
            "greatest": round(1000 * max(late), 1),
        },
        "bound_ms": 1000 * BOUND,
        "ratio_to_bound": round(median(late) / BOUND, 2),
    }


def stand_in() -> Any:
    """A tracker without networks."""
    return lighttrack.load_tracker(
        detector=BrightDetector(), pose=BrightEstimator(), matcher="euclidean"
    )


def memory(options: argparse.Namespace) -> dict[str, Any]:
    """Megabytes over a long loop with stand-ins for the networks."""
    began = time.perf_counter()
    frames = source(people(None), began, options.rate, 10 * options.memory)
    request = Request(source=frames, output=None, fps=FPS, tracker=stand_in())
    every = max(options.memory // 20, 1)
    outcome, viewer, found = watched(request, began, options.memory, every)
    half = len(found) // 2
    return {
        "frames": outcome.frames,
        "images": len(viewer.latencies),
        "seconds": round(outcome.seconds, 1),
        "memory_mb": [round(value, 1) for value in found],
        "growth_mb_in_second_half": round(found[-1] - found[half], 1),
        "growth_ratio": round(found[-1] / found[half], 3),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="fast", help="networks, or stand-in")
    parser.add_argument("--clip", type=Path, help="people of a clip in place of made-up ones")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--threads", type=int, help="of the networks")
    parser.add_argument("--memory", type=int, default=0, help="frames: measure memory instead")
    parser.add_argument("--rate", type=float, default=200.0, help="frames per second of --memory")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    figures = memory(options) if options.memory else latency(options)
    print(json.dumps(figures, indent=2))
    write(options.output, figures)


if __name__ == "__main__":
    main()
